import { RECORD_KIND } from '../domain/journal-records.ts'
import { cancelOrders, markCancel } from './cancel-all.ts'
import { readEvidence } from './order-evidence.ts'
import type { ShutdownOptions } from './shutdown.ts'
import { ShutdownRequest } from './shutdown-request.ts'
import type { ShutdownOutcome, ShutdownSummary } from './shutdown-summary.ts'
import { messageOf, type Step } from './steps.ts'
import { verifyNoneOpen } from './verify-open.ts'

/** Why our orders are CANCELED then (S5). */
const REASON = 'graceful_shutdown'
/** How long a wait goes on after a further signal has asked for speed, ms. */
const HURRY_MS = 500
/** Longest time of a step that waits for nobody, ms. */
const QUICK_MS = 250

/**
 * The steps in their order. Times are the longest that a step may take, and what is kept for it of the total.
 *
 * @param summary what is known so far
 */
export function shutdownSteps(
  options: ShutdownOptions,
  outcome: ShutdownOutcome,
  summary: () => ShutdownSummary,
): Step[] {
  const { engine, journal, events } = options
  return [
    quick('refuse new work', () => requestOf(options).requestShutdown(options.reason)),
    quick('stop intake', () => {
      engine.stopIntake()
      engine.stopReconciling()
    }),
    quick('dump threads', () => options.dump('shutdown')),
    ...(options.dryRun ? [] : orderSteps(options, outcome)),
    { name: 'stop feeds', deadlineMs: 1_000, reserveMs: 100, run: () => engine.stopFeeds() },
    { name: 'close venues', deadlineMs: 1_000, reserveMs: 100, run: () => engine.closeVenues() },
    quick('write the summary', () => writeSummary(options, summary())),
    {
      name: 'flush and close the journal',
      deadlineMs: 1_000,
      reserveMs: 200,
      run: () => {
        journal.close()
        outcome.flushed = journal.failure?.code === 'JOURNAL_CLOSED'
        if (!outcome.flushed) throw new Error(journal.failure?.message ?? 'not closed')
      },
    },
    quick('tell metrics and alerts', () => events.emit({ kind: 'shutdown_summary', summary: summary() })),
    {
      name: 'end workers',
      deadlineMs: 4_000,
      reserveMs: 400,
      run: async (_signal, limitMs) => {
        outcome.workers = await engine.closeWorkers(limitMs)
        const stuck = outcome.stuck()
        if (stuck.length > 0) throw new Error(`worker ${stuck.join(', ')} sits in native code`)
      },
    },
  ]
}

function quick(name: string, run: () => void): Step {
  return { name, deadlineMs: QUICK_MS, reserveMs: 20, run }
}

function requestOf({ engine }: ShutdownOptions): ShutdownRequest {
  return new ShutdownRequest(engine.assembly.halts, engine.assembly.desk.guard)
}

/** What happens to our orders; in a dry run nothing does. */
function orderSteps(options: ShutdownOptions, outcome: ShutdownOutcome): Step[] {
  const { engine, hurry, drainMs } = options
  const { desk } = engine.assembly
  return [
    {
      name: 'drain submissions in flight and cancel open orders',
      deadlineMs: drainMs,
      reserveMs: 200,
      run: (step, limitMs) =>
        hurried(step, hurry, async (signal) => {
          const drained = requestOf(options).waitForInflightZero(limitMs, signal)
          await cancelOurs(options, outcome, signal)
          await drained
        }),
    },
    {
      name: 'ask the venues until none of ours is open',
      deadlineMs: 2_000,
      reserveMs: 300,
      run: (step) =>
        hurried(step, hurry, async (signal) => {
          outcome.atVenues = await verifyNoneOpen(desk.venues, {
            prefix: options.prefix,
            signal,
            onOpen: ({ clientOrderId }) => {
              const order = desk.orders.get(clientOrderId)
              if (order !== undefined && (order.cancelReason ?? null) === null)
                markCancel(desk, order, REASON)
            },
          })
        }),
    },
    {
      name: 'book the last fills',
      deadlineMs: 1_000,
      reserveMs: 200,
      run: (step) => hurried(step, hurry, (signal) => bookLast(options, outcome, signal)),
    },
    quick('name what has no outcome', () => settleUnknown(options)),
  ]
}

async function cancelOurs(
  { engine, onLine }: ShutdownOptions,
  outcome: ShutdownOutcome,
  signal: AbortSignal,
): Promise<void> {
  let number = 0
  outcome.sweep = await cancelOrders(engine.assembly, {
    reason: REASON,
    signal,
    onOrder: ({ request, venueOrderId, state }, { symbol }) => {
      const { clientOrderId, side, qty } = request
      const details = { symbol, side, qty, id: clientOrderId, venue_order_id: venueOrderId, state }
      onLine('info', `cancel ${++number}`, details)
    },
    onError: (error) => onLine('error', 'cancel failed', { error }),
  })
  for (const id of outcome.sweep.skipped) onLine('warn', 'skipped: the venue does not know it', { id })
}

/** Executions first, then the ends of orders that the venues do not have open and our books do. */
async function bookLast(
  { engine }: ShutdownOptions,
  outcome: ShutdownOutcome,
  signal: AbortSignal,
): Promise<void> {
  const { desk } = engine.assembly
  const errors: string[] = []
  await engine.bookFills().catch((error: unknown) => errors.push(messageOf(error)))
  const silent = new Set(outcome.atVenues?.silent)
  for (const venue of new Set(desk.venues)) {
    if (outcome.atVenues === null || silent.has(venue.id) || signal.aborted) continue
    const open = [...desk.orders.open()].filter(({ request }) => desk.venues[request.instrument] === venue)
    if (open.length > 0) errors.push(...(await readEvidence(engine.assembly, venue, open, signal)).errors)
  }
  if (errors.length > 0) throw new Error(errors.join('; '))
}

/** I15: what was sent and has no outcome is UNKNOWN on record, so that the next start asks for it. */
function settleUnknown({ engine, onLine }: ShutdownOptions): void {
  const { orders, recorder, time } = engine.assembly.desk
  const reason = 'no outcome before the engine ended'
  for (const { request, state } of orders.open()) {
    const { clientOrderId } = request
    if (state === 'SUBMITTED' || state === 'INITIALIZED') {
      orders.apply({ kind: 'unknown', clientOrderId, reason, ts: time.utcNsText() })
      recorder.unknown(clientOrderId, reason, 'UNKNOWN')
    }
    onLine('error', 'left', { id: clientOrderId, state: orders.get(clientOrderId)?.state })
  }
}

function writeSummary({ engine }: ShutdownOptions, summary: ShutdownSummary): void {
  const { steps, duration_ms, state_flushed: _later, runs: _before, workers_stuck: _last, ...rest } = summary
  engine.assembly.desk.recorder.note(RECORD_KIND.SUMMARY, 'engine', {
    ...engine.facts(),
    ...rest,
    steps: steps.map(({ name, outcome }) => ({ name, outcome })),
    durations: { total_ms: duration_ms, steps_ms: steps.map((step) => step.duration_ms) },
  })
}

/** Runs `work` under a signal that aborts with the step, and a little after somebody has asked for speed. */
async function hurried(
  step: AbortSignal,
  hurry: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const hasten = (): void => {
    timer = setTimeout(() => over.abort(), HURRY_MS)
  }
  if (hurry.aborted) hasten()
  else hurry.addEventListener('abort', hasten, { once: true })
  try {
    await work(AbortSignal.any([step, over.signal]))
  } finally {
    clearTimeout(timer)
    hurry.removeEventListener('abort', hasten)
  }
}
