import { createHash, type Hash } from 'node:crypto'
import { formatDecimal, incrementsToText } from '../core/decimal.ts'
import type { Instrument } from '../domain/instrument.ts'
import { TICK_FLAG, TICK_SLOT_F64, type TickSlots, tickFlags } from '../domain/tick.ts'
import type { BookSync } from '../feed/book-sync.ts'
import { UNTRADED_FLAGS } from '../feed/sanity.ts'
import { QuoteBars, type QuoteBarText, TradeBars, type TradeBarText, vwapText } from './tape-bars.ts'

const MINUTE_MS = 60_000
const TRADE_VWAP_PLACES = 10
const HASH_BATCH_CHARS = 65_536

/** A trade as `tape` prints it: `t` in ms since 1970. */
export interface TradeText {
  readonly t: number
  readonly price: string
  readonly qty: string
}

export interface TapeTrades {
  readonly count: number
  readonly flagged: number
  readonly sum_qty: string
  readonly sum_notional: string
  readonly vwap: string | null
  readonly first: TradeText | null
  readonly last: TradeText | null
  readonly high: string | null
  readonly low: string | null
  readonly tape_sha256: string
}

export interface TapeQuotes {
  readonly count: number
  readonly crossed: number
  readonly locked: number
  readonly tape_sha256: string
}

export interface TapeBook {
  readonly applied: number
  readonly breaks: number
  readonly resyncs: number
  /** bids, asks */
  readonly levels: readonly [number, number]
  readonly best_bid: string | null
  readonly best_ask: string | null
  readonly sha256: string
}

export interface TapeSymbol {
  readonly trades: TapeTrades
  readonly quotes: TapeQuotes
  readonly book: TapeBook | null
  readonly bars_1m: readonly TradeBarText[] | readonly QuoteBarText[]
}

/** What the canons of a recording are (data formats differ by origin). */
export interface TapeCanon {
  /** trade lines carry the time: all but captured Binance sessions */
  readonly tradeTime: boolean
  /** bars are of quote middles (feeds without trades) */
  readonly quoteBars: boolean
  readonly barVwapPlaces: number
  readonly baseMs: number
}

/** Hash of lines, fed in larger pieces. */
class LineHash {
  readonly #hash: Hash = createHash('sha256')
  #text = ''

  add(line: string): void {
    this.#text += line
    if (this.#text.length < HASH_BATCH_CHARS) return
    this.#hash.update(this.#text)
    this.#text = ''
  }

  digest(): string {
    return this.#hash.copy().update(this.#text).digest('hex')
  }
}

/** Everything that `tape` tells of one symbol, from the ticks that the feed accepted. */
export class SymbolTape {
  /** frames that named the symbol */
  frames = 0
  readonly #instrument: Instrument
  readonly #canon: TapeCanon
  readonly #tradeHash = new LineHash()
  readonly #quoteHash = new LineHash()
  readonly #tradeBars: TradeBars[]
  readonly #quoteBars = new QuoteBars(MINUTE_MS)
  #trades = 0
  #flagged = 0
  #sumQty = 0n
  #notional = 0n
  #high = 0
  #low = 0
  #first: TradeText | null = null
  #last: TradeText | null = null
  #quotes = 0
  #crossed = 0
  #locked = 0

  /** @param extraBars further bars to feed with the trades, for callers that want other periods */
  constructor(instrument: Instrument, canon: TapeCanon, extraBars: readonly TradeBars[] = []) {
    this.#instrument = instrument
    this.#canon = canon
    this.#tradeBars = [new TradeBars(MINUTE_MS), ...extraBars]
  }

