import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { LATCH_FILE } from '../../src/control/latch.ts'
import type { Tree } from './files.ts'
import { LiveEngine, logOf } from './live-engine.ts'
import { haltedBy, operate, recordsOf, statusWhere } from './operator.ts'
import type { Program } from './program.ts'

const ORDERS = 3
/** As long as a sweep may take: enough for one that reaches its venue, also on a loaded machine. */
const SWEEP_SECONDS = 4

interface Sweep {
  readonly scope: string
  readonly reason: string
  readonly left: readonly string[]
  readonly errors: readonly string[]
  readonly verified: boolean
}

/** What the journal tells of the sweeps so far. */
function sweepsOf(engine: LiveEngine): Sweep[] {
  return recordsOf(engine.stateDir)
    .filter(({ kind }) => kind === 'CANCEL_ALL')
    .map(({ data }) => data as unknown as Sweep)
}

/** Waits for a sweep of that outcome. */
function swept(engine: LiveEngine, program: Program, verified: boolean): Promise<Sweep> {
  return program.until(() => sweepsOf(engine).find((sweep) => sweep.verified === verified) ?? null)
}

function edit(engine: LiveEngine, change: (tree: Tree) => void): void {
  const tree = parse(readFileSync(engine.config, 'utf8')) as Tree
  change(tree)
  writeFileSync(engine.config, stringify(tree))
}

/** An engine whose kill cancels, with orders at the venue. */
async function trading(drainSeconds: number): Promise<{ engine: LiveEngine; program: Program }> {
  const engine = await LiveEngine.prepare({
    orders: ORDERS,
    hangMs: 60_000,
    edit: (tree) =>
      Object.assign(tree, {
        kill: { action: 'cancel' },
        shutdown: { drain_seconds: drainSeconds, total_seconds: drainSeconds + 2 },
      }),
  })
  return { engine, program: await engine.startWithOrders(ORDERS) }
}

async function crashed(drainSeconds: number): Promise<LiveEngine> {
  const { engine, program } = await trading(drainSeconds)
  program.kill('SIGKILL')
  await program.ended
  expect(engine.openAtVenue()).toHaveLength(ORDERS)
  return engine
}

/** The venue answers nothing, and a kill has found that out. */
async function killedWhileHung(drainSeconds: number): Promise<{ engine: LiveEngine; program: Program }> {
  const { engine, program } = await trading(drainSeconds)
  engine.server.faults.hang = true
  expect((await operate(engine.stateDir, 'kill', '--reason', 'a test')).code).toBe(0)
  expect((await swept(engine, program, false)).left).toHaveLength(ORDERS)
  return { engine, program }
}

async function end(engine: LiveEngine, program: Program): Promise<void> {
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)
  expect(engine.openAtVenue()).toEqual([])
}

describe('a kill at the start, with action cancel', () => {
  it('K13: cancels where order entry is down and cancels go through, after no longer than a drain', async () => {
    const engine = await crashed(1)
    edit(engine, (tree) => Object.assign(tree.venues?.['sim'] as object, { ws_api_url: 'ws://127.0.0.1:1' }))
    const program = engine.start([], { env: { KILL_SWITCH: '1' } })
    expect(await swept(engine, program, true)).toMatchObject({ scope: 'all', reason: 'kill', left: [] })
    expect(engine.openAtVenue()).toEqual([])
    const log = logOf(engine)
    const sinceKill = log.slice(log.findLastIndex(({ msg }) => msg === 'killed'))
    expect(sinceKill.map(({ msg }) => msg)).not.toContain('order entry up')
    await end(engine, program)
  })

  it('K13: a venue that is dead holds back no cancel at another one', async () => {
    // Longer than the test may take: only the first look of each venue can let its cancels go.
    const engine = await crashed(600)
    edit(engine, (tree) => {
      const { sim } = tree.venues as Record<string, object>
      const urls = { rest_url: 'http://127.0.0.1:1', ws_url: 'ws://127.0.0.1:1' }
      Object.assign(tree, { venues: { dead: { ...sim, ...urls }, sim } })
    })
    const program = engine.start([], { env: { KILL_SWITCH: '1' } })
    expect(await swept(engine, program, true)).toMatchObject({ scope: 'all', left: [] })
    await end(engine, program)
  })

  it('K13, K6: three sources at once are one sweep', async () => {
    const engine = await crashed(600)
    // A venue that is held up has not failed to answer.
    edit(engine, (tree) => Object.assign(tree.venues?.['sim'] as object, { request_timeout_ms: 60_000 }))
    writeFileSync(path.join(engine.stateDir, 'kill.lock'), '')
    const halted = path.join(engine.stateDir, 'nowhere')
    const program = engine.start([], { env: { KILL_SWITCH: '1', EXECUTION_HALTED_FILE: halted } })
    await swept(engine, program, true)
    await statusWhere(program, engine.stateDir, ({ ready }) => ready)
    const kills = logOf(engine).filter(({ msg }) => msg === 'killed')
    expect(kills).toHaveLength(3)
    expect(sweepsOf(engine)).toMatchObject([{ left: [], errors: [], verified: true }])
    await end(engine, program)
  })
})

