import { INCREMENTS_MAX } from '../../core/decimal.ts'
import { isDigit } from './json.ts'

const DAYS_BEFORE: readonly number[] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const MONTH_DAYS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** days from 0000-03-01 to 1970-01-01 and the like are folded into this: days from year 0 to 1970 */
const DAYS_TO_1970 = 719_528
const NANOS_DIGITS = 9

/** Whole days from 1970-01-01 to a date, or NaN when there is no such date. */
export function daysSince1970(year: number, month: number, day: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (!(month >= 1 && month <= 12 && day >= 1)) return Number.NaN
  const monthDays = (MONTH_DAYS[month - 1] as number) + (leap && month === 2 ? 1 : 0)
  if (day > monthDays) return Number.NaN
  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) + 1
  const inYear = (DAYS_BEFORE[month - 1] as number) + (leap && month > 2 ? 1 : 0) + day - 1
  return year * 365 + leapDays + inYear - DAYS_TO_1970
}

/**
 * RFC 3339 time (`2013-10-09T08:00:00.546Z`, at most nine digits of fraction, `Z` or an offset `+hh:mm`) as ns from a base
 * in ms since 1970, exact.
 *
 * @returns NaN for any other text, an impossible date or time, and 2^53 ns from the base and beyond
 */
export function rfc3339Ns(bytes: Uint8Array, start: number, end: number, baseMs: number): number {
  if (end - start < 20) return Number.NaN
  const separators =
    bytes[start + 4] === 0x2d &&
    bytes[start + 7] === 0x2d &&
    bytes[start + 10] === 0x54 &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a
  if (!separators) return Number.NaN
  const days = daysSince1970(
    digits(bytes, start, 4),
    digits(bytes, start + 5, 2),
    digits(bytes, start + 8, 2),
  )
  const clock = clockSeconds(bytes, start + 11)
  let p = start + 19
  let nanos = 0
  if (bytes[p] === 0x2e) {
    const first = ++p
    while (p < end && isDigit(bytes[p] as number)) p++
    const places = p - first
    if (places === 0 || places > NANOS_DIGITS) return Number.NaN
    nanos = digits(bytes, first, places) * 10 ** (NANOS_DIGITS - places)
  }
  const zone = zoneSeconds(bytes, p, end)
  const ms = (days * 86_400 + clock - zone) * 1e3 - baseMs
  const ns = ms * 1e6 + nanos
  return Math.abs(ns) <= INCREMENTS_MAX ? ns : Number.NaN
}

/** "08:00:00" as seconds, or NaN. */
export function clockSeconds(bytes: Uint8Array, at: number): number {
  const hours = digits(bytes, at, 2)
  const minutes = digits(bytes, at + 3, 2)
  const seconds = digits(bytes, at + 6, 2)
  return hours <= 23 && minutes <= 59 && seconds <= 59 ? hours * 3600 + minutes * 60 + seconds : Number.NaN
}

/** "Z" or "±hh:mm" up to `end`, as seconds east, or NaN. */
function zoneSeconds(bytes: Uint8Array, at: number, end: number): number {
  const sign = bytes[at]
  if (sign === 0x5a) return at + 1 === end ? 0 : Number.NaN
  if ((sign !== 0x2b && sign !== 0x2d) || end - at !== 6 || bytes[at + 3] !== 0x3a) return Number.NaN
  const hours = digits(bytes, at + 1, 2)
  const minutes = digits(bytes, at + 4, 2)
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN
  const seconds = hours * 3600 + minutes * 60
  return sign === 0x2d ? -seconds : seconds
}

/** `count` digits as a number, or NaN. */
export function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let p = at; p < at + count; p++) {
    const c = bytes[p] as number
    if (!isDigit(c)) return Number.NaN
    value = value * 10 + c - 0x30
  }
  return value
}
