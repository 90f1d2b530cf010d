import { AGGRESSOR, TICK, type TickSlots } from '../../domain/tick.ts'
import {
  ALPACA_ACTION,
  ALPACA_QUOTE,
  ALPACA_TRADE,
  type AlpacaSpec,
  keyPlace,
  pairPlace,
  TKS,
} from './alpaca-spec.ts'
import { asciiBytes, FAST, numberAt, textAt, wholeAt } from './fast.ts'
import { FastTime } from './fast-time.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { writeSlot } from './slots.ts'
import type { SymbolIndex } from './symbols.ts'

const NO = -1
const FRAME_BYTES_MIN = 32
const KIND = asciiBytes('{"T":"')
const CHAR_B = 66
const CHAR_S = 83
const KEY = {
  i: keyPlace('i'),
  x: keyPlace('x'),
  p: keyPlace('p'),
  s: keyPlace('s'),
  t: keyPlace('t'),
  bp: keyPlace('bp'),
  bs: keyPlace('bs'),
  ap: keyPlace('ap'),
  as: keyPlace('as'),
} as const

/**
 * Alpaca frames of trades and quotes in their exact plain form: no white space, no escapes, "T" first and the other known
 * keys in any order (the symbol before prices and sizes), every required one once and no other. Whatever differs returns -1
 * and writes nothing that counts.
 */
export class AlpacaFast {
  readonly #symbols: SymbolIndex
  readonly #time: FastTime
  #instrument = NO
  #last = NO

  constructor(symbols: SymbolIndex, baseMs: number) {
    this.#symbols = symbols
    this.#time = new FastTime(baseMs)
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
    if (length < FRAME_BYTES_MIN || length > FRAME_BYTES_MAX) return NO
    // The closing bracket bounds every loop below.
    if (bytes[start] !== 91 || bytes[end - 1] !== 93) return NO
    let p = start + 1
    let at = slot
    for (;;) {
      p = textAt(bytes, p, KIND)
      // Two slots must be free, as the general path asks for every message.
      if (p < 0 || at + 2 > out.capacity || bytes[p + 1] !== 34 || bytes[p + 2] !== 44) return NO
      const spec = bytes[p] === 116 ? ALPACA_TRADE : bytes[p] === 113 ? ALPACA_QUOTE : null
      if (spec === null) return NO
      p = this.#members(bytes, p + 3, spec)
      if (p < 0) return NO
      const good = spec === ALPACA_TRADE ? this.#trade(recvNs, out, at) : this.#quote(recvNs, out, at)
      if (!good) return NO
      at++
      if (bytes[p] === 44) p++
      else return bytes[p] === 93 && p + 1 === end ? at - slot : NO
    }
  }

