import { assert } from '../core/assert.ts'
import { RING } from './layout.ts'

/**
 * Cursors of a ring with one producer and one consumer. They count slots from the start of the run, modulo 2^32, so
 * differences stay right when they wrap; a slot's place is the cursor modulo the capacity, a power of two.
 *
 * Payload goes by plain reads and writes, between:
 *   producer  write payload, then Atomics.store(tail)      consumer  Atomics.load(tail), then read payload
 *   consumer  read payload, then Atomics.store(head)       producer  Atomics.load(head), then write payload
 * Each pair synchronises: who loads the new cursor sees everything that was done before it was stored. So a slot is
 * complete before it is read, and read before it is written again.
 */
export function assertRingCapacity(capacity: number): void {
  assert(
    Number.isInteger(capacity) && capacity >= 1 && capacity <= 1 << 24 && (capacity & (capacity - 1)) === 0,
    `ring capacity ${capacity} is not a power of two up to 2^24`,
  )
}

function claimSide(words: Int32Array, at: number, side: string): void {
  // Sequentially consistent exchange: of two claimants one reads 0, whatever their threads.
  assert(Atomics.compareExchange(words, at, 0, 1) === 0, `the ring has a ${side} already`)
}

/** The writing side. Its thread is the only writer of `tail`. */
export class SpscProducer {
  readonly capacity: number
  readonly #words: Int32Array
  readonly #tailAt: number
  readonly #headAt: number
  #tail: number
  #headSeen: number

  /**
   * @param at start of the ring's cursors (`RING`) in `words`
   * @throws ASSERTION when the ring has a producer, or the capacity is not a power of two
   */
  constructor(words: Int32Array, at: number, capacity: number) {
    assertRingCapacity(capacity)
    claimSide(words, at + RING.producerOwner, 'producer')
    this.capacity = capacity
    this.#words = words
    this.#tailAt = at + RING.tail
    this.#headAt = at + RING.head
    this.#tail = Atomics.load(words, this.#tailAt)
    this.#headSeen = Atomics.load(words, this.#headAt)
  }

  /** Place of the slot to write next, `ahead` slots on; -1 when the ring is full. Nothing is shown before `publish`. */
  claim(ahead = 0): number {
    const next = (this.#tail + ahead) | 0
    if (((next - this.#headSeen) | 0) >= this.capacity) {
      // Acquires the consumer's reads of the slots that it has given back; its cursor is read only when we seem full.
      this.#headSeen = Atomics.load(this.#words, this.#headAt)
      if (((next - this.#headSeen) | 0) >= this.capacity) return -1
    }
    return next & (this.capacity - 1)
  }

  /** Shows `count` claimed slots to the consumer. */
  publish(count = 1): void {
    assert(this.#words[this.#tailAt] === this.#tail, 'the ring has a second producer')
    this.#tail = (this.#tail + count) | 0
    // Releases the payload: the consumer that loads this tail sees the slots' bytes.
    Atomics.store(this.#words, this.#tailAt, this.#tail)
  }

  /** Slots that the consumer has not given back. 0 means that everything written was consumed. */
  pending(): number {
    // Acquires what the consumer did before it gave back its last slot: its intents, its hooks' messages.
    this.#headSeen = Atomics.load(this.#words, this.#headAt)
    return (this.#tail - this.#headSeen) | 0
  }
}

/** The reading side. Its thread is the only writer of `head`. */
export class SpscConsumer {
  readonly capacity: number
  readonly #words: Int32Array
  readonly #tailAt: number
  readonly #headAt: number
  #head: number
  #tailSeen: number

  /** @throws ASSERTION when the ring has a consumer, or the capacity is not a power of two */
  constructor(words: Int32Array, at: number, capacity: number) {
    assertRingCapacity(capacity)
    claimSide(words, at + RING.consumerOwner, 'consumer')
    this.capacity = capacity
    this.#words = words
    this.#tailAt = at + RING.tail
    this.#headAt = at + RING.head
    this.#head = Atomics.load(words, this.#headAt)
    this.#tailSeen = Atomics.load(words, this.#tailAt)
  }

  /** Place of the oldest slot that was not released; -1 when there is none. Its bytes stay until `release`. */
  peek(): number {
    if (this.#head === this.#tailSeen) {
      // Acquires the payload of every slot before this tail; read only when we seem empty.
      this.#tailSeen = Atomics.load(this.#words, this.#tailAt)
      if (this.#head === this.#tailSeen) return -1
    }
    return this.#head & (this.capacity - 1)
  }

  /** Gives the peeked slot back to the producer. */
  release(): void {
    assert(this.#words[this.#headAt] === this.#head, 'the ring has a second consumer')
    this.#head = (this.#head + 1) | 0
    // Releases our reads of the slot, and whatever we did with it, to the producer that loads this head.
    Atomics.store(this.#words, this.#headAt, this.#head)
  }

  /** Slots that wait to be read, as of now. */
  pending(): number {
    // Sequentially consistent: also the check between "parked" and the wait (`wait.ts`).
    this.#tailSeen = Atomics.load(this.#words, this.#tailAt)
    return (this.#tailSeen - this.#head) | 0
  }
}
