import { DECODE_CODE } from '../domain/decode-codes.ts'
import { TICK_SLOT_F64, type TickSlots } from '../domain/tick.ts'
import { Book } from './book.ts'
import { PendingDepth } from './pending-depth.ts'

/** How a venue numbers its depth updates. */
export type DepthRules = 'spot' | 'usdm'

/** What became of an update or snapshot. */
export const DEPTH_RESULT = {
  APPLIED: 0,
  /** kept until a snapshot comes */
  BUFFERED: 1,
  /** older than the snapshot that the book began with: expected, no error */
  BEFORE_SNAPSHOT: 2,
  DUPLICATE: 3,
  STALE: 4,
  /** numbers are missing: the book is broken until the next snapshot */
  GAP: 5,
  /** a snapshot that ended a gap */
  RESYNCED: 6,
  /** a snapshot older than the book, or too old for the updates that wait */
  STALE_SNAPSHOT: 7,
} as const

const STATE = { EMPTY: 0, LOADED: 1, LIVE: 2, BROKEN: 3 } as const

/**
 * Keeps one symbol's book in step with Binance's numbering (developers.binance.com, "How to manage a local order book").
 *
 * Spot: drop u <= lastUpdateId; the first update has U <= lastUpdateId+1 <= u; then U = previous u + 1.
 * USD-M: drop u < lastUpdateId; the first update has U <= lastUpdateId <= u, or names it as its predecessor; then
 * pu = previous u. A snapshot while the book is live replaces it when it is not older.
 */
export class BookSync {
  readonly book: Book = new Book()
  breaks = 0
  resyncs = 0
  #state: number = STATE.EMPTY
  #last = 0
  #lastFirst = 0
  readonly #usdm: boolean
  readonly #pending = new PendingDepth()

  constructor(rules: DepthRules) {
    this.#usdm = rules === 'usdm'
  }

  /** Number of the last update or snapshot in the book. */
  get lastUpdateId(): number {
    return this.#last
  }

  /** @returns a DEPTH_RESULT; only APPLIED has changed the book */
  update(slots: TickSlots, slot: number, length: number): number {
    const f = slot * TICK_SLOT_F64
    const first = slots.f64[f + 3] as number
    const previous = slots.f64[f + 4] as number
    const last = slots.f64[f + 7] as number
    if (this.#state === STATE.EMPTY || this.#state === STATE.BROKEN) {
      this.#pending.add(slots, slot, length)
      return DEPTH_RESULT.BUFFERED
    }
    if (this.#state === STATE.LOADED) {
      if (this.#usdm ? last < this.#last : last <= this.#last) return DEPTH_RESULT.BEFORE_SNAPSHOT
      if (!this.#bridges(first, previous)) return this.#break(slots, slot, length)
      this.#state = STATE.LIVE
    } else if (last <= this.#last) {
      return last === this.#last && first === this.#lastFirst ? DEPTH_RESULT.DUPLICATE : DEPTH_RESULT.STALE
    } else if (this.#usdm ? previous !== this.#last : first !== this.#last + 1) {
      return this.#break(slots, slot, length)
    }
    this.#last = last
    this.#lastFirst = first
    this.book.apply(slots, slot)
    return DEPTH_RESULT.APPLIED
  }

  /** Loads a snapshot and applies what waited for it; RESYNCED when it ended a gap, else APPLIED or STALE_SNAPSHOT. */
  snapshot(slots: TickSlots, slot: number): number {
    const id = slots.f64[slot * TICK_SLOT_F64 + 7] as number
    const wasBroken = this.#state === STATE.BROKEN
    const inStep = this.#state === STATE.LIVE || this.#state === STATE.LOADED
    if (inStep && id < this.#last) return DEPTH_RESULT.STALE_SNAPSHOT
    if (!this.#chainsPending(id)) return DEPTH_RESULT.STALE_SNAPSHOT
    this.book.load(slots, slot)
    this.book.live = true
    this.#last = id
    this.#lastFirst = 0
    this.#state = STATE.LOADED
    const pending = this.#pending
    const count = pending.count
    pending.clear()
    // Clearing first: a gap among the updates that waited breaks the book again, which starts the buffer anew.
    for (let at = 0; at < count; ) {
      const length = lengthOf(pending.slots, at)
      this.update(pending.slots, at, length)
      at += length
    }
    if (!wasBroken) return DEPTH_RESULT.APPLIED
    this.resyncs++
    return DEPTH_RESULT.RESYNCED
  }

  #bridges(first: number, previous: number): boolean {
    if (this.#usdm) return first <= this.#last || previous === this.#last
    return first <= this.#last + 1
  }

  /** Whether the first waiting update that is newer than the snapshot follows it without a gap. */
  #chainsPending(id: number): boolean {
    const { slots, count } = this.#pending
    for (let at = 0; at < count; at += lengthOf(slots, at)) {
      const f = at * TICK_SLOT_F64
      const last = slots.f64[f + 7] as number
      if (this.#usdm ? last < id : last <= id) continue
      const first = slots.f64[f + 3] as number
      return this.#usdm ? first <= id || slots.f64[f + 4] === id : first <= id + 1
    }
    return true
  }

  #break(slots: TickSlots, slot: number, length: number): number {
    this.breaks++
    this.#state = STATE.BROKEN
    this.book.live = false
    this.#pending.clear()
    this.#pending.add(slots, slot, length)
    return DEPTH_RESULT.GAP
  }
}

/** Slots of the DEPTH or SNAPSHOT at `slot`, its LEVELS included. */
export function lengthOf(slots: TickSlots, slot: number): number {
  const f = slot * TICK_SLOT_F64
  return 1 + Math.ceil((slots.f64[f + 5] as number) / 3) + Math.ceil((slots.f64[f + 6] as number) / 3)
}

/** Whether an update said nothing new. */
export function isOld(result: number): boolean {
  return result === DEPTH_RESULT.DUPLICATE || result === DEPTH_RESULT.STALE
}

/** The code that a result is counted under, 0 for none. */
export function codeOfDepthResult(result: number): number {
  switch (result) {
    case DEPTH_RESULT.DUPLICATE:
      return DECODE_CODE.duplicate_exact.n
    case DEPTH_RESULT.STALE:
      return DECODE_CODE.stale_update.n
    case DEPTH_RESULT.GAP:
      return DECODE_CODE.depth_gap.n
    case DEPTH_RESULT.STALE_SNAPSHOT:
      return DECODE_CODE.stale_snapshot.n
    default:
      return 0
  }
}
