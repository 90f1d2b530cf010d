import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIncrement, stripZeros, toIncrements } from '../../../src/core/decimal.ts'
import { incrementText } from '../../../src/venue/binance-spot/increment-text.ts'

describe('incrementText', () => {
  it('O7: text and increments are the same number, up to 2^53', () => {
    const increments = ['1', '0.01', '0.05', '0.00001', '0.00000001', '25', '0.0025', '0.000000000000000001']
    fc.assert(
      fc.property(
        fc.constantFrom(...increments),
        fc.oneof(fc.maxSafeNat(), fc.nat(100_000_000), fc.constant(Number.MAX_SAFE_INTEGER)),
        (increment, count) => {
          const step = parseIncrement(increment)
          expect(toIncrements(incrementText(count, step), step)).toBe(count)
        },
      ),
      { numRuns: 5_000 },
    )
  })

  it('O7: reads as people write it', () => {
    expect(incrementText(6_183_764, parseIncrement('0.01'))).toBe('61837.64')
    expect(incrementText(5, parseIncrement('0.00001'))).toBe('0.00005')
    expect(incrementText(0, parseIncrement('0.01'))).toBe('0.00')
    expect(stripZeros(incrementText(3, parseIncrement('25')))).toBe('75')
  })
})
