import { Timers } from '../core/timers.ts'

/** Pause before orders that a sweep has left are swept again; doubles each time, ms. */
const PAUSE_FIRST_MS = 500
const PAUSE_MAX_MS = 10_000
const EVERYTHING = 'all'

export interface KillSweepsOptions {
  /** the kill of that scope has not been re-armed */
  readonly stands: (scope: string) => boolean
  /** an order of ours is open there by our books */
  readonly isOpen: (scope: string) => boolean
  /** there is a venue to ask by now */
  readonly isDue: (scope: string) => boolean
  /** cancels what is open there, until nothing is or its time is over; must not throw */
  readonly sweep: (scope: string, signal: AbortSignal) => Promise<{ readonly verified: boolean }>
  /** the shutdown takes over: no sweep goes on, and none begins */
  readonly stop: AbortSignal
}

/**
 * What a kill cancels (K13): one sweep at a time for each scope, again with a growing pause for as long as the kill stands
 * and something is left or was not verified. A kill of a scope that is swept already joins that sweep, and so does any
 * other one while everything is swept: what its end finds open by our books is swept once more.
 */
export class KillSweeps {
  readonly #options: KillSweepsOptions
  readonly #running = new Map<string, Following>()

  constructor(options: KillSweepsOptions) {
    this.#options = options
  }

  /** A kill of this scope stands. */
  follow(scope: string): void {
    const running = this.#running.get(scope)
    if (running !== undefined) return running.wake()
    const following = new Following(this.#options.stop)
    this.#running.set(scope, following)
    following.over = this.#run(scope, following).then(() => this.#end(scope, following))
  }

  /** Something has changed that a pause was for: a venue is there. */
  wake(): void {
    for (const following of this.#running.values()) following.wake()
  }

  /** A halt was cleared: what follows a kill that stands no more ends, and cancels nothing from now on. */
  cleared(): void {
    for (const [scope, following] of this.#running) {
      if (!this.#options.stands(scope)) this.#end(scope, following)
    }
  }

  async #run(scope: string, following: Following): Promise<void> {
    const { stands, isOpen, isDue, sweep } = this.#options
    const { signal } = following
    while (!signal.aborted && stands(scope)) {
      const everything = scope === EVERYTHING ? undefined : this.#running.get(EVERYTHING)
      if (everything !== undefined) {
        await everything.over
        if (!isOpen(scope)) return
        continue
      }
      if (isDue(scope) && (await sweep(scope, signal)).verified && !isOpen(scope)) return
      await following.pause()
    }
  }

  /** A kill that came after a re-arm has a successor of its own already. */
  #end(scope: string, following: Following): void {
    if (this.#running.get(scope) === following) this.#running.delete(scope)
    following.end()
  }
}

/** One scope's sweeps, and the pauses between them. */
class Following {
  readonly signal: AbortSignal
  /** resolves when no sweep of it runs, and none will */
  over: Promise<void> = Promise.resolve()
  readonly #end = new AbortController()
  #pauseMs = PAUSE_FIRST_MS
  #timers = new Timers('kill: the next sweep')

  constructor(stop: AbortSignal) {
    this.signal = AbortSignal.any([stop, this.#end.signal])
    this.signal.addEventListener('abort', () => this.wake(), { once: true })
  }

  /** Ends the pause, or leaves out the next one; they are short again. */
  wake(): void {
    this.#pauseMs = PAUSE_FIRST_MS
    this.#timers.close()
  }

  end(): void {
    this.#end.abort()
  }

  async pause(): Promise<void> {
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2)
    await this.#timers.sleep(pauseMs)
    this.#timers.close()
    this.#timers = new Timers('kill: the next sweep')
  }
}
