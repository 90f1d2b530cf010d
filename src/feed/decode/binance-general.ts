import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { AGGRESSOR, TICK, TICK_FLAG, type TickSlots } from '../../domain/tick.ts'
import { eventKind, STREAM_KIND, streamKind } from './binance-names.ts'
import { KEY } from './binance-spec.ts'
import { type FieldReader, QTY_ROLE } from './field-reader.ts'
import { FieldTable, JSON_KIND, skipSpace } from './fields.ts'
import { readLevels } from './levels.ts'
import { levelSlots, writeError, writeSlot } from './slots.ts'
import type { SymbolIndex } from './symbols.ts'

const STREAM = 128
const DATA = 129
const RESULT = 130
const ERROR = 131
const CODE = 132
const MSG = 133
const PU = 134
const LAST_UPDATE_ID = 135
const BIDS = 136
const ASKS = 137
const STATUS = 138
const NAMES = [
  'stream',
  'data',
  'result',
  'error',
  'code',
  'msg',
  'pu',
  'lastUpdateId',
  'bids',
  'asks',
  'status',
]
const LETTERS = 'eEsStTpqmMabABuUXflni'
const HTTP_ERROR_FROM = 400

/**
 * Binance messages of any spacing, key order and extra keys, judged in this order (the text has passed `JsonJudge`):
 *
 * 1. An array is `array_frame`, any other value that is no object `garbage_text` (offset of its first byte).
 * 2. The frame's object: `duplicate_keys`.
 * 3. With "stream": no string → `unknown_stream`; the type behind the first "@" (or the whole name after "!") not known →
 *    `unknown_stream`, known but silent → nothing; "data" absent → `missing_field`, an array → `array_frame`, no object →
 *    `field_invalid`; `duplicate_keys` of data; the event ("e") must be the stream's: absent → `missing_field` except for
 *    bookTicker, another → `unknown_event_type`.
 * 4. Without "stream" but with "e": no string or unknown → `unknown_event_type`, silent → nothing.
 * 5. Neither: "error", or "code" with "msg", or a "status" of 400 and more → `venue_error`; "result", or "status" →
 *    nothing (acknowledgement); u, s, b, B, a and A present → bookTicker; "lastUpdateId" → nothing; else
 *    `unknown_event_type`.
 * 6. Symbol: "s" absent → `missing_field`; no string, no instrument of that name, or a stream prefix that is not its
 *    lower case → `unknown_symbol` (offset of the value of "s").
 * 7. Fields as at `#trade`, `#quote` and `#depth`.
 */
export class BinanceGeneral {
  readonly #symbols: SymbolIndex
  readonly #reader: FieldReader
  readonly #usdm: boolean
  readonly #fields = new FieldTable(LETTERS, NAMES)
  #start = 0
  #object = 0

  constructor(symbols: SymbolIndex, reader: FieldReader, usdm: boolean) {
    this.#symbols = symbols
    this.#reader = reader
    this.#usdm = usdm
  }

  /** Decodes one frame whose text has been judged good. */
  frame(bytes: Uint8Array, start: number, recvNs: number, out: TickSlots, slot: number): number {
    if (slot >= out.capacity) return 0
    const fields = this.#fields
    const open = this.#open(bytes, start, out, slot)
    if (open < 0) return 1
    if (fields.kind[STREAM] !== JSON_KIND.ABSENT) return this.#stream(bytes, recvNs, out, slot)
    if (fields.kind[KEY.e] !== JSON_KIND.ABSENT) {
      const kind = this.#eventKind(bytes)
      if (kind === STREAM_KIND.SILENT) return 0
      if (kind === STREAM_KIND.UNKNOWN)
        return this.#errorOf(out, slot, DECODE_CODE.unknown_event_type.n, KEY.e)
      return this.#message(bytes, kind, -1, -1, recvNs, out, slot)
    }
    return this.#control(bytes, recvNs, out, slot)
  }

