import { sleep } from './steps.ts'

/** Who looks at a venue's orders once it is connected: its reconciliation. */
export interface Looking {
  /** id of the venue */
  readonly venue: string
  /** resolves with the first look */
  readonly looked: Promise<void>
}

/**
 * Which venues may be acted upon after a start: each from its first look on, for what an earlier run left open is known
 * then; and after a limit those that were not looked at as well, for a venue whose order entry is down may answer queries
 * and cancels all the same.
 */
export class FirstLooks {
  readonly #missing: Set<string>
  readonly #stop: AbortSignal
  readonly #over = Promise.withResolvers<void>()
  readonly #onChange: () => void

  /**
   * @param stop nothing is waited for any more, and nothing told
   * @param onChange called at each look and at the limit, never at once
   */
  constructor(venues: readonly Looking[], limitMs: number, stop: AbortSignal, onChange: () => void) {
    this.#onChange = onChange
    this.#missing = new Set(venues.map(({ venue }) => venue))
    this.#stop = stop
    for (const { venue, looked } of venues) void looked.then(() => this.#ready([venue]))
    void sleep(limitMs, stop).then(() => this.#ready([...this.#missing]))
  }

  /** True for every venue: no further one is waited for. */
  get all(): boolean {
    return this.#missing.size === 0
  }

  /** Resolves when no further venue is waited for. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** The venue may be acted upon. */
  has(venue: string): boolean {
    return !this.#missing.has(venue)
  }

  #ready(venues: readonly string[]): void {
    if (this.#stop.aborted) return
    for (const venue of venues) this.#missing.delete(venue)
    if (this.all) this.#over.resolve()
    this.#onChange()
  }
}
