import { type Increment, incrementsToText } from '../../core/decimal.ts'
import { moneyToText } from '../../core/money.ts'

const PLACES = 8

/** Decimal text with at least the eight places that Binance writes. */
export function padded(text: string): string {
  const point = text.indexOf('.')
  if (point < 0) return `${text}.${'0'.repeat(PLACES)}`
  return text.padEnd(point + 1 + PLACES, '0')
}

/** A count of increments as wire text; null is zero, as for a market order's price. */
export function wireNumber(count: number | null, increment: Increment): string {
  return padded(incrementsToText(count ?? 0, increment))
}

export function wireMoney(money: bigint): string {
  return padded(moneyToText(money))
}
