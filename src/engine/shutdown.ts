import type { Clock } from '../core/clock.ts'
import { EXIT, type ExitCode } from '../core/errors.ts'
import type { JournalPort } from '../domain/journal.ts'
import type { EngineEvents } from './events.ts'
import type { Halts } from './halts.ts'
import type { OrderBooks } from './order-evidence.ts'
import { shutdownSteps } from './shutdown-steps.ts'
import { ShutdownOutcome, type ShutdownSummary } from './shutdown-summary.ts'
import { runSteps, type StepResult } from './steps.ts'
import type { WorkerStop } from './worker-types.ts'

/** Of the total, what is kept for what follows the procedure: the door's end, the last log lines, the exit; ms, at most. */
const LEAVE_MS = 300
const LEAVE_SHARE = 0.1

/** The engine as its shutdown sees it. Every part may fail or hang. */
export interface StoppingEngine {
  readonly assembly: OrderBooks & { readonly halts: Halts }
  /** no tick is taken and no strategy decides any more */
  stopIntake(): void
  /** what venues report goes straight to the books; nothing holds it back or asks them in between */
  stopReconciling(): void
  /** books executions that the stream has not told */
  bookFills(): Promise<void>
  stopFeeds(): Promise<void>
  closeVenues(): Promise<void>
  /** asks the workers to end, waits, terminates them: all of it within `limitMs` */
  closeWorkers(limitMs: number): Promise<readonly WorkerStop[]>
  /** what the run did, for the SUMMARY record */
  facts(): object
}

export interface ShutdownOptions {
  readonly engine: StoppingEngine
  readonly journal: JournalPort
  readonly clock: Clock
  readonly events: EngineEvents
  readonly reason: string
  /** orders of a dry run live in the process: nothing is cancelled and none counts as open (S3) */
  readonly dryRun: boolean
  /** whose orders must be gone: client order ids that begin so, "" for all of the account */
  readonly prefix: string
  readonly totalMs: number
  readonly drainMs: number
  /** aborts when a further signal asks for speed: waits end soon, and what is left is named */
  readonly hurry: AbortSignal
  /** runs of this state directory before this one */
  readonly runs: ShutdownSummary['runs']
  /** what the exit code is where the procedure itself has nothing to say; default 0 */
  readonly otherwise?: () => ExitCode
  /** writes threads, handles and orders to the log */
  readonly dump: (occasion: string) => void
  readonly onLine: (level: 'info' | 'warn' | 'error', text: string, details: object) => void
}

/**
 * The one shutdown procedure (DESIGN 6): ordered steps, a deadline each, inside a total. Every step may fail or hang; the
 * next one runs all the same. Nothing starts after the first step: the word carries SHUTDOWN. Never throws.
 */
export async function shutDown(options: ShutdownOptions): Promise<ShutdownSummary> {
  const { clock, events, engine, totalMs, onLine } = options
  const startNs = clock.monoNs()
  const outcome = new ShutdownOutcome(engine.assembly.desk, options.dryRun)
  const results: StepResult[] = []
  const summary = (): ShutdownSummary =>
    summaryOf(options, outcome, results, (clock.monoNs() - startNs) / 1e6)
  events.emit({ kind: 'shutdown_requested', reason: options.reason })
  await runSteps(shutdownSteps(options, outcome, summary), {
    clock,
    totalMs: totalMs - Math.min(LEAVE_MS, totalMs * LEAVE_SHARE),
    onStart: (number, name) => onLine('info', `shutdown step ${number}: ${name}`, {}),
    onEnd: (number, result) => {
      results.push(result)
      events.emit({ kind: 'shutdown_step', number, result })
      if (result.outcome !== 'done')
        onLine('error', `shutdown step ${number} ${result.outcome}`, { ...result })
    },
  })
  return summary()
}

function summaryOf(
  options: ShutdownOptions,
  outcome: ShutdownOutcome,
  steps: readonly StepResult[],
  durationMs: number,
): ShutdownSummary {
  return {
    reason: options.reason,
    orders_canceled: outcome.count(true),
    orders_ended: outcome.count(false),
    cancel_errors: outcome.sweep?.failures ?? 0,
    errors: outcome.errors(steps),
    orders_left: outcome.left(),
    orders_skipped: outcome.sweep?.skipped ?? [],
    verified: outcome.verified,
    state_flushed: outcome.flushed,
    workers_stuck: outcome.stuck(),
    duration_ms: Math.round(durationMs),
    steps: [...steps],
    runs: options.runs,
    exit_code: outcome.exitCode(steps, options.otherwise?.() ?? EXIT.OK),
  }
}
