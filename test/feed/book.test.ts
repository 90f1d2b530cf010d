import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInstrument } from '../../src/domain/instrument.ts'
import { Book } from '../../src/feed/book.ts'
import { BookSide } from '../../src/feed/book-side.ts'
import { BookSync, DEPTH_RESULT } from '../../src/feed/book-sync.ts'
import { PENDING_SLOTS_MAX } from '../../src/feed/feed-limits.ts'
import { depthSlots, type Levels, snapshotSlots } from './slots.ts'

const INSTRUMENT = createInstrument({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' }, 0)

describe('BookSide', () => {
  it('equals a sorted map, whatever is set and removed', () => {
    const change = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 3 }))
    fc.assert(
      fc.property(
        fc.constantFrom(1 as const, -1 as const),
        fc.array(change, { maxLength: 300 }),
        (rank, changes) => {
          const side = new BookSide(rank)
          const map = new Map<number, number>()
          for (const [price, qty] of changes) {
            side.set(price, qty)
            if (qty === 0) map.delete(price)
            else map.set(price, qty)
          }
          const sorted = [...map].sort(([a], [b]) => (b - a) * rank)
          const levels = Array.from({ length: side.count }, (_, n) => [side.priceAt(n), side.qtyAt(n)])
          expect(levels).toEqual(sorted)
          expect(side.bestPrice).toEqual(sorted[0]?.[0] ?? Number.NaN)
          expect(side.bestQty).toBe(sorted[0]?.[1] ?? 0)
        },
      ),
    )
  })

  it('keeps the best levels when it is full, and grows on the way there', () => {
    const side = new BookSide(1)
    for (let price = 1; price <= 70_000; price++) side.set(price, price)
    expect([side.count, side.bestPrice, side.priceAt(side.count - 1)]).toEqual([65_536, 70_000, 4_465])
    side.set(10, 1)
    expect([side.count, side.priceAt(side.count - 1)]).toEqual([65_536, 4_465])
    expect(side.priceAt(side.count)).toBeNaN()
    expect(side.qtyAt(side.count)).toBe(0)
  })
})

describe('Book', () => {
  it('F2: is the last snapshot and what followed, whatever it held before', () => {
    const levelsOf = (count: number, from: number, step: number): [number, number][] =>
      Array.from({ length: count }, (_, i) => [from + i * step, i + 1])
    const book = new Book()
    for (const [bids, asks] of [
      [3_000, 10],
      [0, 700],
      [64, 65],
      [1, 0],
    ] as const) {
      book.load(snapshotSlots(1, levelsOf(bids, 9_999, -1), levelsOf(asks, 10_001, 1)), 0)
      expect([book.bids.count, book.asks.count]).toEqual([bids, asks])
      book.apply(depthSlots(2, 2, 1, levelsOf(200, 6_000, -1), levelsOf(200, 20_000, 1)), 0)
      const { bids: below, asks: above } = book.topLevels(5_000)
      expect(below).toEqual([...levelsOf(bids, 9_999, -1), ...levelsOf(200, 6_000, -1)])
      expect(above).toEqual([...levelsOf(asks, 10_001, 1), ...levelsOf(200, 20_000, 1)])
    }
  })

  it('loads, applies and writes its canonical text', () => {
    const book = new Book()
    book.load(
      snapshotSlots(
        1,
        [
          [100, 5],
          [99, 4],
          [98, 3],
          [97, 2],
        ],
        [[101, 1]],
      ),
      0,
    )
    book.apply(
      depthSlots(
        2,
        2,
        -1,
        [[99, 0]],
        [
          [101, 2.5],
          [102, 7],
        ],
      ),
      0,
    )
    expect(book.canonText(INSTRUMENT)).toBe(
      'B 1 0.00005\nB 0.98 0.00003\nB 0.97 0.00002\nA 1.01 0.000025\nA 1.02 0.00007\n',
    )
    expect(book.topLevels(2)).toEqual({
      bids: [
        [100, 5],
        [98, 3],
      ],
      asks: [
        [101, 2.5],
        [102, 7],
      ],
    })
    expect(book.applied).toBe(1)
  })
})

/** Runs updates [first, last, previous] through a book that begins at a snapshot. */
function run(
  rules: 'spot' | 'usdm',
  snapshotId: number,
  updates: readonly (readonly [number, number, number])[],
): number[] {
  const sync = new BookSync(rules)
  sync.snapshot(snapshotSlots(snapshotId), 0)
  return updates.map(([first, last, previous]) => sync.update(depthSlots(first, last, previous), 0, 1))
}
const { APPLIED, BEFORE_SNAPSHOT, DUPLICATE, STALE, GAP, BUFFERED, RESYNCED, STALE_SNAPSHOT } = DEPTH_RESULT

