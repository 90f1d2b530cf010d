import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../src/core/random.ts'
import {
  CORRELATED_INSTRUMENTS_MAX,
  CORRELATION_WINDOW_MAX,
  RollingCorrelation,
} from '../../../src/risk/monitor/rolling-correlation.ts'

/** Pearson's correlation by its definition, on the last `window` returns. */
function naive(a: readonly number[], b: readonly number[], window: number): number {
  const returns = (prices: readonly number[]): number[] =>
    prices
      .slice(1)
      .map((price, index) => price / (prices[index] as number) - 1)
      .slice(-window)
  const x = returns(a)
  const y = returns(b)
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
  const mx = mean(x)
  const my = mean(y)
  const sum = (f: (i: number) => number): number => x.reduce((total, _, i) => total + f(i), 0)
  const dx = (i: number): number => (x[i] as number) - mx
  const dy = (i: number): number => (y[i] as number) - my
  return sum((i) => dx(i) * dy(i)) / Math.sqrt(sum((i) => dx(i) ** 2) * sum((i) => dy(i) ** 2))
}

function push(correlation: RollingCorrelation, prices: readonly number[]): void {
  correlation.push((instrument) => prices[instrument] as number)
}

/** Walks of three symbols: the second follows the first, the third goes its own way. */
function walks(steps: number, seed: number): [number[], number[], number[]] {
  const random = new SeededRandom(seed)
  const walk: [number[], number[], number[]] = [[100], [50], [10]]
  for (let step = 1; step < steps; step++) {
    const common = random.next() - 0.5
    const moves = [common, common + (random.next() - 0.5) / 4, random.next() - 0.5]
    for (const [i, prices] of walk.entries()) {
      prices.push((prices.at(-1) as number) * (1 + (moves[i] as number) / 50))
    }
  }
  return walk
}

describe('R8: rolling correlation of returns', () => {
  it('R8: equals the definition at every sample, however long it runs', () => {
    const [a, b, c] = walks(5_000, 7)
    const correlation = new RollingCorrelation(3, 40)
    for (let step = 0; step < a.length; step++) {
      push(correlation, [a[step] as number, b[step] as number, c[step] as number])
      if (step < 40 || step % 7 !== 0) continue
      const upTo = (prices: readonly number[]): number[] => prices.slice(Math.max(0, step - 40), step + 1)
      expect(correlation.correlation(0, 1)).toBeCloseTo(naive(upTo(a), upTo(b), 40), 9)
      expect(correlation.correlation(2, 0)).toBeCloseTo(naive(upTo(a), upTo(c), 40), 9)
    }
    expect(correlation.correlation(0, 1)).toBeGreaterThan(0.9)
    expect(Math.abs(correlation.correlation(0, 2))).toBeLessThan(0.6)
    expect(correlation.correlation(1, 0)).toBe(correlation.correlation(0, 1))
  })

  it('R8: equals the definition for any prices', () => {
    const prices = fc.array(fc.tuple(fc.integer({ min: 90, max: 110 }), fc.integer({ min: 90, max: 110 })), {
      minLength: 6,
      maxLength: 40,
    })
    fc.assert(
      fc.property(prices, (pairs) => {
        const correlation = new RollingCorrelation(2, 5)
        for (const pair of pairs) push(correlation, pair)
        const expected = naive(
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
          5,
        )
        fc.pre(Number.isFinite(expected))
        expect(correlation.correlation(0, 1)).toBeCloseTo(expected, 6)
      }),
    )
  })

  it('R8: is not known before the window is full of returns', () => {
    const correlation = new RollingCorrelation(2, 3)
    for (const [sample, price] of [100, 101, 99, 102].entries()) {
      expect(correlation.correlation(0, 1), `before sample ${sample}`).toBeNaN()
      push(correlation, [price, 2 * price])
    }
    expect(correlation.correlation(0, 1)).toBeCloseTo(1, 9)
  })

  it('R8: exact copies and mirrors never pass 1 and -1', () => {
    const correlation = new RollingCorrelation(3, 10)
    const random = new SeededRandom(3)
    let up = 100
    let down = 100
    for (let sample = 0; sample < 200; sample++) {
      push(correlation, [up, up * 7, down])
      const move = (random.next() - 0.5) / 10
      up *= 1 + move
      down *= 1 - move
      const same = correlation.correlation(0, 1)
      const mirrored = correlation.correlation(0, 2)
      if (sample < 11) continue
      expect(same).toBeLessThanOrEqual(1)
      expect(same).toBeGreaterThan(0.999_999)
      expect(mirrored).toBeGreaterThanOrEqual(-1)
      expect(mirrored).toBeLessThan(-0.999_999)
    }
  })

  it('R8: a symbol that stood still, or only ever rose alike, has none', () => {
    const correlation = new RollingCorrelation(3, 4)
    let rising = 100
    for (const price of [100, 101, 99, 100, 102, 101, 100]) {
      push(correlation, [price, 500, rising])
      rising *= 1.1
    }
    expect(correlation.correlation(0, 1)).toBeNaN()
    expect(correlation.correlation(0, 2)).toBeNaN()
  })

  it('R8: a missing price, and a return that is none, take the symbol out until the window has passed', () => {
    for (const bad of [Number.NaN, 0]) {
      const correlation = new RollingCorrelation(3, 3)
      const sample = (first: number, price: number): void => push(correlation, [first, price, price * price])
      for (const price of [100, 101, 99, 102]) sample(price, price)
      expect(correlation.correlation(0, 1)).not.toBeNaN()
      sample(bad, 103)
      for (const price of [101, 104]) {
        sample(price, price)
        expect(correlation.correlation(0, 1)).toBeNaN()
        expect(correlation.correlation(1, 0)).toBeNaN()
        expect(correlation.correlation(1, 2)).toBeGreaterThan(0.9)
      }
      for (const price of [102, 105, 101]) sample(price, price)
      expect(correlation.correlation(0, 1)).toBeCloseTo(1, 9)
    }
  })

  it('R8: its size is bounded', () => {
    expect(() => new RollingCorrelation(CORRELATED_INSTRUMENTS_MAX + 1, 10)).toThrow('instruments')
    for (const window of [1, 2.5, CORRELATION_WINDOW_MAX + 1]) {
      expect(() => new RollingCorrelation(2, window)).toThrow('correlation window')
    }
  })
})
