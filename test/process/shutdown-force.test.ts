import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/core/errors.ts'
import { loadNative } from '../../src/core/native.ts'
import { documentOf, LiveEngine, logOf } from './live-engine.ts'
import { recordsOf } from './operator.ts'
import { buildTestModule } from './test-native.ts'

const ORDERS = 20

describe('signals after the first', () => {
  it('S1: the second hurries: what is left is named on stderr, and the exit code says so', async () => {
    const engine = await LiveEngine.prepare({
      edit: (tree) => Object.assign(tree, { shutdown: { total_seconds: 60, drain_seconds: 50 } }),
    })
    const program = await engine.startWithOrders(ORDERS)
    engine.server.faults.hang = true
    program.kill('SIGTERM')
    await program.says('cancel failed')
    program.kill('SIGINT')
    const ended = await program.ended
    const { shutdown } = documentOf(ended)
    expect(ended.code).toBe(EXIT.ORDERS_LEFT)
    expect(shutdown.orders_left.toSorted()).toEqual(engine.openAtVenue().toSorted())
    for (const id of engine.openAtVenue()) expect(ended.stderr).toContain(id)
    expect(shutdown.duration_ms).toBeLessThan(30_000)
    expect(engine.summaries()).toBe(1)
  })

  it('S1: the third ends the process at once, and says what may be open', async () => {
    const engine = await LiveEngine.prepare({
      edit: (tree) => Object.assign(tree, { shutdown: { total_seconds: 3_000, drain_seconds: 3_000 } }),
    })
    const program = await engine.startWithOrders(ORDERS)
    engine.server.faults.hang = true
    // Apart by more than what counts as one signal; where the engine is held up, two are taken together, and one more is sent.
    for (let sent = 0; sent < 3 || !program.over; sent++) {
      program.kill('SIGTERM')
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    const ended = await program.ended
    expect([ended.code, ended.signal]).toEqual(
      loadNative() === null ? [null, 'SIGKILL'] : [EXIT.FORCED, null],
    )
    expect(ended.stderr).toContain('ended by force; orders that may be open: ')
    for (const id of engine.openAtVenue()) expect(ended.stderr).toContain(id)
  })

  it('S1, S8: a venue that never answers ends by itself within the total, with the names of what is open', async () => {
    const engine = await LiveEngine.prepare({
      edit: (tree) => Object.assign(tree, { shutdown: { total_seconds: 20, drain_seconds: 4 } }),
    })
    const program = await engine.startWithOrders(ORDERS)
    engine.server.faults.hang = true
    program.kill('SIGTERM')
    const ended = await program.ended
    expect(ended.code).toBe(EXIT.ORDERS_LEFT)
    const summary = recordsOf(engine.stateDir).at(-1)
    expect(summary?.kind).toBe('SUMMARY')
    expect(((summary?.data['orders_left'] ?? []) as string[]).toSorted()).toEqual(
      engine.openAtVenue().toSorted(),
    )
  })
})

describe('threads that do not end', () => {
  it('S8: a worker that is stuck in JavaScript is terminated, and the end is clean', async () => {
    const engine = await LiveEngine.prepare({ act: 'spin', hangMs: 1_000 })
    const program = await engine.startWithOrders(ORDERS)
    engine.letAct()
    await program.says('strategy halted')
    program.kill('SIGTERM')
    const ended = await program.ended
    const { shutdown } = documentOf(ended)
    expect(shutdown).toMatchObject({ orders_canceled: ORDERS, orders_left: [], workers_stuck: [] })
    expect([ended.code, engine.openAtVenue()]).toEqual([0, []])
  })

  const { module, why } = buildTestModule()
  const stuckInNative = (): Promise<LiveEngine> =>
    LiveEngine.prepare({ act: 'native', module: module as string, hangMs: 1_000 })

  it('S8: a worker that is stuck in native code cannot hold the process', async ({ skip }) => {
    skip(module === null, why)
    const engine = await stuckInNative()
    const program = await engine.startWithOrders(ORDERS)
    engine.letAct()
    await program.says('strategy halted')
    program.kill('SIGTERM')
    const ended = await program.ended
    expect([ended.code, ended.signal]).toEqual([EXIT.FORCED, null])
    const { shutdown } = documentOf(ended)
    expect(shutdown).toMatchObject({ orders_canceled: ORDERS, orders_left: [], workers_stuck: [0] })
    expect([engine.openAtVenue(), engine.summaries()]).toEqual([[], 1])
    expect(logOf(engine).at(-1)).toMatchObject({ msg: 'shutdown summary', exit_code: EXIT.FORCED })
  })

  it('S8: nor without the native module: it leaves by SIGKILL', async ({ skip }) => {
    skip(module === null, why)
    const engine = await stuckInNative()
    const program = await engine.startWithOrders(ORDERS, [], { env: { TIDEGATE_NATIVE: '0' } })
    engine.letAct()
    await program.says('strategy halted')
    program.kill('SIGTERM')
    const ended = await program.ended
    expect([ended.code, ended.signal]).toEqual([null, 'SIGKILL'])
    expect(documentOf(ended).shutdown).toMatchObject({ orders_canceled: ORDERS, workers_stuck: [0] })
    expect([engine.openAtVenue(), engine.summaries()]).toEqual([[], 1])
  })
})
