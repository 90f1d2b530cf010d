import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { AGGRESSOR, TICK, type TickSlots } from '../../domain/tick.ts'
import { ALPACA_KIND, barLetter, barSeconds, tradingStatus } from './alpaca-names.ts'
import { QTY_ROLE } from './field-reader.ts'
import { JSON_KIND } from './fields.ts'
import type { MessageReader } from './message-reader.ts'
import { POW10 } from './numbers.ts'
import { writeSlot } from './slots.ts'
import type { SymbolIndex } from './symbols.ts'

/** Keys by place: one letter by its char code, longer ones in the order of ALPACA_NAMES. */
export const ALPACA_KEY = {
  T: 84,
  S: 83,
  t: 116,
  i: 105,
  x: 120,
  p: 112,
  s: 115,
  u: 117,
  d: 100,
  a: 97,
  o: 111,
  h: 104,
  l: 108,
  c: 99,
  v: 118,
  n: 110,
  bp: 128,
  bs: 129,
  ap: 130,
  as: 131,
  tks: 132,
  vw: 133,
  sc: 134,
  oi: 135,
  op: 136,
  os: 137,
  ci: 138,
  cp: 139,
  cs: 140,
} as const
export const ALPACA_LETTERS = 'TStixpsudaohlcvn'
export const ALPACA_NAMES: readonly string[] = Object.keys(ALPACA_KEY).filter((key) => key.length > 1)

const KEY = ALPACA_KEY
const TRADE_KEYS = [KEY.p, KEY.s, KEY.i]
const QUOTE_KEYS = [KEY.bp, KEY.bs, KEY.ap, KEY.as]
const BAR_KEYS = [KEY.o, KEY.h, KEY.l, KEY.c, KEY.v]
const STATUS_KEYS = [KEY.sc]
const LULD_KEYS = [KEY.u, KEY.d]
const CORRECTION_KEYS = [KEY.oi, KEY.op, KEY.os, KEY.ci, KEY.cp, KEY.cs]
const CANCEL_KEYS = [KEY.i, KEY.p, KEY.s]
const CHAR_B = 66
const CHAR_S = 83
const NO = Number.NaN

/**
 * The fields of Alpaca messages whose kind and symbol are settled. Absent fields are told before bad ones: first
 * `missing_field`, then `time_missing` for t. A method returns the slots written, 0 when the reader has a refusal.
 */
export class AlpacaMessages {
  readonly #symbols: SymbolIndex
  readonly #message: MessageReader

  constructor(symbols: SymbolIndex, message: MessageReader) {
    this.#symbols = symbols
    this.#message = message
  }

