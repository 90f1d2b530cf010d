import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatDecimal,
  incrementsToText,
  parseDecimal,
  parseIncrement,
  stripZeros,
  toIncrements,
} from '../../src/core/decimal.ts'
import { moneyFromText, moneyTimes, moneyToText } from '../../src/core/money.ts'

describe('exact decimals', () => {
  it('O7: text survives the way to increments and back', () => {
    const increments = ['0.01', '0.05', '0.25', '1', '0.00000001', '2.5', '100']
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.constantFrom(...increments), (count, text) => {
        const increment = parseIncrement(text)
        expect(toIncrements(incrementsToText(count, increment), increment)).toBe(count === 0 ? 0 : count)
      }),
    )
  })

  it('O7: a price off the increment is a coded error', () => {
    expect(() => toIncrements('1.005', parseIncrement('0.01'))).toThrow(
      expect.objectContaining({ code: 'OFF_INCREMENT' }),
    )
  })

  it('O7: 2^53 increments and beyond are a coded error', () => {
    const cent = parseIncrement('0.01')
    expect(toIncrements('90071992547409.91', cent)).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => toIncrements('90071992547409.92', cent)).toThrow(
      expect.objectContaining({ code: 'INCREMENTS_OVERFLOW' }),
    )
  })

  it('reads exponents, signs and bare points, and nothing else', () => {
    expect(formatDecimal(parseDecimal('1e2').units, parseDecimal('1e2').scale)).toBe('100')
    expect(stripZeros('-0.500')).toBe('-0.5')
    expect(stripZeros('.5')).toBe('0.5')
    expect(stripZeros('-0')).toBe('0')
    for (const bad of ['', '.', 'NaN', 'Infinity', '1e', '--1', '0x10', '1_000', ' 1', '1e9999']) {
      expect(() => parseDecimal(bad)).toThrow(expect.objectContaining({ code: 'DECIMAL_INVALID' }))
    }
  })

  it('refuses increments that are not positive', () => {
    for (const bad of ['0', '-0.01', '0.0000000000000000001']) {
      expect(() => parseIncrement(bad)).toThrow(expect.objectContaining({ code: 'INCREMENT_INVALID' }))
    }
  })

  it('O7: money keeps a fee in basis points exact and refuses what it cannot keep', () => {
    const fee = moneyTimes(moneyFromText('618.2981'), parseDecimal('0.00075'))
    expect(moneyToText(fee)).toBe('0.463723575')
    expect(() => moneyFromText(`0.${'0'.repeat(40)}1`)).toThrow(
      expect.objectContaining({ code: 'MONEY_PRECISION' }),
    )
  })
})
