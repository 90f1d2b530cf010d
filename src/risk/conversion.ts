import { divideRounded, parseDecimal } from '../core/decimal.ts'
import { TidegateError } from '../core/errors.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { MarketView } from '../domain/market.ts'

/**
 * What one unit of an asset is worth in the account's currency: a fixed rate, or the market price of an instrument that
 * trades the one against the other (either way round), as long as it is fresh.
 */
export type ConversionRule =
  | { readonly rate: string }
  | { readonly symbol: string; readonly ageMaxSeconds: number }

export interface ConversionOptions {
  readonly currency: string
  /** by asset; one without a rule has no rate */
  readonly rules: Readonly<Record<string, ConversionRule>>
  /** the run's instruments by index */
  readonly instruments: readonly Instrument[]
  readonly market: MarketView
  /** on the clock of the market view */
  readonly nowNs: () => number
}

/** Account currency per asset is `num` / `den`, both above zero; a new object whenever the rate changes. */
export interface Rate {
  readonly num: bigint
  readonly den: bigint
}

/** Why there is no rate now. */
export type RateFault = 'RATE_MISSING' | 'RATE_STALE'

/** `place` of the account's own currency, which needs no rate. */
export const OWN_CURRENCY = -1

interface Source {
  readonly instrument: number
  /** the asset is what the instrument's price is told in */
  readonly inverse: boolean
  readonly ageNsMax: number
  readonly unitsPerIncrement: number
  readonly scale: number
}

interface Place {
  readonly asset: string
  /** null: there is no rule; its rate stays missing */
  readonly source: Source | null
  /** of the price in `price`; the fixed one; null while there never was one */
  rate: Rate | null
  price: number
}

/**
 * Worth in the account's currency (R10). Each quote asset has a place, so that a lookup is an index. A rate that is not
 * known, stale, crossed or not above zero converts nothing: what depends on it is denied.
 */
export class Conversion {
  readonly currency: string
  readonly #market: MarketView
  readonly #nowNs: () => number
  readonly #places: Place[]
  readonly #ofInstrument: Int32Array

  /** @throws CONVERSION_INVALID, DECIMAL_INVALID */
  constructor(options: ConversionOptions) {
    const { currency, rules, instruments } = options
    this.currency = currency
    this.#market = options.market
    this.#nowNs = options.nowNs
    const assets = new Set([...instruments.map(({ quoteAsset }) => quoteAsset), ...Object.keys(rules)])
    assets.delete(currency)
    this.#places = [...assets].map((asset) => placeOf(asset, rules[asset], currency, instruments))
    this.#ofInstrument = Int32Array.from(instruments, ({ quoteAsset }) => this.placeOf(quoteAsset))
  }

  /** Number of assets that need a rate. */
  get count(): number {
    return this.#places.length
  }

  /** The place of an asset; `OWN_CURRENCY` for the account's, and for one that nothing is quoted in and no rule names. */
  placeOf(asset: string): number {
    return this.#places.findIndex((place) => place.asset === asset)
  }

  /** Of the instrument's quote asset. */
  placeOfInstrument(instrument: number): number {
    return this.#ofInstrument[instrument] as number
  }

  /** The rate of a place now; null while there is none. */
  rate(place: number): Rate | null {
    const kept = this.#places[place] as Place
    if (kept.source === null) return kept.rate
    if (this.fault(place) !== null) return null
    const price = this.#market.referencePrice(kept.source.instrument)
    if (price !== kept.price) {
      kept.rate = marketRate(price, kept.source)
      kept.price = price
    }
    return kept.rate
  }

  /** Why `rate` is null; null where it is not. */
  fault(place: number): RateFault | null {
    const { source, rate } = this.#places[place] as Place
    if (source === null) return rate === null ? 'RATE_MISSING' : null
    const { instrument } = source
    const price = this.#market.referencePrice(instrument)
    const crossed = this.#market.bidPrice(instrument) > this.#market.askPrice(instrument)
    if (crossed || !(price > 0) || !Number.isSafeInteger(2 * price)) return 'RATE_MISSING'
    return this.ageNs(place) <= source.ageNsMax ? null : 'RATE_STALE'
  }

  /** Age of a market rate; NaN where it is fixed or missing. */
  ageNs(place: number): number {
    const { source } = this.#places[place] as Place
    return source === null ? Number.NaN : this.#nowNs() - this.#market.referenceNs(source.instrument)
  }

  /** Limit of the age; Infinity for a fixed rate, NaN where there is no rule. */
  ageNsMax(place: number): number {
    const { source, rate } = this.#places[place] as Place
    if (source !== null) return source.ageNsMax
    return rate === null ? Number.NaN : Number.POSITIVE_INFINITY
  }

  /** Money of a place's asset as money of the account, rounded down; null while there is no rate. */
  toAccount(place: number, money: bigint): bigint | null {
    const rate = this.rate(place)
    return rate === null ? null : divideRounded(money * rate.num, rate.den, 'floor')
  }

  /** Money of the account as money of a place's asset, rounded down; null while there is no rate. */
  fromAccount(place: number, money: bigint): bigint | null {
    const rate = this.rate(place)
    return rate === null ? null : divideRounded(money * rate.den, rate.num, 'floor')
  }
}

function placeOf(
  asset: string,
  rule: ConversionRule | undefined,
  currency: string,
  instruments: readonly Instrument[],
): Place {
  if (rule === undefined) return { asset, source: null, rate: null, price: Number.NaN }
  if ('rate' in rule) {
    const { units, scale } = parseDecimal(rule.rate)
    if (units <= 0n) throw invalid(asset, `its rate is ${rule.rate}; allowed is more than zero`)
    return { asset, source: null, rate: { num: units, den: 10n ** BigInt(scale) }, price: Number.NaN }
  }
  const found = instruments.find(({ symbol }) => symbol === rule.symbol)
  if (found === undefined) throw invalid(asset, `no instrument ${rule.symbol}`)
  const inverse = found.baseAsset === currency && found.quoteAsset === asset
  if (!inverse && (found.baseAsset !== asset || found.quoteAsset !== currency)) {
    throw invalid(asset, `${rule.symbol} does not trade ${asset} against ${currency}`)
  }
  if (!(rule.ageMaxSeconds > 0)) throw invalid(asset, `its age limit is ${rule.ageMaxSeconds} s`)
  const { unitsPerIncrement, scale } = found.priceIncrement
  const ageNsMax = rule.ageMaxSeconds * 1e9
  const source = { instrument: found.index, inverse, ageNsMax, unitsPerIncrement, scale }
  return { asset, source, rate: null, price: Number.NaN }
}

/** `price` may end in .5. */
function marketRate(price: number, { inverse, unitsPerIncrement, scale }: Source): Rate {
  const num = BigInt(2 * price) * BigInt(unitsPerIncrement)
  const den = 2n * 10n ** BigInt(scale)
  return inverse ? { num: den, den: num } : { num, den }
}

function invalid(asset: string, why: string): TidegateError {
  return new TidegateError('CONVERSION_INVALID', `conversion of ${asset}: ${why}`)
}
