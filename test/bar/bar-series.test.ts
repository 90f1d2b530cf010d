import { describe, expect, it } from 'vitest'
import { assertBarSeries, createBar } from '../../src/bar/bar.ts'
import { BarBuilder } from '../../src/bar/bar-builder.ts'
import type { Bar } from '../../src/domain/bar.ts'

const MINUTE = 60e9

function bar(startNs: number, fields: Partial<Bar> = {}): Bar {
  return {
    ...createBar(MINUTE),
    startNs,
    open: 10,
    high: 12,
    low: 9,
    close: 11,
    volume: 5,
    count: 2,
    ...fields,
  }
}

describe('a bar series handed in', () => {
  it('P5: is taken where its index is right, gaps included', () => {
    expect(() => assertBarSeries([bar(0), bar(MINUTE), bar(9 * MINUTE)], MINUTE)).not.toThrow()
    expect(() => assertBarSeries([], MINUTE)).not.toThrow()
  })

  it.each([
    ['runs backwards', [bar(MINUTE), bar(0)], /bar 1 of 2: start 0 is before/],
    ['has one start twice', [bar(MINUTE), bar(MINUTE)], /bar 1 of 2: .* twice/],
    ['has a start of NaN', [bar(Number.NaN)], /bar 0 of 1: start NaN/],
    ['has a start off its period', [bar(1)], /not on a period/],
    ['has another period', [bar(0, { periodNs: 1e9 })], /period 1000000000 ns is not/],
    ['has a high below its low', [bar(0, { high: 8 })], /contradict/],
    ['has a price of NaN', [bar(0, { close: Number.NaN })], /close is not an integer/],
    ['has a close above its high', [bar(0, { close: 13 })], /contradict/],
    ['has a negative volume', [bar(0, { volume: -1 })], /volume -1/],
    ['has half a trade', [bar(0, { count: 0.5 })], /count 0.5/],
  ])('P5: is an error where it %s', (_, bars, message) => {
    expect(() => assertBarSeries(bars, MINUTE)).toThrow(message)
    expect(() => assertBarSeries(bars, MINUTE)).toThrow(
      expect.objectContaining({ code: 'BAR_SERIES_INVALID' }),
    )
  })
})

describe('bars of bars', () => {
  it('P4: a ready-made bar that ends with the period completes it without waiting for the next', () => {
    const builder = new BarBuilder(5 * MINUTE)
    for (let i = 0; i < 4; i += 1) {
      builder.addBar(bar(i * MINUTE))
      expect(builder.roll((i + 1) * MINUTE)).toBe(false)
    }
    builder.addBar(bar(4 * MINUTE, { high: 20, close: 20 }))
    expect(builder.roll(5 * MINUTE)).toBe(true)
    expect(builder.closed).toMatchObject({
      startNs: 0,
      open: 10,
      high: 20,
      low: 9,
      close: 20,
      volume: 25,
      count: 10,
    })
  })

  it('P5: a repeated ready-made bar of a closed period is late', () => {
    const builder = new BarBuilder(MINUTE)
    expect(builder.addBar(bar(0))).toBe(true)
    expect(builder.roll(MINUTE)).toBe(true)
    expect(builder.addBar(bar(0))).toBe(false)
    expect(builder.lateTicks).toBe(1)
  })

  it('bars that do not fill the period are a bug of the caller', () => {
    expect(() => new BarBuilder(5 * MINUTE).addBar(bar(0, { periodNs: 2 * MINUTE }))).toThrow(/do not fill/)
  })

  it('P12: live ticks of a seeded period are late', () => {
    const builder = new BarBuilder(MINUTE)
    builder.seed(bar(0))
    expect(builder.addTrade(1, 1, 30e9)).toBe(false)
    expect(builder.addTrade(1, 1, 60e9)).toBe(true)
    expect(builder.closedCount).toBe(1)
  })
})
