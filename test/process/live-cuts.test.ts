import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENDLESS, SPOT_BOTH_DAYS } from './files.ts'
import { expectBooksEqual } from './live-books.ts'
import { flipping, LiveRig, terminate } from './live-rig.ts'
import { ONCE_MORE } from './once-more.ts'
import { countOf, haltedBy, operate, recordsOf, type Status, statusWhere } from './operator.ts'
import { type Program, tempFolder } from './program.ts'

/** Nothing open, nothing unknown, nothing halted, and the book where the venue's is. */
async function settled(rig: LiveRig, engine: Program): Promise<Status> {
  const lastUpdateId = await rig.lastUpdateId()
  return statusWhere(engine, rig.folder, (status) => {
    const { orders, control, books } = status as Status & {
      books?: Record<string, { live: boolean; last_update_id: number }>
    }
    const book = books?.['BTCUSDT']
    return (
      orders.open === 0 &&
      control.in_flight === 0 &&
      control.words.every(({ reasons }) => !reasons.includes('RECONCILING')) &&
      book?.live === true &&
      book.last_update_id === lastUpdateId
    )
  })
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T
}

describe('connections that are cut', ONCE_MORE, () => {
  it.each([1, 2])(
    'F6, O5, O6: at random frames, in any way (%i): the book ends equal to the venue’s, no fill is lost or doubled',
    async () => {
      const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => flipping(tree, 5))
      const engine = rig.run()
      const total = 3_000
      const cuts = Array.from({ length: 5 }, (_, i) => ({
        what: pick(['streams', 'ws-api', 'all']),
        // An order that a cut leaves unknown stops the strategy for seconds: let it trade before the first.
        after_frames: Math.floor(((i + 0.5 + Math.random()) * total) / 6),
        mid_frame: pick([true, false]),
        reset: pick([true, false]),
      }))
      const plan = JSON.stringify(cuts)
      for (const cut of cuts) {
        const { frames } = await rig.sim('status')
        await rig.sim('cut', { ...cut, after_frames: Math.max(1, cut.after_frames - frames) })
        await rig.venue.until(async () => {
          const { frames: now } = await rig.sim('status')
          return now >= cut.after_frames ? true : null
        })
      }
      await statusWhere(engine, rig.folder, ({ orders }) => orders.filled > 3)
      await rig.pause()
      await settled(rig, engine)
      const { ended, document } = await terminate(engine)
      expect(ended.code, `${plan}\n${ended.stderr}`).toBe(0)
      expect(document.fills.count, plan).toBeGreaterThan(3)
      // What was lost in a cut is a gap, counted and healed by a snapshot, and one that comes too late is asked for again;
      // nothing else may be counted.
      expect(['depth_gap', 'stale_snapshot'], plan).toEqual(
        expect.arrayContaining(Object.keys(document.errors)),
      )
      await expectBooksEqual(rig, document)
    },
  )
})

/** The first order whose outcome was not known; null as long as there is none. */
function unknownOrder(folder: string): string | null {
  for (const { kind, data } of recordsOf(folder)) {
    const { id, report } = data as { id?: string; report?: string }
    if (kind === 'UNKNOWN' || (kind === 'REPORT' && report === 'unknown')) return id as string
  }
  return null
}

describe('orders without an outcome', ONCE_MORE, () => {
  it.each([
    ['executed, its answer and its events lost', { drop_answers: 1, drop_events: 1_000 }, 'FILLED'],
    ['never received', { drop_requests: 1 }, 'REJECTED'],
  ])('O4, O5: %s: UNKNOWN, and then what the venue knows', async (_what, faults, outcome) => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => flipping(tree, 20))
    const engine = rig.run()
    await statusWhere(engine, rig.folder, ({ orders }) => orders.filled >= 3)
    await rig.sim('faults', faults)
    await rig.venue.until(async () => {
      const { faults: left } = await rig.sim<{ faults: Record<string, number> }>('status')
      return left['drop_answers'] === 0 && left['drop_requests'] === 0 ? true : null
    })
    await rig.sim('cut', { what: 'ws-api' })
    const unknown = await engine.until(() => unknownOrder(rig.folder))
    await rig.sim('reset', {})
    await rig.pause()
    await settled(rig, engine)
    const { ended, document } = await terminate(engine)
    expect(ended.code, ended.stderr).toBe(0)
    await expectBooksEqual(rig, document)
    const last = recordsOf(rig.folder).findLast(({ data }) => (data as { id?: string }).id === unknown)
    expect(last?.data).toMatchObject({ state: outcome })
  })
})

describe('an engine that is killed while it trades', () => {
  it('O3, O5, K8: its next life finds every fill, waits for its operator, and trades on', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => flipping(tree, 5))
    const first = rig.run()
    await statusWhere(first, rig.folder, ({ orders }) => orders.filled >= 3)
    first.kill('SIGKILL')
    await first.ended
    await rig.pause()
    const second = rig.run()
    const status = await statusWhere(second, rig.folder, ({ ready }) => ready)
    expect([status.boot, status.control.armed, haltedBy(status)]).toEqual([2, false, ['BOOT']])
    const filled = countOf(rig.folder, 'REPORT')
    expect((await operate(rig.folder, 'rearm', '--reason', 'books are equal')).code).toBe(0)
    await rig.sim('resume', {})
    await second.until(() => (countOf(rig.folder, 'REPORT') > filled ? true : null))
    await rig.pause()
    await settled(rig, second)
    const { ended, document } = await terminate(second)
    expect(ended.code, ended.stderr).toBe(0)
    await expectBooksEqual(rig, document)
  })
})

describe('a new state directory on an account that has traded', ONCE_MORE, () => {
  it('O5: the engine is reconciled without a request for a single fill of the history', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => flipping(tree, 5))
    const first = rig.run()
    await statusWhere(first, rig.folder, ({ orders }) => orders.filled >= 3)
    await rig.pause()
    expect((await terminate(first)).ended.code).toBe(0)
    const asked = async (): Promise<Record<string, { count: number } | undefined>> =>
      (await rig.sim<{ requests: Record<string, { count: number }> }>('status')).requests
    const before = await asked()
    const folder = path.join(tempFolder(), 'state')
    const second = rig.run([], { TIDEGATE_STATE_DIR: folder, TIDEGATE_NODE__ID: 'other' })
    await statusWhere(second, folder, ({ ready }) => ready)
    const after = await asked()
    expect(after['openOrders.status']?.count).toBeGreaterThan(before['openOrders.status']?.count ?? 0)
    expect(after['myTrades']).toEqual(before['myTrades'])
    expect((await terminate(second)).ended.code).toBe(0)
  })
})