  trade(slots: TickSlots, slot: number): void {
    this.frames++
    if ((tickFlags(slots, slot) & UNTRADED_FLAGS) !== 0) {
      this.#flagged++
      return
    }
    const f = slot * TICK_SLOT_F64
    const eventNs = slots.f64[f + 1] as number
    const price = slots.f64[f + 3] as number
    const qty = slots.f64[f + 4] as number
    const { priceIncrement, qtyIncrement } = this.#instrument
    const notional = BigInt(price) * BigInt(qty)
    const priceText = incrementsToText(price, priceIncrement)
    const qtyText = incrementsToText(qty, qtyIncrement)
    if (this.#trades === 0 || price > this.#high) this.#high = price
    if (this.#trades === 0 || price < this.#low) this.#low = price
    this.#trades++
    this.#sumQty += BigInt(qty)
    this.#notional += notional
    this.#last = { t: this.#canon.baseMs + Math.floor(eventNs / 1e6), price: priceText, qty: qtyText }
    this.#first ??= this.#last
    const time = this.#canon.tradeTime ? `${millisecondsText(this.#canon.baseMs, eventNs)},` : ''
    this.#tradeHash.add(`${time}${priceText},${qtyText}\n`)
    for (const bars of this.#tradeBars) bars.add(eventNs, price, qty, notional)
  }

  /** @param line the tape's line where the venue's own text is the canon; else it is made of the tick */
  quote(slots: TickSlots, slot: number, line: string | null): void {
    this.frames++
    const flags = tickFlags(slots, slot)
    if ((flags & UNTRADED_FLAGS) !== 0) return
    const f = slot * TICK_SLOT_F64
    const eventNs = slots.f64[f + 1] as number
    const bid = slots.f64[f + 3] as number
    const ask = slots.f64[f + 5] as number
    this.#quotes++
    if ((flags & TICK_FLAG.CROSSED) !== 0) this.#crossed++
    if ((flags & TICK_FLAG.LOCKED) !== 0) this.#locked++
    this.#quoteHash.add(line ?? this.#quoteLine(eventNs, bid, ask))
    if (this.#canon.quoteBars) this.#quoteBars.add(eventNs, bid, ask)
  }

  #quoteLine(eventNs: number, bid: number, ask: number): string {
    const { priceIncrement } = this.#instrument
    const time = millisecondsText(this.#canon.baseMs, eventNs)
    return `${time},${incrementsToText(bid, priceIncrement)},${incrementsToText(ask, priceIncrement)}\n`
  }

  toJson(sync: BookSync | undefined): TapeSymbol {
    const { baseMs, barVwapPlaces, quoteBars } = this.#canon
    return {
      trades: this.#tradesJson(),
      quotes: {
        count: this.#quotes,
        crossed: this.#crossed,
        locked: this.#locked,
        tape_sha256: this.#quoteHash.digest(),
      },
      book: sync === undefined ? null : bookDocument(sync, this.#instrument),
      bars_1m: quoteBars
        ? this.#quoteBars.toText(this.#instrument, baseMs)
        : (this.#tradeBars[0] as TradeBars).toText(this.#instrument, baseMs, barVwapPlaces),
    }
  }

  #tradesJson(): TapeTrades {
    const { priceIncrement, qtyIncrement } = this.#instrument
    const any = this.#trades > 0
    const notionalUnits =
      this.#notional * BigInt(priceIncrement.unitsPerIncrement) * BigInt(qtyIncrement.unitsPerIncrement)
    return {
      count: this.#trades,
      flagged: this.#flagged,
      sum_qty: incrementsToText(this.#sumQty, qtyIncrement),
      sum_notional: formatDecimal(notionalUnits, priceIncrement.scale + qtyIncrement.scale),
      vwap: any ? vwapText(this.#notional, this.#sumQty, this.#instrument, TRADE_VWAP_PLACES) : null,
      first: this.#first,
      last: this.#last,
      high: any ? incrementsToText(this.#high, priceIncrement) : null,
      low: any ? incrementsToText(this.#low, priceIncrement) : null,
      tape_sha256: this.#tradeHash.digest(),
    }
  }
}

/** A book as `tape` and `run` print it; `sha256` is of its canonical text. */
export function bookDocument(sync: BookSync, instrument: Instrument): TapeBook {
  const { book } = sync
  const best = (price: number): string | null =>
    Number.isNaN(price) ? null : incrementsToText(price, instrument.priceIncrement)
  return {
    applied: book.applied,
    breaks: sync.breaks,
    resyncs: sync.resyncs,
    levels: [book.bids.count, book.asks.count],
    best_bid: best(book.bids.bestPrice),
    best_ask: best(book.asks.bestPrice),
    sha256: createHash('sha256').update(book.canonText(instrument)).digest('hex'),
  }
}

/** Milliseconds since 1970, with the fraction that the event has. */
function millisecondsText(baseMs: number, eventNs: number): string {
  const ms = Math.floor(eventNs / 1e6)
  const rest = eventNs - ms * 1e6
  return rest === 0 ? String(baseMs + ms) : `${baseMs + ms}.${formatDecimal(BigInt(rest), 6).slice(2)}`
}
