import { formatDecimal, type Increment, incrementsToText, parseDecimal } from '../core/decimal.ts'
import type { Instrument } from '../domain/instrument.ts'
import { TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import { BookSide } from './book-side.ts'
import { BOOK_LEVELS_MAX } from './feed-limits.ts'

/** An order book by price level, in increments. */
export class Book {
  readonly bids: BookSide = new BookSide(1)
  readonly asks: BookSide = new BookSide(-1)
  /** whether it has a snapshot and no gap since */
  live = false
  /** depth updates applied */
  applied = 0

  /** Replaces the book by the SNAPSHOT at `slot`. */
  load(slots: TickSlots, slot: number): void {
    this.bids.clear(Math.min(slots.f64[slot * TICK_SLOT_F64 + 5] as number, BOOK_LEVELS_MAX))
    this.asks.clear(Math.min(slots.f64[slot * TICK_SLOT_F64 + 6] as number, BOOK_LEVELS_MAX))
    this.#setLevels(slots, slot)
  }

  /** Applies the DEPTH at `slot` and its LEVELS. */
  apply(slots: TickSlots, slot: number): void {
    this.#setLevels(slots, slot)
    this.applied++
  }

  #setLevels(slots: TickSlots, slot: number): void {
    const bidSlots = Math.ceil((slots.f64[slot * TICK_SLOT_F64 + 5] as number) / 3)
    const askSlots = Math.ceil((slots.f64[slot * TICK_SLOT_F64 + 6] as number) / 3)
    setSide(this.bids, slots, slot + 1, bidSlots)
    setSide(this.asks, slots, slot + 1 + bidSlots, askSlots)
  }

  /** The best `n` levels of both sides, best first, as [price, qty] in increments. */
  topLevels(n: number): { bids: [number, number][]; asks: [number, number][] } {
    const top = (side: BookSide): [number, number][] =>
      Array.from({ length: Math.min(n, side.count) }, (_, i) => [side.priceAt(i), side.qtyAt(i)])
    return { bids: top(this.bids), asks: top(this.asks) }
  }

  /** The canonical text that book hashes are of: "B price qty" best first, then "A price qty" best first. */
  canonText(instrument: Instrument): string {
    const { priceIncrement, qtyIncrement } = instrument
    let text = ''
    for (const [name, side] of [
      ['B', this.bids],
      ['A', this.asks],
    ] as const) {
      for (let i = 0; i < side.count; i++) {
        text += `${name} ${incrementsToText(side.priceAt(i), priceIncrement)} ${qtyText(side.qtyAt(i), qtyIncrement)}\n`
      }
    }
    return text
  }
}

function setSide(side: BookSide, slots: TickSlots, first: number, count: number): void {
  const { i32, f64 } = slots
  for (let slot = first; slot < first + count; slot++) {
    const levels = i32[slot * TICK_SLOT_I32 + 1] as number
    const f = slot * TICK_SLOT_F64
    side.set(f64[f + 3] as number, f64[f + 4] as number)
    if (levels > 1) side.set(f64[f + 5] as number, f64[f + 6] as number)
    if (levels > 2) side.set(f64[f + 7] as number, f64[f + 1] as number)
  }
}

/** A displayed quantity as decimal text; dust below the lot size has at most 15 digits, which a double keeps exactly. */
export function qtyText(qty: number, increment: Increment): string {
  if (Number.isInteger(qty)) return incrementsToText(qty, increment)
  const { units, scale } = parseDecimal(String(qty))
  return formatDecimal(units * BigInt(increment.unitsPerIncrement), scale + increment.scale)
}