  /** Writes the tick of a message. */
  tick(
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
    if (!this.#need(TRADE_KEYS)) return 0
    const price = this.#price(bytes, KEY.p, instrument)
    if (Number.isNaN(price)) return 0
    const qty = this.#qty(bytes, KEY.s, instrument, QTY_ROLE.TRADED)
    if (Number.isNaN(qty)) return 0
    const eventNs = this.#time(bytes)
    if (Number.isNaN(eventNs)) return 0
    const id = this.#id(bytes, KEY.i)
    if (Number.isNaN(id)) return 0
    const taker = this.#letter(bytes, KEY.tks)
    const aggressor = taker === CHAR_B ? AGGRESSOR.BUY : taker === CHAR_S ? AGGRESSOR.SELL : AGGRESSOR.UNKNOWN
    const exchange = this.#letter(bytes, KEY.x)
    writeSlot(out, slot, TICK.TRADE, instrument, eventNs, recvNs, price, qty, aggressor, exchange, id)
    return 1
  }

  /** Needs bp, bs, ap, as, t; reads them in that order. A zero price is an empty side and needs a zero size. */
  #quote(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    const { values } = this.#message
    if (!this.#need(QUOTE_KEYS)) return 0
    const bid = this.#side(bytes, KEY.bp, KEY.bs, instrument)
    if (Number.isNaN(bid)) return 0
    const bidQty = values.value
    const ask = this.#side(bytes, KEY.ap, KEY.as, instrument)
    if (Number.isNaN(ask)) return 0
    const askQty = values.value
    const eventNs = this.#time(bytes)
    if (Number.isNaN(eventNs)) return 0
    writeSlot(out, slot, TICK.QUOTE, instrument, eventNs, recvNs, bid, bidQty, ask, askQty, 0)
    return 1
  }

  /** Needs o, h, l, c, v, t; reads them in that order, then n (a whole number) and vw where there are any. */
  #bar(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(BAR_KEYS)) return 0
    const open = this.#price(bytes, KEY.o, instrument)
    if (Number.isNaN(open)) return 0
    const high = this.#price(bytes, KEY.h, instrument)
    if (Number.isNaN(high)) return 0
    const low = this.#price(bytes, KEY.l, instrument)
    if (Number.isNaN(low)) return 0
    const close = this.#price(bytes, KEY.c, instrument)
    if (Number.isNaN(close)) return 0
    const volume = this.#qty(bytes, KEY.v, instrument, QTY_ROLE.DISPLAYED)
    if (Number.isNaN(volume)) return 0
    const eventNs = this.#time(bytes)
    if (Number.isNaN(eventNs)) return 0
    const count = this.#message.has(KEY.n) ? this.#id(bytes, KEY.n) : 0
    if (Number.isNaN(count)) return 0
    const letter = barLetter(bytes, this.#message.startOf(KEY.T) + 1, this.#message.endOf(KEY.T) - 1)
    const vwap = this.#vwap(bytes, instrument)
    writeSlot(out, slot, TICK.BAR, instrument, eventNs, recvNs, open, high, low, close, volume)
    const period = barSeconds(letter)
    writeSlot(out, slot + 1, TICK.BAR_MORE, instrument, eventNs, recvNs, count, vwap, period, letter, 0)
    return 2
  }

  /** Average price as a double: the nearest one of the text, times 10^scale, divided by the increment's units; else 0. */
  #vwap(bytes: Uint8Array, instrument: number): number {
    const message = this.#message
    if (message.fields.kind[KEY.vw] !== JSON_KIND.NUMBER) return 0
    const first = message.startOf(KEY.vw)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + first, message.endOf(KEY.vw) - first)
    const scale = this.#symbols.priceScale[instrument] as number
    const scaled = Number(text.toString('latin1')) * (POW10[scale] as number)
    return scaled / (this.#symbols.priceUnits[instrument] as number)
  }

  /** Needs sc, t. A code that is no string is `field_invalid`. */
  #status(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    const message = this.#message
    if (!this.#need(STATUS_KEYS)) return 0
    if (message.fields.kind[KEY.sc] !== JSON_KIND.STRING) {
      message.values.refuse(DECODE_CODE.field_invalid.n, message.startOf(KEY.sc))
      return 0
    }
    const eventNs = this.#time(bytes)
    if (Number.isNaN(eventNs)) return 0
    const status = tradingStatus(this.#letter(bytes, KEY.sc))
    writeSlot(out, slot, TICK.STATUS, instrument, eventNs, recvNs, status, 0, 0, 0, 0)
    return 1
  }

  /** Needs u, d, t; reads them in that order, then the indicator's letter (i) where there is one. */
  #luld(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(LULD_KEYS)) return 0
    const up = this.#bandPrice(bytes, KEY.u, instrument)
    if (Number.isNaN(up)) return 0
    const down = this.#bandPrice(bytes, KEY.d, instrument)
    if (Number.isNaN(down)) return 0
    const eventNs = this.#time(bytes)
    if (Number.isNaN(eventNs)) return 0
    const indicator = this.#letter(bytes, KEY.i)
    writeSlot(out, slot, TICK.LULD, instrument, eventNs, recvNs, up, down, indicator, 0, 0)
    return 1
  }

