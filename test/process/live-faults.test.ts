import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { ENDLESS, SPOT_BOTH_DAYS, type Tree } from './files.ts'
import { expectBooksEqual } from './live-books.ts'
import { flipping, LiveRig, terminate } from './live-rig.ts'
import { ONCE_MORE } from './once-more.ts'
import { haltedBy, recordsOf, type Status, statusWhere } from './operator.ts'
import { tempFolder } from './program.ts'

/** A second strategy beside the one that trades all the time. */
function beside(tree: Tree, params: object, order: object = {}): void {
  flipping(tree)
  tree.strategies.push({
    ...tree.strategies[0],
    id: 'bad',
    file: path.resolve('test/process/strategies/faulty.ts'),
    warmup_bars: 0,
    bar_period_seconds: 0.2,
    params: { window: 2, ...params },
    ...order,
  } as never)
}

function word(status: Status, scope: string): readonly string[] {
  return status.control.words.find((candidate) => candidate.scope === scope)?.reasons ?? []
}

/** Seconds of the market: a loaded machine holds up a healthy worker for a part of one. */
const RING_SLOTS = 1_024

describe('a strategy that breaks or blocks its worker while the engine is live', () => {
  it.each([
    ['timer-throw', 'a timer threw'],
    ['stray-reject', 'nobody awaits this'],
    ['hot-loop', 'no progress'],
  ])(
    'P6: %s: its strategy is halted and latched, trading of the other goes on, and the end is clean',
    async (mode, text) => {
      const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => {
        beside(tree, { mode, at: 2 })
        tree.workers = { hang_ms: 1_000, stop_ms: 200, tick_ring_slots: RING_SLOTS } as never
      })
      const engine = rig.run()
      const status = await statusWhere(
        engine,
        rig.folder,
        (now) => word(now, 'strategy:bad').length > 0 && now.control.latched.length > 0,
      )
      expect(word(status, 'strategy:bad')).toEqual(['KILL'])
      expect(status.control.latched).toMatchObject([{ scope: 'strategy:bad', code: 'STALLED' }])
      expect(haltedBy(status)).toEqual([])
      const { filled } = status.orders
      const { taken } = status.ticks as { taken: number }
      // The ring of who does not read is full long before: that must not halt the symbol.
      const later = await statusWhere(
        engine,
        rig.folder,
        (now) =>
          now.orders.filled > filled + 3 &&
          (now.ticks as { taken: number }).taken > taken + 1.5 * RING_SLOTS &&
          word(now, 'symbol:BTCUSDT').length === 0,
      )
      expect(word(later, 'strategy:sma')).toEqual([])
      const { ended, document } = await terminate(engine)
      expect(ended.code, ended.stderr).toBe(0)
      expect(ended.stderr).toContain(text)
      await expectBooksEqual(rig, document)
    },
  )
})

describe('rings that are full', ONCE_MORE, () => {
  it('P8: a worker that is too slow: ticks are dropped and counted, the symbol is halted as stale, and nothing crashes', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => {
      beside(tree, { mode: 'none', at: -1, busy_ms: 20 })
      Object.assign(tree.strategies[1] as object, { decide_on: 'tick' })
      tree.workers = { tick_ring_slots: 64 } as never
    })
    const engine = rig.run()
    await statusWhere(
      engine,
      rig.folder,
      (now) =>
        now.ready &&
        (now.ticks as { dropped: number }).dropped > 0 &&
        word(now, 'symbol:BTCUSDT').includes('STALE'),
    )
    const { ended, document } = await terminate(engine)
    expect(ended.code, ended.stderr).toBe(0)
    const stale = recordsOf(rig.folder).filter(
      ({ kind, data }) =>
        kind === 'CONTROL' && (data as unknown as { text: string }).text === 'a tick ring was full',
    )
    expect(stale.length).toBeGreaterThan(0)
    await expectBooksEqual(rig, document)
  })

  it('P8: more intents than the ring holds: everything is halted while main stands still, with the reason on record', async () => {
    const folder = tempFolder()
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => {
      const [strategy] = tree.strategies
      const piling = {
        ...strategy,
        file: path.resolve('test/process/strategies/piling.ts'),
        warmup_bars: 0,
        deadline_ms: 60_000,
      }
      Object.assign(tree, {
        strategies: [
          { ...piling, id: 'holder', placement: 'inline', params: { folder, side: 'main', at: 40 } },
          { ...piling, id: 'sma', placement: 'worker', params: { folder, side: 'worker' } },
        ],
        workers: { intent_ring_slots: 16, hang_ms: 60_000 },
      })
    })
    const engine = rig.run()
    await statusWhere(engine, rig.folder, (now) => haltedBy(now).includes('KILL'))
    writeFileSync(path.join(folder, 'free'), '')
    const status = await statusWhere(engine, rig.folder, (now) => now.control.halts.length > 0)
    expect(JSON.stringify(status.control.halts)).toContain('the intent ring of worker 0 is full')
    const { ended, document } = await terminate(engine)
    expect(ended.code, ended.stderr).toBe(0)
    await expectBooksEqual(rig, document)
  })
})

describe('a full disk while the engine is live', ONCE_MORE, () => {
  it('K10: the journal fails, trading halts at once, the end says so, and what the venue did is found in the next life', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => flipping(tree))
    const engine = rig.run([], {}, 16)
    const status = await statusWhere(engine, rig.folder, ({ journal }) => journal.failure !== null)
    expect([status.control.armed, haltedBy(status)]).toEqual([false, ['JOURNAL']])
    engine.kill('SIGTERM')
    const { code, stdout, stderr } = await engine.ended
    expect(code, stderr).toBe(1)
    expect((JSON.parse(stdout) as RunDocument).shutdown.state_flushed).toBe(false)
    expect(await rig.openOrders()).toEqual([])

    const next = rig.run()
    const recovered = await statusWhere(next, rig.folder, ({ ready }) => ready)
    expect(recovered.control.armed).toBe(false)
    const { ended, document } = await terminate(next)
    expect(ended.code, ended.stderr).toBe(0)
    await expectBooksEqual(rig, document)
    expect(verifyJournal(path.join(rig.folder, 'journal'))).toMatchObject({ ok: true })
  })
})
