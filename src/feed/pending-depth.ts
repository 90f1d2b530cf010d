import { createTickSlots, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import { PENDING_SLOTS_MAX } from './feed-limits.ts'

const FIRST_SLOTS = 64

/** Depth updates that wait for a snapshot: copies of their slots, in order. When room ends the older ones are dropped. */
export class PendingDepth {
  /** slots held */
  count = 0
  slots: TickSlots = createTickSlots(0)

  /** Copies the update of `length` slots at `slot`. */
  add(from: TickSlots, slot: number, length: number): void {
    if (length > PENDING_SLOTS_MAX) return
    if (this.count + length > PENDING_SLOTS_MAX) this.count = 0
    if (this.count + length > this.slots.capacity) this.#grow(this.count + length)
    const { f64 } = this.slots
    f64.set(
      from.f64.subarray(slot * TICK_SLOT_F64, (slot + length) * TICK_SLOT_F64),
      this.count * TICK_SLOT_F64,
    )
    this.count += length
  }

  clear(): void {
    this.count = 0
  }

  #grow(needed: number): void {
    let capacity = Math.max(FIRST_SLOTS, this.slots.capacity)
    while (capacity < needed) capacity *= 2
    const larger = createTickSlots(Math.min(capacity, PENDING_SLOTS_MAX))
    larger.i32.set(this.slots.i32.subarray(0, this.count * TICK_SLOT_I32))
    this.slots = larger
  }
}
