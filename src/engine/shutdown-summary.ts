import { EXIT, type ExitCode } from '../core/errors.ts'
import { TERMINAL_STATES } from '../domain/order.ts'
import type { CancelSummary } from './cancel-all.ts'
import type { Desk } from './desk.ts'
import type { StepResult } from './steps.ts'
import type { OpenAtVenues } from './verify-open.ts'
import type { WorkerStop } from './worker-types.ts'

/** S7: what a shutdown did; journaled, logged, printed, and told to metrics and alerts. */
export interface ShutdownSummary {
  readonly reason: string
  readonly orders_canceled: number
  /** ended otherwise while their cancel was asked for: filled, expired */
  readonly orders_ended: number
  /** tries that failed; some may have worked later */
  readonly cancel_errors: number
  /** every failure of the procedure in words, repeated ones once */
  readonly errors: readonly string[]
  /** client order ids of ours that are open, or whose state nobody told us */
  readonly orders_left: readonly string[]
  /** of these, those that the venue does not know: nothing could be cancelled */
  readonly orders_skipped: readonly string[]
  /** every venue said that none of ours is open, or nothing of ours could be there */
  readonly verified: boolean
  readonly state_flushed: boolean
  /** strategy workers whose thread did not end; the process must leave by force */
  readonly workers_stuck: readonly number[]
  readonly duration_ms: number
  readonly steps: readonly StepResult[]
  /** runs of this state directory before this one, as far as the journal reaches, and how many of them ended clean */
  readonly runs: { readonly count: number; readonly clean: number }
  readonly exit_code: ExitCode
}

/** What the steps of a shutdown find out, one after the other. */
export class ShutdownOutcome {
  sweep: CancelSummary | null = null
  /** what the venues said at the end; null: they were not asked to their end */
  atVenues: OpenAtVenues | null = null
  flushed = false
  /** null: not all of them told how they ended */
  workers: readonly WorkerStop[] | null = null
  readonly #desk: Desk
  readonly #dryRun: boolean

  constructor(desk: Desk, dryRun: boolean) {
    this.#desk = desk
    this.#dryRun = dryRun
  }

  /** Orders of a dry run live in the process: none of them is open anywhere. */
  get verified(): boolean {
    if (this.#dryRun) return true
    return this.atVenues !== null && this.atVenues.open.length === 0 && this.atVenues.silent.length === 0
  }

  /** What a venue has open by its own word, and what our books do not know the end of. */
  left(): string[] {
    if (this.#dryRun) return []
    const ours = [...this.#desk.orders.open()].map(({ request }) => request.clientOrderId)
    return [...new Set([...(this.atVenues?.open ?? []), ...ours])]
  }

  /** Orders of the sweep by what became of them: a fill may have overtaken a cancel since. */
  count(canceled: boolean): number {
    const ids = [this.sweep?.canceled, this.sweep?.ended, this.sweep?.left].flatMap((list) => list ?? [])
    const states = ids.map((id) => this.#desk.orders.get(id)?.state)
    return states.filter(
      (state) => state !== undefined && TERMINAL_STATES.has(state) && (state === 'CANCELED') === canceled,
    ).length
  }

  /** Failures so far in words. */
  errors(steps: readonly StepResult[]): string[] {
    const failed = steps.filter(({ outcome }) => outcome !== 'done')
    return [
      ...(this.sweep?.errors ?? []),
      ...(this.atVenues?.errors ?? []),
      ...failed.map(({ name, error }) => `${name}: ${error}`),
    ]
  }

  stuck(): number[] {
    return (this.workers ?? []).filter(({ how }) => how === 'stuck').map(({ worker }) => worker)
  }

  /** 6 where anything of ours may be open, 7 where a thread is stuck, 1 where a step failed, else `otherwise`. */
  exitCode(steps: readonly StepResult[], otherwise: ExitCode): ExitCode {
    if (this.left().length > 0) return EXIT.ORDERS_LEFT
    if (this.stuck().length > 0) return EXIT.FORCED
    return steps.every(({ outcome }) => outcome === 'done') ? otherwise : EXIT.FAILURE
  }
}
