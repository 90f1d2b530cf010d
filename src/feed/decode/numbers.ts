import { INCREMENTS_MAX } from '../../core/decimal.ts'
import { isDigit } from './json.ts'
import { FRACTION_DIGITS_MAX } from './limits.ts'

/** What reading a decimal found. Everything but OK leaves no value. */
export const DECIMAL = {
  OK: 0,
  EMPTY: 1,
  /** no decimal number, or one beyond the range of a double ("nan", "1e400") */
  NAN: 2,
  /** the words inf or infinity, any case and sign */
  INF: 3,
  ZERO: 4,
  NEGATIVE: 5,
  /** more than FRACTION_DIGITS_MAX digits after the point */
  LONG: 6,
  /** an exponent where plain text is required */
  EXPONENT: 7,
  /** no multiple of the increment */
  OFF: 8,
  /** 2^53 increments or more */
  OVERFLOW: 9,
} as const
export type DecimalStatus = (typeof DECIMAL)[keyof typeof DECIMAL]

export const POW10: Float64Array = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`))

const EXPONENT_DOUBLE_MAX = 308
const DOUBLE_DIGITS = 15

/**
 * Reads decimal text exactly into increments of `units` × 10^-`scale`.
 * Precedence: EMPTY, NAN/INF (grammar and range), ZERO (any zero, signed or with exponent), NEGATIVE, LONG, EXPONENT,
 * OVERFLOW, OFF.
 */
export class DecimalReader {
  /**
   * Increments of the last OK. After OFF: digits without outer zeros, at most 15 of them, divided first by their power of
   * ten (at most 10^22) and then by `units`, as doubles; NaN when there are more. After OVERFLOW: the increments where a
   * double holds them exactly, else NaN.
   */
  readonly value: Float64Array = new Float64Array(1)
  #mantissa = 0
  #exponent = 0

  /**
   * @param exponents whether "1.5e3" may stand for a number (JSON numbers) or not (quoted text)
   * @param negatives whether a negative number is OK; its increments are negative
   */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    scale: number,
    units: number,
    exponents: boolean,
    negatives: boolean,
  ): DecimalStatus {
    if (start >= end) return DECIMAL.EMPTY
    const sign = bytes[start] as number
    const negative = sign === 0x2d
    const first = negative ? start + 1 : start
    let p = first
    let significant = 0
    let point = -1
    for (; p < end; p++) {
      const c = bytes[p] as number
      if (isDigit(c)) significant |= c - 0x30
      else if (c === 0x2e && point < 0) point = p
      else break
    }
    const tail = p
    const fraction = point < 0 ? 0 : tail - point - 1
    if (tail === first) {
      return isInfinity(bytes, sign === 0x2b ? start + 1 : first, end) ? DECIMAL.INF : DECIMAL.NAN
    }
    if (point === first || (point >= 0 && fraction === 0)) return DECIMAL.NAN
    let exponent = 0
    if (tail < end) {
      const read = exponentAt(bytes, tail, end)
      if (Number.isNaN(read)) return DECIMAL.NAN
      exponent = read
    }
    if (significant === 0) return DECIMAL.ZERO
    if (Math.abs(exponent) > EXPONENT_DOUBLE_MAX) return DECIMAL.NAN
    if (negative && !negatives) return DECIMAL.NEGATIVE
    if (fraction > FRACTION_DIGITS_MAX) return DECIMAL.LONG
    if (tail < end && !exponents) return DECIMAL.EXPONENT
    const status = this.#convert(bytes, first, tail, exponent - fraction, scale, units)
    if (negative) this.value[0] = -(this.value[0] as number)
    return status
  }

  #convert(
    bytes: Uint8Array,
    first: number,
    tail: number,
    exponent: number,
    scale: number,
    units: number,
  ): DecimalStatus {
    if (!this.#readMantissa(bytes, first, tail)) {
      return this.#convertBig(bytes, first, tail, exponent, scale, units)
    }
    const shift = exponent + this.#exponent + scale
    if (shift < 0) {
      this.value[0] = shift < -22 ? Number.NaN : this.#mantissa / (POW10[-shift] as number) / units
      return DECIMAL.OFF
    }
    if (shift > 22) return this.#convertBig(bytes, first, tail, exponent, scale, units)
    const scaled = this.#mantissa * (POW10[shift] as number)
    if (scaled > INCREMENTS_MAX) return this.#convertBig(bytes, first, tail, exponent, scale, units)
    this.value[0] = scaled / units
    return scaled % units === 0 ? DECIMAL.OK : DECIMAL.OFF
  }

  /** Digits without leading and trailing zeros as `#mantissa` × 10^`#exponent`; false when they are more than 15. */
  #readMantissa(bytes: Uint8Array, first: number, tail: number): boolean {
    let mantissa = 0
    let zeros = 0
    let count = 0
    for (let p = first; p < tail; p++) {
      const d = (bytes[p] as number) - 0x30
      if (d < 0) continue
      if (d === 0) {
        zeros++
        continue
      }
      if (count > 0) {
        count += zeros
        if (count >= DOUBLE_DIGITS) return false
        mantissa *= POW10[zeros] as number
      }
      mantissa = mantissa * 10 + d
      count++
      zeros = 0
    }
    this.#mantissa = mantissa
    this.#exponent = zeros
    return count <= DOUBLE_DIGITS
  }

  #convertBig(
    bytes: Uint8Array,
    first: number,
    tail: number,
    exponent: number,
    scale: number,
    units: number,
  ): DecimalStatus {
    let text = ''
    for (let p = first; p < tail; p++) {
      const c = bytes[p] as number
      if (c !== 0x2e) text += String.fromCharCode(c)
    }
    let numerator = BigInt(text)
    let denominator = BigInt(units)
    const shift = exponent + scale
    if (shift >= 0) numerator *= 10n ** BigInt(shift)
    else denominator *= 10n ** BigInt(-shift)
    const count = numerator / denominator
    const whole = count * denominator === numerator
    const value = Number(count)
    this.value[0] = whole && Number.isFinite(value) && BigInt(value) === count ? value : Number.NaN
    if (count > BigInt(INCREMENTS_MAX)) return DECIMAL.OVERFLOW
    return whole ? DECIMAL.OK : DECIMAL.OFF
  }
}

