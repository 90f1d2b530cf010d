import type { MarketView } from '../domain/market.ts'
import { TICK, TICK_FLAG, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import { VenueHalts } from './venue-halts.ts'

/** Flags with which a tick moves no reference: it was not accepted, or it is no market data. */
const NO_REFERENCE = TICK_FLAG.IMPLAUSIBLE | TICK_FLAG.FUTURE | TICK_FLAG.LATE | TICK_FLAG.SYNTHETIC

const VOLUME_BUCKETS = 16
const RETURNS_RECENT = 5
const RETURNS_BASELINE = 30
const RETURNS = RETURNS_BASELINE + RETURNS_RECENT

export interface MarketStateOptions {
  readonly instruments: number
  /** window of `volume`, ns */
  readonly volumeWindowNs: number
}

/**
 * The main thread's newest numbers of every instrument, one writer, no allocation per tick. The reference is the last
 * trade; where a feed has no trades, the mid of the last quote that is not crossed, or the close of the last bar.
 */
export class MarketState implements MarketView {
  readonly #price: Float64Array
  readonly #priceNs: Float64Array
  readonly #traded: Uint8Array
  readonly #dataNs: Float64Array
  readonly #bid: Float64Array
  readonly #ask: Float64Array
  readonly #halts: VenueHalts
  readonly #volume: Float64Array
  readonly #volumeBucket: Float64Array
  readonly #bucketNs: number
  readonly #returns: Float64Array
  readonly #returnCount: Float64Array

  constructor(options: MarketStateOptions) {
    const n = options.instruments
    this.#price = new Float64Array(n).fill(Number.NaN)
    this.#priceNs = new Float64Array(n).fill(Number.NaN)
    this.#traded = new Uint8Array(n)
    this.#dataNs = new Float64Array(n).fill(Number.NaN)
    this.#bid = new Float64Array(n).fill(Number.NaN)
    this.#ask = new Float64Array(n).fill(Number.NaN)
    this.#halts = new VenueHalts(n)
    this.#volume = new Float64Array(n * VOLUME_BUCKETS)
    this.#volumeBucket = new Float64Array(n * VOLUME_BUCKETS).fill(-1)
    this.#bucketNs = options.volumeWindowNs / VOLUME_BUCKETS
    this.#returns = new Float64Array(n * RETURNS)
    this.#returnCount = new Float64Array(n)
  }

  /** True where the tick has set the reference price. */
  onTick(slots: TickSlots, slot: number): boolean {
    const at = slot * TICK_SLOT_F64
    const word = slots.i32[slot * TICK_SLOT_I32] as number
    const instrument = slots.i32[slot * TICK_SLOT_I32 + 1] as number
    const kind = word & 0xff
    if (((word >>> 8) & NO_REFERENCE) !== 0) return false
    const { f64 } = slots
    const recvNs = f64[at + 2] as number
    if (kind === TICK.TRADE) {
      this.#onTrade(instrument, f64[at + 3] as number, f64[at + 4] as number, recvNs)
      return true
    }
    if (kind === TICK.QUOTE)
      return this.#onQuote(instrument, f64[at + 3] as number, f64[at + 5] as number, recvNs)
    if (kind === TICK.BAR)
      return this.#onBar(instrument, f64[at + 6] as number, f64[at + 7] as number, recvNs)
    if (kind === TICK.STATUS) this.#halts.onStatus(instrument, f64[at + 3] as number)
    else if (kind === TICK.LULD)
      this.#halts.onBands(instrument, f64[at + 3] as number, f64[at + 4] as number, f64[at + 5] as number)
    return false
  }

  #onTrade(instrument: number, price: number, qty: number, recvNs: number): void {
    const before = this.#price[instrument] as number
    if (before > 0) {
      const count = this.#returnCount[instrument] as number
      this.#returns[instrument * RETURNS + (count % RETURNS)] = price / before - 1
      this.#returnCount[instrument] = count + 1
    }
    this.#price[instrument] = price
    this.#priceNs[instrument] = recvNs
    this.#traded[instrument] = 1
    this.#dataNs[instrument] = recvNs
    this.#addVolume(instrument, qty, recvNs)
  }

  #onQuote(instrument: number, bid: number, ask: number, recvNs: number): boolean {
    this.#bid[instrument] = bid
    this.#ask[instrument] = ask
    this.#dataNs[instrument] = recvNs
    if (this.#traded[instrument] === 1 || !(bid > 0 && bid <= ask)) return false
    this.#price[instrument] = (bid + ask) / 2
    this.#priceNs[instrument] = recvNs
    return true
  }

  /** A ready-made bar, where the feed has no trades: its close is the reference. */
  #onBar(instrument: number, close: number, volume: number, recvNs: number): boolean {
    this.#dataNs[instrument] = recvNs
    if (this.#traded[instrument] === 1) return false
    this.#price[instrument] = close
    this.#priceNs[instrument] = recvNs
    this.#addVolume(instrument, volume, recvNs)
    return true
  }

  #addVolume(instrument: number, qty: number, recvNs: number): void {
    const bucket = Math.floor(recvNs / this.#bucketNs)
    const at = instrument * VOLUME_BUCKETS + (bucket % VOLUME_BUCKETS)
    if (this.#volumeBucket[at] === bucket) this.#volume[at] = (this.#volume[at] as number) + qty
    else {
      this.#volumeBucket[at] = bucket
      this.#volume[at] = qty
    }
  }

  referencePrice(instrument: number): number {
    return this.#price[instrument] as number
  }

  referenceNs(instrument: number): number {
    return this.#priceNs[instrument] as number
  }

  dataNs(instrument: number): number {
    return this.#dataNs[instrument] as number
  }

  bidPrice(instrument: number): number {
    return this.#bid[instrument] as number
  }

  askPrice(instrument: number): number {
    return this.#ask[instrument] as number
  }

  halted(instrument: number): boolean {
    const bid = this.#bid[instrument] as number
    const ask = this.#ask[instrument] as number
    return this.#halts.halted(instrument, bid, ask, this.#price[instrument] as number)
  }

  volume(instrument: number): number {
    const newest = Math.floor((this.#dataNs[instrument] as number) / this.#bucketNs)
    let sum = 0
    for (let i = 0; i < VOLUME_BUCKETS; i++) {
      const at = instrument * VOLUME_BUCKETS + i
      if ((this.#volumeBucket[at] as number) > newest - VOLUME_BUCKETS) sum += this.#volume[at] as number
    }
    return sum
  }

  /**
   * σ of the last 5 trade returns over σ of the 30 before them (R9's defaults); NaN until there are as many. The windows do
   * not overlap: over one that held the recent returns too, the ratio could not pass √(30 / 5).
   */
  volatilityRatio(instrument: number): number {
    const count = this.#returnCount[instrument] as number
    if (count < RETURNS) return Number.NaN
    const baseline = this.#deviation(instrument, count - RETURNS_RECENT, RETURNS_BASELINE)
    return baseline === 0 ? Number.NaN : this.#deviation(instrument, count, RETURNS_RECENT) / baseline
  }

  #deviation(instrument: number, count: number, n: number): number {
    let sum = 0
    let squares = 0
    for (let i = 0; i < n; i++) {
      const value = this.#returns[instrument * RETURNS + ((count - 1 - i) % RETURNS)] as number
      sum += value
      squares += value * value
    }
    return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2))
  }
}
