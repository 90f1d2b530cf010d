import { INCREMENTS_MAX } from '../../core/decimal.ts'
import { AGGRESSOR, TICK, TICK_FLAG, type TickSlots } from '../../domain/tick.ts'
import {
  ACTION,
  AGG_TRADE,
  BOOK_TICKER,
  DEPTH,
  KEY,
  type MessageSpec,
  specOfLetter,
  TRADE,
} from './binance-spec.ts'
import { asciiBytes, booleanAt, FAST, quotedDecimalAt, textAt, wholeAt } from './fast.ts'
import { fastLevels } from './levels.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { levelSlots, writeSlot } from './slots.ts'
import type { SymbolIndex } from './symbols.ts'

const NO = -1
const FRAME_BYTES_MIN = 32
const STREAM = asciiBytes('"stream":"')
const DATA = asciiBytes('","data":{')
const MARKET = asciiBytes('"MARKET"')
const TRADE_AGGREGATE: number = TICK.TRADE | (TICK_FLAG.AGGREGATE << 8)
/** levels of a side are counted here, away from the keys' own words */
const BIDS_COUNT = 128
const ASKS_COUNT = 129

/**
 * Binance frames in their exact plain form: no white space, no escapes, the known keys in any order (bids before asks),
 * every required one once and no other. Whatever differs returns -1 and writes nothing that counts.
 */
export class BinanceFast {
  readonly #symbols: SymbolIndex
  readonly #usdm: boolean
  readonly #baseMs: number
  #instrument = NO
  #last = NO
  #priceScale = 0
  #qtyScale = 0

