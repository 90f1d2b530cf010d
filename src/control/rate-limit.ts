import type { Clock } from '../core/clock.ts'

/** A bucket of `perSecond` tokens that fills at the same rate: a burst of that many passes, and then that many a second. */
export class RateLimit {
  readonly #clock: Clock
  readonly #perSecond: number
  #tokens: number
  #lastNs: number

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#tokens = perSecond
    this.#lastNs = clock.monoNs()
  }

  /** True where one more may pass now. */
  take(): boolean {
    const nowNs = this.#clock.monoNs()
    const gained = ((nowNs - this.#lastNs) / 1e9) * this.#perSecond
    this.#lastNs = nowNs
    this.#tokens = Math.min(this.#perSecond, this.#tokens + gained)
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
