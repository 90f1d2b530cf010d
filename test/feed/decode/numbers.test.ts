import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { INCREMENTS_MAX, parseIncrement, toIncrements } from '../../../src/core/decimal.ts'
import { TidegateError } from '../../../src/core/errors.ts'
import { decimalAt, FAST, wholeAt } from '../../../src/feed/decode/fast.ts'
import { DECIMAL, DecimalReader, wholeNumber } from '../../../src/feed/decode/numbers.ts'

const reader = new DecimalReader()
const STATUS = Object.entries(DECIMAL)

function read(text: string, increment = '0.01', exponents = false, negatives = false): string | number {
  const bytes = new TextEncoder().encode(text)
  const { scale, unitsPerIncrement } = parseIncrement(increment)
  const status = reader.read(bytes, 0, bytes.length, scale, unitsPerIncrement, exponents, negatives)
  if (status === DECIMAL.OK) return reader.value[0] as number
  return (STATUS.find(([, n]) => n === status) as [string, number])[0]
}

describe('DecimalReader', () => {
  it.each([
    ['61837.63000000', '0.01', 6_183_763],
    ['0.30', '0.05', 6],
    ['0.32', '0.05', 'OFF'],
    ['1500', '100', 15],
    ['1550', '100', 'OFF'],
    ['90071992547409.91', '0.01', INCREMENTS_MAX],
    ['90071992547409.92', '0.01', 'OVERFLOW'],
    ['123456789012345678901234567890', '1', 'OVERFLOW'],
    ['1.000000000000000000', '1', 1],
    ['1.0000000000000000000', '1', 'LONG'],
    ['', '1', 'EMPTY'],
    ['.', '1', 'NAN'],
    ['1.', '1', 'NAN'],
    ['.5', '0.1', 'NAN'],
    ['+1', '1', 'NAN'],
    ['1,5', '1', 'NAN'],
    ['0x10', '1', 'NAN'],
    [' 1', '1', 'NAN'],
    ['nan', '1', 'NAN'],
    ['-inf', '1', 'INF'],
    ['+Infinity', '1', 'INF'],
    ['1e400', '1', 'NAN'],
    ['1e', '1', 'NAN'],
    ['0e400', '1', 'ZERO'],
    ['-0.0', '1', 'ZERO'],
    ['-1', '1', 'NEGATIVE'],
    ['1e2', '1', 'EXPONENT'],
  ])('%s in steps of %s is %s', (text, increment, expected) => {
    expect(read(text, increment)).toBe(expected)
  })

  it('reads exponents of JSON numbers exactly', () => {
    expect(read('8.5e-06', '0.0000001', true)).toBe(85)
    expect(read('1.25E+3', '0.5', true)).toBe(2_500)
    expect(read('-37.63', '0.01', true, true)).toBe(-3_763)
  })

  it('O7: equals the exact conversion for every decimal and increment', () => {
    const increments = fc.constantFrom('1', '0.1', '0.01', '0.05', '0.00000001', '0.25', '5', '0.0125', '100')
    const decimal = fc
      .tuple(fc.bigInt({ min: 1n, max: 10n ** 22n }), fc.integer({ min: 0, max: 18 }))
      .map(([units, scale]) => {
        const digits = units.toString().padStart(scale + 1, '0')
        return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
      })
    fc.assert(
      fc.property(decimal, increments, (text, increment) => {
        let expected: string | number
        try {
          expected = toIncrements(text, parseIncrement(increment))
        } catch (error) {
          expected = (error as TidegateError).code
        }
        const actual = read(text, increment)
        if (expected === 'OFF_INCREMENT') expect(['OFF', 'OVERFLOW']).toContain(actual)
        else expect(actual).toBe(expected === 'INCREMENTS_OVERFLOW' ? 'OVERFLOW' : expected)
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('readers of the fast path', () => {
  it('agree with the general one wherever they accept', () => {
    const text = fc.stringMatching(/^\d{1,11}(\.\d{0,20})?$/)
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 10 }), (decimal, scale) => {
        const bytes = new TextEncoder().encode(`${decimal}}`)
        const end = decimalAt(bytes, 0, scale, 0)
        if (end < 0 || end !== decimal.length) return
        const expected = read(decimal, scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`)
        expect(FAST[0]).toBe(expected === 'ZERO' ? 0 : expected)
      }),
      { numRuns: 3_000 },
    )
  })

  it('read whole numbers of up to 15 digits, and none with a leading zero', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{1,17}$/), (digits) => {
        const bytes = new TextEncoder().encode(`${digits}}`)
        const end = wholeAt(bytes, 0, 0)
        const exact = wholeNumber(bytes, 0, digits.length)
        if (end === digits.length) expect(FAST[0]).toBe(exact)
        else expect(digits.length > 15 || /^0\d/.test(digits)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})
