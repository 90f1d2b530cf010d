import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { AGGRESSOR, TICK, type TickSlots } from '../../domain/tick.ts'
import { ALPACA_KIND, alpacaKind, barLetter, barSeconds, tradingStatus } from './alpaca-names.ts'
import { type FieldReader, QTY_ROLE } from './field-reader.ts'
import { FieldTable, JSON_KIND, skipSpace, skipValue } from './fields.ts'
import { POW10 } from './numbers.ts'
import { writeError, writeSlot } from './slots.ts'
import type { SymbolIndex } from './symbols.ts'

const BP = 128
const BS = 129
const AP = 130
const AS = 131
const TKS = 132
const VW = 133
const SC = 134
const OI = 135
const OP = 136
const OS = 137
const CI = 138
const CP = 139
const CS = 140
const LONG_KEYS = ['bp', 'bs', 'ap', 'as', 'tks', 'vw', 'sc', 'oi', 'op', 'os', 'ci', 'cp', 'cs']
const K = (letter: string): number => letter.charCodeAt(0)
const T = K('T')
const S = K('S')
const TIME = K('t')
const ID = K('i')
const EXCHANGE = K('x')
const PRICE = K('p')
const SIZE = K('s')
const UP = K('u')
const DOWN = K('d')
const ACTION = K('a')
const OPEN = K('o')
const HIGH = K('h')
const LOW = K('l')
const CLOSE = K('c')
const VOLUME = K('v')
const COUNT = K('n')
const LETTERS = 'TStixpsudaohlcvn'
const TRADE_KEYS = [PRICE, SIZE, ID]
const QUOTE_KEYS = [BP, BS, AP, AS]
const BAR_KEYS = [OPEN, HIGH, LOW, CLOSE, VOLUME]
const STATUS_KEYS = [SC]
const LULD_KEYS = [UP, DOWN]
const CORRECTION_KEYS = [OI, OP, OS, CI, CP, CS]
const CANCEL_KEYS = [ID, PRICE, SIZE]

/**
 * Alpaca market data v2 messages of any spacing and key order (the text has passed `JsonJudge`). A frame is an array; each
 * message gives its own tick or its own ERROR slot, in order:
 *
 * 1. The frame: an object → `unknown_event_type`, any other value that is no array → `garbage_text`. A member that is an
 *    array → `array_frame`, any other that is no object → `garbage_text`.
 * 2. The message: `duplicate_keys`; T absent → `missing_field`; no string or unknown → `unknown_T`; error →
 *    `venue_error`; success, subscription, news (n), order book (o), imbalance (i) → nothing.
 * 3. S absent → `missing_field`; no string or no instrument of that name → `unknown_symbol`.
 * 4. Fields as at `#trade`, `#quote`, … Absent ones are told before bad ones: first `missing_field`, then `time_missing`
 *    for t. A message that finds no free slot → the frame gives `slots_full` alone.
 */
export class AlpacaGeneral {
  readonly #symbols: SymbolIndex
  readonly #reader: FieldReader
  readonly #fields = new FieldTable(LETTERS, LONG_KEYS)
  #start = 0
  #object = 0

  constructor(symbols: SymbolIndex, reader: FieldReader) {
    this.#symbols = symbols
    this.#reader = reader
  }

  /** Decodes one frame whose text has been judged good. */
  frame(bytes: Uint8Array, start: number, recvNs: number, out: TickSlots, slot: number): number {
    if (slot >= out.capacity) return 0
    this.#start = start
    let p = skipSpace(bytes, start)
    if (bytes[p] !== 0x5b) {
      const code = bytes[p] === 0x7b ? DECODE_CODE.unknown_event_type.n : DECODE_CODE.garbage_text.n
      return writeError(out, slot, code, p - start)
    }
    p = skipSpace(bytes, p + 1)
    let count = 0
    while (bytes[p] !== 0x5d) {
      // A message fills at most two slots.
      if (slot + count + 2 > out.capacity) {
        return writeError(out, slot, DECODE_CODE.slots_full.n, p - start)
      }
      const next = skipValue(bytes, p)
      count += this.message(bytes, p, recvNs, out, slot + count)
      p = skipSpace(bytes, next)
      if (bytes[p] === 0x2c) p = skipSpace(bytes, p + 1)
    }
    return count
  }

