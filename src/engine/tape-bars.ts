import { divideRounded, formatDecimal, incrementsToText } from '../core/decimal.ts'
import type { Instrument } from '../domain/instrument.ts'

/** One bar of trades as `tape` prints it; decimals are exact text, `t` is ms since 1970. */
export interface TradeBarText {
  readonly t: number
  readonly o: string
  readonly h: string
  readonly l: string
  readonly c: string
  readonly v: string
  readonly n: number
  readonly vwap: string
}

/** One bar of quotes: middles of bid and ask. */
export interface QuoteBarText {
  readonly t: number
  readonly o: string
  readonly h: string
  readonly l: string
  readonly c: string
  readonly ticks: number
  readonly last_bid: string
  readonly last_ask: string
}

interface TradeBar {
  open: number
  high: number
  low: number
  close: number
  volume: bigint
  count: number
  notional: bigint
}

/**
 * Bars of trades by event time, exact. A trade that comes late belongs to its period all the same, as the reference of the
 * recordings has it.
 */
export class TradeBars {
  readonly #periodNs: number
  readonly #bars = new Map<number, TradeBar>()

  constructor(periodMs: number) {
    this.#periodNs = periodMs * 1e6
  }

  add(eventNs: number, price: number, qty: number, notional: bigint): void {
    const period = Math.floor(eventNs / this.#periodNs)
    const bar = this.#bars.get(period)
    if (bar === undefined) {
      const volume = BigInt(qty)
      this.#bars.set(period, {
        open: price,
        high: price,
        low: price,
        close: price,
        volume,
        count: 1,
        notional,
      })
      return
    }
    if (price > bar.high) bar.high = price
    if (price < bar.low) bar.low = price
    bar.close = price
    bar.volume += BigInt(qty)
    bar.notional += notional
    bar.count++
  }

  /** @param vwapPlaces decimal places that the average price is rounded to, half to even */
  toText(instrument: Instrument, baseMs: number, vwapPlaces: number): TradeBarText[] {
    const { priceIncrement, qtyIncrement } = instrument
    return [...this.#bars.entries()]
      .sort(([a], [b]) => a - b)
      .map(([period, bar]) => ({
        t: baseMs + (period * this.#periodNs) / 1e6,
        o: incrementsToText(bar.open, priceIncrement),
        h: incrementsToText(bar.high, priceIncrement),
        l: incrementsToText(bar.low, priceIncrement),
        c: incrementsToText(bar.close, priceIncrement),
        v: incrementsToText(bar.volume, qtyIncrement),
        n: bar.count,
        vwap: vwapText(bar.notional, bar.volume, instrument, vwapPlaces),
      }))
  }
}

/** Average price of `notional` (price × quantity increments) over `volume`, rounded half to even. */
export function vwapText(notional: bigint, volume: bigint, instrument: Instrument, places: number): string {
  const { unitsPerIncrement, scale } = instrument.priceIncrement
  const numerator = notional * BigInt(unitsPerIncrement) * 10n ** BigInt(places)
  const rounded = divideRounded(numerator, volume * 10n ** BigInt(scale), 'half-even')
  return formatDecimal(rounded, places)
}

interface QuoteBar {
  open: number
  high: number
  low: number
  close: number
  ticks: number
  lastBid: number
  lastAsk: number
}

/** Bars of quote middles by event time, counted in half price increments. */
export class QuoteBars {
  readonly #periodNs: number
  readonly #bars = new Map<number, QuoteBar>()

  constructor(periodMs: number) {
    this.#periodNs = periodMs * 1e6
  }

  add(eventNs: number, bid: number, ask: number): void {
    const period = Math.floor(eventNs / this.#periodNs)
    const middle = bid + ask
    const bar = this.#bars.get(period)
    if (bar === undefined) {
      this.#bars.set(period, {
        open: middle,
        high: middle,
        low: middle,
        close: middle,
        ticks: 1,
        lastBid: bid,
        lastAsk: ask,
      })
      return
    }
    if (middle > bar.high) bar.high = middle
    if (middle < bar.low) bar.low = middle
    bar.close = middle
    bar.ticks++
    bar.lastBid = bid
    bar.lastAsk = ask
  }

  toText(instrument: Instrument, baseMs: number): QuoteBarText[] {
    const { priceIncrement } = instrument
    const half = (middle: number): string =>
      formatDecimal(BigInt(middle) * BigInt(priceIncrement.unitsPerIncrement) * 5n, priceIncrement.scale + 1)
    return [...this.#bars.entries()]
      .sort(([a], [b]) => a - b)
      .map(([period, bar]) => ({
        t: baseMs + (period * this.#periodNs) / 1e6,
        o: half(bar.open),
        h: half(bar.high),
        l: half(bar.low),
        c: half(bar.close),
        ticks: bar.ticks,
        last_bid: incrementsToText(bar.lastBid, priceIncrement),
        last_ask: incrementsToText(bar.lastAsk, priceIncrement),
      }))
  }
}
