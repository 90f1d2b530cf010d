import { INCREMENTS_MAX } from '../../core/decimal.ts'
import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { DECIMAL, DecimalReader, type DecimalStatus, wholeNumber } from './numbers.ts'
import type { SymbolIndex } from './symbols.ts'
import { rfc3339Ns } from './time.ts'

/**
 * TRADED: positive and a multiple of the increment. DISPLAYED (quotes, book levels): zero is legal, and dust below the lot
 * size keeps its fraction and a quantity of 2^53 increments and more passes where a double holds it exactly
 * (`DecimalReader.value` after OFF and OVERFLOW), because a book that lost a level would be wrong.
 */
export const QTY_ROLE = { TRADED: 0, DISPLAYED: 1 } as const

const QUOTE = 0x22
/** ids of fewer digits fit below 2^53 */
const WIDE_ID_DIGITS_MIN = 16
const WIDE_ID_DIGITS_MAX = 20
const MS_NS = 1e6
const US_NS = 1e3
/** a count of 16 digits is microseconds, a shorter one milliseconds */
const MICROSECONDS_FROM = 1e15

const PRICE_CODE: Readonly<Record<DecimalStatus, number>> = {
  [DECIMAL.OK]: 0,
  [DECIMAL.EMPTY]: DECODE_CODE.price_empty.n,
  [DECIMAL.NAN]: DECODE_CODE.price_NaN.n,
  [DECIMAL.INF]: DECODE_CODE.price_exponent_inf.n,
  [DECIMAL.ZERO]: DECODE_CODE.price_zero.n,
  [DECIMAL.NEGATIVE]: DECODE_CODE.price_negative.n,
  [DECIMAL.LONG]: DECODE_CODE.price_30_decimals.n,
  [DECIMAL.EXPONENT]: DECODE_CODE.price_exponent_inf.n,
  [DECIMAL.OFF]: DECODE_CODE.price_off_increment.n,
  [DECIMAL.OVERFLOW]: DECODE_CODE.price_overflow.n,
}
const QTY_CODE: Readonly<Record<DecimalStatus, number>> = {
  [DECIMAL.OK]: 0,
  [DECIMAL.EMPTY]: DECODE_CODE.qty_invalid.n,
  [DECIMAL.NAN]: DECODE_CODE.qty_invalid.n,
  [DECIMAL.INF]: DECODE_CODE.qty_invalid.n,
  [DECIMAL.ZERO]: DECODE_CODE.qty_zero.n,
  [DECIMAL.NEGATIVE]: DECODE_CODE.qty_negative.n,
  [DECIMAL.LONG]: DECODE_CODE.qty_invalid.n,
  [DECIMAL.EXPONENT]: DECODE_CODE.qty_invalid.n,
  [DECIMAL.OFF]: DECODE_CODE.qty_off_increment.n,
  [DECIMAL.OVERFLOW]: DECODE_CODE.qty_overflow.n,
}

/**
 * Reads single values of the general path and says why it refuses: `code` and `at` (place in the buffer) after a false
 * result. Values are JSON text that `JsonJudge` has passed.
 *
 * Price: null → `price_null`; a quoted price where numbers are due → `price_json_string`, an unquoted one where text is
 * due → `price_json_number`; any other kind → `price_NaN`; then by `DecimalReader`, an exponent in text being
 * `price_exponent_inf`. Quantity: every kind but the due one → `qty_invalid`.
 */
export class FieldReader {
  /** the value of the last success */
  value = 0
  code = 0
  at = 0
  readonly #symbols: SymbolIndex
  readonly #decimals = new DecimalReader()
  readonly #quoted: boolean
  readonly #baseMs: number

  /** @param quoted whether the feed writes prices and quantities as strings (Binance) or as JSON numbers */
  constructor(symbols: SymbolIndex, quoted: boolean, baseMs: number) {
    this.#symbols = symbols
    this.#quoted = quoted
    this.#baseMs = baseMs
  }

  /** Notes a refusal; returns -1. */
  refuse(code: number, at: number): -1 {
    this.code = code
    this.at = at
    return -1
  }