describe('BookSync, spot', () => {
  it('F2: drops what is older than the snapshot, bridges it, then counts on', () => {
    const updates = [
      [8, 10, -1],
      [9, 12, -1],
      [13, 13, -1],
      [14, 20, -1],
    ] as const
    expect(run('spot', 10, updates)).toEqual([BEFORE_SNAPSHOT, APPLIED, APPLIED, APPLIED])
    expect(run('spot', 10, [[11, 11, -1]])).toEqual([APPLIED])
    expect(run('spot', 10, [[12, 13, -1]])).toEqual([GAP])
  })

  it('F6: tells repetitions and old updates from gaps', () => {
    const updates = [
      [11, 12, -1],
      [11, 12, -1],
      [12, 12, -1],
      [13, 14, -1],
      [16, 17, -1],
      [18, 19, -1],
    ] as const
    expect(run('spot', 10, updates)).toEqual([APPLIED, DUPLICATE, STALE, APPLIED, GAP, BUFFERED])
  })
})

describe('BookSync, USD-M', () => {
  it('F2: bridges the snapshot, then follows the predecessor', () => {
    const updates = [
      [5, 9, 4],
      [8, 12, 9],
      [20, 25, 12],
      [30, 31, 26],
    ] as const
    expect(run('usdm', 10, updates)).toEqual([BEFORE_SNAPSHOT, APPLIED, APPLIED, GAP])
    expect(run('usdm', 10, [[15, 20, 10]])).toEqual([APPLIED])
    expect(run('usdm', 10, [[11, 20, 9]])).toEqual([GAP])
  })
})

describe('BookSync, gaps', () => {
  it('F6: a gap breaks the book until a snapshot, which what came after it chains on', () => {
    const sync = new BookSync('spot')
    sync.snapshot(snapshotSlots(10, [[100, 1]], [[101, 1]]), 0)
    expect(sync.update(depthSlots(15, 16, -1, [[99, 1]]), 0, 2)).toBe(GAP)
    expect(sync.update(depthSlots(17, 18, -1, [[98, 1]]), 0, 2)).toBe(BUFFERED)
    expect([sync.book.live, sync.breaks, sync.resyncs]).toEqual([false, 1, 0])
    expect(sync.snapshot(snapshotSlots(13), 0)).toBe(STALE_SNAPSHOT)
    expect(sync.book.live).toBe(false)
    expect(sync.snapshot(snapshotSlots(15, [[100, 2]]), 0)).toBe(RESYNCED)
    expect([sync.book.live, sync.breaks, sync.resyncs, sync.lastUpdateId]).toEqual([true, 1, 1, 18])
    expect(sync.book.canonText(INSTRUMENT)).toBe('B 1 0.00002\nB 0.99 0.00001\nB 0.98 0.00001\n')
    expect(sync.update(depthSlots(19, 19, -1), 0, 1)).toBe(APPLIED)
  })

  it('F6: a snapshot older than a live book is left out, a newer one replaces it', () => {
    const sync = new BookSync('spot')
    sync.snapshot(snapshotSlots(10, [[100, 1]]), 0)
    sync.update(depthSlots(11, 12, -1), 0, 1)
    expect(sync.snapshot(snapshotSlots(11), 0)).toBe(STALE_SNAPSHOT)
    expect(sync.snapshot(snapshotSlots(20, [[90, 1]]), 0)).toBe(APPLIED)
    expect([sync.book.bids.bestPrice, sync.resyncs]).toEqual([90, 0])
    expect(sync.update(depthSlots(19, 21, -1), 0, 1)).toBe(APPLIED)
  })

  it('F6: a gap among the updates that waited breaks the book again', () => {
    const sync = new BookSync('spot')
    sync.update(depthSlots(11, 12, -1), 0, 1)
    sync.update(depthSlots(20, 21, -1), 0, 1)
    sync.update(depthSlots(22, 23, -1), 0, 1)
    expect(sync.snapshot(snapshotSlots(11), 0)).toBe(APPLIED)
    expect([sync.breaks, sync.book.live]).toEqual([1, false])
    expect(sync.snapshot(snapshotSlots(19), 0)).toBe(RESYNCED)
    expect([sync.lastUpdateId, sync.book.live]).toEqual([23, true])
  })

  it('keeps a bounded number of updates before the snapshot, the latest ones', () => {
    const sync = new BookSync('spot')
    const bids: Levels = [
      [100, 1],
      [99, 1],
    ]
    for (let id = 1; id <= PENDING_SLOTS_MAX; id++) sync.update(depthSlots(id, id, -1, bids), 0, 2)
    expect(sync.snapshot(snapshotSlots(PENDING_SLOTS_MAX - 1), 0)).toBe(APPLIED)
    expect(sync.lastUpdateId).toBe(PENDING_SLOTS_MAX)
  })
})
