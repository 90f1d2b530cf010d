/** Timers with one owner: all of them end with it. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>()
  #closed = false

  /** Runs `task` once after `ms`, at once where that is not above zero; nothing once closed. */
  after(ms: number, task: () => void): void {
    if (this.#closed) return
    if (ms <= 0) return task()
    const timer = setTimeout(() => {
      this.#pending.delete(timer)
      task()
    }, ms)
    this.#pending.add(timer)
  }

  every(ms: number, task: () => void): void {
    if (!this.#closed) this.#pending.add(setInterval(task, ms))
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#pending) clearTimeout(timer)
    this.#pending.clear()
  }
}
