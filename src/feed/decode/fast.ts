import { POW10 } from './numbers.ts'

/**
 * Readers of the fast path. Each takes the place of a value's first byte and returns the byte after it, or -1 when the
 * text is not the exact, plain form; the general path then judges the frame. They stop at any byte that is no digit,
 * so a frame that ends in a bracket bounds them. Values go to `FAST[k]`, because a returned double could be boxed; a
 * message's members use their key's char code as k.
 */
export const FAST: Float64Array = new Float64Array(1_024)

const encoder = new TextEncoder()

/** Bytes of a fixed text. */
export function asciiBytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Byte after `text` when it stands at `at`, else -1. */
export function textAt(bytes: Uint8Array, at: number, text: Uint8Array): number {
  if (at < 0) return -1
  const length = text.length
  for (let i = 0; i < length; i++) if (bytes[at + i] !== text[i]) return -1
  return at + length
}

/** A JSON whole number of at most 15 digits, to FAST[k]. */
export function wholeAt(bytes: Uint8Array, at: number, k: number): number {
  let d = ((bytes[at] as number) - 48) >>> 0
  if (d > 9) return -1
  let p = at + 1
  if (d === 0) {
    FAST[k] = 0
    return ((bytes[p] as number) - 48) >>> 0 <= 9 ? -1 : p
  }
  let high = d
  const highEnd = at + 9
  while (p < highEnd && (d = ((bytes[p] as number) - 48) >>> 0) <= 9) {
    high = high * 10 + d
    p++
  }
  if (p < highEnd) {
    FAST[k] = high
    return p
  }
  let low = 0
  const lowEnd = at + 16
  while (p < lowEnd && (d = ((bytes[p] as number) - 48) >>> 0) <= 9) {
    low = low * 10 + d
    p++
  }
  if (p === lowEnd) return -1
  FAST[k] = high * (POW10[p - highEnd] as number) + low
  return p
}

/**
 * A plain decimal without quotes, to FAST[k] in units of 10^-`scale`: at most 9 digits before the point, at most 15
 * counted together with `scale`, digits beyond the scale all zero. No sign, no exponent.
 */
export function decimalAt(bytes: Uint8Array, at: number, scale: number, k: number): number {
  let d = ((bytes[at] as number) - 48) >>> 0
  if (d > 9) return -1
  let whole = d
  let p = at + 1
  const wholeEnd = at + 10
  while (p < wholeEnd && (d = ((bytes[p] as number) - 48) >>> 0) <= 9) {
    whole = whole * 10 + d
    p++
  }
  if (p === wholeEnd || p - at + scale > 15) return -1
  if (bytes[p] !== 46) {
    FAST[k] = whole * (POW10[scale] as number)
    return p
  }
  p++
  if (((bytes[p] as number) - 48) >>> 0 > 9) return -1
  let fraction = 0
  const first = p
  const fractionEnd = p + (scale < 9 ? scale : 9)
  while (p < fractionEnd && (d = ((bytes[p] as number) - 48) >>> 0) <= 9) {
    fraction = fraction * 10 + d
    p++
  }
  FAST[k] = whole * (POW10[scale] as number) + fraction * (POW10[scale - (p - first)] as number)
  while (bytes[p] === 48) p++
  return p - first > 18 ? -1 : p
}

/** `decimalAt` in quotes; `at` is the opening quote. */
export function quotedDecimalAt(bytes: Uint8Array, at: number, scale: number, k: number): number {
  if (bytes[at] !== 34) return -1
  const p = decimalAt(bytes, at + 1, scale, k)
  return p < 0 || bytes[p] !== 34 ? -1 : p + 1
}

/** `decimalAt` as a JSON number, which has no leading zero. */
export function numberAt(bytes: Uint8Array, at: number, scale: number, k: number): number {
  if (bytes[at] === 48 && ((bytes[at + 1] as number) - 48) >>> 0 <= 9) return -1
  return decimalAt(bytes, at, scale, k)
}

/** `true` or `false`, to FAST[k] as 1 or 0. */
export function booleanAt(bytes: Uint8Array, at: number, k: number): number {
  if (bytes[at] === 116 && bytes[at + 1] === 114 && bytes[at + 2] === 117 && bytes[at + 3] === 101) {
    FAST[k] = 1
    return at + 4
  }
  if (
    bytes[at] === 102 &&
    bytes[at + 1] === 97 &&
    bytes[at + 2] === 108 &&
    bytes[at + 3] === 115 &&
    bytes[at + 4] === 101
  ) {
    FAST[k] = 0
    return at + 5
  }
  return -1
}
