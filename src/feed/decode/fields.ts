import { isJsonSpace, keyEquals, resolveAscii } from './json.ts'
import { UNKNOWN_KEYS_MAX } from './limits.ts'

/** Kinds of JSON values, by `FieldTable.kind`. */
export const JSON_KIND = {
  ABSENT: 0,
  STRING: 1,
  NUMBER: 2,
  TRUE: 3,
  FALSE: 4,
  NULL: 5,
  OBJECT: 6,
  ARRAY: 7,
} as const

const LETTERS = 128

/**
 * The members of one JSON object that a decoder knows: kind and place of each value. Keys of one ASCII letter have their
 * char code as index, longer names have 128 plus their place in `names`. The text must have passed `JsonJudge`.
 */
export class FieldTable {
  /** JSON_KIND of each known member of the object read last */
  readonly kind: Uint8Array
  /** first byte of the value (the quote of a string) */
  readonly start: Int32Array
  /** byte after the value */
  readonly end: Int32Array
  /** place of the first repeated key, -1 when there is none */
  duplicateAt = -1
  /** members of the object read last, known or not */
  count = 0
  readonly #names: readonly Uint8Array[]
  readonly #letters = new Uint8Array(LETTERS)
  readonly #unknownStart = new Int32Array(UNKNOWN_KEYS_MAX)
  readonly #unknownEnd = new Int32Array(UNKNOWN_KEYS_MAX)
  readonly #letter = new Uint8Array(1)

  /** @param letters the one-letter keys that are known; @param names the longer ones */
  constructor(letters: string, names: readonly string[]) {
    for (const letter of letters) this.#letters[letter.charCodeAt(0)] = 1
    this.#names = names.map((name) => new TextEncoder().encode(name))
    const size = LETTERS + names.length
    this.kind = new Uint8Array(size)
    this.start = new Int32Array(size)
    this.end = new Int32Array(size)
  }

  /**
   * Reads the object whose brace is at `open`; members found replace those of the last call.
   *
   * @returns the byte after the object
   */
  read(bytes: Uint8Array, open: number): number {
    this.kind.fill(JSON_KIND.ABSENT)
    this.duplicateAt = -1
    this.count = 0
    let unknown = 0
    let p = skipSpace(bytes, open + 1)
    if (bytes[p] === 0x7d) return p + 1
    for (;;) {
      const key = p
      p = skipString(bytes, p)
      const index = this.#index(bytes, key + 1, p - 1)
      if (index < 0) unknown = this.#noteUnknown(bytes, key + 1, p - 1, unknown)
      const value = skipSpace(bytes, skipSpace(bytes, p) + 1)
      p = skipValue(bytes, value)
      this.count++
      if (index >= 0) {
        if (this.kind[index] !== JSON_KIND.ABSENT) this.#noteDuplicate(key)
        else {
          this.kind[index] = kindAt(bytes[value] as number)
          this.start[index] = value
          this.end[index] = p
        }
      }
      p = skipSpace(bytes, p)
      if (bytes[p] === 0x7d) return p + 1
      p = skipSpace(bytes, p + 1)
    }
  }

  #noteDuplicate(at: number): void {
    if (this.duplicateAt < 0) this.duplicateAt = at
  }

  #noteUnknown(bytes: Uint8Array, start: number, end: number, count: number): number {
    for (let i = 0; i < count; i++) {
      const from = this.#unknownStart[i] as number
      if ((this.#unknownEnd[i] as number) - from !== end - start) continue
      let same = 0
      while (same < end - start && bytes[from + same] === bytes[start + same]) same++
      if (same === end - start) this.#noteDuplicate(start - 1)
    }
    if (count >= UNKNOWN_KEYS_MAX) return count
    this.#unknownStart[count] = start
    this.#unknownEnd[count] = end
    return count + 1
  }

  #index(bytes: Uint8Array, start: number, end: number): number {
    if (end - start === 1) {
      const letter = bytes[start] as number
      return letter < LETTERS && this.#letters[letter] === 1 ? letter : -1
    }
    for (let i = 0; i < this.#names.length; i++) {
      if (keyEquals(bytes, start, end, this.#names[i] as Uint8Array)) return LETTERS + i
    }
    if (bytes[start] !== 0x5c || resolveAscii(bytes, start, end, this.#letter) !== 1) return -1
    const letter = this.#letter[0] as number
    return this.#letters[letter] === 1 ? letter : -1
  }
}

function kindAt(c: number): number {
  switch (c) {
    case 0x22:
      return JSON_KIND.STRING
    case 0x7b:
      return JSON_KIND.OBJECT
    case 0x5b:
      return JSON_KIND.ARRAY
    case 0x74:
      return JSON_KIND.TRUE
    case 0x66:
      return JSON_KIND.FALSE
    case 0x6e:
      return JSON_KIND.NULL
    default:
      return JSON_KIND.NUMBER
  }
}

/** First byte at or after `at` that is no JSON white space. The text must be valid JSON around it. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let p = at
  while (isJsonSpace(bytes[p] as number)) p++
  return p
}

/** Byte after the string whose opening quote is at `quote`; valid JSON, or text that ends at `end`. */
export function skipString(bytes: Uint8Array, quote: number, end: number = bytes.length): number {
  let p = quote + 1
  while (p < end) {
    const c = bytes[p] as number
    if (c === 0x22) return p + 1
    p += c === 0x5c ? 2 : 1
  }
  return end
}

/** Byte after the value that begins at `at`; valid JSON followed by a comma or a bracket, or text that ends at `end`. */
export function skipValue(bytes: Uint8Array, at: number, end: number = bytes.length): number {
  const first = bytes[at] as number
  if (first === 0x22) return skipString(bytes, at, end)
  let p = at
  if (first !== 0x7b && first !== 0x5b) {
    while (p < end) {
      const c = bytes[p] as number
      if (c === 0x2c || c === 0x7d || c === 0x5d || isJsonSpace(c)) return p
      p++
    }
    return end
  }
  let depth = 0
  while (p < end) {
    const c = bytes[p] as number
    if (c === 0x22) {
      p = skipString(bytes, p, end)
      continue
    }
    p++
    if (c === 0x7b || c === 0x5b) depth++
    else if (c === 0x7d || c === 0x5d) {
      depth--
      if (depth === 0) return p
    }
  }
  return end
}
