import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { controlRequest } from '../../src/control/client.ts'
import { documentOf, type Line, LiveEngine, logOf } from './live-engine.ts'
import { operate, recordsOf } from './operator.ts'

const ORDERS = 20

describe('an engine with open orders that is told to end', () => {
  it('S1, S4, S5, S7, S10: cancels, verifies, sums up, dumps its threads, and keeps its last line', async () => {
    const engine = await LiveEngine.prepare()
    const program = await engine.startWithOrders(ORDERS)
    program.kill('SIGTERM')
    const ended = await program.ended
    const { shutdown, exit_code } = documentOf(ended)
    expect([ended.code, exit_code]).toEqual([0, 0])
    expect(shutdown).toMatchObject({
      reason: 'SIGTERM',
      orders_canceled: ORDERS,
      cancel_errors: 0,
      orders_left: [],
      verified: true,
      state_flushed: true,
    })
    expect([engine.openAtVenue(), engine.sentAfterFlag(), engine.summaries()]).toEqual([[], 0, 1])
    expect(recordsOf(engine.stateDir).at(-1)).toMatchObject({
      kind: 'SUMMARY',
      data: { orders_canceled: ORDERS, orders_left: [], exit_code: 0 },
    })
    const log = logOf(engine)
    expect(log.at(-1)).toMatchObject({ msg: 'shutdown summary', orders_canceled: ORDERS, exit_code: 0 })
    const lines = log.map((line) => JSON.stringify(line))
    expect(new Set(lines).size).toBe(lines.length)
    const dump = log.find(({ msg }) => msg === 'THREAD_DUMP shutdown') as Line
    const threads = dump['threads'] as readonly { name: string; owner: string; state: string }[]
    expect(threads.map(({ name, owner }) => `${name} ${owner}`)).toEqual(
      expect.arrayContaining(['main engine', 'control engine', 'worker-0 sma']),
    )
    expect(dump).toMatchObject({ occasion: 'shutdown', open_count: ORDERS })
  })
})

describe('what starts the same shutdown', () => {
  it.each([
    ['uncaught error', 'throw', 'inline', 1],
    ['uncaught error', 'reject', 'inline', 1],
    ['process.exit(3) by user code', 'exit', 'inline', 1],
    ['process.exit in the worker of strategy 0', 'exit', 'worker', 1],
  ] as const)('S1: %s (%s, %s)', async (reason, act, placement, code) => {
    const engine = await LiveEngine.prepare({ act, placement })
    const program = await engine.startWithOrders(1)
    engine.letAct()
    const ended = await program.ended
    const { shutdown } = documentOf(ended)
    expect(shutdown).toMatchObject({ reason, orders_left: [], verified: true, state_flushed: true })
    expect(shutdown.orders_canceled).toBeGreaterThan(0)
    expect([ended.code, engine.openAtVenue(), engine.sentAfterFlag(), engine.summaries()]).toEqual([
      code,
      [],
      0,
      1,
    ])
  })

  it('S1: the end of standard input, where the engine was told to watch it', async () => {
    const engine = await LiveEngine.prepare()
    const program = await engine.startWithOrders(ORDERS, ['--until-eof'], { input: true })
    program.endInput()
    const ended = await program.ended
    expect(documentOf(ended).shutdown).toMatchObject({ reason: 'end of input', orders_canceled: ORDERS })
    expect([ended.code, engine.openAtVenue()]).toEqual([0, []])
  })

  it('S1, S9: `tidegate shutdown`, and /readyz fails from the first moment', async () => {
    const engine = await LiveEngine.prepare()
    const program = await engine.startWithOrders(ORDERS)
    const socket = path.join(engine.stateDir, 'control.sock')
    expect((await controlRequest(socket, 'GET', '/readyz')).status).toBe(200)
    engine.server.faults.delay_ms = 100
    expect((await operate(engine.stateDir, 'shutdown', '--text', 'time to go')).code).toBe(0)
    expect(await controlRequest(socket, 'GET', '/readyz')).toMatchObject({
      status: 503,
      body: { why: 'shutting_down' },
    })
    const ended = await program.ended
    expect(documentOf(ended).shutdown).toMatchObject({
      reason: 'operator: time to go',
      orders_canceled: ORDERS,
      orders_left: [],
    })
    expect(ended.code).toBe(0)
  })

  it('K13: a kill whose action is shutdown', async () => {
    const engine = await LiveEngine.prepare({
      edit: (tree) => Object.assign(tree, { kill: { action: 'shutdown' } }),
    })
    const program = await engine.startWithOrders(ORDERS)
    expect((await operate(engine.stateDir, 'kill', '--reason', 'OPERATOR')).code).toBe(0)
    const ended = await program.ended
    expect(documentOf(ended).shutdown).toMatchObject({ reason: 'kill of all', orders_canceled: ORDERS })
    expect([ended.code, engine.openAtVenue()]).toEqual([0, []])
  })
})