  /** Needs oi, op, os, ci, cp, cs, t; reads op, os, cp, cs, t, oi, ci. */
  #correction(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(CORRECTION_KEYS)) return 0
    const price = this.#price(bytes, KEY.op, instrument)
    if (Number.isNaN(price)) return 0
    const qty = this.#qty(bytes, KEY.os, instrument, QTY_ROLE.TRADED)
    if (Number.isNaN(qty)) return 0
    const newPrice = this.#price(bytes, KEY.cp, instrument)
    if (Number.isNaN(newPrice)) return 0
    const newQty = this.#qty(bytes, KEY.cs, instrument, QTY_ROLE.TRADED)
    if (Number.isNaN(newQty)) return 0
    const eventNs = this.#time(bytes)
    if (Number.isNaN(eventNs)) return 0
    const id = this.#id(bytes, KEY.oi)
    if (Number.isNaN(id)) return 0
    const newId = this.#id(bytes, KEY.ci)
    if (Number.isNaN(newId)) return 0
    writeSlot(out, slot, TICK.CORRECTION, instrument, eventNs, recvNs, newPrice, newQty, price, qty, id)
    writeSlot(out, slot + 1, TICK.TRADE_REF, instrument, eventNs, recvNs, newId, 0, 0, 0, 0)
    return 2
  }

  /** Needs i, p, s, t; reads p, s, t, i, then the action's letter (a) where there is one. */
  #cancel(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    if (!this.#need(CANCEL_KEYS)) return 0
    const price = this.#price(bytes, KEY.p, instrument)
    if (Number.isNaN(price)) return 0
    const qty = this.#qty(bytes, KEY.s, instrument, QTY_ROLE.TRADED)
    if (Number.isNaN(qty)) return 0
    const eventNs = this.#time(bytes)
    if (Number.isNaN(eventNs)) return 0
    const id = this.#id(bytes, KEY.i)
    if (Number.isNaN(id)) return 0
    const action = this.#letter(bytes, KEY.a)
    writeSlot(out, slot, TICK.TRADE_CANCEL, instrument, eventNs, recvNs, price, qty, action, 0, id)
    return 1
  }

  #need(keys: readonly number[]): boolean {
    const message = this.#message
    const complete = message.hasAll(keys)
    if (complete && message.has(KEY.t)) return true
    const { missing_field, time_missing } = DECODE_CODE
    message.values.refuse(complete ? time_missing.n : missing_field.n, message.object)
    return false
  }

  // The readers below give NaN when the reader has a refusal.

  #price(bytes: Uint8Array, key: number, instrument: number): number {
    return this.#message.price(bytes, key, instrument, false) ? this.#message.values.value : NO
  }

  /** A price band's limit may lie between two increments: it then keeps its fraction. */
  #bandPrice(bytes: Uint8Array, key: number, instrument: number): number {
    const { values } = this.#message
    const read = values.bandPrice(bytes, this.#message.startOf(key), this.#message.endOf(key), instrument)
    return read ? values.value : NO
  }

  #qty(bytes: Uint8Array, key: number, instrument: number, role: number): number {
    return this.#message.qty(bytes, key, instrument, role) ? this.#message.values.value : NO
  }

  /** Price of a side, its size in the reader's value. */
  #side(bytes: Uint8Array, priceKey: number, qtyKey: number, instrument: number): number {
    const message = this.#message
    const { values } = message
    if (!message.price(bytes, priceKey, instrument, true)) return NO
    const price = values.value
    if (!message.qty(bytes, qtyKey, instrument, QTY_ROLE.DISPLAYED)) return NO
    if (price !== 0 || values.value === 0) return price
    values.refuse(DECODE_CODE.price_zero.n, message.startOf(priceKey))
    return NO
  }

  #time(bytes: Uint8Array): number {
    const { values, fields } = this.#message
    const string = fields.kind[KEY.t] === JSON_KIND.STRING
    const first = fields.start[KEY.t] as number
    return values.textTime(bytes, first, fields.end[KEY.t] as number, string) ? values.value : NO
  }

  #id(bytes: Uint8Array, key: number): number {
    const { values } = this.#message
    return values.wideId(bytes, this.#message.startOf(key), this.#message.endOf(key)) ? values.value : NO
  }

  /** Char code of a string of one plain ASCII character, else 0. */
  #letter(bytes: Uint8Array, key: number): number {
    const message = this.#message
    const first = message.startOf(key)
    if (message.fields.kind[key] !== JSON_KIND.STRING || message.endOf(key) - first !== 3) return 0
    const c = bytes[first + 1] as number
    return c < 0x80 ? c : 0
  }
}
