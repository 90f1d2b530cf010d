/** A loop or a set of timers that has not ended, for diagnosis. */
export interface TimersInfo {
  readonly owner: string
  /** timers that run now; a loop between two of its waits has none */
  readonly pending: number
}

const open = new Set<Timers>()

/** Every owner in this thread that has used a timer and has not ended, oldest first (S10, S12). */
export function openTimers(): TimersInfo[] {
  return [...open].map(({ owner, pending }) => ({ owner, pending }))
}

/**
 * Timers with one owner, who ends them all: every loop of the engine (reconnect, poll, flush, watch, heartbeat) waits by
 * these, so it is on the list of `openTimers`, sees the end and is woken by it (S12).
 */
export class Timers {
  readonly owner: string
  readonly #pending = new Map<NodeJS.Timeout, (() => void) | null>()
  #closed = false

  /** @param owner what the timers are for, in words: "feed watch", "venue sim: session" */
  constructor(owner: string) {
    this.owner = owner
  }

  get closed(): boolean {
    return this.#closed
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Runs `task` once after `ms`, at once where that is not above zero; nothing once closed. */
  after(ms: number, task: () => void): void {
    if (this.#closed) return
    if (ms <= 0) return task()
    const timer = setTimeout(() => {
      this.#pending.delete(timer)
      task()
    }, ms)
    this.#add(timer, null)
  }

  /** Runs `task` every `ms` until closed. */
  every(ms: number, task: () => void): void {
    if (!this.#closed) this.#add(setInterval(task, ms), null)
  }

  /** Sleeps; resolves early when closed. */
  sleep(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pending.delete(timer)
        resolve()
      }, ms)
      this.#add(timer, resolve)
    })
  }

  #add(timer: NodeJS.Timeout, wake: (() => void) | null): void {
    open.add(this)
    this.#pending.set(timer, wake)
  }

  /** Ends all of them; who sleeps is woken. */
  close(): void {
    this.#closed = true
    open.delete(this)
    for (const [timer, wake] of this.#pending) {
      clearTimeout(timer)
      wake?.()
    }
    this.#pending.clear()
  }
}
