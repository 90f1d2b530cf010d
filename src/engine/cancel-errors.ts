/** Different failures that are kept by name; more are only counted. */
const KEPT_MAX = 2_000

/** Failures of a sweep: each text once with how often it came, so that a venue that refuses for seconds stays readable. */
export class CancelErrors {
  readonly #times = new Map<string, number>()
  readonly #onNew: (text: string) => void
  count = 0

  /** @param onNew called for a failure that was not there before */
  constructor(onNew: (text: string) => void = () => {}) {
    this.#onNew = onNew
  }

  /** @param subject client order id, or what else failed */
  add(subject: string, text: string): void {
    this.count++
    const error = `${subject}: ${text}`
    const times = this.#times.get(error) ?? 0
    if (times === 0 && this.#times.size >= KEPT_MAX) return
    this.#times.set(error, times + 1)
    if (times === 0) this.#onNew(error)
  }

  list(): string[] {
    return [...this.#times].map(([error, times]) => (times === 1 ? error : `${error} (${times} times)`))
  }
}
