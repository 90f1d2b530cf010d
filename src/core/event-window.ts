/** A bound on how often something happens: at most so many times in any stretch of so many ms. The caller tells the time. */
export class EventWindow {
  readonly #lengthMs: number
  /** when the last ones were, the oldest at `#oldest` */
  readonly #atMs: Float64Array
  #oldest = 0

  constructor(max: number, lengthMs: number) {
    this.#lengthMs = lengthMs
    this.#atMs = new Float64Array(max).fill(Number.NEGATIVE_INFINITY)
  }

  /** How long the next one has to wait, ms; 0: it may be now. */
  waitMs(nowMs: number): number {
    return Math.max(0, (this.#atMs[this.#oldest] as number) + this.#lengthMs - nowMs)
  }

  add(nowMs: number): void {
    this.#atMs[this.#oldest] = nowMs
    this.#oldest = (this.#oldest + 1) % this.#atMs.length
  }
}