function isInfinity(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  if (length !== 3 && length !== 8) return false
  const name = 'infinity'
  for (let i = 0; i < length; i++) {
    if (((bytes[start + i] as number) | 0x20) !== name.charCodeAt(i)) return false
  }
  return true
}

/** The exponent part "e±digits" at `at`, up to `end`; NaN when it is none. */
function exponentAt(bytes: Uint8Array, at: number, end: number): number {
  if (((bytes[at] as number) | 0x20) !== 0x65) return Number.NaN
  let p = at + 1
  const negative = bytes[p] === 0x2d
  if (p < end && (negative || bytes[p] === 0x2b)) p++
  if (p >= end) return Number.NaN
  let value = 0
  for (; p < end; p++) {
    const c = bytes[p] as number
    if (!isDigit(c)) return Number.NaN
    value = Math.min(value * 10 + c - 0x30, 1e6)
  }
  return negative ? -value : value
}

/**
 * A whole number of at most 16 digits, plain (no sign, no leading zero), below 2^53.
 *
 * @returns its value, or -1 when the text is anything else
 */
export function wholeNumber(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length < 1 || length > 16 || (length > 1 && bytes[start] === 0x30)) return -1
  let value = 0
  for (let p = start; p < end; p++) {
    const c = bytes[p] as number
    if (!isDigit(c)) return -1
    value = value * 10 + (c - 0x30) // in this order every step stays below 2^53 while the value does
  }
  return value <= INCREMENTS_MAX ? value : -1
}
