import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { NESTING_MAX } from './limits.ts'

const TRUNCATED = DECODE_CODE.truncated_json.n
const GARBAGE = DECODE_CODE.garbage_text.n
const FORBIDDEN_KEYS: readonly (readonly number[])[] = ['__proto__', 'constructor', 'prototype'].map(
  (key) => [...Buffer.from(key)],
)
const LITERALS: Readonly<Record<number, readonly number[]>> = {
  0x74: [...Buffer.from('true')],
  0x66: [...Buffer.from('false')],
  0x6e: [...Buffer.from('null')],
}
const KEY_BYTES_MAX = 16

/**
 * Judges JSON text by RFC 8259 without building values. One instance belongs to one thread; it allocates nothing after
 * construction and keeps nothing of the bytes.
 */
export class JsonJudge {
  /** position (in the buffer) of the byte that the last refusal is about */
  at = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0
  #code = 0
  #protoAt = -1

  /**
   * @returns 0 when `bytes[start..end)` is one JSON value; else the number of `invalid_utf8`, `truncated_json`,
   * `garbage_text`, `deep_nesting` or `proto_pollution`, in that order of precedence, with `at` set
   */
  judge(bytes: Uint8Array, start: number, end: number): number {
    const badUtf8At = invalidUtf8At(bytes, start, end)
    if (badUtf8At >= 0) {
      this.at = badUtf8At
      return DECODE_CODE.invalid_utf8.n
    }
    this.#bytes = bytes
    this.#end = end
    this.#code = 0
    this.#protoAt = -1
    let p = this.#value(this.#space(start), 0)
    if (p >= 0) {
      p = this.#space(p)
      if (p < end) this.#fail(GARBAGE, p)
    }
    if (this.#code === 0 && this.#protoAt >= 0) this.#fail(DECODE_CODE.proto_pollution.n, this.#protoAt)
    return this.#code
  }

  #fail(code: number, at: number): number {
    this.#code = code
    this.at = at
    return -1
  }

