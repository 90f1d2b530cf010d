import { INCREMENTS_MAX } from '../../core/decimal.ts'
import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { TICK, type TickSlots } from '../../domain/tick.ts'
import type { Decoder, DecoderOptions } from './decoder.ts'
import { FieldReader } from './field-reader.ts'
import { invalidUtf8At, isDigit } from './json.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { writeError, writeSlot } from './slots.ts'
import { SymbolIndex } from './symbols.ts'
import { clockSeconds, daysSince1970, digits } from './time.ts'

const TAB = 9
const NANOS_PLACES = 9
/** symbol, date, time, bid, ask: those that are read */
const COLUMNS_READ = 5
const BID = 3
const ASK = 4
/** with last, volume and flags: a row of fewer was cut, and the last price that is there may be half of one */
const TABS = 7

/**
 * Rows of MetaTrader 5's "export ticks" with the symbol put before them by the reader:
 * `SYMBOL<tab>2014.05.01<tab>00:00:00.292<tab>BID<tab>ASK<tab>LAST<tab>VOLUME<tab>FLAGS`. A side that is empty is
 * unchanged since the symbol's row before; it is carried forward. Times are taken as UTC. In order:
 *
 * 1. `empty_frame`, `huge_frame`, `invalid_utf8` as in `Decoder`; fewer than eight columns → `truncated_json`, at the end.
 * 2. No instrument of that symbol → `unknown_symbol`; no time "hh:mm:ss" with up to nine digits of fraction or no date →
 *    `time_invalid` (at the date).
 * 3. bid, ask where there are any: as prices of plain text. A row with an error so far changes no side.
 * 4. A side that no row has told yet → `missing_field`; what the row tells of the other is kept.
 */
export class Mt5CsvDecoder implements Decoder {
  readonly implementation = 'typescript' as const
  readonly #symbols: SymbolIndex
  readonly #reader: FieldReader
  readonly #baseMs: number
  readonly #columns = new Int32Array(COLUMNS_READ + 1)
  /** last bid and ask by instrument, NaN where there was none */
  #sides: Float64Array = new Float64Array(0)

  constructor(options: DecoderOptions) {
    this.#baseMs = Number(options.eventBaseUtcNs / 1_000_000n)
    this.#symbols = new SymbolIndex(options.instruments)
    this.#reader = new FieldReader(this.#symbols, false, this.#baseMs)
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
    const error = (code: number, at: number): number => writeError(out, slot, code, at - start)
    if (start >= end) return error(DECODE_CODE.empty_frame.n, start)
    if (end - start > FRAME_BYTES_MAX) return error(DECODE_CODE.huge_frame.n, start + FRAME_BYTES_MAX)
    const badAt = invalidUtf8At(bytes, start, end)
    if (badAt >= 0) return error(DECODE_CODE.invalid_utf8.n, badAt)
    if (!this.#split(bytes, start, end)) return error(DECODE_CODE.truncated_json.n, end)
    const columns = this.#columns
    const instrument = this.#symbols.find(bytes, start, (columns[1] as number) - 1)
    if (instrument < 0) return error(DECODE_CODE.unknown_symbol.n, start)
    const date = columns[1] as number
    const eventNs = csvNs(bytes, date, (columns[3] as number) - 1, this.#baseMs)
    if (Number.isNaN(eventNs)) return error(DECODE_CODE.time_invalid.n, date)
    const sides = this.#sidesOf(instrument)
    const bid = this.#side(bytes, BID, instrument, sides[instrument * 2] as number)
    if (bid === null) return error(this.#reader.code, this.#reader.at)
    const ask = this.#side(bytes, ASK, instrument, sides[instrument * 2 + 1] as number)
    if (ask === null) return error(this.#reader.code, this.#reader.at)
    sides[instrument * 2] = bid
    sides[instrument * 2 + 1] = ask
    if (Number.isNaN(bid)) return error(DECODE_CODE.missing_field.n, columns[BID] as number)
    if (Number.isNaN(ask)) return error(DECODE_CODE.missing_field.n, columns[ASK] as number)
    writeSlot(out, slot, TICK.QUOTE, instrument, eventNs, recvNs, bid, 0, ask, 0, 0)
    return 1
  }

  /** This feed has no depth snapshots. */
  decodeSnapshot(): number {
    return 0
  }

  /** Finds the first columns: column n is `[columns[n], columns[n + 1] - 1)`. */
  #split(bytes: Uint8Array, start: number, end: number): boolean {
    const columns = this.#columns
    columns[0] = start
    let tabs = 0
    for (let p = start; p < end && tabs < TABS; p++) {
      if (bytes[p] === TAB && ++tabs <= COLUMNS_READ) columns[tabs] = p + 1
    }
    return tabs === TABS
  }

  /** Price of a column, `carried` where it is empty; null when refused. */
  #side(bytes: Uint8Array, column: number, instrument: number, carried: number): number | null {
    const reader = this.#reader
    const first = this.#columns[column] as number
    const last = (this.#columns[column + 1] as number) - 1
    if (first >= last) return carried
    return reader.price(bytes, first, last, instrument, false) ? reader.value : null
  }

  #sidesOf(instrument: number): Float64Array {
    if (instrument * 2 >= this.#sides.length) {
      const larger = new Float64Array(this.#symbols.size * 2).fill(Number.NaN)
      larger.set(this.#sides)
      this.#sides = larger
    }
    return this.#sides
  }
}

/** "2014.05.01<tab>00:00:00.292" up to `end` as ns from the base, or NaN. */
function csvNs(bytes: Uint8Array, start: number, end: number, baseMs: number): number {
  if (end - start < 19 || bytes[start + 4] !== 0x2e || bytes[start + 7] !== 0x2e) return Number.NaN
  if (bytes[start + 10] !== TAB || bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return Number.NaN
  const days = daysSince1970(
    digits(bytes, start, 4),
    digits(bytes, start + 5, 2),
    digits(bytes, start + 8, 2),
  )
  let nanos = 0
  const point = start + 19
  if (point < end) {
    const places = end - point - 1
    if (bytes[point] !== 0x2e || places < 1 || places > NANOS_PLACES) return Number.NaN
    for (let i = 1; i <= NANOS_PLACES; i++) {
      const c = i <= places ? (bytes[point + i] as number) : 0x30
      if (!isDigit(c)) return Number.NaN
      nanos = nanos * 10 + c - 0x30
    }
  }
  const ns = ((days * 86_400 + clockSeconds(bytes, start + 11)) * 1e3 - baseMs) * 1e6 + nanos
  return Math.abs(ns) <= INCREMENTS_MAX ? ns : Number.NaN
}
