import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertBarSeries, createBar } from '../../src/bar/bar.ts'
import { BarBuilder, EMPTY_BARS_MAX } from '../../src/bar/bar-builder.ts'
import { barNotional, barVwap } from '../../src/bar/exact-sum.ts'
import type { Bar } from '../../src/domain/bar.ts'

const MINUTE = 60e9

/** Feeds trades and gives copies of the bars that closed. */
function build(
  trades: readonly (readonly [timeNs: number, price: number, qty: number])[],
  builder: BarBuilder,
): Bar[] {
  const closed: Bar[] = []
  for (const [timeNs, price, qty] of trades) {
    while (builder.roll(timeNs)) closed.push({ ...builder.closed })
    builder.addTrade(price, qty, timeNs)
  }
  return closed
}

describe('BarBuilder', () => {
  it('P4: a bar closes with the first tick of a later period, which belongs to the new bar', () => {
    const builder = new BarBuilder(MINUTE)
    const closed = build(
      [
        [10e9, 100, 1],
        [20e9, 105, 2],
        [59.999999999e9, 95, 3],
        [60e9, 101, 4],
      ],
      builder,
    )
    expect(closed).toEqual([
      {
        startNs: 0,
        periodNs: MINUTE,
        open: 100,
        high: 105,
        low: 95,
        close: 95,
        volume: 6,
        count: 3,
        notionalLow: 595,
        notionalHigh: 0,
      },
    ])
    expect(builder.running).toMatchObject({ startNs: 60e9, open: 101, volume: 4, count: 1 })
  })

  it('P4: a period without ticks has no bar', () => {
    const closed = build(
      [
        [0, 1, 1],
        [5 * MINUTE, 2, 1],
        [6 * MINUTE, 3, 1],
      ],
      new BarBuilder(MINUTE),
    )
    expect(closed.map((bar) => bar.startNs)).toEqual([0, 5 * MINUTE])
  })

  it('P4: empty bars stand at the last close where they are asked for', () => {
    const builder = new BarBuilder(MINUTE, { emptyBars: true })
    const closed = build(
      [
        [0, 7, 1],
        [3 * MINUTE, 9, 1],
        [4 * MINUTE, 9, 1],
      ],
      builder,
    )
    expect(
      closed.map(({ startNs, open, close, volume, count }) => [startNs / MINUTE, open, close, volume, count]),
    ).toEqual([
      [0, 7, 7, 1, 1],
      [1, 7, 7, 0, 0],
      [2, 7, 7, 0, 0],
      [3, 9, 9, 1, 1],
    ])
  })

  it('P4: a gap too long for empty bars is skipped and counted', () => {
    const builder = new BarBuilder(MINUTE, { emptyBars: true })
    const closed = build(
      [
        [0, 7, 1],
        [(EMPTY_BARS_MAX + 5) * MINUTE, 9, 1],
      ],
      builder,
    )
    expect(closed).toHaveLength(1)
    expect(builder.skippedPeriods).toBe(EMPTY_BARS_MAX + 4)
  })

  it('P5: a late tick of a closed period is counted and rebuilds nothing, one inside the running period is built in', () => {
    const builder = new BarBuilder(MINUTE)
    const closed = build(
      [
        [30e9, 100, 1],
        [70e9, 200, 1],
        [59e9, 900, 1],
        [65e9, 150, 1],
        [130e9, 1, 1],
      ],
      builder,
    )
    expect(builder.lateTicks).toBe(1)
    expect(closed.map(({ high, close, count }) => [high, close, count])).toEqual([
      [100, 100, 1],
      [200, 150, 2],
    ])
  })

  it('P5: a NaN time closes no bar and is built into none', () => {
    const builder = new BarBuilder(MINUTE)
    expect(
      build(
        [
          [1, 5, 1],
          [Number.NaN, 6, 1],
          [2, 7, 1],
        ],
        builder,
      ),
    ).toEqual([])
    expect(builder.lateTicks).toBe(1)
    expect(builder.running).toMatchObject({ count: 2, high: 7 })
  })

  it('P5: times before the event base fall into their own period', () => {
    const builder = new BarBuilder(MINUTE)
    build(
      [
        [-1, 5, 1],
        [0, 6, 1],
      ],
      builder,
    )
    expect(builder.closed).toMatchObject({ startNs: -MINUTE, close: 5 })
  })

  it('P4: bars of quotes count mids in half increments', () => {
    const builder = new BarBuilder(MINUTE)
    builder.addMid(100 + 103, 1)
    builder.addMid(99 + 100, 2)
    expect(builder.running).toMatchObject({ open: 203, high: 203, low: 199, close: 199, count: 2, volume: 0 })
  })

  it('P5: no tick is lost and none is built in twice, whatever the times', () => {
    const tick = fc.tuple(
      fc.integer({ min: -500, max: 3_000 }),
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.integer({ min: 1, max: 50 }),
    )
    fc.assert(
      fc.property(fc.array(tick, { maxLength: 200 }), fc.boolean(), (ticks, emptyBars) => {
        const builder = new BarBuilder(100, { emptyBars })
        const bars = build(ticks, builder)
        if (builder.running.count > 0) bars.push({ ...builder.running })
        assertBarSeries(bars, 100)
        const built = bars.reduce((sum, bar) => sum + bar.count, 0)
        expect(built + builder.lateTicks).toBe(ticks.length)
      }),
    )
  })
})

describe('exact notional', () => {
  it('O7: the notional of a bar equals the BigInt sum, whatever sizes and signs', () => {
    const side = fc.oneof(
      fc.integer({ min: -(2 ** 47), max: 2 ** 47 }),
      fc.integer(),
      fc.integer({ min: -3, max: 3 }),
    )
    const qty = fc.oneof(fc.maxSafeNat(), fc.nat())
    fc.assert(
      fc.property(fc.array(fc.tuple(side, qty), { minLength: 1, maxLength: 40 }), (trades) => {
        const builder = new BarBuilder(MINUTE)
        for (const [price, size] of trades) builder.addTrade(price, size, 0)
        const exact = trades.reduce((sum, [price, size]) => sum + BigInt(price) * BigInt(size), 0n)
        expect(barNotional(builder.running)).toBe(exact)
        expect(builder.running.notionalLow).toBeGreaterThanOrEqual(0)
        expect(builder.running.notionalLow).toBeLessThan(2 ** 53)
      }),
      { numRuns: 2_000 },
    )
  })

  it('the vwap of two words is the vwap of their sum', () => {
    const builder = new BarBuilder(MINUTE)
    builder.addTrade(6_183_763_000_000, 2_000_000, 0)
    builder.addTrade(6_183_763_000_002, 2_000_000, 1)
    expect(barVwap(builder.running)).toBe(6_183_763_000_001)
    expect(barVwap(createBar(MINUTE))).toBeNaN()
  })

  it('a volume that leaves the exact range stays at its end and is counted', () => {
    const builder = new BarBuilder(MINUTE)
    builder.addTrade(1, Number.MAX_SAFE_INTEGER, 0)
    builder.addTrade(1, 1, 1)
    builder.addTrade(1, 1, 2)
    expect(builder.running.volume).toBe(Number.MAX_SAFE_INTEGER)
    expect(builder.volumeOverflows).toBe(2)
  })
})
