/** Signals closer than this are one: npm and a terminal both send (DESIGN 10). */
const SAME_SIGNAL_MS = 200

/**
 * The process' stop requests in one place: the first asks for shutdown, the second hurries it, the third ends the
 * process at once (S1).
 */
export class StopSignals {
  readonly #asked = Promise.withResolvers<string>()
  readonly #hurry = new AbortController()
  readonly #stop = new AbortController()
  readonly #onSignal: (signal: NodeJS.Signals) => void
  #count = 0
  #lastMs = Number.NEGATIVE_INFINITY

  /** @param onForced the third signal; must not return */
  constructor(onForced: () => void = () => process.exit(7)) {
    this.#onSignal = (signal) => {
      const nowMs = performance.now()
      if (nowMs - this.#lastMs < SAME_SIGNAL_MS) return
      this.#lastMs = nowMs
      this.#count++
      if (this.#count === 1) this.request(signal)
      else if (this.#count === 2) this.#hurry.abort()
      else onForced()
    }
    process.on('SIGTERM', this.#onSignal).on('SIGINT', this.#onSignal)
  }

  /** Resolves with the reason of the first request. */
  get asked(): Promise<string> {
    return this.#asked.promise
  }

  /** Aborts with the first request. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Aborts with the second signal. */
  get hurry(): AbortSignal {
    return this.#hurry.signal
  }

  /** A request from inside: operator, end of input, a failure. Only the first reason counts. */
  request(reason: string): void {
    if (this.#count === 0) this.#count = 1
    this.#asked.resolve(reason)
    this.#stop.abort()
  }

  close(): void {
    process.off('SIGTERM', this.#onSignal).off('SIGINT', this.#onSignal)
  }
}