describe('a kill that could not cancel everything', () => {
  it('K13: goes on when the venue answers again', async () => {
    const { engine, program } = await killedWhileHung(SWEEP_SECONDS)
    engine.server.faults.hang = false
    expect(await swept(engine, program, true)).toMatchObject({ scope: 'all', reason: 'kill', left: [] })
    expect(engine.openAtVenue()).toEqual([])
    await end(engine, program)
  })

  it.each(['cancel', 'shutdown'])(
    'K13, K8: goes on in the next run, where the action is %s too, and the run waits for its operator',
    async (action) => {
      const { engine, program } = await killedWhileHung(SWEEP_SECONDS)
      program.kill('SIGKILL')
      await program.ended
      engine.server.faults.hang = false
      expect(engine.openAtVenue()).toHaveLength(ORDERS)
      edit(engine, (tree) => Object.assign(tree, { kill: { action } }))
      const next = engine.start()
      await swept(engine, next, true)
      expect(engine.openAtVenue()).toEqual([])
      const status = await statusWhere(next, engine.stateDir, ({ ready }) => ready)
      expect(haltedBy(status)).toContain('KILL')
      expect((await operate(engine.stateDir, 'rearm', '--reason', 'looked')).code).toBe(0)
      await end(engine, next)
    },
  )

  it('K13, K8: ends with the re-arm: what is open then stays', async () => {
    const { engine, program } = await trading(600)
    engine.server.faults.hang = true
    expect((await operate(engine.stateDir, 'kill', '--reason', 'a test')).code).toBe(0)
    await program.says('killed')
    expect((await operate(engine.stateDir, 'rearm', '--reason', 'looked')).code).toBe(0)
    // Long before the drain would have ended it.
    expect((await swept(engine, program, false)).left).toHaveLength(ORDERS)
    expect(engine.openAtVenue()).toHaveLength(ORDERS)
    program.kill('SIGKILL')
    await program.ended
  })

  it('K8, K13: a latch that cannot be read is a kill of everything: what is open is cancelled', async () => {
    const engine = await crashed(8)
    writeFileSync(path.join(engine.stateDir, LATCH_FILE), 'no latch')
    const program = engine.start()
    expect(await swept(engine, program, true)).toMatchObject({ scope: 'all', left: [] })
    await end(engine, program)
  })

  it.each([
    ['S3', 'a dry run', { mode: 'dry-run' }],
    ['K13', 'a run whose kill only blocks', { kill: { action: 'block' } }],
  ])('%s: in %s a kill that was left cancels nothing', async (_id, _name, change) => {
    const engine = await crashed(8)
    writeFileSync(path.join(engine.stateDir, LATCH_FILE), 'no latch')
    // No venue is waited for: a sweep would begin with the run.
    edit(engine, (tree) => Object.assign(tree, change, { shutdown: { drain_seconds: 0 } }))
    const program = engine.start()
    const status = await statusWhere(program, engine.stateDir, ({ frames }) => Number(frames) > 0)
    expect(haltedBy(status)).toContain('KILL')
    // Each cancel is on record before it is sent, and a sweep when it is over.
    expect(recordsOf(engine.stateDir).filter(({ data }) => data['reason'] === 'kill')).toEqual([])
    expect(engine.openAtVenue()).toHaveLength(ORDERS)
    program.kill('SIGKILL')
    await program.ended
  })
})
