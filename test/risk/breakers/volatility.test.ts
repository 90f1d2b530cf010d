import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VOLATILITY_WINDOW_MAX, VolatilityWindow } from '../../../src/risk/breakers/volatility.ts'

const LIMITS = { ratioMax: 3, recentN: 5, baselineN: 30 }

function fed(prices: readonly number[], limits = LIMITS): VolatilityWindow {
  const window = new VolatilityWindow(limits)
  for (const price of prices) window.push(price)
  return window
}

/** Prices that step by +size and -size in turn, from 10,000. */
function zigzag(steps: number, size: number): number[] {
  return Array.from({ length: steps }, (_, step) => 10_000 + (step % 2) * size)
}

/** The same by the definition, on plain arrays. */
function ratioOf(prices: readonly number[], recentN: number, baselineN: number): number {
  const returns = prices.slice(1).map((price, index) => price / (prices[index] as number) - 1)
  const deviation = (values: readonly number[]): number => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
  }
  const baseline = returns.slice(-(recentN + baselineN), -recentN)
  return deviation(returns.slice(-recentN)) / deviation(baseline)
}

describe('R9: volatility of one symbol', () => {
  it('R9: says nothing before both windows are full', () => {
    const window = fed(zigzag(35, 10))
    expect(window.verdict).toBe('warming')
    expect(window.ratio).toBeNaN()
    window.push(10_010)
    expect(window.verdict).toBe('normal')
    expect(window.ratio).toBeGreaterThan(0)
  })

  it('R9: equals the definition whatever the prices, with windows that do not overlap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 5_000, max: 15_000 }), { minLength: 13, maxLength: 60 }),
        (prices) => {
          const window = fed(prices, { ratioMax: 3, recentN: 3, baselineN: 8 })
          const expected = ratioOf(prices, 3, 8)
          fc.pre(Number.isFinite(expected) && expected > 0)
          expect(window.ratio / expected).toBeCloseTo(1, 9)
          expect(window.verdict).toBe(window.ratio > 3 ? 'high' : 'normal')
        },
      ),
    )
  })

  it('R9: a burst after calm is high, and passes once it lies in the baseline', () => {
    const calm = zigzag(36, 10)
    const window = fed(calm)
    expect(window.verdict).toBe('normal')
    for (const price of zigzag(5, 500)) window.push(price)
    expect(window.verdict).toBe('high')
    expect(window.ratio).toBeGreaterThan(20)
    for (const price of zigzag(40, 500)) window.push(price)
    expect(window.verdict).toBe('normal')
  })

  it('R9: at the threshold it is normal, above it is high', () => {
    const prices = [...zigzag(33, 10), ...zigzag(5, 40)]
    const { ratio } = fed(prices)
    expect(fed(prices, { ...LIMITS, ratioMax: ratio }).verdict).toBe('normal')
    expect(fed(prices, { ...LIMITS, ratioMax: ratio * 0.999_999 }).verdict).toBe('high')
  })

  it('R9: a price that stands still is normal, and its first move is infinitely more', () => {
    const window = fed(Array.from({ length: 40 }, () => 500))
    expect(window.ratio).toBe(0)
    expect(window.verdict).toBe('normal')
    window.push(501)
    expect(window.ratio).toBe(Number.POSITIVE_INFINITY)
    expect(window.verdict).toBe('high')
  })

  it('R9: a price that makes no return is unknown until it has left both windows', () => {
    for (const bad of [0, Number.NaN]) {
      const window = fed(zigzag(40, 10))
      window.push(bad)
      for (const price of zigzag(35, 10)) {
        window.push(price)
        expect(window.verdict).toBe('unknown')
        expect(window.ratio).toBeNaN()
      }
      window.push(10_010)
      expect(window.verdict).toBe('normal')
    }
  })

  it('R9: prices below zero have volatility too', () => {
    expect(fed(zigzag(40, 10).map((price) => -price)).verdict).toBe('normal')
  })

  it('R9: windows that give no deviation cannot be made', () => {
    for (const n of [1, 2.5, Number.NaN, VOLATILITY_WINDOW_MAX + 1]) {
      expect(() => new VolatilityWindow({ ...LIMITS, recentN: n })).toThrow('volatility window')
      expect(() => new VolatilityWindow({ ...LIMITS, baselineN: n })).toThrow('volatility window')
    }
    expect(fed(zigzag(40, 10), { ...LIMITS, ratioMax: 0.5 }).verdict).toBe('high')
    for (const ratioMax of [0, -1, Number.NaN]) {
      expect(() => new VolatilityWindow({ ...LIMITS, ratioMax })).toThrow('volatility ratio')
    }
  })
})
