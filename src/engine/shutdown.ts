import type { Clock } from '../core/clock.ts'
import { EXIT, type ExitCode } from '../core/errors.ts'
import type { JournalPort } from '../domain/journal.ts'
import { RECORD_KIND } from '../domain/journal-records.ts'
import { clientOrderIdPrefix } from '../order/client-order-id.ts'
import { ALL_SCOPE } from '../shm/control-plane.ts'
import { type CancelSummary, cancelOrders, ordersAtVenues } from './cancel-all.ts'
import type { Desk } from './desk.ts'
import type { Live } from './live.ts'
import { runSteps, type Step, type StepResult, sleep } from './steps.ts'

const DRAIN_POLL_MS = 2
const QUICK_MS = 250
const VERIFY_MS = 2_000
const BOOK_MS = 1_000
const FEEDS_MS = 1_000
const CLOSE_MS = 4_000

export interface ShutdownOptions {
  readonly live: Live
  readonly journal: JournalPort
  readonly clock: Clock
  readonly node: string
  readonly reason: string
  /** orders of a dry run live in the process: nothing is cancelled and none counts as open (S3) */
  readonly dryRun: boolean
  readonly totalMs: number
  readonly drainMs: number
  /** aborts when a further signal asks for speed: drain and cancel end at once, what is left is named */
  readonly hurry: AbortSignal
  readonly onLine: (level: 'info' | 'warn' | 'error', text: string, details: object) => void
}

/** S7: what a shutdown did; journaled, logged and printed. */
export interface ShutdownSummary {
  readonly reason: string
  readonly orders_canceled: number
  readonly cancel_errors: number
  /** client order ids of ours that are open, or whose state nobody told us */
  readonly orders_left: readonly string[]
  /** true: the venues said that none of ours is open, or nothing of ours could be there */
  readonly verified: boolean
  readonly state_flushed: boolean
  readonly duration_ms: number
  readonly steps: readonly StepResult[]
  readonly exit_code: ExitCode
}

/**
 * The one shutdown procedure (DESIGN 6): ordered steps, a deadline each, inside a total. Every step may fail or hang; the
 * next one runs all the same. Nothing starts after the first step: the word carries SHUTDOWN.
 */
export async function shutDown(options: ShutdownOptions): Promise<ShutdownSummary> {
  const { live, journal, clock, onLine } = options
  const { desk } = live.assembly
  const startNs = clock.monoNs()
  const outcome = new ShutdownOutcome(options.dryRun)
  const steps = await runSteps(shutdownSteps(options, outcome), {
    clock,
    totalMs: options.totalMs,
    onStart: (number, name) => onLine('info', `shutdown step ${number}: ${name}`, {}),
    onEnd: (number, result) => {
      if (result.outcome !== 'done')
        onLine('error', `shutdown step ${number} ${result.outcome}`, { ...result })
    },
  })
  const left = outcome.left(desk)
  const failed = steps.some((step) => step.outcome !== 'done')
  const exit_code = left.length > 0 ? EXIT.ORDERS_LEFT : failed ? EXIT.FAILURE : EXIT.OK
  return {
    reason: options.reason,
    orders_canceled: outcome.sweep?.canceled.length ?? 0,
    cancel_errors: outcome.sweep?.errors.length ?? 0,
    orders_left: left,
    verified: outcome.verified,
    state_flushed: outcome.flushed && journal.failure?.code === 'JOURNAL_CLOSED',
    duration_ms: Math.round((clock.monoNs() - startNs) / 1e6),
    steps,
    exit_code,
  }
}

class ShutdownOutcome {
  sweep: CancelSummary | null = null
  /** what the venues said at the end; null: nobody answered */
  atVenues: string[] | null = null
  flushed = false
  readonly #dryRun: boolean

  constructor(dryRun: boolean) {
    this.#dryRun = dryRun
  }

  get verified(): boolean {
    return this.#dryRun || this.atVenues?.length === 0
  }

