import { assert } from './assert.ts'

/** Largest limit of a window: its ring is allocated whole at the start. */
export const RATE_MAX = 100_000

/** Exact count of events in a sliding window, up to `max`: a ring of their times, each entered and left once. */
export class RateWindow {
  readonly max: number
  readonly windowNs: number
  readonly #times: Float64Array
  #oldest = 0
  #count = 0

  constructor(max: number, windowNs: number) {
    assert(
      Number.isInteger(max) && max >= 1 && max <= RATE_MAX,
      `a rate limit is 1 to ${RATE_MAX}, not ${max}`,
    )
    this.max = max
    this.windowNs = windowNs
    this.#times = new Float64Array(max)
  }

  /** Events within the window that ends at `nowNs`, at most `max`. Constant time over its calls. */
  count(nowNs: number): number {
    while (this.#count > 0 && nowNs - (this.#times[this.#oldest] as number) >= this.windowNs) this.#drop()
    return this.#count
  }

  /** How long the next event has to wait to be no more than `max` in the window, ns; 0: it may be now. */
  waitNs(nowNs: number): number {
    if (this.count(nowNs) < this.max) return 0
    return (this.#times[this.#oldest] as number) + this.windowNs - nowNs
  }

  /** Counts one event; beyond `max` the oldest is forgotten. */
  note(nowNs: number): void {
    if (this.#count === this.max) this.#drop()
    this.#times[(this.#oldest + this.#count) % this.max] = nowNs
    this.#count += 1
  }

  #drop(): void {
    this.#oldest = this.#oldest + 1 === this.max ? 0 : this.#oldest + 1
    this.#count -= 1
  }
}
