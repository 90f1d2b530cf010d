import { assert } from '../../core/assert.ts'

/** Longest stream frame that is decoded; the largest one recorded is 34,572 bytes. Longer ones are `huge_frame`. */
export const FRAME_BYTES_MAX = 262_144
/** Longest REST depth snapshot that is decoded (5,000 levels a side are about 0.4 MB). */
export const SNAPSHOT_BYTES_MAX = 16_777_216
/** Deepest nesting of arrays and objects; the deepest legal message has 4. Deeper ones are `deep_nesting`. */
export const NESTING_MAX = 32
/** Most digits after the point, trailing zeros included; more are `price_30_decimals` or `qty_invalid`. */
export const FRACTION_DIGITS_MAX = 18
/** Unknown keys of one object that are compared with each other for repetition; further ones are not compared. */
export const UNKNOWN_KEYS_MAX = 64
/** Longest symbol or stream name whose escapes are resolved, in bytes without them; a longer one is not known. */
export const RESOLVED_BYTES_MAX = 128
/** Slots that one frame may fill: a snapshot of 5,000 levels a side needs 3,336. */
export const FRAME_SLOTS_MAX = 16_384

assert(FRAME_BYTES_MAX < SNAPSHOT_BYTES_MAX, 'a snapshot may be longer than a frame')
assert(FRACTION_DIGITS_MAX <= 18, 'increments have at most 18 places')