  /** The text cannot go on at `p`: too short when `p` is the end, garbage else. */
  #stop(p: number): number {
    return p >= this.#end ? this.#fail(TRUNCATED, this.#end) : this.#fail(GARBAGE, p)
  }

  #space(at: number): number {
    let p = at
    while (p < this.#end && isJsonSpace(this.#bytes[p] as number)) p++
    return p
  }

  #value(p: number, depth: number): number {
    if (p >= this.#end) return this.#stop(p)
    const c = this.#bytes[p] as number
    if (c === 0x7b || c === 0x5b) {
      if (depth >= NESTING_MAX) return this.#fail(DECODE_CODE.deep_nesting.n, p)
      return c === 0x7b ? this.#object(p + 1, depth + 1) : this.#array(p + 1, depth + 1)
    }
    if (c === 0x22) return this.#string(p + 1)
    if (c === 0x2d || isDigit(c)) return this.#number(p)
    const literal = LITERALS[c]
    if (literal === undefined) return this.#stop(p)
    for (let i = 1; i < literal.length; i++) {
      if (p + i >= this.#end || this.#bytes[p + i] !== literal[i]) return this.#stop(p + i)
    }
    return p + literal.length
  }

  #object(at: number, depth: number): number {
    let p = this.#space(at)
    if (p < this.#end && this.#bytes[p] === 0x7d) return p + 1
    for (;;) {
      if (p >= this.#end || this.#bytes[p] !== 0x22) return this.#stop(p)
      const key = p
      p = this.#string(p + 1)
      if (p < 0) return p
      if (this.#protoAt < 0 && isForbiddenKey(this.#bytes, key + 1, p - 1)) this.#protoAt = key
      p = this.#space(p)
      if (p >= this.#end || this.#bytes[p] !== 0x3a) return this.#stop(p)
      p = this.#value(this.#space(p + 1), depth)
      if (p < 0) return p
      p = this.#space(p)
      if (p < this.#end && this.#bytes[p] === 0x7d) return p + 1
      if (p >= this.#end || this.#bytes[p] !== 0x2c) return this.#stop(p)
      p = this.#space(p + 1)
    }
  }

  #array(at: number, depth: number): number {
    let p = this.#space(at)
    if (p < this.#end && this.#bytes[p] === 0x5d) return p + 1
    for (;;) {
      p = this.#value(p, depth)
      if (p < 0) return p
      p = this.#space(p)
      if (p < this.#end && this.#bytes[p] === 0x5d) return p + 1
      if (p >= this.#end || this.#bytes[p] !== 0x2c) return this.#stop(p)
      p = this.#space(p + 1)
    }
  }

  #string(at: number): number {
    const bytes = this.#bytes
    const end = this.#end
    let p = at
    while (p < end) {
      const c = bytes[p] as number
      if (c === 0x22) return p + 1
      if (c < 0x20) return this.#fail(GARBAGE, p)
      p++
      if (c !== 0x5c) continue
      if (p >= end) break
      const escape = bytes[p] as number
      if (escape === 0x75) {
        for (let i = 1; i <= 4; i++) {
          if (p + i >= end || hexValue(bytes[p + i] as number) < 0) return this.#stop(p + i)
        }
        p += 5
      } else if (isSimpleEscape(escape)) p++
      else return this.#fail(GARBAGE, p)
    }
    return this.#fail(TRUNCATED, end)
  }

  #number(at: number): number {
    const bytes = this.#bytes
    let p = bytes[at] === 0x2d ? at + 1 : at
    if (p < this.#end && bytes[p] === 0x30) p++
    else {
      const first = p
      p = this.#digits(p)
      if (p === first) return this.#stop(p)
    }
    if (p < this.#end && bytes[p] === 0x2e) {
      const first = p + 1
      p = this.#digits(first)
      if (p === first) return this.#stop(p)
    }
    if (p < this.#end && ((bytes[p] as number) | 0x20) === 0x65) {
      let first = p + 1
      if (first < this.#end && (bytes[first] === 0x2b || bytes[first] === 0x2d)) first++
      p = this.#digits(first)
      if (p === first) return this.#stop(p)
    }
    return p
  }

  #digits(at: number): number {
    let p = at
    while (p < this.#end && isDigit(this.#bytes[p] as number)) p++
    return p
  }
}

export function isJsonSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09
}

export function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39
}

export function hexValue(c: number): number {
  if (isDigit(c)) return c - 0x30
  const lower = c | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function isSimpleEscape(c: number): boolean {
  return (
    c === 0x22 ||
    c === 0x5c ||
    c === 0x2f ||
    c === 0x62 ||
    c === 0x66 ||
    c === 0x6e ||
    c === 0x72 ||
    c === 0x74
  )
}

/** First byte of the first ill-formed UTF-8 sequence, or -1. A sequence that the end cuts off counts as well-formed. */
export function invalidUtf8At(bytes: Uint8Array, start: number, end: number): number {
  let p = start
  while (p < end) {
    const c = bytes[p] as number
    if (c < 0x80) {
      p++
      continue
    }
    if (c < 0xc2 || c > 0xf4) return p
    const length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4
    const low = c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80
    const high = c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf
    for (let i = 1; i < length && p + i < end; i++) {
      const next = bytes[p + i] as number
      if (next < (i === 1 ? low : 0x80) || next > (i === 1 ? high : 0xbf)) return p
    }
    p += length
  }
  return -1
}

const keyScratch = new Uint8Array(KEY_BYTES_MAX)

/**
 * Compares the string content `bytes[start..end)` (valid JSON string text, without quotes) with plain ASCII `name`,
 * escapes resolved.
 */
export function keyEquals(bytes: Uint8Array, start: number, end: number, name: ArrayLike<number>): boolean {
  const length = end - start
  if (length === name.length) {
    for (let i = 0; i < length; i++) if (bytes[start + i] !== name[i]) return false
    return true
  }
  if (length < name.length || (bytes[start] !== name[0] && bytes[start] !== 0x5c)) return false
  const resolved = resolveAscii(bytes, start, end, keyScratch)
  if (resolved !== name.length) return false
  for (let i = 0; i < resolved; i++) if (keyScratch[i] !== name[i]) return false
  return true
}

/**
 * Resolves escapes of valid JSON string content into `out`.
 *
 * @returns bytes written, or -1 when there was no escape, a character beyond ASCII or no room
 */
export function resolveAscii(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let n = 0
  let escaped = false
  for (let p = start; p < end; p++) {
    let c = bytes[p] as number
    if (c === 0x5c) {
      escaped = true
      p++
      c = bytes[p] as number
      if (c === 0x75) {
        c = 0
        for (let i = 1; i <= 4; i++) c = c * 16 + hexValue(bytes[p + i] as number)
        p += 4
      } else if (c === 0x62) c = 8
      else if (c === 0x66) c = 12
      else if (c === 0x6e) c = 10
      else if (c === 0x72) c = 13
      else if (c === 0x74) c = 9
    }
    if (c >= 0x80 || n >= out.length) return -1
    out[n++] = c
  }
  return escaped ? n : -1
}

function isForbiddenKey(bytes: Uint8Array, start: number, end: number): boolean {
  for (const key of FORBIDDEN_KEYS) if (keyEquals(bytes, start, end, key)) return true
  return false
}
