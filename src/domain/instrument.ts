import { type Decimal, type Increment, parseDecimal, parseIncrement } from '../core/decimal.ts'
import { TidegateError } from '../core/errors.ts'
import { moneyPerIncrements } from '../core/money.ts'

/** What a symbol is, in exact numbers. `index` is its place in the run's instrument table and in tick slots. */
export interface Instrument {
  readonly index: number
  readonly symbol: string
  /** venue id of the configuration */
  readonly venue: string
  readonly priceIncrement: Increment
  readonly qtyIncrement: Increment
  /** contract multiplier: notional = price × quantity × multiplier */
  readonly multiplier: Decimal
  /** money (10^-MONEY_SCALE) of one price increment times one quantity increment, multiplier included */
  readonly moneyPerIncrements: bigint
  readonly baseAsset: string
  readonly quoteAsset: string
  readonly calendar: string
  readonly allowsNegativePrice: boolean
  readonly shortable: boolean
  /** `margin`: only gains, fees and funding move cash; absent or `full`: a fill moves base and quote asset */
  readonly settlement?: 'full' | 'margin'
  /** share of its worth that a position ties up, decimal text; "1" is fully paid */
  readonly marginRate: string
  /** absent or empty: none is known */
  readonly splits?: readonly Split[]
}

/**
 * From the session of `date` ("YYYY-MM-DD") on, `ratio` "new:old": "7:1" makes seven shares of one, at a seventh of the
 * price; "1:10" is a reverse split.
 */
export interface Split {
  readonly date: string
  readonly ratio: string
}

export interface InstrumentInput {
  readonly symbol: string
  readonly venue?: string
  readonly priceIncrement: string
  readonly qtyIncrement: string
  readonly multiplier?: string
  readonly baseAsset?: string
  readonly quoteAsset?: string
  readonly calendar?: string
  readonly allowsNegativePrice?: boolean
  readonly shortable?: boolean
  readonly settlement?: 'full' | 'margin'
  readonly marginRate?: string
  readonly splits?: readonly Split[]
}

const QUOTE_ASSETS = [
  'USDT',
  'USDC',
  'FDUSD',
  'TUSD',
  'BUSD',
  'USD',
  'EUR',
  'GBP',
  'BTC',
  'ETH',
  'BNB',
  'JPY',
  'TRY',
]

/** The assets that a symbol tells: a known quote asset at its end, else everything is bought with USD. */
export function splitSymbol(symbol: string): { readonly base: string; readonly quote: string } {
  const quote = QUOTE_ASSETS.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length)
  return quote === undefined
    ? { base: symbol, quote: 'USD' }
    : { base: symbol.slice(0, -quote.length), quote }
}

/** @throws INCREMENT_INVALID, DECIMAL_INVALID */
export function createInstrument(input: InstrumentInput, index: number): Instrument {
  const priceIncrement = parseIncrement(input.priceIncrement)
  const qtyIncrement = parseIncrement(input.qtyIncrement)
  const multiplier = parseDecimal(input.multiplier ?? '1')
  const assets = splitSymbol(input.symbol)
  return {
    index,
    symbol: input.symbol,
    venue: input.venue ?? '',
    priceIncrement,
    qtyIncrement,
    multiplier,
    moneyPerIncrements: moneyPerIncrements(priceIncrement, qtyIncrement, multiplier),
    baseAsset: input.baseAsset ?? assets.base,
    quoteAsset: input.quoteAsset ?? assets.quote,
    calendar: input.calendar ?? '24/7',
    allowsNegativePrice: input.allowsNegativePrice ?? false,
    shortable: input.shortable ?? true,
    settlement: input.settlement ?? 'full',
    marginRate: input.marginRate ?? '1',
    splits: input.splits ?? [],
  }
}

/** `price` × `qty` (both in increments) as money; the sign is the product's. */
export function notional(instrument: Instrument, price: number | bigint, qty: number | bigint): bigint {
  return BigInt(price) * BigInt(qty) * instrument.moneyPerIncrements
}

/** The run's instruments: dense indices from 0, never removed. One symbol exists once. */
export class InstrumentTable {
  readonly #items: Instrument[] = []
  readonly #bySymbol = new Map<string, Instrument>()

  /** @throws INSTRUMENT_DUPLICATE, INCREMENT_INVALID, DECIMAL_INVALID */
  add(input: InstrumentInput): Instrument {
    if (this.#bySymbol.has(input.symbol)) {
      throw new TidegateError('INSTRUMENT_DUPLICATE', `instrument ${input.symbol} is defined twice`)
    }
    const instrument = createInstrument(input, this.#items.length)
    this.#items.push(instrument)
    this.#bySymbol.set(instrument.symbol, instrument)
    return instrument
  }

  get size(): number {
    return this.#items.length
  }

  get(index: number): Instrument {
    const instrument = this.#items[index]
    if (instrument === undefined) throw new TidegateError('INSTRUMENT_UNKNOWN', `no instrument ${index}`)
    return instrument
  }

  bySymbol(symbol: string): Instrument | undefined {
    return this.#bySymbol.get(symbol)
  }

  all(): readonly Instrument[] {
    return this.#items
  }
}