  /**
   * A REST depth snapshot: `missing_field` for lastUpdateId, bids or asks, then lastUpdateId (`id_invalid`), the time E
   * where there is one (`time_invalid`; the receive time stands in for it), bids and asks as in `readLevels`.
   */
  snapshot(
    bytes: Uint8Array,
    start: number,
    instrument: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    if (slot >= out.capacity) return 0
    if (this.#open(bytes, start, out, slot) < 0) return 1
    const fields = this.#fields
    for (const key of [LAST_UPDATE_ID, BIDS, ASKS]) {
      if (fields.kind[key] === JSON_KIND.ABSENT) return this.#missing(out, slot)
    }
    if (!this.#id(bytes, LAST_UPDATE_ID)) return this.#refused(out, slot)
    const lastId = this.#reader.value
    let eventNs = recvNs
    if (fields.kind[KEY.E] !== JSON_KIND.ABSENT) {
      if (!this.#time(bytes, KEY.E)) return this.#refused(out, slot)
      eventNs = this.#reader.value
    }
    const bids = this.#levels(bytes, BIDS, instrument, 1, out, slot + 1)
    if (bids < 0) return this.#refused(out, slot)
    const asks = this.#levels(bytes, ASKS, instrument, -1, out, slot + 1 + levelSlots(bids))
    if (asks < 0) return this.#refused(out, slot)
    writeSlot(out, slot, TICK.SNAPSHOT, instrument, eventNs, recvNs, 0, 0, bids, asks, lastId)
    return 1 + levelSlots(bids) + levelSlots(asks)
  }

  /** Opens the frame's object; -1 after an ERROR slot. */
  #open(bytes: Uint8Array, start: number, out: TickSlots, slot: number): number {
    this.#start = start
    const open = skipSpace(bytes, start)
    if (bytes[open] !== 0x7b) {
      const code = bytes[open] === 0x5b ? DECODE_CODE.array_frame.n : DECODE_CODE.garbage_text.n
      writeError(out, slot, code, open - start)
      return -1
    }
    return this.#enter(bytes, open, out, slot) ? open : -1
  }

  #enter(bytes: Uint8Array, open: number, out: TickSlots, slot: number): boolean {
    this.#object = open
    this.#fields.read(bytes, open)
    if (this.#fields.duplicateAt < 0) return true
    writeError(out, slot, DECODE_CODE.duplicate_keys.n, this.#fields.duplicateAt - this.#start)
    return false
  }

  #stream(bytes: Uint8Array, recvNs: number, out: TickSlots, slot: number): number {
    const fields = this.#fields
    if (fields.kind[STREAM] !== JSON_KIND.STRING) {
      return this.#errorOf(out, slot, DECODE_CODE.unknown_stream.n, STREAM)
    }
    const nameStart = (fields.start[STREAM] as number) + 1
    const nameEnd = (fields.end[STREAM] as number) - 1
    let prefixEnd = nameStart
    if (bytes[nameStart] !== 0x21) while (prefixEnd < nameEnd && bytes[prefixEnd] !== 0x40) prefixEnd++
    const kind = streamKind(bytes, prefixEnd + 1, nameEnd)
    if (kind === STREAM_KIND.SILENT) return 0
    if (kind === STREAM_KIND.UNKNOWN) return this.#errorOf(out, slot, DECODE_CODE.unknown_stream.n, STREAM)
    const data = fields.kind[DATA]
    if (data === JSON_KIND.ABSENT) return this.#missing(out, slot)
    if (data !== JSON_KIND.OBJECT) {
      const code = data === JSON_KIND.ARRAY ? DECODE_CODE.array_frame.n : DECODE_CODE.field_invalid.n
      return this.#errorOf(out, slot, code, DATA)
    }
    if (!this.#enter(bytes, fields.start[DATA] as number, out, slot)) return 1
    if (fields.kind[KEY.e] === JSON_KIND.ABSENT) {
      if (kind !== STREAM_KIND.BOOK_TICKER) return this.#missing(out, slot)
    } else if (this.#eventKind(bytes) !== kind) {
      return this.#errorOf(out, slot, DECODE_CODE.unknown_event_type.n, KEY.e)
    }
    const allSymbols = bytes[nameStart] === 0x21
    return this.#message(bytes, kind, allSymbols ? -1 : nameStart, prefixEnd, recvNs, out, slot)
  }

  #control(bytes: Uint8Array, recvNs: number, out: TickSlots, slot: number): number {
    const kind = this.#fields.kind
    const has = (key: number): boolean => kind[key] !== JSON_KIND.ABSENT
    if (has(ERROR)) return this.#errorOf(out, slot, DECODE_CODE.venue_error.n, ERROR)
    if (has(CODE) && has(MSG)) return this.#errorOf(out, slot, DECODE_CODE.venue_error.n, CODE)
    if (has(STATUS)) {
      const status = this.#id(bytes, STATUS) ? this.#reader.value : HTTP_ERROR_FROM
      return status >= HTTP_ERROR_FROM ? this.#errorOf(out, slot, DECODE_CODE.venue_error.n, STATUS) : 0
    }
    if (has(RESULT)) return 0
    if (has(KEY.u) && has(KEY.s) && has(KEY.b) && has(KEY.B) && has(KEY.a) && has(KEY.A)) {
      return this.#message(bytes, STREAM_KIND.BOOK_TICKER, -1, -1, recvNs, out, slot)
    }
    if (has(LAST_UPDATE_ID)) return 0
    return writeError(out, slot, DECODE_CODE.unknown_event_type.n, this.#object - this.#start)
  }

  #message(
    bytes: Uint8Array,
    kind: number,
    prefixStart: number,
    prefixEnd: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    const fields = this.#fields
    if (fields.kind[KEY.s] === JSON_KIND.ABSENT) return this.#missing(out, slot)
    const symbolStart = (fields.start[KEY.s] as number) + 1
    const symbolEnd = (fields.end[KEY.s] as number) - 1
    const instrument =
      fields.kind[KEY.s] === JSON_KIND.STRING ? this.#symbols.find(bytes, symbolStart, symbolEnd) : -1
    if (
      instrument < 0 ||
      (prefixStart >= 0 && this.#symbols.matchLowerAt(bytes, prefixStart, instrument) !== prefixEnd)
    ) {
      return this.#errorOf(out, slot, DECODE_CODE.unknown_symbol.n, KEY.s)
    }
    switch (kind) {
      case STREAM_KIND.BOOK_TICKER:
        return this.#quote(bytes, instrument, recvNs, out, slot)
      case STREAM_KIND.DEPTH:
        return this.#depth(bytes, instrument, recvNs, out, slot)
      default:
        return this.#trade(bytes, instrument, kind === STREAM_KIND.AGG_TRADE, recvNs, out, slot)
    }
  }

  /**
   * In order: p, q, id (t, of aggregates a) and m absent → `missing_field`; E, T absent → `time_missing`; price, quantity
   * (`qty_zero` included), E, T, id, m no boolean → `field_invalid`.
   */
  #trade(
    bytes: Uint8Array,
    instrument: number,
    aggregate: boolean,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    const { kind } = this.#fields
    const reader = this.#reader
    const id = aggregate ? KEY.a : KEY.t
    if (!this.#present(KEY.p, KEY.q, id, KEY.m)) return this.#missing(out, slot)
    if (!this.#present(KEY.E, KEY.T, KEY.E, KEY.T)) return this.#timeMissing(out, slot)
    if (!this.#price(bytes, KEY.p, instrument, false)) return this.#refused(out, slot)
    const price = reader.value
    if (!this.#qty(bytes, KEY.q, instrument, QTY_ROLE.TRADED)) return this.#refused(out, slot)
    const qty = reader.value
    if (!this.#time(bytes, KEY.E)) return this.#refused(out, slot)
    const emitNs = reader.value
    if (!this.#time(bytes, KEY.T)) return this.#refused(out, slot)
    const tradeNs = reader.value
    if (!this.#id(bytes, id)) return this.#refused(out, slot)
    const maker = kind[KEY.m]
    if (maker !== JSON_KIND.TRUE && maker !== JSON_KIND.FALSE) {
      return this.#errorOf(out, slot, DECODE_CODE.field_invalid.n, KEY.m)
    }
    const head = aggregate ? TICK.TRADE | (TICK_FLAG.AGGREGATE << 8) : TICK.TRADE
    const aggressor = maker === JSON_KIND.TRUE ? AGGRESSOR.SELL : AGGRESSOR.BUY
    writeSlot(
      out,
      slot,
      head,
      instrument,
      tradeNs,
      recvNs,
      price,
      qty,
      aggressor,
      emitNs - tradeNs,
      reader.value,
    )
    return 1
  }

  /**
   * In order: u, b, B, a, A absent → `missing_field`; u, bid price, bid quantity, ask price, ask quantity, then the time:
   * E, else T, else the receive time. A zero price stands for an empty side and needs a zero quantity, else `price_zero`.
   */
  #quote(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    const { kind } = this.#fields
    const reader = this.#reader
    if (!this.#present(KEY.u, KEY.b, KEY.B, KEY.a)) return this.#missing(out, slot)
    if (kind[KEY.A] === JSON_KIND.ABSENT) return this.#missing(out, slot)
    if (!this.#id(bytes, KEY.u)) return this.#refused(out, slot)
    const id = reader.value
    if (!this.#side(bytes, KEY.b, KEY.B, instrument)) return this.#refused(out, slot)
    const bid = this.#sidePrice
    const bidQty = reader.value
    if (!this.#side(bytes, KEY.a, KEY.A, instrument)) return this.#refused(out, slot)
    const ask = this.#sidePrice
    const askQty = reader.value
    let eventNs = recvNs
    const time = kind[KEY.E] === JSON_KIND.ABSENT ? KEY.T : KEY.E
    if (kind[time] !== JSON_KIND.ABSENT) {
      if (!this.#time(bytes, time)) return this.#refused(out, slot)
      eventNs = reader.value
    }
    writeSlot(out, slot, TICK.QUOTE, instrument, eventNs, recvNs, bid, bidQty, ask, askQty, id)
    return 1
  }

  #sidePrice = 0

  #side(bytes: Uint8Array, priceKey: number, qtyKey: number, instrument: number): boolean {
    if (!this.#price(bytes, priceKey, instrument, true)) return false
    this.#sidePrice = this.#reader.value
    if (!this.#qty(bytes, qtyKey, instrument, QTY_ROLE.DISPLAYED)) return false
    if (this.#sidePrice !== 0 || this.#reader.value === 0) return true
    this.#reader.refuse(DECODE_CODE.price_zero.n, this.#fields.start[priceKey] as number)
    return false
  }

  /**
   * In order: U, u, b, a (and on USD-M pu) absent → `missing_field`; E absent → `time_missing`; E, U, u, pu (each
   * `id_invalid`; also u below U, at u), bids, asks (`field_invalid` when no array; then `readLevels`).
   */
  #depth(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    const { kind } = this.#fields
    const reader = this.#reader
    if (!this.#present(KEY.U, KEY.u, KEY.b, KEY.a)) return this.#missing(out, slot)
    if (this.#usdm && kind[PU] === JSON_KIND.ABSENT) return this.#missing(out, slot)
    if (kind[KEY.E] === JSON_KIND.ABSENT) return this.#timeMissing(out, slot)
    if (!this.#time(bytes, KEY.E)) return this.#refused(out, slot)
    const eventNs = reader.value
    if (!this.#id(bytes, KEY.U)) return this.#refused(out, slot)
    const first = reader.value
    if (!this.#id(bytes, KEY.u)) return this.#refused(out, slot)
    const last = reader.value
    if (last < first) return this.#errorOf(out, slot, DECODE_CODE.id_invalid.n, KEY.u)
    let previous = -1
    if (kind[PU] !== JSON_KIND.ABSENT) {
      if (!this.#id(bytes, PU)) return this.#refused(out, slot)
      previous = reader.value
    }
    const bids = this.#levels(bytes, KEY.b, instrument, 1, out, slot + 1)
    if (bids < 0) return this.#refused(out, slot)
    const asks = this.#levels(bytes, KEY.a, instrument, -1, out, slot + 1 + levelSlots(bids))
    if (asks < 0) return this.#refused(out, slot)
    writeSlot(out, slot, TICK.DEPTH, instrument, eventNs, recvNs, first, previous, bids, asks, last)
    return 1 + levelSlots(bids) + levelSlots(asks)
  }

  #present(a: number, b: number, c: number, d: number): boolean {
    const { kind } = this.#fields
    return (
      kind[a] !== JSON_KIND.ABSENT &&
      kind[b] !== JSON_KIND.ABSENT &&
      kind[c] !== JSON_KIND.ABSENT &&
      kind[d] !== JSON_KIND.ABSENT
    )
  }

  #eventKind(bytes: Uint8Array): number {
    const { kind, start, end } = this.#fields
    if (kind[KEY.e] !== JSON_KIND.STRING) return STREAM_KIND.UNKNOWN
    return eventKind(bytes, (start[KEY.e] as number) + 1, (end[KEY.e] as number) - 1)
  }

  #price(bytes: Uint8Array, key: number, instrument: number, zeroAllowed: boolean): boolean {
    const { start, end } = this.#fields
    return this.#reader.price(bytes, start[key] as number, end[key] as number, instrument, zeroAllowed)
  }

  #qty(bytes: Uint8Array, key: number, instrument: number, role: number): boolean {
    const { start, end } = this.#fields
    return this.#reader.qty(bytes, start[key] as number, end[key] as number, instrument, role)
  }

  #time(bytes: Uint8Array, key: number): boolean {
    return this.#reader.epochTime(bytes, this.#fields.start[key] as number, this.#fields.end[key] as number)
  }

  #id(bytes: Uint8Array, key: number): boolean {
    return this.#reader.id(bytes, this.#fields.start[key] as number, this.#fields.end[key] as number)
  }

  #levels(
    bytes: Uint8Array,
    key: number,
    instrument: number,
    side: number,
    out: TickSlots,
    slot: number,
  ): number {
    const open = this.#fields.start[key] as number
    if (this.#fields.kind[key] !== JSON_KIND.ARRAY) {
      return this.#reader.refuse(DECODE_CODE.field_invalid.n, open)
    }
    return readLevels(this.#reader, bytes, open, instrument, side, out, slot)
  }

  #errorOf(out: TickSlots, slot: number, code: number, key: number): number {
    return writeError(out, slot, code, (this.#fields.start[key] as number) - this.#start)
  }

  #refused(out: TickSlots, slot: number): number {
    return writeError(out, slot, this.#reader.code, this.#reader.at - this.#start)
  }

  #missing(out: TickSlots, slot: number): number {
    return writeError(out, slot, DECODE_CODE.missing_field.n, this.#object - this.#start)
  }

  #timeMissing(out: TickSlots, slot: number): number {
    return writeError(out, slot, DECODE_CODE.time_missing.n, this.#object - this.#start)
  }
}
