import { type Decimal, formatDecimal, type Increment, parseDecimal } from './decimal.ts'
import { TidegateError } from './errors.ts'

/**
 * Money (notional, P&L, fees, cash) is a BigInt count of 10^-`MONEY_SCALE`. 36 places hold the exact product of an
 * 18-place increment pair, and of 8-place prices and quantities with a fee in hundredths of a basis point.
 */
export const MONEY_SCALE = 36
const MONEY_ONE: bigint = 10n ** BigInt(MONEY_SCALE)

/** @throws MONEY_PRECISION when the decimal has more places than money keeps */
export function moneyFromDecimal(value: Decimal): bigint {
  if (value.scale <= MONEY_SCALE) return value.units * 10n ** BigInt(MONEY_SCALE - value.scale)
  const divisor = 10n ** BigInt(value.scale - MONEY_SCALE)
  if (value.units % divisor !== 0n) {
    throw new TidegateError('MONEY_PRECISION', `more than ${MONEY_SCALE} decimal places of money`)
  }
  return value.units / divisor
}

export function moneyFromText(text: string): bigint {
  return moneyFromDecimal(parseDecimal(text))
}

export function moneyToText(money: bigint): string {
  return formatDecimal(money, MONEY_SCALE)
}

/** `money` × `factor`, exact. @throws MONEY_PRECISION when the product does not fit the scale */
export function moneyTimes(money: bigint, factor: Decimal): bigint {
  return moneyFromDecimal({ units: money * factor.units, scale: MONEY_SCALE + factor.scale })
}

/** Money value of one price increment times one quantity increment times the contract multiplier, exact. */
export function moneyPerIncrements(price: Increment, qty: Increment, multiplier: Decimal): bigint {
  return moneyFromDecimal({
    units: BigInt(price.unitsPerIncrement) * BigInt(qty.unitsPerIncrement) * multiplier.units,
    scale: price.scale + qty.scale + multiplier.scale,
  })
}

/** Whole-unit approximation for display and ratios only; never for accounting. */
export function moneyToNumber(money: bigint): number {
  return Number(money / (MONEY_ONE / 1_000_000_000_000n)) / 1e12
}
