import { assert } from '../core/assert.ts'
import { createTickSlots, TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'

/** Ticks of one frame at most; a frame of this many would be larger than the decoder takes. */
const TICKS_MAX = 16_384

/**
 * The ticks that one frame gave, in order, between the feed's sink and the path: the path may have to wait for a
 * worker between two of them, and a sink cannot wait. Reused for every frame; allocates nothing.
 */
export class TickQueue {
  readonly slots: TickSlots = createTickSlots(TICKS_MAX)
  #count = 0

  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#count = 0
  }

  /** Copies a tick, and the slot behind it where the two belong together. */
  push(slots: TickSlots, slot: number): void {
    this.#copy(slots, slot)
    const kind = (slots.i32[slot * TICK_SLOT_I32] as number) & 0xff
    if (kind === TICK.BAR || kind === TICK.CORRECTION) this.#copy(slots, slot + 1)
  }

  #copy(slots: TickSlots, slot: number): void {
    assert(this.#count < TICKS_MAX, 'one frame gave more ticks than the queue holds')
    const to = this.#count++
    const i = slot * TICK_SLOT_I32
    const f = slot * TICK_SLOT_F64
    const { i32, f64 } = this.slots
    i32[to * TICK_SLOT_I32] = slots.i32[i] as number
    i32[to * TICK_SLOT_I32 + 1] = slots.i32[i + 1] as number
    for (let word = 1; word < TICK_SLOT_F64; word++) {
      f64[to * TICK_SLOT_F64 + word] = slots.f64[f + word] as number
    }
  }
}
