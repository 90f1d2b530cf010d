import { TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import type { Sanity } from './sanity.ts'

/** Frames with more messages are only compared by their trades. */
const MESSAGES_MAX = 64

/**
 * Tells frames that repeat (Alpaca sends several messages a frame): every trade in it has been accepted before, or the
 * frame has no trade and says in every message what the frame before said. The whole frame is then one repetition.
 */
export class RepeatedFrames {
  readonly #sanity: Sanity
  #previousCount = 0
  readonly #previous: Float64Array = new Float64Array(MESSAGES_MAX * TICK_SLOT_F64)

  constructor(sanity: Sanity) {
    this.#sanity = sanity
  }

  /** Judges the frame in `slots[first..first + count)`, before any of it is taken in. */
  isRepeated(slots: TickSlots, first: number, count: number): boolean {
    let trades = 0
    for (let slot = first; slot < first + count; slot++) {
      if (((slots.i32[slot * TICK_SLOT_I32] as number) & 0xff) !== TICK.TRADE) continue
      if (!this.#sanity.knowsTrade(slots, slot)) {
        this.#keep(slots, first, count)
        return false
      }
      trades++
    }
    if (trades > 0) return true
    if (this.#equalsPrevious(slots, first, count)) return true
    this.#keep(slots, first, count)
    return false
  }

  #equalsPrevious(slots: TickSlots, first: number, count: number): boolean {
    if (count !== this.#previousCount) return false
    const { f64 } = slots
    const previous = this.#previous
    const base = first * TICK_SLOT_F64
    for (let word = 0; word < count * TICK_SLOT_F64; word++) {
      // Receive times differ.
      if (word % TICK_SLOT_F64 !== 2 && !Object.is(f64[base + word], previous[word])) return false
    }
    return true
  }

  #keep(slots: TickSlots, first: number, count: number): void {
    this.#previousCount = count > MESSAGES_MAX ? 0 : count
    for (let word = 0; word < this.#previousCount * TICK_SLOT_F64; word++) {
      this.#previous[word] = slots.f64[first * TICK_SLOT_F64 + word] as number
    }
  }
}
