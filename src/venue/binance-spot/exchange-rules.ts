import { stripZeros } from '../../core/decimal.ts'
import { EXIT, TidegateError } from '../../core/errors.ts'
import type { Instrument } from '../../domain/instrument.ts'

/** What exchangeInfo says of a symbol, as exact decimal text; null where the venue sets no limit. */
export interface ExchangeRules {
  readonly symbol: string
  /** TRADING, HALT, BREAK, CANCEL_ONLY, END_OF_DAY */
  readonly status: string
  readonly tickSize: string
  readonly priceMin: string | null
  readonly priceMax: string | null
  readonly stepSize: string
  readonly qtyMin: string | null
  readonly qtyMax: string | null
  readonly marketQtyMax: string | null
  readonly notionalMin: string | null
  readonly notionalMax: string | null
  readonly openOrdersMax: number | null
  readonly orderTypes: readonly string[]
  /** every filter as it came */
  readonly filters: readonly Readonly<Record<string, unknown>>[]
}

interface SymbolBody {
  readonly symbol: string
  readonly status: string
  readonly orderTypes: readonly string[]
  readonly filters: readonly Readonly<Record<string, unknown>>[]
}

/** Rules of the answer's symbols. @throws VENUE_ERROR where the answer has another form */
export function exchangeRules(body: unknown): readonly ExchangeRules[] {
  const symbols = (body as { symbols?: readonly SymbolBody[] } | null)?.symbols
  if (!Array.isArray(symbols)) throw new TidegateError('VENUE_ERROR', 'exchangeInfo has no symbols')
  return (symbols as readonly SymbolBody[]).map(rulesOf)
}

/** The limit of request weight a minute that exchangeInfo names; 0 where it names none. */
export function weightPerMinute(body: unknown): number {
  const { rateLimits } = body as { rateLimits?: readonly Readonly<Record<string, unknown>>[] }
  const found = rateLimits?.find(
    (limit) =>
      limit['rateLimitType'] === 'REQUEST_WEIGHT' &&
      limit['interval'] === 'MINUTE' &&
      limit['intervalNum'] === 1,
  )
  return Number(found?.['limit'] ?? 0)
}

/**
 * The configured increments must be the venue's: a coarser tick would be refused there, a finer one could not be
 * counted here.
 *
 * @throws INSTRUMENT_MISMATCH
 */
export function checkInstrument(instrument: Instrument, rules: ExchangeRules): void {
  const { symbol, priceIncrement, qtyIncrement } = instrument
  const compare = (what: string, ours: string, venues: string): void => {
    if (ours === venues) return
    throw new TidegateError(
      'INSTRUMENT_MISMATCH',
      `${symbol}: ${what} is ${ours}, the venue's is ${venues}`,
      {
        exitCode: EXIT.CONFIGURATION,
      },
    )
  }
  compare('price_increment', priceIncrement.text, rules.tickSize)
  compare('qty_increment', qtyIncrement.text, rules.stepSize)
}

function rulesOf({ symbol, status, orderTypes, filters }: SymbolBody): ExchangeRules {
  const text = (type: string, member: string): string | null => {
    const value = filters.find((filter) => filter['filterType'] === type)?.[member]
    if (typeof value !== 'string') return null
    const plain = stripZeros(value)
    return plain === '0' ? null : plain
  }
  const openOrdersMax = filters.find((filter) => filter['filterType'] === 'MAX_NUM_ORDERS')?.['maxNumOrders']
  return {
    symbol,
    status,
    tickSize: text('PRICE_FILTER', 'tickSize') ?? '0',
    priceMin: text('PRICE_FILTER', 'minPrice'),
    priceMax: text('PRICE_FILTER', 'maxPrice'),
    stepSize: text('LOT_SIZE', 'stepSize') ?? '0',
    qtyMin: text('LOT_SIZE', 'minQty'),
    qtyMax: text('LOT_SIZE', 'maxQty'),
    marketQtyMax: text('MARKET_LOT_SIZE', 'maxQty'),
    notionalMin: text('NOTIONAL', 'minNotional') ?? text('MIN_NOTIONAL', 'minNotional'),
    notionalMax: text('NOTIONAL', 'maxNotional'),
    openOrdersMax: typeof openOrdersMax === 'number' ? openOrdersMax : null,
    orderTypes,
    filters,
  }
}