  /** @param zeroAllowed a zero price is the sign of an empty side, not an error */
  price(bytes: Uint8Array, start: number, end: number, instrument: number, zeroAllowed: boolean): boolean {
    const first = bytes[start] as number
    if (first === 0x6e) return this.#no(DECODE_CODE.price_null.n, start)
    const text = first === QUOTE
    const number = isNumberStart(first)
    if (!text && !number) return this.#no(DECODE_CODE.price_NaN.n, start)
    if (text !== this.#quoted) {
      return this.#no(text ? DECODE_CODE.price_json_string.n : DECODE_CODE.price_json_number.n, start)
    }
    const symbols = this.#symbols
    const status = this.#decimals.read(
      bytes,
      text ? start + 1 : start,
      text ? end - 1 : end,
      symbols.priceScale[instrument] as number,
      symbols.priceUnits[instrument] as number,
      !text,
      symbols.negativePrice[instrument] === 1,
    )
    if (status === DECIMAL.ZERO && zeroAllowed) {
      this.value = 0
      return true
    }
    if (status !== DECIMAL.OK) return this.#no(PRICE_CODE[status], start)
    this.value = this.#decimals.value[0] as number
    return true
  }

  qty(bytes: Uint8Array, start: number, end: number, instrument: number, role: number): boolean {
    const first = bytes[start] as number
    const text = first === QUOTE
    if (this.#quoted ? !text : !isNumberStart(first)) return this.#no(DECODE_CODE.qty_invalid.n, start)
    const symbols = this.#symbols
    const status = this.#decimals.read(
      bytes,
      text ? start + 1 : start,
      text ? end - 1 : end,
      symbols.qtyScale[instrument] as number,
      symbols.qtyUnits[instrument] as number,
      !text,
      false,
    )
    const displayed = role === QTY_ROLE.DISPLAYED
    this.value = status === DECIMAL.ZERO ? 0 : (this.#decimals.value[0] as number)
    if (status === DECIMAL.OK || (displayed && status === DECIMAL.ZERO)) return true
    if (displayed && (status === DECIMAL.OFF || status === DECIMAL.OVERFLOW) && this.value > 0) return true
    return this.#no(QTY_CODE[status], start)
  }

  /** A whole JSON number below 2^53 (an id); else `id_invalid`. */
  id(bytes: Uint8Array, start: number, end: number): boolean {
    const value = wholeNumber(bytes, start, end)
    if (value < 0) return this.#no(DECODE_CODE.id_invalid.n, start)
    this.value = value
    return true
  }

  /** A price that may lie between two increments (a price band's limit): it then keeps its fraction, as quantities do. */
  bandPrice(bytes: Uint8Array, start: number, end: number, instrument: number): boolean {
    if (this.price(bytes, start, end, instrument, false)) return true
    const value = this.#decimals.value[0] as number
    if (this.code !== DECODE_CODE.price_off_increment.n || Number.isNaN(value)) return false
    this.value = value
    return true
  }

  /** A whole JSON number below 2^64, reduced modulo 2^53: an id that only has to differ from others; else `id_invalid`. */
  wideId(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    if (length < WIDE_ID_DIGITS_MIN) return this.id(bytes, start, end)
    const first = bytes[start] as number
    if (length > WIDE_ID_DIGITS_MAX || first === 0x2d) return this.#no(DECODE_CODE.id_invalid.n, start)
    let value = 0n
    for (let p = start; p < end; p++) {
      const c = bytes[p] as number
      if (c < 0x30 || c > 0x39) return this.#no(DECODE_CODE.id_invalid.n, start)
      value = value * 10n + BigInt(c - 0x30)
    }
    if (value >= 1n << 64n) return this.#no(DECODE_CODE.id_invalid.n, start)
    this.value = Number(BigInt.asUintN(53, value))
    return true
  }

  /** RFC 3339 text as ns from the event base; `time_invalid` for anything else, and where `string` is false. */
  textTime(bytes: Uint8Array, start: number, end: number, string: boolean): boolean {
    const ns = string ? rfc3339Ns(bytes, start + 1, end - 1, this.#baseMs) : Number.NaN
    if (Number.isNaN(ns)) return this.#no(DECODE_CODE.time_invalid.n, start)
    this.value = ns
    return true
  }

  /** A whole JSON number of milliseconds (or microseconds, 16 digits) since 1970, as ns from the event base. */
  epochTime(bytes: Uint8Array, start: number, end: number): boolean {
    const value = wholeNumber(bytes, start, end)
    if (value < 0) return this.#no(DECODE_CODE.time_invalid.n, start)
    const ns =
      value >= MICROSECONDS_FROM ? (value - this.#baseMs * 1e3) * US_NS : (value - this.#baseMs) * MS_NS
    if (Math.abs(ns) > INCREMENTS_MAX) return this.#no(DECODE_CODE.time_invalid.n, start)
    this.value = ns
    return true
  }

  #no(code: number, at: number): false {
    this.code = code
    this.at = at
    return false
  }
}

function isNumberStart(c: number): boolean {
  return c === 0x2d || (c >= 0x30 && c <= 0x39)
}
