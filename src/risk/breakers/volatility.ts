import { assert } from '../../core/assert.ts'

/** Largest window of either deviation, in returns. */
export const VOLATILITY_WINDOW_MAX = 100_000

export interface VolatilityLimits {
  /** σ of the recent returns over σ of the baseline that is still normal */
  readonly ratioMax: number
  /** returns of the recent window, and of the baseline that lies before it; each at least 2 */
  readonly recentN: number
  readonly baselineN: number
}

/** `warming`: too few prices yet; `unknown`: a price in the window makes no return, so that nothing can be said. */
export type VolatilityVerdict = 'warming' | 'normal' | 'high' | 'unknown'

/**
 * Abnormal volatility of one symbol (R9): the sample standard deviation (n - 1) of the last `recentN` returns over that of
 * the `baselineN` returns before them, a return being p / p' - 1. The windows do not overlap: if the baseline held the
 * recent returns too, the ratio could not pass about √(baselineN / recentN), and a threshold above that would never trip.
 * A baseline that stood still gives 0 while the price still does, and infinity once it moves.
 */
export class VolatilityWindow {
  readonly #limits: VolatilityLimits
  readonly #returns: Float64Array
  #count = 0
  #next = 0
  #last = Number.NaN
  /** NaN where the verdict is `warming` or `unknown` */
  ratio: number = Number.NaN
  verdict: VolatilityVerdict = 'warming'

  constructor(limits: VolatilityLimits) {
    for (const n of [limits.recentN, limits.baselineN]) {
      assert(Number.isInteger(n) && n >= 2 && n <= VOLATILITY_WINDOW_MAX, `a volatility window of ${n}`)
    }
    assert(limits.ratioMax > 0, `a volatility ratio of ${limits.ratioMax}`)
    this.#limits = limits
    this.#returns = new Float64Array(limits.recentN + limits.baselineN)
  }

  /** Takes the close of the next bar, in any unit that stays the same. */
  push(price: number): void {
    const before = this.#last
    this.#last = price
    if (this.#count === 0 && Number.isNaN(before)) return
    const size = this.#returns.length
    this.#returns[this.#next] = price / before - 1
    this.#next = this.#next + 1 === size ? 0 : this.#next + 1
    if (this.#count < size) this.#count += 1
    if (this.#count === size) this.#judge()
  }

  #judge(): void {
    const { recentN, baselineN, ratioMax } = this.#limits
    const baseline = this.#deviation(0, baselineN)
    const recent = this.#deviation(baselineN, recentN)
    this.ratio = recent === 0 && baseline === 0 ? 0 : recent / baseline
    this.verdict = Number.isNaN(this.ratio) ? 'unknown' : this.ratio > ratioMax ? 'high' : 'normal'
  }

  /** Deviation of `n` returns from the `from`-th oldest on, in two passes: once a bar, and no rounding builds up. */
  #deviation(from: number, n: number): number {
    const size = this.#returns.length
    let sum = 0
    for (let i = 0; i < n; i++) sum += this.#returns[(this.#next + from + i) % size] as number
    const mean = sum / n
    let squares = 0
    for (let i = 0; i < n; i++) {
      const distance = (this.#returns[(this.#next + from + i) % size] as number) - mean
      squares += distance * distance
    }
    return Math.sqrt(squares / (n - 1))
  }
}
