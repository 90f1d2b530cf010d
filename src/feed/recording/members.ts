import { skipSpace, skipString, skipValue } from '../decode/fields.ts'
import { keyEquals } from '../decode/json.ts'

/**
 * First byte of the value of member `name` in the object whose brace is at `open`, not in those within it; -1 where there
 * is none. The text need not be JSON: what is none ends the search.
 *
 * @param name plain ASCII; keys with escapes are resolved
 */
export function memberAt(bytes: Uint8Array, open: number, end: number, name: Uint8Array): number {
  if (open >= end || bytes[open] !== 0x7b) return -1
  for (let p = open; p < end; ) {
    const key = skipSpace(bytes, p + 1)
    if (key >= end || bytes[key] !== 0x22) return -1
    const keyEnd = skipString(bytes, key, end)
    const colon = skipSpace(bytes, keyEnd)
    if (colon >= end || bytes[colon] !== 0x3a) return -1
    const value = skipSpace(bytes, colon + 1)
    if (value >= end) return -1
    if (keyEquals(bytes, key + 1, keyEnd - 1, name)) return value
    p = skipSpace(bytes, skipValue(bytes, value, end))
    if (bytes[p] !== 0x2c) return -1
  }
  return -1
}
