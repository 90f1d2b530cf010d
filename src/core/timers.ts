/** Timers with one owner: all of them end with it, so that no loop outlives its component (S12). */
export class Timers {
  readonly #pending = new Map<NodeJS.Timeout, (() => void) | null>()
  #closed = false

  get closed(): boolean {
    return this.#closed
  }

  /** Runs `task` once after `ms`, at once where that is not above zero; nothing once closed. */
  after(ms: number, task: () => void): void {
    if (this.#closed) return
    if (ms <= 0) return task()
    const timer = setTimeout(() => {
      this.#pending.delete(timer)
      task()
    }, ms)
    this.#pending.set(timer, null)
  }

  every(ms: number, task: () => void): void {
    if (!this.#closed) this.#pending.set(setInterval(task, ms), null)
  }

  /** Sleeps; resolves early when closed. */
  sleep(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pending.delete(timer)
        resolve()
      }, ms)
      this.#pending.set(timer, resolve)
    })
  }

  close(): void {
    this.#closed = true
    for (const [timer, wake] of this.#pending) {
      clearTimeout(timer)
      wake?.()
    }
    this.#pending.clear()
  }
}
