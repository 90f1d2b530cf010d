import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/core/errors.ts'
import type { Tree } from './files.ts'
import { documentOf, LiveEngine } from './live-engine.ts'
import { haltedBy, recordsOf, statusWhere } from './operator.ts'
import type { Program } from './program.ts'
import { buildTestModule } from './test-native.ts'

/** More than there are trades until things are so. */
const ORDERS_MAX = 1_000

const MANY = 1_000_000
/** Far more than the steps need, so that a slow machine still prints what they did. */
const TOTAL_MS = 30_000
const TIMEOUT_MS = 180_000

interface Situation {
  /** at which trade the strategy does what the test wants; 0: when things are so */
  readonly at: number
  readonly edit?: (tree: Tree) => void
  /** Resolves when things are so. */
  readonly reach: (engine: LiveEngine, program: Program) => Promise<unknown>
  /** the venue never got those that were in flight: they stay, by name */
  readonly leaves: boolean
}

const timeout = (ms: number) => (tree: Tree) =>
  Object.assign(tree.venues?.['sim'] as object, { request_timeout_ms: ms })

/** What is at the venue and on the way to it. */
const SITUATIONS: Readonly<Record<string, Situation>> = {
  idle: { at: 1, reach: async () => {}, leaves: false },
  'a submission in flight': {
    at: 0,
    edit: timeout(60_000),
    reach: async (engine, program) => {
      await engine.untilOrders(program, 2)
      const { faults } = engine.server
      faults.drop_requests = MANY
      // Not one whose answer is on its way.
      await program.until(() => {
        const dropped = MANY - faults.drop_requests
        return dropped > 0 && inFlight(engine).length === dropped ? true : null
      })
    },
    leaves: true,
  },
  'an order of unknown outcome': {
    at: 0,
    reach: async (engine, program) => {
      await engine.untilOrders(program, 2)
      const faults = { rest_unavailable: MANY, drop_events: MANY, unknown_orders: 1, unknown_executes: true }
      Object.assign(engine.server.faults, faults)
      await program.until(() => (lastState(engine, 'UNKNOWN').length > 0 ? true : null))
    },
    leaves: false,
  },
}

/** Ids by the last state that the journal has of them. */
function lastState(engine: LiveEngine, state: string): string[] {
  const states = new Map<string, unknown>()
  for (const { data } of recordsOf(engine.stateDir))
    if (typeof data['id'] === 'string' && data['state'] !== undefined) states.set(data['id'], data['state'])
  return [...states].flatMap(([id, last]) => (last === state ? [id] : []))
}

/** Ids that were written to the venue, of which nothing was heard. */
function inFlight(engine: LiveEngine): string[] {
  const records = recordsOf(engine.stateDir)
  const heard = new Set(records.flatMap(({ kind, data }) => (kind === 'REPORT' ? [data['id']] : [])))
  return records.flatMap(({ kind, data }) =>
    kind === 'SUBMITTED' && !heard.has(data['id']) ? [data['id'] as string] : [],
  )
}

function prepare({ at, edit }: Situation, act: string, module = ''): Promise<LiveEngine> {
  return LiveEngine.prepare({
    act,
    at,
    module,
    orders: ORDERS_MAX,
    hangMs: 1_000,
    edit: (tree) => {
      Object.assign(tree, { shutdown: { total_seconds: TOTAL_MS / 1_000, drain_seconds: 4 } })
      // So few trades that a slow machine can cancel an order for each one.
      Object.assign(tree.sim, { speed: 1 })
      edit?.(tree)
    },
  })
}

/** The venue is well again. */
function heal({ server }: LiveEngine): void {
  Object.assign(server.faults, { drop_requests: 0, drop_events: 0, rest_unavailable: 0 })
}

const { module, why } = buildTestModule()

describe.each(Object.keys(SITUATIONS))('with %s', { timeout: TIMEOUT_MS }, (name) => {
  const situation = SITUATIONS[name] as Situation

  it.for(['spin', 'native'])(
    'S8: a worker that is stuck (%s) cannot hold the process',
    async (act, { skip }) => {
      skip(act === 'native' && module === null, why)
      const engine = await prepare(situation, act, module ?? '')
      const program = engine.start()
      await situation.reach(engine, program)
      engine.letAct()
      await program.says('strategy halted')
      const left = situation.leaves ? inFlight(engine) : []
      heal(engine)
      program.kill('SIGTERM')
      const ended = await program.ended
      const { shutdown } = documentOf(ended)
      expect(shutdown.orders_left.toSorted()).toEqual(left.toSorted())
      expect(shutdown.workers_stuck).toEqual(act === 'native' ? [0] : [])
      expect(shutdown.duration_ms).toBeLessThanOrEqual(TOTAL_MS)
      const code = act === 'native' ? EXIT.FORCED : EXIT.OK
      expect([ended.code, ended.signal]).toEqual([situation.leaves ? EXIT.ORDERS_LEFT : code, null])
      expect([engine.openAtVenue(), engine.sentAfterFlag(), engine.summaries()]).toEqual([[], 0, 1])
      for (const id of left) expect(ended.stderr).toContain(id)
    },
  )

  it('K8, O3: after a SIGKILL the next start recovers, boots halted, and names what it found', async () => {
    const idle = name === 'idle'
    // A worker that is stuck at its first trade decides nothing.
    const engine = await prepare({ ...situation, at: idle ? 1 : 0 }, idle ? 'spin' : 'nothing')
    const first = engine.start()
    await situation.reach(engine, first)
    if (idle) await first.says('strategy halted')
    first.kill('SIGKILL')
    await first.ended
    heal(engine)
    const found = new Set([...inFlight(engine), ...engine.openAtVenue()])
    const second = engine.start()
    await second.says('halted: an operator must re-arm')
    const recovery = recordsOf(engine.stateDir).findLast(({ kind }) => kind === 'RECOVERY')
    expect(recovery?.data['open']).toEqual(expect.arrayContaining([...found]))
    expect(haltedBy(await statusWhere(second, engine.stateDir))).toContain('BOOT')
    expect(found.size > 0).toBe(!idle)
    second.kill('SIGTERM')
    const { shutdown } = documentOf(await second.ended)
    expect([engine.openAtVenue(), engine.sentAfterFlag()]).toEqual([[], 0])
    expect(shutdown.orders_left.filter((id) => !found.has(id))).toEqual([])
  })
})
