import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BarClose } from '../../../src/risk/breakers/bar-close.ts'
import { LossStreak } from '../../../src/risk/breakers/loss-streak.ts'

function streakOf(results: readonly (readonly [string, bigint])[], lossesMax = 3): LossStreak {
  const streak = new LossStreak(lossesMax)
  for (const [order, realized] of results) streak.add(order, realized)
  return streak
}

describe('R9: losses in a row', () => {
  it('R9: counts losses since the last result that was none', () => {
    expect(streakOf([]).losses).toBe(0)
    expect(
      streakOf([
        ['a', -1n],
        ['b', -1n],
      ]).losses,
    ).toBe(2)
    expect(
      streakOf([
        ['a', -1n],
        ['b', 5n],
        ['c', -1n],
      ]).losses,
    ).toBe(1)
    expect(
      streakOf([
        ['a', -1n],
        ['b', 0n],
      ]).losses,
    ).toBe(0)
  })

  it('R9: an order that closes in many fills is one result, the sum of them', () => {
    const streak = streakOf([
      ['a', -1n],
      ['a', -1n],
      ['a', -1n],
    ])
    expect(streak.losses).toBe(1)
    streak.add('a', 4n)
    expect(streak.losses).toBe(0)
    streak.add('b', -1n)
    streak.add('a', -9n)
    expect(streak.losses).toBe(2)
  })

  it('R9: a result that was taken back does not count', () => {
    const streak = streakOf([
      ['a', -1n],
      ['b', 1n],
      ['c', -1n],
    ])
    streak.remove('b')
    expect(streak.losses).toBe(2)
    streak.remove('never seen')
    expect(streak.losses).toBe(2)
    streak.clear()
    expect(streak.losses).toBe(0)
  })

  it('R9: keeps no more than it needs, and counts as if it kept all', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 1 })), (gains) => {
        const streak = streakOf(
          gains.map((gain, index) => [String(index), BigInt(gain)]),
          4,
        )
        const trailing = gains.length - 1 - gains.findLastIndex((gain) => gain >= 0)
        expect(streak.losses).toBe(Math.min(4, trailing))
      }),
    )
  })
})

describe('R9: closes of bars', () => {
  it('R9: the last price of a period is its close once a later period begins', () => {
    const bars = new BarClose(10)
    const closes = [
      [100, 1],
      [101, 9],
      [102, 10],
      [103, 35],
      [104, 12],
      [105, 39],
      [106, 40],
    ].flatMap(([price = 0, timeNs = 0]) => (bars.push(price, timeNs) ? [bars.close] : []))
    expect(closes).toEqual([101, 102, 105])
  })

  it('R9: a time that is none ends no bar', () => {
    const bars = new BarClose(10)
    expect(bars.push(1, 5)).toBe(false)
    expect(bars.push(2, Number.NaN)).toBe(false)
    expect(bars.push(3, 15)).toBe(true)
    expect(bars.close).toBe(2)
  })
})
