import { TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../../domain/tick.ts'

/** Writes an ERROR slot: code number and byte offset in the frame. Returns 1. */
export function writeError(out: TickSlots, slot: number, code: number, offset: number): number {
  const f = slot * TICK_SLOT_F64
  out.f64.fill(0, f, f + TICK_SLOT_F64)
  out.i32[slot * TICK_SLOT_I32] = TICK.ERROR
  out.i32[slot * TICK_SLOT_I32 + 1] = code
  out.f64[f + 2] = offset
  return 1
}

/** Writes one slot whole. `head` is the kind with flags shifted by 8. */
export function writeSlot(
  out: TickSlots,
  slot: number,
  head: number,
  instrument: number,
  eventNs: number,
  recvNs: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
): void {
  const i = slot * TICK_SLOT_I32
  const f = slot * TICK_SLOT_F64
  const { i32, f64 } = out
  i32[i] = head
  i32[i + 1] = instrument
  f64[f + 1] = eventNs
  f64[f + 2] = recvNs
  f64[f + 3] = a
  f64[f + 4] = b
  f64[f + 5] = c
  f64[f + 6] = d
  f64[f + 7] = e
}

/**
 * Writes level number `n` (from 0) of one side into the LEVELS slots that begin at `slot`; every third level opens a
 * slot and zeroes it. `side` is 1 for bids, -1 for asks.
 */
export function writeLevel(
  out: TickSlots,
  slot: number,
  n: number,
  side: number,
  price: number,
  qty: number,
): void {
  const place = n % 3
  const at = slot + (n - place) / 3
  const i = at * TICK_SLOT_I32
  const f = at * TICK_SLOT_F64
  const { i32, f64 } = out
  if (place === 0) {
    i32[i] = TICK.LEVELS
    i32[i + 1] = 1
    f64[f + 1] = 0
    f64[f + 2] = side
    f64[f + 3] = price
    f64[f + 4] = qty
    f64[f + 5] = 0
    f64[f + 6] = 0
    f64[f + 7] = 0
  } else if (place === 1) {
    i32[i + 1] = 2
    f64[f + 5] = price
    f64[f + 6] = qty
  } else {
    i32[i + 1] = 3
    f64[f + 7] = price
    f64[f + 1] = qty
  }
}

/** LEVELS slots that `levels` levels of one side fill. */
export function levelSlots(levels: number): number {
  return Math.ceil(levels / 3)
}
