import { DECODE_CODE } from '../../domain/decode-codes.ts'
import type { TickSlots } from '../../domain/tick.ts'
import { ALPACA_KEY, ALPACA_LETTERS, ALPACA_NAMES, AlpacaMessages } from './alpaca-messages.ts'
import { ALPACA_KIND, alpacaKind } from './alpaca-names.ts'
import type { FieldReader } from './field-reader.ts'
import { FieldTable, JSON_KIND, skipSpace, skipValue } from './fields.ts'
import { MessageReader } from './message-reader.ts'
import { writeError } from './slots.ts'
import type { SymbolIndex } from './symbols.ts'

/** A message fills at most so many slots. */
const MESSAGE_SLOTS_MAX = 2

/**
 * Alpaca market data v2 messages of any spacing and key order (the text has passed `JsonJudge`). A frame is an array; each
 * message gives its own tick or its own ERROR slot, in order:
 *
 * 1. The frame: an object → `unknown_event_type`, any other value that is no array → `garbage_text`. A member that is an
 *    array → `array_frame`, any other that is no object → `garbage_text`.
 * 2. The message: `duplicate_keys`; T absent → `missing_field`; no string or unknown → `unknown_T`; error →
 *    `venue_error`; success, subscription, news (n), order book (o), imbalance (i) → nothing.
 * 3. S absent → `missing_field`; no string or no instrument of that name → `unknown_symbol`.
 * 4. Fields as in `AlpacaMessages`. A message that does not find two free slots → the frame gives `slots_full` alone.
 */
export class AlpacaGeneral {
  readonly #symbols: SymbolIndex
  readonly #message: MessageReader
  readonly #messages: AlpacaMessages

  constructor(symbols: SymbolIndex, values: FieldReader) {
    this.#symbols = symbols
    this.#message = new MessageReader(new FieldTable(ALPACA_LETTERS, ALPACA_NAMES), values)
    this.#messages = new AlpacaMessages(symbols, this.#message)
  }

  /** Decodes one frame whose text has been judged good. */
  frame(bytes: Uint8Array, start: number, recvNs: number, out: TickSlots, slot: number): number {
    if (slot >= out.capacity) return 0
    this.#message.frameStart = start
    let p = skipSpace(bytes, start)
    if (bytes[p] !== 0x5b) {
      const code = bytes[p] === 0x7b ? DECODE_CODE.unknown_event_type.n : DECODE_CODE.garbage_text.n
      return writeError(out, slot, code, p - start)
    }
    p = skipSpace(bytes, p + 1)
    let count = 0
    while (bytes[p] !== 0x5d) {
      if (slot + count + MESSAGE_SLOTS_MAX > out.capacity) {
        return writeError(out, slot, DECODE_CODE.slots_full.n, p - start)
      }
      const next = skipValue(bytes, p)
      count += this.#one(bytes, p, recvNs, out, slot + count)
      p = skipSpace(bytes, next)
      if (bytes[p] === 0x2c) p = skipSpace(bytes, p + 1)
    }
    return count
  }

  /** Decodes the message at `open`; returns the slots written. */
  #one(bytes: Uint8Array, open: number, recvNs: number, out: TickSlots, slot: number): number {
    const message = this.#message
    if (bytes[open] !== 0x7b) {
      const code = bytes[open] === 0x5b ? DECODE_CODE.array_frame.n : DECODE_CODE.garbage_text.n
      return message.errorAt(out, slot, code, open)
    }
    if (!message.enter(bytes, open, out, slot)) return 1
    const { T, S } = ALPACA_KEY
    if (!message.has(T)) return message.missing(out, slot)
    const kind =
      message.fields.kind[T] === JSON_KIND.STRING
        ? alpacaKind(bytes, message.startOf(T) + 1, message.endOf(T) - 1)
        : ALPACA_KIND.UNKNOWN
    if (kind === ALPACA_KIND.UNKNOWN) return message.errorOf(out, slot, DECODE_CODE.unknown_T.n, T)
    if (kind === ALPACA_KIND.ERROR) return message.errorOf(out, slot, DECODE_CODE.venue_error.n, T)
    if (kind === ALPACA_KIND.SILENT) return 0
    if (!message.has(S)) return message.missing(out, slot)
    const instrument =
      message.fields.kind[S] === JSON_KIND.STRING
        ? this.#symbols.findText(bytes, message.startOf(S) + 1, message.endOf(S) - 1)
        : -1
    if (instrument < 0) return message.errorOf(out, slot, DECODE_CODE.unknown_symbol.n, S)
    const written = this.#messages.tick(bytes, kind, instrument, recvNs, out, slot)
    return written > 0 ? written : message.refused(out, slot)
  }
}
