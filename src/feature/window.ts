import { assert } from '../core/assert.ts'

/** Longest window of a feature: bounds its memory (8 bytes each, per strategy and symbol). */
export const WINDOW_MAX = 100_000

/** The last `size` numbers, oldest overwritten first. Allocates only when made. */
export class Window {
  readonly size: number
  /** numbers pushed so far, at most `size` */
  count = 0
  readonly #ring: Float64Array
  #next = 0

  constructor(size: number) {
    assert(Number.isSafeInteger(size) && size >= 1 && size <= WINDOW_MAX, `window of ${size}`)
    this.size = size
    this.#ring = new Float64Array(size)
  }

  get full(): boolean {
    return this.count === this.size
  }

  /** Takes `x` in and gives what fell out; 0 while the window is filling. */
  push(x: number): number {
    const old = this.#ring[this.#next] as number
    this.#ring[this.#next] = x
    this.#next = this.#next + 1 === this.size ? 0 : this.#next + 1
    if (this.count === this.size) return old
    this.count += 1
    return 0
  }

  /** The oldest number kept, once full. */
  oldest(): number {
    return this.#ring[this.#next] as number
  }

  /** The i-th number in no particular order, for sums over all of them. */
  at(i: number): number {
    return this.#ring[i] as number
  }
}

/**
 * Sum of the last `size` numbers. Exact while the numbers are integers (or halves) and the sum stays below 2^52,
 * whatever came and went, because no step rounds.
 */
export class RollingSum {
  readonly size: number
  sum = 0
  full = false
  // A ring of its own and not a `Window`: on each tick, a double that a call returns may be boxed.
  readonly #ring: Float64Array
  #next = 0

  constructor(size: number) {
    assert(Number.isSafeInteger(size) && size >= 1 && size <= WINDOW_MAX, `window of ${size}`)
    this.size = size
    this.#ring = new Float64Array(size)
  }

  push(x: number): void {
    this.sum += x - (this.#ring[this.#next] as number)
    this.#ring[this.#next] = x
    this.#next += 1
    if (this.#next === this.size) {
      this.#next = 0
      this.full = true
    }
  }
}

/**
 * Mean and variance of the last `size` numbers, for numbers that are not integers. Sums are kept about a pivot and
 * taken afresh once a window, so that rounding cannot build up: O(1) a push, amortised.
 */
export class RollingMoments {
  readonly window: Window
  #pivot = 0
  #sum = 0
  #squares = 0
  #untilFresh: number

  constructor(size: number) {
    this.window = new Window(size)
    this.#untilFresh = size
  }

  push(x: number): void {
    if (this.window.count === 0) this.#pivot = x
    const wasFull = this.window.full
    const old = this.window.push(x)
    const dx = x - this.#pivot
    this.#sum += dx
    this.#squares += dx * dx
    if (wasFull) {
      const dOld = old - this.#pivot
      this.#sum -= dOld
      this.#squares -= dOld * dOld
    }
    this.#untilFresh -= 1
    if (this.#untilFresh === 0) this.#refresh()
  }

  mean(): number {
    return this.#pivot + this.#sum / this.window.count
  }

  /** Sample variance (n - 1); needs two numbers. */
  variance(): number {
    const n = this.window.count
    return Math.max(0, (this.#squares - (this.#sum * this.#sum) / n) / (n - 1))
  }

  #refresh(): void {
    this.#untilFresh = this.window.size
    this.#pivot = this.mean()
    this.#sum = 0
    this.#squares = 0
    for (let i = 0; i < this.window.count; i += 1) {
      const d = this.window.at(i) - this.#pivot
      this.#sum += d
      this.#squares += d * d
    }
  }
}