  constructor(symbols: SymbolIndex, usdm: boolean, baseMs: number) {
    this.#symbols = symbols
    this.#usdm = usdm
    this.#baseMs = baseMs
  }

  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    const length = end - start
    if (length < FRAME_BYTES_MIN || length > FRAME_BYTES_MAX || slot >= out.capacity) return NO
    // The closing brace bounds every loop over digits below.
    if (bytes[end - 1] !== 125 || bytes[start] !== 123 || bytes[start + 1] !== 34) return NO
    let p = start + 1
    let close = end
    let spec: MessageSpec | undefined
    this.#instrument = NO
    if (bytes[p + 1] === 115 && bytes[p + 2] === 116) {
      p = this.#streamSymbol(bytes, textAt(bytes, p, STREAM), end)
      if (p < 0) return NO
      spec = specOfLetter(bytes[p] as number)
      if (spec === undefined) return NO
      p = textAt(bytes, streamSpeed(bytes, textAt(bytes, p, spec.stream), spec), DATA)
      if (p < 0) return NO
      close = end - 1
    } else {
      spec = bareSpec(bytes, p)
      if (spec === undefined) return NO
    }
    if (spec === DEPTH) FAST[ASKS_COUNT] = 0
    const seen = this.#members(bytes, p, close, spec, out, slot)
    if (seen < 0 || (seen & spec.required) !== spec.required) return NO
    if (spec === DEPTH) return this.#depth(seen, recvNs, out, slot)
    return spec === BOOK_TICKER ? this.#quote(seen, recvNs, out, slot) : this.#trade(spec, recvNs, out, slot)
  }

  /** Reads "btcusdt@" and remembers the instrument; returns the byte after the at sign. */
  #streamSymbol(bytes: Uint8Array, at: number, end: number): number {
    if (at < 0) return NO
    if (this.#last >= 0) {
      const p = this.#symbols.matchLowerAt(bytes, at, this.#last)
      if (p >= 0 && bytes[p] === 64) {
        this.#instrument = this.#last
        return p + 1
      }
    }
    let p = at
    while (p < end && bytes[p] !== 64) p++
    return this.#select(this.#symbols.findLower(bytes, at, p)) ? p + 1 : NO
  }

  /** Reads the value of key "s"; it must be the stream's symbol, or names the instrument of a bare event. */
  #symbol(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== 34) return NO
    if (this.#instrument >= 0) {
      const p = this.#symbols.matchAt(bytes, at + 1, this.#instrument)
      return p < 0 || bytes[p] !== 34 ? NO : p + 1
    }
    let p = at + 1
    while (bytes[p] !== 34 && bytes[p] !== 125) p++
    if (bytes[p] !== 34) return NO
    return this.#select(this.#symbols.find(bytes, at + 1, p)) ? p + 1 : NO
  }

  #select(instrument: number): boolean {
    if (instrument < 0) return false
    this.#instrument = instrument
    this.#last = instrument
    this.#priceScale = this.#symbols.priceScale[instrument] as number
    this.#qtyScale = this.#symbols.qtyScale[instrument] as number
    return true
  }

  /** Reads the members of a message into FAST, by key; returns the set of keys seen, or -1. */
  #members(
    bytes: Uint8Array,
    at: number,
    close: number,
    spec: MessageSpec,
    out: TickSlots,
    slot: number,
  ): number {
    const { action, bit } = spec
    let p = at
    let seen = 0
    for (;;) {
      if (bytes[p] !== 34) return NO
      let key = bytes[p + 1] as number
      if (key < KEY.A) return NO // a byte 1 in a broken frame is not KEY.PREVIOUS
      if (bytes[p + 2] !== 34) {
        // "pu" is the only longer key
        if (key !== 112 || bytes[p + 2] !== 117 || bytes[p + 3] !== 34) return NO
        key = KEY.PREVIOUS
        p++
      }
      if (bytes[p + 3] !== 58) return NO
      p += 4
      switch (action[key] as number) {
        case ACTION.WHOLE:
          p = wholeAt(bytes, p, key)
          break
        case ACTION.PRICE:
          if (this.#instrument < 0) return NO
          p = quotedDecimalAt(bytes, p, this.#priceScale, key)
          break
        case ACTION.QTY:
          if (this.#instrument < 0) return NO
          p = quotedDecimalAt(bytes, p, this.#qtyScale, key)
          break
        case ACTION.SYMBOL:
          p = this.#symbol(bytes, p)
          break
        case ACTION.EVENT:
          p = textAt(bytes, p, spec.event)
          break
        case ACTION.BOOLEAN:
          p = booleanAt(bytes, p, key)
          break
        default:
          p = this.#rare(bytes, p, action[key] as number, out, slot)
      }
      const keyBit = bit[key] as number
      if (p < 0 || (seen & keyBit) !== 0) return NO
      seen |= keyBit
      if (bytes[p] === 44) p++
      else if (bytes[p] === 125) return p + 1 === close ? seen : NO
      else return NO
    }
  }

  #rare(bytes: Uint8Array, p: number, action: number, out: TickSlots, slot: number): number {
    switch (action) {
      case ACTION.MARKET:
        return textAt(bytes, p, MARKET)
      case ACTION.BIDS:
        FAST[ASKS_COUNT] = NO
        if (this.#instrument < 0 || bytes[p] !== 91) return NO
        return fastLevels(bytes, p + 1, this.#symbols, this.#instrument, 1, out, slot + 1, BIDS_COUNT)
      case ACTION.ASKS: {
        if (this.#instrument < 0 || bytes[p] !== 91 || FAST[ASKS_COUNT] !== NO) return NO
        const first = slot + 1 + levelSlots(FAST[BIDS_COUNT] as number)
        return fastLevels(bytes, p + 1, this.#symbols, this.#instrument, -1, out, first, ASKS_COUNT)
      }
      default:
        return NO
    }
  }

  #trade(spec: MessageSpec, recvNs: number, out: TickSlots, slot: number): number {
    const price = FAST[KEY.p] as number
    const qty = FAST[KEY.q] as number
    const priceUnits = this.#symbols.priceUnits[this.#instrument] as number
    const qtyUnits = this.#symbols.qtyUnits[this.#instrument] as number
    if (price === 0 || qty === 0) return NO
    if (priceUnits !== 1 && price % priceUnits !== 0) return NO
    if (qtyUnits !== 1 && qty % qtyUnits !== 0) return NO
    const tradeNs = ((FAST[KEY.T] as number) - this.#baseMs) * 1e6
    const emitNs = ((FAST[KEY.E] as number) - this.#baseMs) * 1e6
    if (Math.abs(tradeNs) > INCREMENTS_MAX || Math.abs(emitNs) > INCREMENTS_MAX) return NO
    writeSlot(
      out,
      slot,
      spec === TRADE ? TICK.TRADE : TRADE_AGGREGATE,
      this.#instrument,
      tradeNs,
      recvNs,
      price / priceUnits,
      qty / qtyUnits,
      FAST[KEY.m] === 1 ? AGGRESSOR.SELL : AGGRESSOR.BUY,
      emitNs - tradeNs,
      FAST[spec === AGG_TRADE ? KEY.a : KEY.t] as number,
    )
    return 1
  }

  #quote(seen: number, recvNs: number, out: TickSlots, slot: number): number {
    const bid = FAST[KEY.b] as number
    const ask = FAST[KEY.a] as number
    const bidQty = FAST[KEY.B] as number
    const askQty = FAST[KEY.A] as number
    if (bid === 0 || ask === 0) return NO
    const priceUnits = this.#symbols.priceUnits[this.#instrument] as number
    const qtyUnits = this.#symbols.qtyUnits[this.#instrument] as number
    if (priceUnits !== 1 && (bid % priceUnits !== 0 || ask % priceUnits !== 0)) return NO
    if (qtyUnits !== 1 && (bidQty % qtyUnits !== 0 || askQty % qtyUnits !== 0)) return NO
    let eventNs = recvNs
    if ((seen & (BOOK_TICKER.bit[KEY.E] as number)) !== 0) {
      eventNs = ((FAST[KEY.E] as number) - this.#baseMs) * 1e6
      if (Math.abs(eventNs) > INCREMENTS_MAX) return NO
    } else if ((seen & (BOOK_TICKER.bit[KEY.T] as number)) !== 0) return NO
    writeSlot(
      out,
      slot,
      TICK.QUOTE,
      this.#instrument,
      eventNs,
      recvNs,
      bid / priceUnits,
      bidQty / qtyUnits,
      ask / priceUnits,
      askQty / qtyUnits,
      FAST[KEY.u] as number,
    )
    return 1
  }

  #depth(seen: number, recvNs: number, out: TickSlots, slot: number): number {
    const hasPrevious = (seen & (DEPTH.bit[KEY.PREVIOUS] as number)) !== 0
    if (this.#usdm && !hasPrevious) return NO
    const first = FAST[KEY.U] as number
    const last = FAST[KEY.u] as number
    const bids = FAST[BIDS_COUNT] as number
    const asks = FAST[ASKS_COUNT] as number
    const eventNs = ((FAST[KEY.E] as number) - this.#baseMs) * 1e6
    if (last < first || Math.abs(eventNs) > INCREMENTS_MAX) return NO
    const previous = hasPrevious ? (FAST[KEY.PREVIOUS] as number) : -1
    writeSlot(out, slot, TICK.DEPTH, this.#instrument, eventNs, recvNs, first, previous, bids, asks, last)
    return 1 + levelSlots(bids) + levelSlots(asks)
  }
}

/** Byte after the speed of a depth stream ("@100ms"), where there is one. */
function streamSpeed(bytes: Uint8Array, at: number, spec: MessageSpec): number {
  if (at < 0 || spec !== DEPTH || bytes[at] !== 64) return at
  let p = at + 1
  while (((bytes[p] as number) - 48) >>> 0 <= 9) p++
  return p === at + 1 || bytes[p] !== 109 || bytes[p + 1] !== 115 ? NO : p + 2
}

/** Kind of a bare event: by "e" as its first key, or a book ticker that begins with "u". */
function bareSpec(bytes: Uint8Array, at: number): MessageSpec | undefined {
  if (bytes[at + 2] !== 34) return undefined
  if (bytes[at + 1] === 117) return BOOK_TICKER
  return bytes[at + 1] === 101 ? specOfLetter(bytes[at + 5] as number) : undefined
}
