import { DECODE_CODE } from '../../domain/decode-codes.ts'
import type { TickSlots } from '../../domain/tick.ts'
import { BINANCE_LETTERS, BINANCE_NAMES, BinanceMessages, LONG_KEY } from './binance-messages.ts'
import { eventKind, STREAM_KIND, streamKind } from './binance-names.ts'
import { KEY } from './binance-spec.ts'
import type { FieldReader } from './field-reader.ts'
import { FieldTable, JSON_KIND, skipSpace } from './fields.ts'
import { MessageReader } from './message-reader.ts'
import { StringContent } from './string-content.ts'
import type { SymbolIndex } from './symbols.ts'

const HTTP_ERROR_FROM = 400
const TICKER_KEYS = [KEY.u, KEY.s, KEY.b, KEY.B, KEY.a, KEY.A]

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
 * 7. Fields as in `BinanceMessages`.
 */
export class BinanceGeneral {
  readonly #symbols: SymbolIndex
  readonly #message: MessageReader
  readonly #messages: BinanceMessages
  readonly #name = new StringContent()

  constructor(symbols: SymbolIndex, values: FieldReader, usdm: boolean) {
    this.#symbols = symbols
    this.#message = new MessageReader(new FieldTable(BINANCE_LETTERS, BINANCE_NAMES), values)
    this.#messages = new BinanceMessages(this.#message, usdm)
  }

  /** Decodes one frame whose text has been judged good. */
  frame(bytes: Uint8Array, start: number, recvNs: number, out: TickSlots, slot: number): number {
    if (slot >= out.capacity) return 0
    const message = this.#message
    if (!this.#open(bytes, start, out, slot)) return 1
    if (message.has(LONG_KEY.STREAM)) return this.#stream(bytes, recvNs, out, slot)
    if (!message.has(KEY.e)) return this.#control(bytes, recvNs, out, slot)
    const kind = this.#eventKind(bytes)
    if (kind === STREAM_KIND.SILENT) return 0
    if (kind !== STREAM_KIND.UNKNOWN) return this.#tick(bytes, kind, -1, recvNs, out, slot)
    return message.errorOf(out, slot, DECODE_CODE.unknown_event_type.n, KEY.e)
  }

  /** A REST depth snapshot whose text has been judged good. */
  snapshot(
    bytes: Uint8Array,
    start: number,
    instrument: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    if (slot >= out.capacity) return 0
    if (!this.#open(bytes, start, out, slot)) return 1
    return this.#messages.snapshot(bytes, instrument, recvNs, out, slot)
  }

  /** Opens the frame's object; false after an ERROR slot. */
  #open(bytes: Uint8Array, start: number, out: TickSlots, slot: number): boolean {
    this.#message.frameStart = start
    const open = skipSpace(bytes, start)
    if (bytes[open] === 0x7b) return this.#message.enter(bytes, open, out, slot)
    const code = bytes[open] === 0x5b ? DECODE_CODE.array_frame.n : DECODE_CODE.garbage_text.n
    this.#message.errorAt(out, slot, code, open)
    return false
  }

  #stream(bytes: Uint8Array, recvNs: number, out: TickSlots, slot: number): number {
    const message = this.#message
    const { kind: kinds } = message.fields
    if (kinds[LONG_KEY.STREAM] !== JSON_KIND.STRING) {
      return message.errorOf(out, slot, DECODE_CODE.unknown_stream.n, LONG_KEY.STREAM)
    }
    const name = this.#name
    name.read(bytes, message.startOf(LONG_KEY.STREAM) + 1, message.endOf(LONG_KEY.STREAM) - 1)
    const allSymbols = name.bytes[name.start] === 0x21
    let prefixEnd = name.start
    if (!allSymbols) while (prefixEnd < name.end && name.bytes[prefixEnd] !== 0x40) prefixEnd++
    const kind = streamKind(name.bytes, prefixEnd + 1, name.end)
    if (kind === STREAM_KIND.SILENT) return 0
    if (kind === STREAM_KIND.UNKNOWN) {
      return message.errorOf(out, slot, DECODE_CODE.unknown_stream.n, LONG_KEY.STREAM)
    }
    const data = kinds[LONG_KEY.DATA]
    if (data === JSON_KIND.ABSENT) return message.missing(out, slot)
    if (data !== JSON_KIND.OBJECT) {
      const code = data === JSON_KIND.ARRAY ? DECODE_CODE.array_frame.n : DECODE_CODE.field_invalid.n
      return message.errorOf(out, slot, code, LONG_KEY.DATA)
    }
    if (!message.enter(bytes, message.startOf(LONG_KEY.DATA), out, slot)) return 1
    if (!message.has(KEY.e)) {
      if (kind !== STREAM_KIND.BOOK_TICKER) return message.missing(out, slot)
    } else if (this.#eventKind(bytes) !== kind) {
      return message.errorOf(out, slot, DECODE_CODE.unknown_event_type.n, KEY.e)
    }
    return this.#tick(bytes, kind, allSymbols ? -1 : prefixEnd, recvNs, out, slot)
  }

