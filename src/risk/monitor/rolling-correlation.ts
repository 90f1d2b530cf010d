import { assert } from '../../core/assert.ts'

/** Most instruments that are followed: a sample costs their square. */
export const CORRELATED_INSTRUMENTS_MAX = 1_024
/** Longest window, in samples. */
export const CORRELATION_WINDOW_MAX = 10_000
/** Below this share of the sum of squares a variance is rounding, so the symbol stood still. */
const VARIANCE_SHARE_MIN = 1e-12

/**
 * Correlation of returns between every two instruments over the last `window` samples (R8), a return being p / p' - 1
 * between two samples:
 *
 *     ρ = (n Σxy - Σx Σy) / √((n Σx² - (Σx)²) (n Σy² - (Σy)²)),   n = window
 *
 * The sums are kept: a sample adds its products and takes away those of the sample that falls out, and once a window all of
 * them are taken afresh, so that rounding cannot build up.
 */
export class RollingCorrelation {
  readonly window: number
  /** samples taken so far */
  samples = 0
  readonly #instruments: number
  readonly #last: Float64Array
  /** returns, sample by sample; the oldest lies at `#next` once the window is full */
  readonly #returns: Float64Array
  readonly #sums: Float64Array
  /** Σxy with x < y by index, and Σx² on the diagonal; row by row */
  readonly #products: Float64Array
  /** samples since an instrument last had no return */
  readonly #valid: Int32Array
  #next = 0

  constructor(instruments: number, window: number) {
    assert(instruments <= CORRELATED_INSTRUMENTS_MAX, `correlation of ${instruments} instruments`)
    assert(
      Number.isInteger(window) && window >= 2 && window <= CORRELATION_WINDOW_MAX,
      `a correlation window of ${window}`,
    )
    this.window = window
    this.#instruments = instruments
    this.#last = new Float64Array(instruments).fill(Number.NaN)
    this.#returns = new Float64Array(instruments * window)
    this.#sums = new Float64Array(instruments)
    this.#products = new Float64Array(instruments * instruments)
    this.#valid = new Int32Array(instruments)
  }

  /** Takes one sample: the price of every instrument at one moment, in a unit that stays the same; NaN where none is known. */
  push(price: (instrument: number) => number): void {
    const at = this.#next * this.#instruments
    this.#remove(at)
    for (let i = 0; i < this.#instruments; i++) {
      const now = price(i)
      const value = now / (this.#last[i] as number) - 1
      const valid = Number.isFinite(value)
      this.#last[i] = now
      this.#returns[at + i] = valid ? value : 0
      this.#valid[i] = valid ? (this.#valid[i] as number) + 1 : 0
    }
    this.#add(at)
    this.#next = this.#next + 1 === this.window ? 0 : this.#next + 1
    if (this.#next === 0) this.#refresh()
    this.samples += 1
  }

  /** From -1 to 1; NaN until both have a return in every sample of the window, and where one of them stood still. */
  correlation(a: number, b: number): number {
    if ((this.#valid[a] as number) < this.window || (this.#valid[b] as number) < this.window)
      return Number.NaN
    const variance = this.#variance(a) * this.#variance(b)
    if (variance === 0) return Number.NaN
    const sums = (this.#sums[a] as number) * (this.#sums[b] as number)
    const covariance = this.window * this.#product(a, b) - sums
    return Math.max(-1, Math.min(1, covariance / Math.sqrt(variance)))
  }

  #product(a: number, b: number): number {
    return this.#products[Math.min(a, b) * this.#instruments + Math.max(a, b)] as number
  }

  /** n Σx² - (Σx)², zero where it is rounding. */
  #variance(a: number): number {
    const squares = this.window * this.#product(a, a)
    const variance = squares - (this.#sums[a] as number) ** 2
    return variance > squares * VARIANCE_SHARE_MIN ? variance : 0
  }

  #add(at: number): void {
    this.#move(at, 1)
  }

  #remove(at: number): void {
    this.#move(at, -1)
  }

  #move(at: number, sign: 1 | -1): void {
    const n = this.#instruments
    for (let i = 0; i < n; i++) {
      const x = sign * (this.#returns[at + i] as number)
      if (x === 0) continue
      this.#sums[i] = (this.#sums[i] as number) + x
      for (let j = i; j < n; j++) {
        this.#products[i * n + j] =
          (this.#products[i * n + j] as number) + x * (this.#returns[at + j] as number)
      }
    }
  }

  #refresh(): void {
    this.#sums.fill(0)
    this.#products.fill(0)
    for (let sample = 0; sample < this.window; sample++) this.#add(sample * this.#instruments)
  }
}