  /** Decodes the message at `open`; returns the slots written. */
  message(bytes: Uint8Array, open: number, recvNs: number, out: TickSlots, slot: number): number {
    const fields = this.#fields
    this.#object = open
    if (bytes[open] !== 0x7b) {
      const code = bytes[open] === 0x5b ? DECODE_CODE.array_frame.n : DECODE_CODE.garbage_text.n
      return writeError(out, slot, code, open - this.#start)
    }
    fields.read(bytes, open)
    if (fields.duplicateAt >= 0) {
      return writeError(out, slot, DECODE_CODE.duplicate_keys.n, fields.duplicateAt - this.#start)
    }
    if (fields.kind[T] === JSON_KIND.ABSENT) return this.#missing(out, slot)
    const kind = fields.kind[T] === JSON_KIND.STRING ? this.#kind(bytes) : ALPACA_KIND.UNKNOWN
    if (kind === ALPACA_KIND.UNKNOWN) return this.#errorOf(out, slot, DECODE_CODE.unknown_T.n, T)
    if (kind === ALPACA_KIND.ERROR) return this.#errorOf(out, slot, DECODE_CODE.venue_error.n, T)
    if (kind === ALPACA_KIND.SILENT) return 0
    if (fields.kind[S] === JSON_KIND.ABSENT) return this.#missing(out, slot)
    const instrument =
      fields.kind[S] === JSON_KIND.STRING
        ? this.#symbols.find(bytes, (fields.start[S] as number) + 1, (fields.end[S] as number) - 1)
        : -1
    if (instrument < 0) return this.#errorOf(out, slot, DECODE_CODE.unknown_symbol.n, S)
    const written = this.#tick(bytes, kind, instrument, recvNs, out, slot)
    return written > 0 ? written : writeError(out, slot, this.#reader.code, this.#reader.at - this.#start)
  }

  /** Writes the message's tick; -1 with the reader's code and place when a field is bad. */
  #tick(
    bytes: Uint8Array,
    kind: number,
    instrument: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    switch (kind) {
      case ALPACA_KIND.TRADE:
        return this.#trade(bytes, instrument, recvNs, out, slot)
      case ALPACA_KIND.QUOTE:
        return this.#quote(bytes, instrument, recvNs, out, slot)
      case ALPACA_KIND.BAR:
        return this.#bar(bytes, instrument, recvNs, out, slot)
      case ALPACA_KIND.STATUS:
        return this.#status(bytes, instrument, recvNs, out, slot)
      case ALPACA_KIND.LULD:
        return this.#luld(bytes, instrument, recvNs, out, slot)
      case ALPACA_KIND.CORRECTION:
        return this.#correction(bytes, instrument, recvNs, out, slot)
      default:
        return this.#cancel(bytes, instrument, recvNs, out, slot)
    }
  }

  /**
   * Needs p, s, i, t; reads price, size (`qty_zero` included), t, i. The exchange's letter (x) and the taker's side (tks, B
   * or S) may be absent; another kind or value counts as absent.
   */
  #trade(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(TRADE_KEYS)) return -1
    const price = this.#price(bytes, PRICE, instrument)
    if (Number.isNaN(price)) return -1
    const qty = this.#qty(bytes, SIZE, instrument, QTY_ROLE.TRADED)
    if (qty < 0) return -1
    if (!this.#time(bytes)) return -1
    const eventNs = this.#reader.value
    const id = this.#id(bytes, ID)
    if (id < 0) return -1
    const taker = this.#letter(bytes, TKS)
    const aggressor = taker === K('B') ? AGGRESSOR.BUY : taker === K('S') ? AGGRESSOR.SELL : AGGRESSOR.UNKNOWN
    const exchange = this.#letter(bytes, EXCHANGE)
    writeSlot(out, slot, TICK.TRADE, instrument, eventNs, recvNs, price, qty, aggressor, exchange, id)
    return 1
  }

  /** Needs bp, bs, ap, as, t; reads them in that order. A zero price is an empty side and needs a zero size. */
  #quote(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(QUOTE_KEYS)) return -1
    const bid = this.#side(bytes, BP, BS, instrument)
    if (Number.isNaN(bid)) return -1
    const bidQty = this.#reader.value
    const ask = this.#side(bytes, AP, AS, instrument)
    if (Number.isNaN(ask)) return -1
    const askQty = this.#reader.value
    if (!this.#time(bytes)) return -1
    writeSlot(out, slot, TICK.QUOTE, instrument, this.#reader.value, recvNs, bid, bidQty, ask, askQty, 0)
    return 1
  }

  /** Needs o, h, l, c, v, t; reads them in that order, then n (a whole number) and vw where there are any. */
  #bar(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(BAR_KEYS)) return -1
    const open = this.#price(bytes, OPEN, instrument)
    if (Number.isNaN(open)) return -1
    const high = this.#price(bytes, HIGH, instrument)
    if (Number.isNaN(high)) return -1
    const low = this.#price(bytes, LOW, instrument)
    if (Number.isNaN(low)) return -1
    const close = this.#price(bytes, CLOSE, instrument)
    if (Number.isNaN(close)) return -1
    const volume = this.#qty(bytes, VOLUME, instrument, QTY_ROLE.DISPLAYED)
    if (volume < 0) return -1
    if (!this.#time(bytes)) return -1
    const eventNs = this.#reader.value
    const count = this.#has(COUNT) ? this.#id(bytes, COUNT) : 0
    if (count < 0) return -1
    const vwap = this.#vwap(bytes, instrument)
    const { start, end } = this.#fields
    const letter = barLetter(bytes, (start[T] as number) + 1, (end[T] as number) - 1)
    const period = barSeconds(letter)
    writeSlot(out, slot, TICK.BAR, instrument, eventNs, recvNs, open, high, low, close, volume)
    writeSlot(out, slot + 1, TICK.BAR_MORE, instrument, eventNs, recvNs, count, vwap, period, letter, 0)
    return 2
  }

  /** Average price as a double: the nearest one of the text, times 10^scale, divided by the increment's units; else 0. */
  #vwap(bytes: Uint8Array, instrument: number): number {
    const { kind, start, end } = this.#fields
    if (kind[VW] !== JSON_KIND.NUMBER) return 0
    const first = start[VW] as number
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + first, (end[VW] as number) - first).toString(
      'latin1',
    )
    const scale = this.#symbols.priceScale[instrument] as number
    return (Number(text) * (POW10[scale] as number)) / (this.#symbols.priceUnits[instrument] as number)
  }

  /** Needs sc, t. A code that is no string is `field_invalid`. */
  #status(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(STATUS_KEYS)) return -1
    const { kind, start } = this.#fields
    if (kind[SC] !== JSON_KIND.STRING) {
      return this.#reader.refuse(DECODE_CODE.field_invalid.n, start[SC] as number)
    }
    if (!this.#time(bytes)) return -1
    const status = tradingStatus(this.#letter(bytes, SC))
    writeSlot(out, slot, TICK.STATUS, instrument, this.#reader.value, recvNs, status, 0, 0, 0, 0)
    return 1
  }

  /** Needs u, d, t; reads them in that order, then the indicator's letter (i) where there is one. */
  #luld(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(LULD_KEYS)) return -1
    const up = this.#bandPrice(bytes, UP, instrument)
    if (Number.isNaN(up)) return -1
    const down = this.#bandPrice(bytes, DOWN, instrument)
    if (Number.isNaN(down)) return -1
    if (!this.#time(bytes)) return -1
    const indicator = this.#letter(bytes, ID)
    writeSlot(out, slot, TICK.LULD, instrument, this.#reader.value, recvNs, up, down, indicator, 0, 0)
    return 1
  }

  /** Needs oi, op, os, ci, cp, cs, t; reads op, os, cp, cs, t, oi, ci. */
  #correction(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(CORRECTION_KEYS)) return -1
    const price = this.#price(bytes, OP, instrument)
    if (Number.isNaN(price)) return -1
    const qty = this.#qty(bytes, OS, instrument, QTY_ROLE.TRADED)
    if (qty < 0) return -1
    const newPrice = this.#price(bytes, CP, instrument)
    if (Number.isNaN(newPrice)) return -1
    const newQty = this.#qty(bytes, CS, instrument, QTY_ROLE.TRADED)
    if (newQty < 0) return -1
    if (!this.#time(bytes)) return -1
    const eventNs = this.#reader.value
    const id = this.#id(bytes, OI)
    if (id < 0) return -1
    const newId = this.#id(bytes, CI)
    if (newId < 0) return -1
    writeSlot(out, slot, TICK.CORRECTION, instrument, eventNs, recvNs, newPrice, newQty, price, qty, id)
    writeSlot(out, slot + 1, TICK.TRADE_REF, instrument, eventNs, recvNs, newId, 0, 0, 0, 0)
    return 2
  }

  /** Needs i, p, s, t; reads p, s, t, i, then the action's letter (a) where there is one. */
  #cancel(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(CANCEL_KEYS)) return -1
    const price = this.#price(bytes, PRICE, instrument)
    if (Number.isNaN(price)) return -1
    const qty = this.#qty(bytes, SIZE, instrument, QTY_ROLE.TRADED)
    if (qty < 0) return -1
    if (!this.#time(bytes)) return -1
    const eventNs = this.#reader.value
    const id = this.#id(bytes, ID)
    if (id < 0) return -1
    const action = this.#letter(bytes, ACTION)
    writeSlot(out, slot, TICK.TRADE_CANCEL, instrument, eventNs, recvNs, price, qty, action, 0, id)
    return 1
  }

  #kind(bytes: Uint8Array): number {
    return alpacaKind(bytes, (this.#fields.start[T] as number) + 1, (this.#fields.end[T] as number) - 1)
  }

  #has(key: number): boolean {
    return this.#fields.kind[key] !== JSON_KIND.ABSENT
  }

  #need(keys: readonly number[]): boolean {
    for (const key of keys) {
      if (!this.#has(key)) {
        this.#reader.refuse(DECODE_CODE.missing_field.n, this.#object)
        return false
      }
    }
    if (this.#has(TIME)) return true
    this.#reader.refuse(DECODE_CODE.time_missing.n, this.#object)
    return false
  }

  /** Price in increments; NaN when it is refused. */
  #price(bytes: Uint8Array, key: number, instrument: number): number {
    const { start, end } = this.#fields
    const read = this.#reader.price(bytes, start[key] as number, end[key] as number, instrument, false)
    return read ? this.#reader.value : Number.NaN
  }

  /** A price band's limit may lie between two increments: it then keeps its fraction. */
  #bandPrice(bytes: Uint8Array, key: number, instrument: number): number {
    const { start, end } = this.#fields
    const read = this.#reader.bandPrice(bytes, start[key] as number, end[key] as number, instrument)
    return read ? this.#reader.value : Number.NaN
  }

  #qty(bytes: Uint8Array, key: number, instrument: number, role: number): number {
    const { start, end } = this.#fields
    const read = this.#reader.qty(bytes, start[key] as number, end[key] as number, instrument, role)
    return read ? this.#reader.value : -1
  }

  /** Price of a side, its size in the reader's value; NaN when one is refused. */
  #side(bytes: Uint8Array, priceKey: number, qtyKey: number, instrument: number): number {
    const { start, end } = this.#fields
    const reader = this.#reader
    if (!reader.price(bytes, start[priceKey] as number, end[priceKey] as number, instrument, true)) {
      return Number.NaN
    }
    const price = reader.value
    if (!reader.qty(bytes, start[qtyKey] as number, end[qtyKey] as number, instrument, QTY_ROLE.DISPLAYED)) {
      return Number.NaN
    }
    if (price !== 0 || reader.value === 0) return price
    reader.refuse(DECODE_CODE.price_zero.n, start[priceKey] as number)
    return Number.NaN
  }

  #time(bytes: Uint8Array): boolean {
    const { kind, start, end } = this.#fields
    const string = kind[TIME] === JSON_KIND.STRING
    return this.#reader.textTime(bytes, start[TIME] as number, end[TIME] as number, string)
  }

  #id(bytes: Uint8Array, key: number): number {
    const { start, end } = this.#fields
    return this.#reader.wideId(bytes, start[key] as number, end[key] as number) ? this.#reader.value : -1
  }

  /** Char code of a string of one plain ASCII character, else 0. */
  #letter(bytes: Uint8Array, key: number): number {
    const { kind, start, end } = this.#fields
    const first = start[key] as number
    if (kind[key] !== JSON_KIND.STRING || (end[key] as number) - first !== 3) return 0
    const c = bytes[first + 1] as number
    return c < 0x80 ? c : 0
  }

  #errorOf(out: TickSlots, slot: number, code: number, key: number): number {
    return writeError(out, slot, code, (this.#fields.start[key] as number) - this.#start)
  }

  #missing(out: TickSlots, slot: number): number {
    return writeError(out, slot, DECODE_CODE.missing_field.n, this.#object - this.#start)
  }
}
