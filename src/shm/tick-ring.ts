import {
  TICK_SLOT_BYTES,
  TICK_SLOT_F64,
  TICK_SLOT_I32,
  type TickSlots,
  tickSlotsOver,
} from '../domain/tick.ts'
import { CACHE_LINE_BYTES } from './layout.ts'
import { assertRingCapacity, SpscConsumer, SpscProducer } from './spsc.ts'

/** Where a tick ring lies: its cursors among `words`, its slots and their input sequences in the same buffer. */
export interface TickRingPlace {
  readonly words: Int32Array
  /** first word of the cursors (`RING`) */
  readonly cursorsAt: number
  /** slots, a power of two */
  readonly capacity: number
  /** byte offset of the slots; the sequences (float64, one a slot) follow them */
  readonly slotsAtBytes: number
}

/** Bytes of the slots and their sequences, in whole cache lines. */
export function tickRingBytes(capacity: number): number {
  assertRingCapacity(capacity)
  return capacity * TICK_SLOT_BYTES + Math.ceil(capacity / 8) * CACHE_LINE_BYTES
}

interface TickRingViews {
  readonly slots: TickSlots
  readonly seqs: Float64Array
}

function viewsOf(place: TickRingPlace): TickRingViews {
  const { buffer } = place.words
  return {
    slots: tickSlotsOver(buffer as SharedArrayBuffer, place.slotsAtBytes, place.capacity),
    seqs: new Float64Array(buffer, place.slotsAtBytes + place.capacity * TICK_SLOT_BYTES, place.capacity),
  }
}

/**
 * The main thread's side of a tick ring. It only copies bytes and stores cursors, so that a native feed thread could
 * take its place.
 */
export class TickRingProducer {
  readonly #cursors: SpscProducer
  readonly #i32: Int32Array
  readonly #f64: Float64Array
  readonly #seqs: Float64Array

  /** @throws ASSERTION when the ring has a producer */
  constructor(place: TickRingPlace) {
    const { slots, seqs } = viewsOf(place)
    this.#cursors = new SpscProducer(place.words, place.cursorsAt, place.capacity)
    this.#i32 = slots.i32
    this.#f64 = slots.f64
    this.#seqs = seqs
  }

  /**
   * Copies one slot into the ring. False when it is full: nothing is written, and the caller drops the tick, counts
   * it, and shuts the staleness gate of its symbol (DESIGN 3).
   *
   * @param tickSeq the run's input sequence of the tick
   */
  tryWrite(slots: TickSlots, slot: number, tickSeq: number): boolean {
    const to = this.#cursors.claim()
    if (to < 0) return false
    this.#copy(slots, slot, to, tickSeq)
    this.#cursors.publish()
    return true
  }

  /** Copies `count` slots that belong together (a bar and its second slot): all of them or, where they do not fit, none. */
  tryWriteGroup(slots: TickSlots, slot: number, count: number, tickSeq: number): boolean {
    if (count > this.#cursors.capacity || this.#cursors.claim(count - 1) < 0) return false
    for (let i = 0; i < count; i++) this.#copy(slots, slot + i, this.#cursors.claim(i), tickSeq)
    this.#cursors.publish(count)
    return true
  }

  /** Slots that the consumer has not finished. 0: it has done everything that the ticks so far asked for. */
  pending(): number {
    return this.#cursors.pending()
  }

  #copy(slots: TickSlots, slot: number, to: number, tickSeq: number): void {
    const i = slot * TICK_SLOT_I32
    const f = slot * TICK_SLOT_F64
    const toI = to * TICK_SLOT_I32
    const toF = to * TICK_SLOT_F64
    // The first eight bytes are two integers: copied as a double they could be a NaN whose bits are not kept.
    this.#i32[toI] = slots.i32[i] as number
    this.#i32[toI + 1] = slots.i32[i + 1] as number
    this.#f64[toF + 1] = slots.f64[f + 1] as number
    this.#f64[toF + 2] = slots.f64[f + 2] as number
    this.#f64[toF + 3] = slots.f64[f + 3] as number
    this.#f64[toF + 4] = slots.f64[f + 4] as number
    this.#f64[toF + 5] = slots.f64[f + 5] as number
    this.#f64[toF + 6] = slots.f64[f + 6] as number
    this.#f64[toF + 7] = slots.f64[f + 7] as number
    this.#seqs[to] = tickSeq
  }
}

/** A worker's side of a tick ring. Slots are read in place, between `peek` and `release`. */
export class TickRingConsumer {
  /** the ring's own memory; only the slot of the last `peek` may be read */
  readonly slots: TickSlots
  readonly #cursors: SpscConsumer
  readonly #seqs: Float64Array

  /** @throws ASSERTION when the ring has a consumer */
  constructor(place: TickRingPlace) {
    const { slots, seqs } = viewsOf(place)
    this.#cursors = new SpscConsumer(place.words, place.cursorsAt, place.capacity)
    this.slots = slots
    this.#seqs = seqs
  }

  /** Slot of the oldest tick that was not released, for `slots`; -1 when there is none. */
  peek(): number {
    return this.#cursors.peek()
  }

  /** Input sequence of a peeked slot. */
  tickSeq(slot: number): number {
    return this.#seqs[slot] as number
  }

  /** Gives the peeked slot back; the producer may count it as done. */
  release(): void {
    this.#cursors.release()
  }

  /** Ticks that wait, as of now. */
  pending(): number {
    return this.#cursors.pending()
  }

  /**
   * Hands at most `limit` ticks to `onTick`, each released after it returns, and returns their number. `onTick` must
   * not call this ring.
   */
  poll(limit: number, onTick: (slots: TickSlots, slot: number, tickSeq: number) => void): number {
    let count = 0
    while (count < limit) {
      const slot = this.#cursors.peek()
      if (slot < 0) break
      onTick(this.slots, slot, this.#seqs[slot] as number)
      this.#cursors.release()
      count++
    }
    return count
  }
}
