import { compareDecimals, isMultipleOf, parseDecimal } from '../core/decimal.ts'

/**
 * US equities (Rule 612): a limit price of one dollar or more has at most two decimals, one below at most four;
 * trailing zeros do not count. @throws DECIMAL_INVALID
 */
export function isUsEquityPrice(text: string): boolean {
  const price = parseDecimal(text)
  if (price.units <= 0n) return false
  const places = compareDecimals(price, { units: 1n, scale: 0 }) >= 0 ? 2 : 4
  return isMultipleOf(price, { units: 1n, scale: places })
}
