import { TICK, TICK_FLAG, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../../domain/tick.ts'
import type { Matching } from './matching.ts'

/** Ticks that no order may trade on. */
const UNTRADED = TICK_FLAG.IMPLAUSIBLE | TICK_FLAG.SYNTHETIC

/**
 * Shows a tick to the matching. Trades match at their event time, quotes at `nowMs`; other kinds do nothing.
 *
 * @param baseMs the event base that slot times count from, ms since 1970
 * @param nowMs the venue's time, ms since 1970
 */
export function feedTick(
  matching: Matching,
  slots: TickSlots,
  slot: number,
  baseMs: number,
  nowMs: number,
): void {
  const word = slots.i32[slot * TICK_SLOT_I32] as number
  if (((word >>> 8) & UNTRADED) !== 0) return
  const instrument = slots.i32[slot * TICK_SLOT_I32 + 1] as number
  const at = slot * TICK_SLOT_F64
  const { f64 } = slots
  const third = f64[at + 3] as number
  const fourth = f64[at + 4] as number
  const kind = word & 0xff
  if (kind === TICK.TRADE) {
    const tMs = baseMs + Math.floor((f64[at + 1] as number) / 1e6)
    matching.onTrade(instrument, third, fourth, f64[at + 7] as number, tMs)
  } else if (kind === TICK.QUOTE) {
    matching.onQuote(instrument, third, fourth, f64[at + 5] as number, f64[at + 6] as number, nowMs)
  }
}
