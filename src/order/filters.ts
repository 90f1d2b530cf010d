import {
  compareDecimals,
  type Decimal,
  isMultipleOf,
  multiplyDecimals,
  parseDecimal,
} from '../core/decimal.ts'

/** A symbol filter of Binance (exchangeInfo), decimals as text. Fields that a filter type lacks are absent. */
export interface FilterText {
  readonly filterType: string
  readonly minPrice?: string
  readonly maxPrice?: string
  readonly tickSize?: string
  readonly multiplierUp?: string
  readonly multiplierDown?: string
  readonly minQty?: string
  readonly maxQty?: string
  readonly stepSize?: string
  /** spot */
  readonly minNotional?: string
  /** USD-M futures */
  readonly notional?: string
}

/** What a filter says no to, in the order in which they are tried. */
export const FILTER_VIOLATIONS = [
  'SYMBOL_NOT_TRADING',
  'PRICE_FILTER',
  'PERCENT_PRICE',
  'LOT_SIZE',
  'MARKET_LOT_SIZE',
  'MIN_NOTIONAL',
] as const
export type FilterViolation = (typeof FILTER_VIOLATIONS)[number]

/** Bounds of a price or quantity; zero switches a bound off. */
interface Range {
  readonly min: Decimal
  readonly max: Decimal
  readonly step: Decimal
}

/** A symbol's rules, parsed once; null where the venue has none. */
export interface SymbolFilters {
  readonly trading: boolean
  readonly price: Range | null
  readonly percent: { readonly up: Decimal; readonly down: Decimal } | null
  readonly lot: Range | null
  readonly marketLot: Range | null
  readonly minNotional: Decimal | null
}

/** An order as filters see it. `price` is null for a market order. */
export interface FilterOrder {
  readonly qty: Decimal
  readonly price: Decimal | null
  /** average or mark price that PERCENT_PRICE is held against */
  readonly reference: Decimal
}

const ZERO: Decimal = { units: 0n, scale: 0 }

/** @throws DECIMAL_INVALID when a bound is no decimal number */
export function parseFilters(status: string, filters: readonly FilterText[]): SymbolFilters {
  const of = (type: string): FilterText | undefined => filters.find((filter) => filter.filterType === type)
  const price = of('PRICE_FILTER')
  const percent = of('PERCENT_PRICE')
  const lot = of('LOT_SIZE')
  const marketLot = of('MARKET_LOT_SIZE')
  const notional = of('MIN_NOTIONAL')
  return {
    trading: status === 'TRADING',
    price: price === undefined ? null : range(price.minPrice, price.maxPrice, price.tickSize),
    percent:
      percent === undefined
        ? null
        : { up: decimal(percent.multiplierUp), down: decimal(percent.multiplierDown) },
    lot: lot === undefined ? null : range(lot.minQty, lot.maxQty, lot.stepSize),
    marketLot: marketLot === undefined ? null : range(marketLot.minQty, marketLot.maxQty, marketLot.stepSize),
    minNotional: notional === undefined ? null : decimal(notional.minNotional ?? notional.notional),
  }
}

/**
 * Every filter that the order violates; empty when the venue would take it. A market order has no price to check, its
 * quantity is held against MARKET_LOT_SIZE where that has a step and against LOT_SIZE otherwise.
 */
export function violatedFilters(filters: SymbolFilters, order: FilterOrder): FilterViolation[] {
  const violated: FilterViolation[] = filters.trading ? [] : ['SYMBOL_NOT_TRADING']
  if (order.price !== null) {
    if (!within(order.price, filters.price)) violated.push('PRICE_FILTER')
    if (!nearReference(order.price, order.reference, filters)) violated.push('PERCENT_PRICE')
  }
  const market = order.price === null && filters.marketLot !== null && filters.marketLot.step.units !== 0n
  if (!within(order.qty, market ? filters.marketLot : filters.lot)) {
    violated.push(market ? 'MARKET_LOT_SIZE' : 'LOT_SIZE')
  }
  if (order.price !== null && filters.minNotional !== null) {
    const notional = multiplyDecimals(order.price, order.qty)
    if (compareDecimals(notional, filters.minNotional) < 0) violated.push('MIN_NOTIONAL')
  }
  return violated
}

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

function decimal(text: string | undefined): Decimal {
  return text === undefined ? ZERO : parseDecimal(text)
}

function range(min: string | undefined, max: string | undefined, step: string | undefined): Range {
  return { min: decimal(min), max: decimal(max), step: decimal(step) }
}

function within(value: Decimal, bounds: Range | null): boolean {
  if (value.units <= 0n) return false
  if (bounds === null) return true
  const { min, max, step } = bounds
  return (
    compareDecimals(value, min) >= 0 &&
    (max.units === 0n || compareDecimals(value, max) <= 0) &&
    (step.units === 0n || isMultipleOf(value, step))
  )
}

function nearReference(price: Decimal, reference: Decimal, { percent }: SymbolFilters): boolean {
  if (percent === null) return true
  return (
    compareDecimals(price, multiplyDecimals(reference, percent.up)) <= 0 &&
    compareDecimals(price, multiplyDecimals(reference, percent.down)) >= 0
  )
}
