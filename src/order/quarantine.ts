import type { ExecutionReport } from '../domain/report.ts'
import type { QuarantineReason } from './apply-result.ts'

/** Kept in memory; the journal has all of them. */
const KEPT_MAX = 1_000

/** A report that was put aside: it fits no order, or no state that its order is in. */
export interface PutAside {
  readonly report: ExecutionReport
  readonly reason: QuarantineReason
}

/** Reports put aside: what a venue says is never dropped silently. */
export class Quarantine {
  readonly #kept: PutAside[] = []
  #total = 0

  /** How many were ever put aside. */
  get total(): number {
    return this.#total
  }

  /** The newest, oldest of them first. */
  get kept(): readonly PutAside[] {
    return this.#kept
  }

  add(report: ExecutionReport, reason: QuarantineReason): void {
    this.#total += 1
    if (this.#kept.push({ report, reason }) > KEPT_MAX) this.#kept.shift()
  }
}
