import { divideRounded, type Increment, parseDecimal, roundToIncrements } from '../../core/decimal.ts'
import { narrow } from '../../core/exact.ts'
import { moneyFromText } from '../../core/money.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { IncrementRange, InstrumentRules, ScaledRatio } from '../../domain/instrument-rules.ts'

/** A symbol filter of exchangeInfo as it came; members that are read are decimals as text. */
export type FilterBody = Readonly<Record<string, unknown>>

/** Text of a filter's member; null where there is no such filter or member. */
export function filterText(filters: readonly FilterBody[], type: string, member: string): string | null {
  const value = filters.find((filter) => filter['filterType'] === type)?.[member]
  return typeof value === 'string' ? value : null
}

/**
 * The filters of a symbol in the instrument's increments; a bound of zero, and a filter that is not there, is off. Market
 * orders are held against MARKET_LOT_SIZE alone where that has a step, else against it and LOT_SIZE.
 *
 * Left to the venue: the notional of orders without a limit price, and PERCENT_PRICE (judged only against a reference that
 * is given) with PERCENT_PRICE_BY_SIDE, whose reference is an average over `avgPriceMins` minutes that only the venue knows;
 * a last price would deny wrongly in a fast market.
 *
 * Source: Binance spot API, "Filters".
 *
 * @throws DECIMAL_INVALID where a bound is no decimal number
 */
export function rulesOfFilters(
  instrument: Instrument,
  status: string,
  filters: readonly FilterBody[],
): InstrumentRules {
  const text = (type: string, member: string): string | null => filterText(filters, type, member)
  const range = (type: string, names: readonly [string, string, string], increment: Increment) =>
    rangeOf(text(type, names[0]), text(type, names[1]), text(type, names[2]), increment)
  const lot = ['minQty', 'maxQty', 'stepSize'] as const
  const { priceIncrement, qtyIncrement } = instrument
  const [up, down] = [text('PERCENT_PRICE', 'multiplierUp'), text('PERCENT_PRICE', 'multiplierDown')]
  const notionalMin =
    text('NOTIONAL', 'minNotional') ??
    text('MIN_NOTIONAL', 'minNotional') ??
    // of USD-M futures
    text('MIN_NOTIONAL', 'notional')
  const notionalMax = text('NOTIONAL', 'maxNotional')
  return {
    trading: status === 'TRADING',
    price: range('PRICE_FILTER', ['minPrice', 'maxPrice', 'tickSize'], priceIncrement),
    percent: up === null || down === null ? null : { up: ratio(up), down: ratio(down) },
    lot: range('LOT_SIZE', lot, qtyIncrement),
    marketLot: range('MARKET_LOT_SIZE', lot, qtyIncrement),
    marketLotAlone: parseDecimal(text('MARKET_LOT_SIZE', 'stepSize') ?? '0').units !== 0n,
    notionalMin: products(notionalMin, instrument, 'ceil') ?? Number.NEGATIVE_INFINITY,
    notionalMax: products(notionalMax, instrument, 'floor') || Number.POSITIVE_INFINITY,
  }
}

/** A quantity and a price are above zero whatever the filter says. */
function rangeOf(
  min: string | null,
  max: string | null,
  step: string | null,
  increment: Increment,
): IncrementRange {
  const most = bound(max, increment, 'floor')
  return {
    min: Math.max(1, bound(min, increment, 'ceil')),
    max: most === 0 ? Number.POSITIVE_INFINITY : most,
    step: stepOf(step, increment),
  }
}

/** Infinity where it is 2^53 increments or more: no order is as large. */
function bound(text: string | null, increment: Increment, mode: 'floor' | 'ceil'): number {
  const count = Number(roundToIncrements(text ?? '0', increment, mode))
  return Number.isSafeInteger(count) ? count : Number.POSITIVE_INFINITY
}

/** The smallest count of increments that is a whole number of the venue's steps. */
function stepOf(text: string | null, increment: Increment): number {
  const { units, scale } = parseDecimal(text ?? '0')
  if (units === 0n) return 1
  const places = Math.max(scale, increment.scale)
  const step = units * 10n ** BigInt(places - scale)
  let [a, b] = [step, BigInt(increment.unitsPerIncrement) * 10n ** BigInt(places - increment.scale)]
  while (b !== 0n) [a, b] = [b, a % b]
  return Number(step / a)
}

function ratio(text: string): ScaledRatio {
  const { units, scale } = parseDecimal(text)
  return { units: Number(units), one: 10 ** scale }
}

/** Money as products of one price and one quantity increment; null where there is no text. */
function products(text: string | null, { moneyPerIncrements }: Instrument, mode: 'floor' | 'ceil') {
  return text === null ? null : narrow(divideRounded(moneyFromText(text), moneyPerIncrements, mode))
}
