import { TidegateError } from './errors.ts'

/** Largest magnitude of a price or quantity in increments: integer-valued doubles stay exact below it. */
export const INCREMENTS_MAX: number = Number.MAX_SAFE_INTEGER

/** An exact decimal: `units` × 10^-`scale`. */
export interface Decimal {
  readonly units: bigint
  readonly scale: number
}

const DECIMAL_TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
const SCALE_MAX = 1_000

/**
 * Reads plain or exponent decimal text exactly.
 *
 * @throws DECIMAL_INVALID when the text is not a finite decimal number
 */
export function parseDecimal(text: string): Decimal {
  const match = DECIMAL_TEXT.exec(text)
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (match === null || (whole === '' && fraction === '')) {
    throw new TidegateError('DECIMAL_INVALID', `"${text.slice(0, 64)}" is not a decimal number`)
  }
  const exponent = Number(match[4] ?? '0')
  let units = BigInt(whole + fraction)
  let scale = fraction.length - exponent
  if (scale < 0) {
    units *= 10n ** BigInt(-scale)
    scale = 0
  }
  if (scale > SCALE_MAX) throw new TidegateError('DECIMAL_INVALID', 'more than 1000 decimal places')
  return { units: match[1] === '-' ? -units : units, scale }
}

/** Decimal text without exponent and without trailing zeros ("0", never "-0"). */
export function formatDecimal(units: bigint, scale: number): string {
  if (units === 0n) return '0'
  const negative = units < 0n
  let digits = (negative ? -units : units).toString()
  if (scale > 0) {
    digits = digits.padStart(scale + 1, '0')
    const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
    digits = digits.slice(0, digits.length - scale) + (fraction === '' ? '' : `.${fraction}`)
  }
  return negative ? `-${digits}` : digits
}

/** Strips trailing zeros of plain decimal text, exactly. */
export function stripZeros(text: string): string {
  const { units, scale } = parseDecimal(text)
  return formatDecimal(units, scale)
}

export type RoundingMode = 'floor' | 'ceil' | 'toward-zero' | 'half-up' | 'half-even'

/** Integer division `numerator / denominator` (denominator > 0), rounded as named; half-up is away from zero. */
export function divideRounded(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  const quotient = numerator / denominator
  const remainder = numerator % denominator
  if (remainder === 0n) return quotient
  const sign = numerator < 0n ? -1n : 1n
  switch (mode) {
    case 'toward-zero':
      return quotient
    case 'floor':
      return sign < 0n ? quotient - 1n : quotient
    case 'ceil':
      return sign > 0n ? quotient + 1n : quotient
    default: {
      const twice = 2n * (remainder < 0n ? -remainder : remainder)
      const tie = twice === denominator
      const up = twice > denominator || (tie && (mode === 'half-up' || quotient % 2n !== 0n))
      return up ? quotient + sign : quotient
    }
  }
}

/**
 * A positive step of price or quantity: `unitsPerIncrement` × 10^-`scale`, e.g. 0.05 is 5 × 10^-2.
 * Integers "in increments" count such steps.
 */
export interface Increment {
  readonly text: string
  readonly scale: number
  readonly unitsPerIncrement: number
}

/** @throws INCREMENT_INVALID unless the text is a positive decimal of at most 18 places */
export function parseIncrement(text: string): Increment {
  const plain = stripZeros(text)
  const { units, scale } = parseDecimal(plain)
  if (units <= 0n || scale > 18 || units > BigInt(INCREMENTS_MAX)) {
    throw new TidegateError(
      'INCREMENT_INVALID',
      `increment "${text}" must be a positive decimal of at most 18 places`,
    )
  }
  return { text: plain, scale, unitsPerIncrement: Number(units) }
}

/**
 * Decimal text to a whole number of increments.
 *
 * @throws OFF_INCREMENT when it is not a multiple, INCREMENTS_OVERFLOW at 2^53 and beyond
 */
export function toIncrements(text: string, increment: Increment): number {
  const value = parseDecimal(text)
  const scale = Math.max(value.scale, increment.scale)
  const units = value.units * 10n ** BigInt(scale - value.scale)
  const step = BigInt(increment.unitsPerIncrement) * 10n ** BigInt(scale - increment.scale)
  if (units % step !== 0n) {
    throw new TidegateError('OFF_INCREMENT', `${text} is not a multiple of the increment ${increment.text}`)
  }
  const count = units / step
  if (count > BigInt(INCREMENTS_MAX) || count < -BigInt(INCREMENTS_MAX)) {
    throw new TidegateError('INCREMENTS_OVERFLOW', `${text} is 2^53 increments of ${increment.text} or more`)
  }
  return Number(count)
}

/** Decimal text rounded to increments; the result is a whole number of increments. */
export function roundToIncrements(text: string, increment: Increment, mode: RoundingMode): bigint {
  const value = parseDecimal(text)
  const scale = Math.max(value.scale, increment.scale)
  const units = value.units * 10n ** BigInt(scale - value.scale)
  const step = BigInt(increment.unitsPerIncrement) * 10n ** BigInt(scale - increment.scale)
  return divideRounded(units, step, mode)
}

/** A count of increments as decimal text without trailing zeros. */
export function incrementsToText(count: number | bigint, increment: Increment): string {
  return formatDecimal(BigInt(count) * BigInt(increment.unitsPerIncrement), increment.scale)
}

/** -1, 0 or 1 as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const scale = Math.max(a.scale, b.scale)
  const left = a.units * 10n ** BigInt(scale - a.scale)
  const right = b.units * 10n ** BigInt(scale - b.scale)
  return left < right ? -1 : left > right ? 1 : 0
}

/** True when `value` is a whole multiple of the positive `step`, exactly. */
export function isMultipleOf(value: Decimal, step: Decimal): boolean {
  const scale = Math.max(value.scale, step.scale)
  return (
    (value.units * 10n ** BigInt(scale - value.scale)) % (step.units * 10n ** BigInt(scale - step.scale)) ===
    0n
  )
}
