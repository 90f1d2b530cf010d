import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FeatureSpec } from '../../src/domain/feature.ts'
import { ema, macd, sma } from '../../src/feature/average.ts'
import { lag, price } from '../../src/feature/price.ts'
import { logReturn, ret, volatility, zScore } from '../../src/feature/returns.ts'
import { rsi } from '../../src/feature/rsi.ts'
import { overWindow, run } from './feature-harness.ts'

const prices = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 300 })
const window = fc.integer({ min: 1, max: 40 })
const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)
const deviation = (xs: readonly number[]): number => {
  const mean = sum(xs) / xs.length
  return Math.sqrt(sum(xs.map((x) => (x - mean) ** 2)) / (xs.length - 1))
}

function expectClose(
  actual: readonly (number | undefined)[],
  expected: readonly (number | undefined)[],
  within: number,
): void {
  expect(actual.map((x) => x === undefined)).toEqual(expected.map((x) => x === undefined))
  actual.forEach((x, i) => {
    if (x !== undefined) expect(Math.abs(x - (expected[i] as number))).toBeLessThanOrEqual(within)
  })
}

describe('averages', () => {
  it('O7: the SMA is the exact sum over n, to the last bit', () => {
    fc.assert(
      fc.property(prices, window, (xs, n) => {
        expect(run(sma(n), xs)).toEqual(overWindow(xs, n, (w) => sum(w) / n))
      }),
    )
  })

  it('O7: a price compares with the SMA as in exact arithmetic, up to sums of 2^53', () => {
    const large = fc.integer({ min: 2, max: 64 }).chain((n) => {
      const most = Math.floor(2 ** 53 / n) - 1
      return fc.tuple(
        fc.constant(n),
        fc.array(fc.integer({ min: most - 3, max: most }), { minLength: n, maxLength: n }),
      )
    })
    fc.assert(
      fc.property(large, ([n, xs]) => {
        const average = run(sma(n), xs).at(-1) as number
        const exactSum = xs.reduce((a, x) => a + BigInt(x), 0n)
        for (const x of xs) {
          expect(Math.sign(x - average)).toBe(Math.sign(Number(BigInt(x) * BigInt(n) - exactSum)))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('the EMA starts with an SMA and then moves by 2 / (n + 1)', () => {
    expect(run(ema(3), [1, 2, 6, 5, 5])).toEqual([undefined, undefined, 3, 4, 4.5])
    expect(run(ema(1), [4, 9])).toEqual([4, 9])
  })

  it('the MACD line is the difference of two EMAs and waits for the slow one', () => {
    const xs = [5, 6, 7, 9, 8, 3, 4]
    const [fast, slow] = [run(ema(2), xs), run(ema(4), xs)]
    expect(run(macd(2, 4), xs)).toEqual(
      xs.map((_, i) => (i < 3 ? undefined : (fast[i] as number) - (slow[i] as number))),
    )
  })
})

describe('returns', () => {
  it('simple and log returns over n steps', () => {
    expect(run(ret(2), [100, 105, 110])).toEqual([undefined, undefined, 110 / 100 - 1])
    expect(run(logReturn(), [100, 110])).toEqual([undefined, Math.log(1.1)])
  })

  it('P9: a return that cannot be is not finite, which holds', () => {
    expect(run(ret(), [0, 5])).toEqual([undefined, Number.POSITIVE_INFINITY])
    expect(run(ret(), [0, 0])).toEqual([undefined, Number.NaN])
    expect(run(logReturn(), [5, -5])).toEqual([undefined, Number.NaN])
  })

  it('volatility is the sample deviation of log returns, without drift over a long run', () => {
    fc.assert(
      fc.property(prices, fc.integer({ min: 2, max: 30 }), (xs, n) => {
        const steps = xs.slice(1).map((x, i) => Math.log(x / (xs[i] as number)))
        const expected = [undefined, ...overWindow(steps, n, deviation)]
        expectClose(run(volatility(n), xs), expected, 1e-5)
      }),
    )
    const calm = Array.from({ length: 50_000 }, (_, i) => (i < 50 ? 10 ** (i % 9) : 6_000_000 + (i % 7)))
    const steps = calm.slice(1).map((x, i) => Math.log(x / (calm[i] as number)))
    expectClose([run(volatility(20), calm).at(-1)], [deviation(steps.slice(-20))], 1e-12)
  })

  it('P9: volatility is NaN while a step over a price of zero is in its window, and right again after', () => {
    const values = run(volatility(2), [100, 110, 0, 100, 110, 100])
    expect(values.slice(0, 2)).toEqual([undefined, undefined])
    expect(values.slice(2, 5)).toEqual([Number.NaN, Number.NaN, Number.NaN])
    expect(values[5]).toBeCloseTo(run(volatility(2), [100, 110, 100])[2] as number, 12)
  })

  it('the z-score is the distance from the mean in deviations', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 100 }), (xs) => {
        const expected = overWindow(xs, 5, (w) => {
          const s = deviation(w)
          return s === 0 ? 0 : ((w.at(-1) as number) - sum(w) / 5) / s
        })
        expectClose(run(zScore(5), xs), expected, 1e-6)
      }),
    )
  })
})

describe('RSI', () => {
  it('follows the worked example of Wilder smoothing', () => {
    // Rises 2, 0, 3; falls 0, 1, 0: averages 5/3 and 1/3 give 100 × 5 / 6; then a fall of 2.
    const values = run(rsi(3), [10, 12, 11, 14, 12])
    expect(values.slice(0, 3)).toEqual([undefined, undefined, undefined])
    expect(values[3]).toBeCloseTo((100 * 5) / 6, 12)
    const [rises, falls] = [((5 / 3) * 2) / 3, ((1 / 3) * 2 + 2) / 3]
    expect(values[4]).toBeCloseTo((100 * rises) / (rises + falls), 12)
  })

  it('is 100 where all rose, 0 where all fell, 50 where nothing moved', () => {
    expect(run(rsi(2), [1, 2, 3]).at(-1)).toBe(100)
    expect(run(rsi(2), [3, 2, 1]).at(-1)).toBe(0)
    expect(run(rsi(2), [3, 3, 3]).at(-1)).toBe(50)
  })
})

describe('lag', () => {
  it('gives what the feature was n updates ago, and is ready n updates later', () => {
    fc.assert(
      fc.property(prices, fc.integer({ min: 1, max: 10 }), window, (xs, n, m) => {
        const plain = run(sma(m), xs)
        expect(run(lag(sma(m), n), xs)).toEqual(xs.map((_, i) => plain[i - n]))
      }),
    )
    expect(run(lag(price()), [4, 5, 6])).toEqual([undefined, 4, 5])
  })
})

describe('parameters', () => {
  it.each([
    ['sma(0)', () => sma(0)],
    ['sma(1.5)', () => sma(1.5)],
    ['sma(NaN)', () => sma(Number.NaN)],
    ['sma(200000)', () => sma(200_000)],
    ['volatility(1)', () => volatility(1)],
    ['macd(5, 5)', () => macd(5, 5)],
    ['sma of a text', () => sma('20' as unknown as number)],
  ] as [string, () => FeatureSpec][])('A1: %s is a coded error of the configuration', (_, create) => {
    expect(create).toThrow(expect.objectContaining({ code: 'FEATURE_PARAM_INVALID', exitCode: 3 }))
  })
})
