import { INCREMENTS_MAX } from '../../core/decimal.ts'
import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { TICK, type TickSlots } from '../../domain/tick.ts'
import type { Decoder, DecoderOptions } from './decoder.ts'
import { FieldReader } from './field-reader.ts'
import { FieldTable, JSON_KIND, skipSpace, skipValue } from './fields.ts'
import { isDigit, JsonJudge, keyEquals } from './json.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { Mt5Fast } from './mt5-fast.ts'
import { refuseText } from './refuse.ts'
import { writeError, writeSlot } from './slots.ts'
import { SymbolIndex } from './symbols.ts'

const STATUS = 128
const SYMBOL = 129
const TIMEFRAME = 130
const DATA = 131
const TICK_FRAME = [...Buffer.from('TICK')]
const MS_PLACES = 6

/**
 * MetaTrader 5 ticks as the MQL5-JSON-API bridge writes them:
 * `{"status":"CONNECTED","symbol":"EURUSD","timeframe":"TICK","data":[time_ms,bid,ask]}`, prices as JSON numbers, the time
 * with up to six digits of fraction (exact to the nanosecond). After the text (see `Decoder`), in order:
 *
 * 1. An array → `array_frame`, any other value that is no object → `garbage_text`; `duplicate_keys`.
 * 2. "timeframe" absent: with a "status" → nothing (the bridge tells its state), else `missing_field`; one that is not
 *    "TICK" → nothing (bars of the terminal).
 * 3. symbol, data absent → `missing_field`; symbol no string or no instrument → `unknown_symbol`; data no array of three
 *    numbers or more → `field_invalid`.
 * 4. bid, ask (as prices), then the time: `time_invalid`.
 */
export class Mt5Decoder implements Decoder {
  readonly implementation = 'typescript' as const
  readonly #symbols: SymbolIndex
  readonly #reader: FieldReader
  readonly #fast: Mt5Fast
  readonly #judge = new JsonJudge()
  readonly #fields = new FieldTable('', ['status', 'symbol', 'timeframe', 'data'])
  readonly #baseMs: number

  constructor(options: DecoderOptions) {
    this.#baseMs = Number(options.eventBaseUtcNs / 1_000_000n)
    this.#symbols = new SymbolIndex(options.instruments)
    this.#reader = new FieldReader(this.#symbols, false, this.#baseMs)
    this.#fast = new Mt5Fast(this.#symbols, this.#baseMs)
  }

  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    this.#symbols.follow()
    if (slot >= out.capacity) return 0
    if (this.#fast.decode(bytes, start, end, recvNs, out, slot)) return 1
    const refused = refuseText(this.#judge, bytes, start, end, FRAME_BYTES_MAX, out, slot)
    if (refused > 0) return refused
    const fields = this.#fields
    const open = skipSpace(bytes, start)
    const error = (code: number, at: number): number => writeError(out, slot, code, at - start)
    if (bytes[open] !== 0x7b) {
      return error(bytes[open] === 0x5b ? DECODE_CODE.array_frame.n : DECODE_CODE.garbage_text.n, open)
    }
    fields.read(bytes, open)
    if (fields.duplicateAt >= 0) return error(DECODE_CODE.duplicate_keys.n, fields.duplicateAt)
    const { kind } = fields
    if (kind[TIMEFRAME] === JSON_KIND.ABSENT) {
      return kind[STATUS] === JSON_KIND.ABSENT ? error(DECODE_CODE.missing_field.n, open) : 0
    }
    if (!this.#isTick(bytes)) return 0
    if (kind[SYMBOL] === JSON_KIND.ABSENT || kind[DATA] === JSON_KIND.ABSENT) {
      return error(DECODE_CODE.missing_field.n, open)
    }
    const symbol = fields.start[SYMBOL] as number
    const instrument =
      kind[SYMBOL] === JSON_KIND.STRING
        ? this.#symbols.findText(bytes, symbol + 1, (fields.end[SYMBOL] as number) - 1)
        : -1
    if (instrument < 0) return error(DECODE_CODE.unknown_symbol.n, symbol)
    if (this.#tick(bytes, instrument, recvNs, out, slot)) return 1
    return error(this.#reader.code, this.#reader.at)
  }

  /** This feed has no depth snapshots. */
  decodeSnapshot(): number {
    return 0
  }

  #isTick(bytes: Uint8Array): boolean {
    const { kind, start, end } = this.#fields
    if (kind[TIMEFRAME] !== JSON_KIND.STRING) return false
    return keyEquals(bytes, (start[TIMEFRAME] as number) + 1, (end[TIMEFRAME] as number) - 1, TICK_FRAME)
  }

  #tick(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): boolean {
    const reader = this.#reader
    const data = this.#fields.start[DATA] as number
    const places: number[] = []
    if (this.#fields.kind[DATA] === JSON_KIND.ARRAY) {
      for (let p = skipSpace(bytes, data + 1); bytes[p] !== 0x5d && places.length < 6; ) {
        const next = skipValue(bytes, p)
        places.push(p, next)
        p = skipSpace(bytes, next)
        if (bytes[p] === 0x2c) p = skipSpace(bytes, p + 1)
      }
    }
    const [timeStart, timeEnd, bidStart, bidEnd, askStart, askEnd] = places as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    if (places.length < 6) return reader.refuse(DECODE_CODE.field_invalid.n, data) > 0
    if (!reader.price(bytes, bidStart, bidEnd, instrument, false)) return false
    const bid = reader.value
    if (!reader.price(bytes, askStart, askEnd, instrument, false)) return false
    const ask = reader.value
    const eventNs = millisecondNs(bytes, timeStart, timeEnd, this.#baseMs)
    if (Number.isNaN(eventNs)) return reader.refuse(DECODE_CODE.time_invalid.n, timeStart) > 0
    writeSlot(out, slot, TICK.QUOTE, instrument, eventNs, recvNs, bid, 0, ask, 0, 0)
    return true
  }
}

/** "1399240800613.0668" (at most 15 digits, then at most six of fraction) as ns from the base; NaN for anything else. */
export function millisecondNs(bytes: Uint8Array, start: number, end: number, baseMs: number): number {
  let p = start
  let ms = 0
  while (p < end && isDigit(bytes[p] as number)) ms = ms * 10 + (bytes[p++] as number) - 0x30
  if (p === start || p - start > 15) return Number.NaN
  let nanos = 0
  if (p < end) {
    const places = end - p - 1
    if (bytes[p] !== 0x2e || places < 1 || places > MS_PLACES) return Number.NaN
    for (let i = 1; i <= MS_PLACES; i++) {
      const c = i <= places ? (bytes[p + i] as number) : 0x30
      if (!isDigit(c)) return Number.NaN
      nanos = nanos * 10 + c - 0x30
    }
  }
  const ns = (ms - baseMs) * 1e6 + nanos
  return Math.abs(ns) <= INCREMENTS_MAX ? ns : Number.NaN
}