  /** Ours at the venues by their word; where they gave none, ours by our own books. */
  left(desk: Desk): string[] {
    if (this.#dryRun) return []
    const ours = [...desk.orders.open()].map(({ request }) => request.clientOrderId)
    if (this.atVenues === null) return ours
    const unknown = [...desk.orders.open()].filter(({ state }) => state === 'UNKNOWN')
    return [...new Set([...this.atVenues, ...unknown.map(({ request }) => request.clientOrderId)])]
  }
}

function shutdownSteps(options: ShutdownOptions, outcome: ShutdownOutcome): Step[] {
  const { live, journal, dryRun } = options
  const { desk, halts } = live.assembly
  const always: Step[] = [
    {
      name: 'refuse new work',
      deadlineMs: QUICK_MS,
      run: () => {
        const cause = { code: 'OPERATOR', text: options.reason, source: 'shutdown' } as const
        halts.halt(ALL_SCOPE, 'SHUTDOWN', 'shutdown', cause)
      },
    },
    { name: 'stop intake', deadlineMs: QUICK_MS, run: () => live.stopIntake() },
  ]
  const orders: Step[] = [
    {
      name: 'drain in-flight orders and cancel open ones',
      deadlineMs: options.drainMs,
      run: async (signal) => {
        const either = AbortSignal.any([signal, options.hurry])
        await Promise.all([drain(desk, either), cancelOurs(options, outcome, either)])
      },
    },
    {
      name: 'verify that none of ours is open',
      deadlineMs: VERIFY_MS,
      run: async (signal) => {
        const prefix = clientOrderIdPrefix(options.node)
        outcome.atVenues = await ordersAtVenues(desk.venues, prefix, AbortSignal.any([signal, options.hurry]))
      },
    },
    { name: 'book the last fills', deadlineMs: BOOK_MS, run: () => bookLastFills(live) },
  ]
  return [
    ...always,
    ...(dryRun ? [] : orders),
    { name: 'stop feeds', deadlineMs: FEEDS_MS, run: () => live.stopFeeds() },
    {
      name: 'write the summary',
      deadlineMs: QUICK_MS,
      run: () => {
        desk.recorder.note(RECORD_KIND.SUMMARY, 'engine', {
          reason: options.reason,
          ticks: desk.counters.ticks,
          ...desk.counters.ordersDocument(),
          orders_canceled: outcome.sweep?.canceled.length ?? 0,
          cancel_errors: outcome.sweep?.errors ?? [],
          orders_left: outcome.left(desk),
          fills: live.fills.document(),
        })
      },
    },
    { name: 'end workers and connections', deadlineMs: CLOSE_MS, run: () => live.close() },
    {
      name: 'flush the journal',
      deadlineMs: QUICK_MS * 4,
      run: () => {
        outcome.flushed = journal.flush()
        journal.close()
        if (!outcome.flushed) throw new Error(`journal: ${journal.failure?.message ?? 'not flushed'}`)
      },
    },
  ]
}

/** S2: resolves when no submission is under way and every outcome is known. */
async function drain(desk: Desk, signal: AbortSignal): Promise<void> {
  while (!desk.guard.isDrained() && !signal.aborted) await sleep(DRAIN_POLL_MS, signal)
}

async function cancelOurs(
  options: ShutdownOptions,
  outcome: ShutdownOutcome,
  signal: AbortSignal,
): Promise<void> {
  outcome.sweep = await cancelOrders(options.live.assembly.desk, {
    reason: 'graceful_shutdown',
    signal,
    onOrder: ({ request, venueOrderId }, { symbol }) => {
      const { clientOrderId, side, qty } = request
      options.onLine('info', 'cancel', { symbol, side, qty, id: clientOrderId, venue_order_id: venueOrderId })
    },
  })
  for (const error of outcome.sweep.errors) options.onLine('error', 'cancel failed', { error })
}

async function bookLastFills(live: Live): Promise<void> {
  await Promise.all(live.reconcilers.map((loop) => loop.bookFills()))
}
