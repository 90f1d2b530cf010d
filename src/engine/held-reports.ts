import type { ExecutionReport } from '../domain/report.ts'

/** Reports that may wait while a reconciliation runs; beyond, the connection must be opened anew. */
const HELD_MAX = 100_000

/**
 * Answers to our own cancels: they carry no fill and end no order, whatever they overtake. Who cancels meanwhile waits for
 * them.
 */
const NOT_HELD: ReadonlySet<ExecutionReport['kind']> = new Set(['pending_cancel', 'cancel_rejected'])

/** Where a venue's reports wait while its books are compared: in their order, and until they are let through. */
export class HeldReports {
  readonly #apply: (report: ExecutionReport) => void
  readonly #onFull: () => void
  #held: ExecutionReport[] | null = []
  #came = 0

  /** @param onFull called when more wait than may; all of them are applied then */
  constructor(apply: (report: ExecutionReport) => void, onFull: () => void) {
    this.#apply = apply
    this.#onFull = onFull
  }

  /** Reports wait now. */
  get holding(): boolean {
    return this.#held !== null
  }

  /** Reports that came since they wait, those that did not wait included. */
  get came(): number {
    return this.#came
  }

  /** From now on reports wait; those that wait already go on doing so. */
  hold(): void {
    if (this.#held !== null) return
    this.#held = []
    this.#came = 0
  }

  /** Keeps or applies what a venue says. */
  take(report: ExecutionReport): void {
    this.#came++
    if (this.#held === null || NOT_HELD.has(report.kind)) return this.#apply(report)
    this.#held.push(report)
    if (this.#held.length <= HELD_MAX) return
    this.#onFull()
    this.release()
  }

  /** Applies what has waited, in its order; nothing waits any more. */
  release(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const report of held) this.#apply(report)
  }
}