  /** Reads the members of a message into FAST, by the place of their key; returns the byte after its brace, or -1. */
  #members(bytes: Uint8Array, at: number, spec: AlpacaSpec): number {
    const { action, bit } = spec
    let p = at
    let seen = 0
    FAST[KEY.x] = 0
    FAST[TKS] = 0
    this.#instrument = NO
    for (;;) {
      if (bytes[p] !== 34) return NO
      let key = bytes[p + 1] as number
      if (bytes[p + 2] === 34) p += 3
      else if (bytes[p + 3] === 34) {
        key = pairPlace(key, bytes[p + 2] as number)
        p += 4
      } else if (key === 116 && bytes[p + 2] === 107 && bytes[p + 3] === 115 && bytes[p + 4] === 34) {
        key = TKS
        p += 5
      } else return NO
      if (bytes[p] !== 58) return NO
      p = this.#value(bytes, p + 1, key, action[key] as number)
      const keyBit = bit[key] as number
      if (p < 0 || (seen & keyBit) !== 0) return NO
      seen |= keyBit
      if (bytes[p] === 44) p++
      else if (bytes[p] === 125) return (seen & spec.required) === spec.required ? p + 1 : NO
      else return NO
    }
  }

  #value(bytes: Uint8Array, p: number, key: number, action: number): number {
    switch (action) {
      case ALPACA_ACTION.PRICE:
        if (this.#instrument < 0) return NO
        return numberAt(bytes, p, this.#symbols.priceScale[this.#instrument] as number, key)
      case ALPACA_ACTION.QTY:
        if (this.#instrument < 0) return NO
        return numberAt(bytes, p, this.#symbols.qtyScale[this.#instrument] as number, key)
      case ALPACA_ACTION.TIME:
        return this.#time.at(bytes, p, key)
      case ALPACA_ACTION.LETTER:
        return letterAt(bytes, p, key)
      case ALPACA_ACTION.SYMBOL:
        return this.#symbol(bytes, p)
      case ALPACA_ACTION.WHOLE:
        return wholeAt(bytes, p, key)
      case ALPACA_ACTION.STRINGS:
        return stringsAt(bytes, p)
      default:
        return NO
    }
  }

  #symbol(bytes: Uint8Array, quote: number): number {
    if (bytes[quote] !== 34) return NO
    if (this.#last >= 0) {
      const p = this.#symbols.matchAt(bytes, quote + 1, this.#last)
      if (p >= 0 && bytes[p] === 34) {
        this.#instrument = this.#last
        return p + 1
      }
    }
    let p = quote + 1
    while (bytes[p] !== 34 && bytes[p] !== 93) p++
    this.#instrument = this.#symbols.find(bytes, quote + 1, p)
    if (this.#instrument < 0 || bytes[p] !== 34) return NO
    this.#last = this.#instrument
    return p + 1
  }

  #trade(recvNs: number, out: TickSlots, slot: number): boolean {
    const price = this.#units(FAST[KEY.p] as number, this.#symbols.priceUnits)
    const qty = this.#units(FAST[KEY.s] as number, this.#symbols.qtyUnits)
    if (!(price > 0 && qty > 0)) return false
    const taker = FAST[TKS]
    const aggressor = taker === CHAR_B ? AGGRESSOR.BUY : taker === CHAR_S ? AGGRESSOR.SELL : AGGRESSOR.UNKNOWN
    writeSlot(
      out,
      slot,
      TICK.TRADE,
      this.#instrument,
      FAST[KEY.t] as number,
      recvNs,
      price,
      qty,
      aggressor,
      FAST[KEY.x] as number,
      FAST[KEY.i] as number,
    )
    return true
  }

  #quote(recvNs: number, out: TickSlots, slot: number): boolean {
    const bid = this.#units(FAST[KEY.bp] as number, this.#symbols.priceUnits)
    const bidQty = this.#units(FAST[KEY.bs] as number, this.#symbols.qtyUnits)
    const ask = this.#units(FAST[KEY.ap] as number, this.#symbols.priceUnits)
    const askQty = this.#units(FAST[KEY.as] as number, this.#symbols.qtyUnits)
    if (!(bid > 0 && ask > 0 && bidQty >= 0 && askQty >= 0)) return false
    const eventNs = FAST[KEY.t] as number
    writeSlot(out, slot, TICK.QUOTE, this.#instrument, eventNs, recvNs, bid, bidQty, ask, askQty, 0)
    return true
  }

  /** Scaled units to increments; -1 when they are no multiple. */
  #units(scaled: number, units: Float64Array): number {
    const step = units[this.#instrument] as number
    if (step === 1) return scaled
    return scaled % step === 0 ? scaled / step : NO
  }
}

/** A string of one plain ASCII character, its code to FAST[k]. */
function letterAt(bytes: Uint8Array, quote: number, k: number): number {
  const c = bytes[quote + 1] as number
  if (bytes[quote] !== 34 || bytes[quote + 2] !== 34 || !isPlain(c) || c === 34) return NO
  FAST[k] = c
  return quote + 3
}

/** An array of plain strings; the byte after it. */
function stringsAt(bytes: Uint8Array, open: number): number {
  if (bytes[open] !== 91) return NO
  let p = open + 1
  if (bytes[p] === 93) return p + 1
  for (;;) {
    if (bytes[p] !== 34) return NO
    p++
    while (bytes[p] !== 34) {
      if (!isPlain(bytes[p] as number) || bytes[p] === 93) return NO
      p++
    }
    p++
    if (bytes[p] === 44) p++
    else return bytes[p] === 93 ? p + 1 : NO
  }
}

/** ASCII that stands for itself in a JSON string (the quote aside). */
function isPlain(c: number): boolean {
  return c >= 0x20 && c < 0x7f && c !== 0x5c
}
