import { stripZeros } from '../../core/decimal.ts'
import { EXIT, TidegateError } from '../../core/errors.ts'
import type { Instrument } from '../../domain/instrument.ts'
import { type FilterBody, filterText } from './symbol-filters.ts'

/** What exchangeInfo says of a symbol. */
export interface ExchangeRules {
  readonly symbol: string
  /** TRADING, HALT, BREAK, CANCEL_ONLY, END_OF_DAY */
  readonly status: string
  /** exact decimal text without trailing zeros; "0" where the venue has none */
  readonly tickSize: string
  readonly stepSize: string
  /** every filter as it came */
  readonly filters: readonly FilterBody[]
}

interface SymbolBody {
  readonly symbol: string
  readonly status: string
  readonly filters: readonly FilterBody[]
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

function rulesOf({ symbol, status, filters }: SymbolBody): ExchangeRules {
  const step = (type: string, member: string): string => stripZeros(filterText(filters, type, member) ?? '0')
  return {
    symbol,
    status,
    tickSize: step('PRICE_FILTER', 'tickSize'),
    stepSize: step('LOT_SIZE', 'stepSize'),
    filters,
  }
}
