import { INCREMENTS_MAX } from '../../core/decimal.ts'
import { FAST } from './fast.ts'
import { daysSince1970, digits } from './time.ts'

const DATE_BYTES = 11
const POW10_NANOS: readonly number[] = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1]

/** Reads `"2013-10-09T08:00:00.546Z"` on the fast path; the date is that of the time before, most of the time. */
export class FastTime {
  readonly #baseMs: number
  readonly #date = new Uint8Array(DATE_BYTES)
  #dateNs = 0

  constructor(baseMs: number) {
    this.#baseMs = baseMs
  }

  /** Quoted RFC 3339 time in UTC, to FAST[k] as ns from the base; the byte after it, or -1. */
  at(bytes: Uint8Array, quote: number, k: number): number {
    if (bytes[quote] !== 34) return -1
    const date = this.#date
    let p = quote + 1
    for (let i = 0; i < DATE_BYTES; i++) {
      if (bytes[p + i] === date[i]) continue
      if (!this.#newDate(bytes, p)) return -1
      break
    }
    p += DATE_BYTES
    const hours = pairAt(bytes, p)
    const minutes = pairAt(bytes, p + 3)
    const seconds = pairAt(bytes, p + 6)
    if (hours > 23 || minutes > 59 || seconds > 59 || bytes[p + 2] !== 58 || bytes[p + 5] !== 58) return -1
    p += 8
    let nanos = 0
    if (bytes[p] === 46) {
      const first = ++p
      let d = 0
      while ((d = ((bytes[p] as number) - 48) >>> 0) <= 9) {
        nanos = nanos * 10 + d
        p++
        if (p - first > 9) return -1
      }
      if (p === first) return -1
      nanos *= POW10_NANOS[p - first] as number
    }
    if (bytes[p] !== 90 || bytes[p + 1] !== 34) return -1
    const ns = this.#dateNs + (hours * 3600 + minutes * 60 + seconds) * 1e9 + nanos
    if (Math.abs(ns) > INCREMENTS_MAX) return -1
    FAST[k] = ns
    return p + 2
  }

  #newDate(bytes: Uint8Array, at: number): boolean {
    const separated = bytes[at + 4] === 45 && bytes[at + 7] === 45 && bytes[at + 10] === 84
    const days = daysSince1970(digits(bytes, at, 4), digits(bytes, at + 5, 2), digits(bytes, at + 8, 2))
    const dateNs = (days * 86_400_000 - this.#baseMs) * 1e6
    // Far from the base a date is no exact number of nanoseconds any more.
    if (!separated || !(Math.abs(dateNs) <= INCREMENTS_MAX)) return false
    for (let i = 0; i < DATE_BYTES; i++) this.#date[i] = bytes[at + i] as number
    this.#dateNs = dateNs
    return true
  }
}

/** Two digits as a number; 100 and more when they are none. */
function pairAt(bytes: Uint8Array, at: number): number {
  const tens = ((bytes[at] as number) - 48) >>> 0
  const ones = ((bytes[at + 1] as number) - 48) >>> 0
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100
}
