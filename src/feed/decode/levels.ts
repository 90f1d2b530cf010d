import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../../domain/tick.ts'
import { FAST, quotedDecimalAt } from './fast.ts'
import { type FieldReader, QTY_ROLE } from './field-reader.ts'
import { skipSpace, skipString, skipValue } from './fields.ts'
import { writeLevel, writeSlot } from './slots.ts'
import type { SymbolIndex } from './symbols.ts'

/** words of FAST that no key of a message uses */
const PRICE = 2
const QTY = 3

/**
 * Reads the exact form `["price","qty"],…]` from after the opening bracket into LEVELS slots.
 *
 * @returns the byte after the closing bracket, or -1 when the form is another or the slots do not suffice; the number of
 * levels is in FAST[k]
 */
export function fastLevels(
  bytes: Uint8Array,
  at: number,
  symbols: SymbolIndex,
  instrument: number,
  side: number,
  out: TickSlots,
  slot: number,
  k: number,
): number {
  const { i32, f64 } = out
  const priceScale = symbols.priceScale[instrument] as number
  const qtyScale = symbols.qtyScale[instrument] as number
  const priceUnits = symbols.priceUnits[instrument] as number
  const qtyUnits = symbols.qtyUnits[instrument] as number
  const plain = priceUnits === 1 && qtyUnits === 1
  const lastSlot = out.capacity - 1
  let p = at
  let count = 0
  let place = 3
  let current = slot - 1
  let f = 0
  FAST[k] = 0
  if (bytes[p] === 93) return p + 1
  for (;;) {
    if (bytes[p] !== 91) return -1
    p = quotedDecimalAt(bytes, p + 1, priceScale, PRICE)
    if (p < 0 || bytes[p] !== 44) return -1
    p = quotedDecimalAt(bytes, p + 1, qtyScale, QTY)
    if (p < 0 || bytes[p] !== 93) return -1
    let price = FAST[PRICE] as number
    let qty = FAST[QTY] as number
    if (price === 0) return -1
    if (!plain) {
      if (price % priceUnits !== 0 || qty % qtyUnits !== 0) return -1
      price /= priceUnits
      qty /= qtyUnits
    }
    if (place === 3) {
      if (current >= lastSlot) return -1
      current++
      place = 1
      f = current * TICK_SLOT_F64
      writeSlot(out, current, TICK.LEVELS, 1, 0, side, price, qty, 0, 0, 0)
    } else if (place === 1) {
      place = 2
      i32[current * TICK_SLOT_I32 + 1] = 2
      f64[f + 5] = price
      f64[f + 6] = qty
    } else {
      place = 3
      i32[current * TICK_SLOT_I32 + 1] = 3
      f64[f + 7] = price
      f64[f + 1] = qty
    }
    count++
    p++
    if (bytes[p] === 44) p++
    else if (bytes[p] === 93) {
      FAST[k] = count
      return p + 1
    } else return -1
  }
}

/**
 * Reads an array of levels of any spacing, each an array of at least two strings, from its opening bracket on.
 *
 * @returns the number of levels, or -1 with the reader's `code` and `at` set. Codes in order within a level:
 * `field_invalid` (no array of two or more values), the price's, the quantity's, `slots_full`.
 */
export function readLevels(
  reader: FieldReader,
  bytes: Uint8Array,
  open: number,
  instrument: number,
  side: number,
  out: TickSlots,
  slot: number,
): number {
  let p = skipSpace(bytes, open + 1)
  let count = 0
  while (bytes[p] !== 93) {
    if (bytes[p] !== 91) return reader.refuse(DECODE_CODE.field_invalid.n, p)
    const level = p
    p = skipSpace(bytes, p + 1)
    if (bytes[p] === 93) return reader.refuse(DECODE_CODE.field_invalid.n, level)
    const price = p
    p = skipValue(bytes, p)
    if (!reader.price(bytes, price, p, instrument, false)) return -1
    const priceValue = reader.value
    p = skipSpace(bytes, p)
    if (bytes[p] === 93) return reader.refuse(DECODE_CODE.field_invalid.n, level)
    p = skipSpace(bytes, p + 1)
    const qty = p
    p = skipValue(bytes, p)
    if (!reader.qty(bytes, qty, p, instrument, QTY_ROLE.DISPLAYED)) return -1
    if (slot + Math.floor(count / 3) >= out.capacity) return reader.refuse(DECODE_CODE.slots_full.n, level)
    writeLevel(out, slot, count, side, priceValue, reader.value)
    count++
    p = skipRest(bytes, p)
    if (bytes[p] === 44) p = skipSpace(bytes, p + 1)
  }
  return count
}

/** From inside a level to the byte after its closing bracket and the space behind it. */
function skipRest(bytes: Uint8Array, at: number): number {
  let p = skipSpace(bytes, at)
  while (bytes[p] !== 93) {
    p = skipSpace(bytes, p + 1)
    p = bytes[p] === 0x22 ? skipString(bytes, p) : skipValue(bytes, p)
    p = skipSpace(bytes, p)
  }
  return skipSpace(bytes, p + 1)
}
