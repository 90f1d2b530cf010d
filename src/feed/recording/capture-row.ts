import { asciiBytes, textAt } from '../decode/fast.ts'
import { hexValue } from '../decode/json.ts'

/** What the `d` of a capture's row says. */
export const DIRECTION = { NONE: 0, OPEN: 1, OUT: 2, IN: 3, REST: 4, NOTE: 5 } as const

const KEY_T = 116
const KEY_D = 100
const KEY_U = 117
const KEY_M = 109
const NAMES: readonly (readonly [Uint8Array, number])[] = [
  [asciiBytes('in"'), DIRECTION.IN],
  [asciiBytes('rest"'), DIRECTION.REST],
  [asciiBytes('out"'), DIRECTION.OUT],
  [asciiBytes('open"'), DIRECTION.OPEN],
  [asciiBytes('note"'), DIRECTION.NOTE],
]

/**
 * One row of a capture: `{"t","c","d","u","m","b64"}` in any order, each a JSON string (`t` may be a number). Text is
 * resolved into an arena byte for byte; bytes beyond ASCII pass unjudged, because they are the frame's own.
 */
export class CaptureRow {
  direction: number = DIRECTION.NONE
  /** place of the receive time's text in the block */
  timeStart = 0
  timeEnd = 0
  /** place of `u` in the block, escapes not resolved */
  urlStart = 0
  urlEnd = 0
  /** place of the resolved `m` in the arena */
  textStart = -1
  textEnd = -1
  /** place of `b64` in the block */
  base64Start = -1
  base64End = -1

  /**
   * Reads the row `bytes[start..end)`, resolving `m` into `arena` from `at` on (the arena has room for the whole row).
   *
   * @returns false when the row is not of the form
   */
  read(bytes: Uint8Array, start: number, end: number, arena: Uint8Array, at: number): boolean {
    this.direction = DIRECTION.NONE
    this.timeStart = this.timeEnd = this.urlStart = this.urlEnd = 0
    this.textStart = this.textEnd = this.base64Start = this.base64End = -1
    let p = start
    if (bytes[p] !== 0x7b) return false
    p = skipSpaces(bytes, p + 1)
    while (p < end) {
      if (bytes[p] !== 0x22) return false
      const key = p + 1
      p = stringEnd(bytes, key, end)
      if (p < 0) return false
      const keyLength = p - key
      p = skipSpaces(bytes, p + 1)
      if (bytes[p] !== 0x3a) return false
      p = skipSpaces(bytes, p + 1)
      p = this.#value(bytes, key, keyLength, p, end, arena, at)
      if (p < 0) return false
      p = skipSpaces(bytes, p)
      if (bytes[p] === 0x7d) return skipSpaces(bytes, p + 1) >= end && this.direction !== DIRECTION.NONE
      if (bytes[p] !== 0x2c) return false
      p = skipSpaces(bytes, p + 1)
    }
    return false
  }

  #value(
    bytes: Uint8Array,
    key: number,
    keyLength: number,
    at: number,
    end: number,
    arena: Uint8Array,
    arenaAt: number,
  ): number {
    const letter = keyLength === 1 ? (bytes[key] as number) : 0
    if (bytes[at] !== 0x22) {
      let p = at
      while (p < end && bytes[p] !== 0x2c && bytes[p] !== 0x7d) p++
      if (letter === KEY_T) {
        this.timeStart = at
        this.timeEnd = p
      }
      return p === at ? -1 : p
    }
    const first = at + 1
    if (letter === KEY_M) {
      this.textStart = arenaAt
      return this.#text(bytes, first, end, arena, arenaAt)
    }
    const last = stringEnd(bytes, first, end)
    if (last < 0) return -1
    if (letter === KEY_T) {
      this.timeStart = first
      this.timeEnd = last
    } else if (letter === KEY_D) {
      this.direction = directionAt(bytes, first)
      if (this.direction === DIRECTION.NONE) return -1
    } else if (letter === KEY_U) {
      this.urlStart = first
      this.urlEnd = last
    } else if (keyLength === 3 && bytes[key] === 0x62 && bytes[key + 1] === 0x36) {
      this.base64Start = first
      this.base64End = last
    }
    return last + 1
  }

  /** Resolves the string whose content begins at `first`; returns the byte after its quote. */
  #text(bytes: Uint8Array, first: number, end: number, arena: Uint8Array, at: number): number {
    let out = at
    let p = first
    while (p < end) {
      const c = bytes[p] as number
      if (c === 0x22) {
        this.textEnd = out
        return p + 1
      }
      p++
      if (c !== 0x5c) {
        if (c < 0x20) return -1
        arena[out++] = c
        continue
      }
      const escape = bytes[p++] as number
      if (escape === 0x75) {
        const code = hexAt(bytes, p, end)
        if (code < 0) return -1
        p += 4
        let point = code
        if (code >= 0xd800 && code < 0xdc00 && bytes[p] === 0x5c && bytes[p + 1] === 0x75) {
          const low = hexAt(bytes, p + 2, end)
          if (low >= 0xdc00 && low < 0xe000) {
            point = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
            p += 6
          }
        }
        out = writeUtf8(arena, out, point)
      } else {
        const plain = simpleEscape(escape)
        if (plain < 0) return -1
        arena[out++] = plain
      }
    }
    return -1
  }
}

function directionAt(bytes: Uint8Array, at: number): number {
  for (const [name, direction] of NAMES) if (textAt(bytes, at, name) >= 0) return direction
  return DIRECTION.NONE
}

function skipSpaces(bytes: Uint8Array, at: number): number {
  let p = at
  while (bytes[p] === 0x20 || bytes[p] === 0x09 || bytes[p] === 0x0d) p++
  return p
}

/** Place of the closing quote of the string whose content begins at `first`, or -1. */
function stringEnd(bytes: Uint8Array, first: number, end: number): number {
  let p = first
  while (p < end) {
    const c = bytes[p] as number
    if (c === 0x22) return p
    p += c === 0x5c ? 2 : 1
  }
  return -1
}

function hexAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) return -1
  let value = 0
  for (let i = 0; i < 4; i++) {
    const digit = hexValue(bytes[at + i] as number)
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

function simpleEscape(c: number): number {
  switch (c) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return c
    case 0x62:
      return 8
    case 0x66:
      return 12
    case 0x6e:
      return 10
    case 0x72:
      return 13
    case 0x74:
      return 9
    default:
      return -1
  }
}

function writeUtf8(arena: Uint8Array, at: number, point: number): number {
  let out = at
  if (point < 0x80) arena[out++] = point
  else {
    if (point < 0x800) arena[out++] = 0xc0 | (point >> 6)
    else {
      if (point < 0x10000) arena[out++] = 0xe0 | (point >> 12)
      else {
        arena[out++] = 0xf0 | (point >> 18)
        arena[out++] = 0x80 | ((point >> 12) & 0x3f)
      }
      arena[out++] = 0x80 | ((point >> 6) & 0x3f)
    }
    arena[out++] = 0x80 | (point & 0x3f)
  }
  return out
}
