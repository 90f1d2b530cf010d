import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../src/core/histogram.ts'

describe('Histogram', () => {
  it('L2: keeps every quantile within 1.6 % of the exact one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 400 }), (values) => {
        const histogram = new Histogram()
        for (const value of values) histogram.record(value)
        const sorted = [...values].sort((a, b) => a - b)
        for (const q of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
          const exact = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] as number
          const got = histogram.quantile(q)
          expect(got).toBeGreaterThanOrEqual(exact)
          expect(got).toBeLessThanOrEqual(exact + Math.ceil(exact / 64))
        }
      }),
    )
  })

  it('counts values beyond its range at the top and negative ones at zero', () => {
    const histogram = new Histogram()
    histogram.record(-5)
    histogram.record(2 ** 50)
    expect(histogram.quantile(0.5)).toBe(0)
    expect(histogram.max).toBe(2 ** 41 - 1)
    expect(histogram.quantile(1)).toBe(2 ** 41 - 1)
  })

  it('is empty after reset', () => {
    const histogram = new Histogram()
    histogram.record(7)
    histogram.reset()
    expect(histogram.percentiles()).toEqual({ p50: 0, p99: 0, p999: 0, max: 0 })
  })
})