  #control(bytes: Uint8Array, recvNs: number, out: TickSlots, slot: number): number {
    const message = this.#message
    const error = DECODE_CODE.venue_error.n
    if (message.has(LONG_KEY.ERROR)) return message.errorOf(out, slot, error, LONG_KEY.ERROR)
    if (message.has(LONG_KEY.CODE) && message.has(LONG_KEY.MSG)) {
      return message.errorOf(out, slot, error, LONG_KEY.CODE)
    }
    if (message.has(LONG_KEY.STATUS)) {
      const good = message.id(bytes, LONG_KEY.STATUS) && message.values.value < HTTP_ERROR_FROM
      return good ? 0 : message.errorOf(out, slot, error, LONG_KEY.STATUS)
    }
    if (message.has(LONG_KEY.RESULT)) return 0
    if (message.hasAll(TICKER_KEYS)) {
      return this.#tick(bytes, STREAM_KIND.BOOK_TICKER, -1, recvNs, out, slot)
    }
    if (message.has(LONG_KEY.LAST_UPDATE_ID)) return 0
    return message.errorAt(out, slot, DECODE_CODE.unknown_event_type.n, message.object)
  }

  /** Settles the symbol, then reads the fields. `prefixEnd`: where the symbol in the stream's name ends, -1 without one. */
  #tick(
    bytes: Uint8Array,
    kind: number,
    prefixEnd: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    const message = this.#message
    if (!message.has(KEY.s)) return message.missing(out, slot)
    const instrument =
      message.fields.kind[KEY.s] === JSON_KIND.STRING
        ? this.#symbols.findText(bytes, message.startOf(KEY.s) + 1, message.endOf(KEY.s) - 1)
        : -1
    const known =
      instrument >= 0 &&
      (prefixEnd < 0 ||
        this.#symbols.matchLowerAt(this.#name.bytes, this.#name.start, instrument) === prefixEnd)
    if (!known) return message.errorOf(out, slot, DECODE_CODE.unknown_symbol.n, KEY.s)
    switch (kind) {
      case STREAM_KIND.BOOK_TICKER:
        return this.#messages.quote(bytes, instrument, recvNs, out, slot)
      case STREAM_KIND.DEPTH:
        return this.#messages.depth(bytes, instrument, recvNs, out, slot)
      default: {
        const aggregate = kind === STREAM_KIND.AGG_TRADE
        return this.#messages.trade(bytes, instrument, aggregate, recvNs, out, slot)
      }
    }
  }

  #eventKind(bytes: Uint8Array): number {
    const message = this.#message
    if (message.fields.kind[KEY.e] !== JSON_KIND.STRING) return STREAM_KIND.UNKNOWN
    return eventKind(bytes, message.startOf(KEY.e) + 1, message.endOf(KEY.e) - 1)
  }
}
