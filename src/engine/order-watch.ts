import type { ExecutionReport } from '../domain/report.ts'

type Waiter = (report: ExecutionReport) => void

/** Who waits for a word on an order. Costs one map look-up a report, and nothing else while nobody waits. */
export class OrderWatch {
  readonly #waiting = new Map<string, Set<Waiter>>()

  /** A report was booked. */
  told(report: ExecutionReport): void {
    const waiters = this.#waiting.get(report.clientOrderId)
    if (waiters === undefined) return
    for (const waiter of waiters) waiter(report)
  }

  /**
   * The next report of an order that fits; null after `ms` or when the signal aborts. Listens from the call on, so that
   * an answer that comes inside of the request is not missed.
   *
   * @param fits must not throw
   */
  next(
    clientOrderId: string,
    fits: (report: ExecutionReport) => boolean,
    ms: number,
    signal: AbortSignal,
  ): Promise<ExecutionReport | null> {
    if (signal.aborted) return Promise.resolve(null)
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(clientOrderId) ?? new Set()
      this.#waiting.set(clientOrderId, waiters)
      const end = (report: ExecutionReport | null): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        waiters.delete(waiter)
        if (waiters.size === 0 && this.#waiting.get(clientOrderId) === waiters)
          this.#waiting.delete(clientOrderId)
        resolve(report)
      }
      const waiter: Waiter = (report) => {
        if (fits(report)) end(report)
      }
      const onAbort = (): void => end(null)
      const timer = setTimeout(() => end(null), ms)
      signal.addEventListener('abort', onAbort, { once: true })
      waiters.add(waiter)
    })
  }

  /** Orders that somebody waits for. */
  get size(): number {
    return this.#waiting.size
  }
}
