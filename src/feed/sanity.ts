import { DECODE_CODE } from '../domain/decode-codes.ts'
import { TICK_FLAG, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import { ClockWatch } from './clock-watch.ts'
import type { FeedKind } from './decode/decoder.ts'
import type { ErrorCounts } from './error-counts.ts'
import type { FeedLimits } from './feed-limits.ts'
import { PRICE_VERDICT, PriceWatch } from './price-watch.ts'
import { ExchangeIds, RisingIds, type TradeMemory } from './trade-memory.ts'

/** Trades and quotes with one of these are kept for the record and never acted on. */
export const UNTRADED_FLAGS: number = TICK_FLAG.IMPLAUSIBLE | TICK_FLAG.FUTURE | TICK_FLAG.LATE

/** What the sanity stage remembers of one symbol. */
class SymbolState {
  readonly price: PriceWatch
  readonly trades: TradeMemory
  readonly aggregates: TradeMemory
  lastTradeNs = Number.NEGATIVE_INFINITY
  lastQuoteNs = Number.NEGATIVE_INFINITY
  /** bid price, bid qty, ask price, ask qty and update id of the last quote */
  readonly quote: Float64Array = new Float64Array(5).fill(Number.NaN)

  constructor(spikeRatio: number, exchanges: boolean) {
    this.price = new PriceWatch(spikeRatio)
    this.trades = exchanges ? new ExchangeIds() : new RisingIds()
    this.aggregates = exchanges ? this.trades : new RisingIds()
  }
}

/**
 * Judges decoded ticks, in this order: repetition (dropped), clock (flags FUTURE, LATE), price and id of a trade
 * (IMPLAUSIBLE; the id is only told when nothing else was), order of event times (BACKWARDS), bid against ask (CROSSED, LOCKED). A tick that is dropped, or flagged FUTURE, LATE or
 * IMPLAUSIBLE, moves no watermark. Codes are counted; BACKWARDS and LOCKED are no errors, CROSSED is one only where one
 * venue's book makes both sides (Binance).
 */
export class Sanity {
  /** trades and quotes flagged BACKWARDS */
  backwards = 0
  readonly #limits: FeedLimits
  readonly #errors: ErrorCounts
  readonly #clock: ClockWatch
  readonly #binance: boolean
  readonly #alpaca: boolean
  readonly #untimedQuotes: boolean
  readonly #symbols: SymbolState[] = []

  constructor(kind: FeedKind, limits: FeedLimits, errors: ErrorCounts) {
    this.#limits = limits
    this.#errors = errors
    this.#clock = new ClockWatch(limits.futureMs, limits.lateMs)
    this.#binance = kind === 'binance-spot' || kind === 'binance-usdm'
    this.#alpaca = kind === 'alpaca'
    this.#untimedQuotes = kind === 'binance-spot'
  }

  /** Estimated event time minus receive time of the connection, ns. */
  get clockOffsetNs(): number {
    return this.#clock.offsetNs
  }

  /** Judges the TRADE at `slot` and sets its flags; false when it is to be dropped. */
  trade(slots: TickSlots, slot: number): boolean {
    const i = slot * TICK_SLOT_I32
    const f = slot * TICK_SLOT_F64
    const { i32, f64 } = slots
    const state = this.#state(i32[i + 1] as number)
    const price = f64[f + 3] as number
    const qty = f64[f + 4] as number
    const detail = f64[f + 6] as number
    const id = f64[f + 7] as number
    const aggregate = ((i32[i] as number) & (TICK_FLAG.AGGREGATE << 8)) !== 0
    const memory = aggregate ? state.aggregates : state.trades
    const repeated = memory.find(id, detail, price, qty)
    if (repeated !== 0) {
      this.#errors.add(repeated)
      return false
    }
    const eventNs = f64[f + 1] as number
    const recvNs = f64[f + 2] as number
    let flags = this.#clock.judge(eventNs, recvNs)
    if (flags === 0 && this.#binance) flags = this.#clock.beyond(eventNs + detail - recvNs)
    if (flags !== 0) this.#countClock(flags)
    const verdict = state.price.judge(price)
    if (verdict !== PRICE_VERDICT.PLAUSIBLE) {
      flags |= TICK_FLAG.IMPLAUSIBLE
      this.#errors.add(
        verdict === PRICE_VERDICT.TOO_HIGH ? DECODE_CODE.spike_x10.n : DECODE_CODE.spike_div10.n,
      )
    }
    const jumps = memory.jumps(id)
    if (flags === 0 && jumps) {
      flags = TICK_FLAG.IMPLAUSIBLE
      this.#errors.add(DECODE_CODE.id_jump.n)
    }
    if (flags === 0) {
      if (eventNs < state.lastTradeNs) {
        flags = TICK_FLAG.BACKWARDS
        this.backwards++
      } else state.lastTradeNs = eventNs
      state.price.accept(price)
      memory.accept(id, detail, price, qty)
    }
    if (flags !== 0) i32[i] = (i32[i] as number) | (flags << 8)
    return true
  }

  /** Judges the QUOTE at `slot` and sets its flags; false when it is to be dropped. */
  quote(slots: TickSlots, slot: number): boolean {
    const i = slot * TICK_SLOT_I32
    const f = slot * TICK_SLOT_F64
    const { i32, f64 } = slots
    const state = this.#state(i32[i + 1] as number)
    if (this.#binance && sameQuote(state.quote, f64, f)) {
      this.#errors.add(DECODE_CODE.duplicate_exact.n)
      return false
    }
    const eventNs = f64[f + 1] as number
    const recvNs = f64[f + 2] as number
    let flags = 0
    if (!this.#untimedQuotes || eventNs !== recvNs) {
      flags = this.#clock.judge(eventNs, recvNs)
      if (flags !== 0) this.#countClock(flags)
    }
    const bid = f64[f + 3] as number
    const ask = f64[f + 5] as number
    if (bid !== 0 && ask !== 0) {
      if (bid > ask) {
        flags |= TICK_FLAG.CROSSED
        if (this.#binance) this.#errors.add(DECODE_CODE.crossed_quote.n)
      } else if (bid === ask) flags |= TICK_FLAG.LOCKED
    }
    if ((flags & UNTRADED_FLAGS) === 0) {
      if (eventNs < state.lastQuoteNs) {
        flags |= TICK_FLAG.BACKWARDS
        this.backwards++
      } else state.lastQuoteNs = eventNs
      keepQuote(state.quote, f64, f)
      if (bid !== 0 && ask !== 0 && ask >= bid) state.price.quote(bid, ask)
    }
    if (flags !== 0) i32[i] = (i32[i] as number) | (flags << 8)
    return true
  }

  /** Judges the event time of a DEPTH: a flag is set and counted, but its numbers decide what becomes of it. */
  depth(slots: TickSlots, slot: number): boolean {
    const f = slot * TICK_SLOT_F64
    const flags = this.#clock.judge(slots.f64[f + 1] as number, slots.f64[f + 2] as number)
    if (flags === 0) return false
    this.#countClock(flags)
    slots.i32[slot * TICK_SLOT_I32] = (slots.i32[slot * TICK_SLOT_I32] as number) | (flags << 8)
    return true
  }

  /** Whether the TRADE at `slot` has been accepted before. */
  knowsTrade(slots: TickSlots, slot: number): boolean {
    const f = slot * TICK_SLOT_F64
    const { f64 } = slots
    const { trades } = this.#state(slots.i32[slot * TICK_SLOT_I32 + 1] as number)
    return trades.has(f64[f + 7] as number, f64[f + 6] as number, f64[f + 3] as number, f64[f + 4] as number)
  }

  #countClock(flags: number): void {
    const future = (flags & TICK_FLAG.FUTURE) !== 0
    this.#errors.add(future ? DECODE_CODE.event_time_plus_1h.n : DECODE_CODE.event_time_minus_1h.n)
  }

  #state(instrument: number): SymbolState {
    let state = this.#symbols[instrument]
    if (state === undefined) {
      while (this.#symbols.length <= instrument) {
        this.#symbols.push(new SymbolState(this.#limits.spikeRatio, this.#alpaca))
      }
      state = this.#symbols[instrument] as SymbolState
    }
    return state
  }
}

/** Words of a quote slot in the order that `SymbolState.quote` keeps them. */
function sameQuote(quote: Float64Array, f64: Float64Array, f: number): boolean {
  return (
    quote[4] === f64[f + 7] &&
    quote[0] === f64[f + 3] &&
    quote[1] === f64[f + 4] &&
    quote[2] === f64[f + 5] &&
    quote[3] === f64[f + 6]
  )
}

function keepQuote(quote: Float64Array, f64: Float64Array, f: number): void {
  quote[0] = f64[f + 3] as number
  quote[1] = f64[f + 4] as number
  quote[2] = f64[f + 5] as number
  quote[3] = f64[f + 6] as number
  quote[4] = f64[f + 7] as number
}
