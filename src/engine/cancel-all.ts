import type { Instrument } from '../domain/instrument.ts'
import { type Order, TERMINAL_STATES } from '../domain/order.ts'
import type { ExecutionReport } from '../domain/report.ts'
import type { CancelRequest, VenuePort } from '../domain/venue.ts'
import { CancelErrors } from './cancel-errors.ts'
import type { Desk } from './desk.ts'
import { type OrderBooks, readEvidence } from './order-evidence.ts'
import { bounded, inParallel, messageOf, sleep } from './steps.ts'

/** Longest wait for the answer to one cancel, or to one batch, ms. */
const TRY_MS = 1_000
/** An order without outcome is waited for before its cancel goes out by our id, ms. */
const OUTCOME_MS = 1_000
/** From a cancel that the venue took to its confirmation by the stream, before the venue is asked, ms. */
const CONFIRM_MS = 250
/** Pause before a cancel is asked again; doubles with each round, ms. */
const RETRY_FIRST_MS = 100
const RETRY_MAX_MS = 2_000
const ROUNDS_MAX = 30
/** Cancels that wait for their answers at once. */
const IN_PARALLEL = 200
/** The venue's word that there is no such open order: it has closed already. */
const CLOSED_ALREADY = 'UNKNOWN_ORDER'

/** What became of a sweep. Ids are client order ids. */
export interface CancelSummary {
  readonly canceled: readonly string[]
  /** ended otherwise while we asked: filled, expired, rejected */
  readonly ended: readonly string[]
  /** still open or unknown at the venue when time ran out */
  readonly left: readonly string[]
  /** of these, those that the venue does not know and that no id of the venue names: nothing could be cancelled */
  readonly skipped: readonly string[]
  /** each failure once, with how often it came */
  readonly errors: readonly string[]
  /** tries that failed */
  readonly failures: number
}

export interface CancelOptions {
  readonly reason: string
  readonly signal: AbortSignal
  /** which orders; every open one of ours by default */
  readonly include?: (order: Order) => boolean
  /** an order is about to be cancelled; called once for each */
  readonly onOrder?: (order: Order, instrument: Instrument) => void
  readonly onError?: (text: string) => void
}

/**
 * Cancels our open orders and goes on until each is terminal by the venue's word or the signal aborts (S4): in a batch
 * where the venue has one and there are several, each by itself else and after a batch that failed in part; again with a
 * growing pause; those of unknown outcome by our id. After each round the venue is asked what became of the rest, so an
 * order that had closed already is done, and a fill that raced the cancel is booked. Nothing here throws.
 */
export async function cancelOrders(books: OrderBooks, options: CancelOptions): Promise<CancelSummary> {
  const { desk } = books
  const orders = [...desk.orders.open()].filter(options.include ?? (() => true))
  const errors = new CancelErrors(options.onError)
  const byVenue = Map.groupBy(orders, (order) => desk.venues[order.request.instrument] as VenuePort)
  const sweeps = [...byVenue].map(([venue, mine]) => new VenueSweep(books, venue, mine, options, errors))
  await Promise.all(sweeps.map((sweep) => sweep.run()))
  const having = (fits: (order: Order) => boolean): string[] => orders.filter(fits).map(idOf)
  const skipped = new Set(sweeps.flatMap(({ absent }) => absent))
  return {
    canceled: having(({ state }) => state === 'CANCELED'),
    ended: having((order) => !isOpen(order) && order.state !== 'CANCELED'),
    left: having(isOpen),
    skipped: having((order) => isOpen(order) && order.venueOrderId === null && skipped.has(idOf(order))),
    errors: errors.list(),
    failures: errors.count,
  }
}

/** One venue's part: a venue that hangs holds up no other. */
class VenueSweep {
  /** client order ids that the venue did not know when it was asked last */
  absent: readonly string[] = []
  readonly #books: OrderBooks
  readonly #venue: VenuePort
  readonly #orders: readonly Order[]
  readonly #options: CancelOptions
  readonly #errors: CancelErrors
  readonly #asked = new Set<string>()

  constructor(
    books: OrderBooks,
    venue: VenuePort,
    orders: readonly Order[],
    options: CancelOptions,
    errors: CancelErrors,
  ) {
    this.#books = books
    this.#venue = venue
    this.#orders = orders
    this.#options = options
    this.#errors = errors
  }

  async run(): Promise<void> {
    const { signal } = this.#options
    // An order on its way would be overtaken by its cancel: its outcome comes first, but not for ever.
    const waiting = new Set(this.#orders.filter(hasNoOutcome))
    const outcomes = inParallel([...waiting], waiting.size, async (order) => {
      await this.#outcome(order)
      waiting.delete(order)
    })
    let pauseMs = RETRY_FIRST_MS
    for (let round = 1; round <= ROUNDS_MAX; round++) {
      const open = this.#orders.filter(isOpen)
      if (open.length === 0 || signal.aborted) return
      const ready = open.filter((order) => !waiting.has(order))
      if (ready.length === 0) {
        await outcomes
        continue
      }
      await this.#cancel(ready)
      await this.#confirm(ready.filter(isOpen))
      if (!ready.some(isOpen)) continue
      await sleep(pauseMs, signal)
      pauseMs = Math.min(RETRY_MAX_MS, pauseMs * 2)
    }
  }

  async #outcome(order: Order): Promise<void> {
    const known = (): boolean => !hasNoOutcome(order)
    await this.#books.reports.watch.next(idOf(order), known, OUTCOME_MS, this.#options.signal)
  }

  async #cancel(orders: readonly Order[]): Promise<void> {
    let rest = orders
    if (orders.length > 1 && this.#venue.cancelBatch !== undefined) {
      const { batchCancelMax = orders.length } = this.#venue.capabilities
      const batches = chunks(orders, batchCancelMax)
      rest = (await Promise.all(batches.map((batch) => this.#batch(batch)))).flat()
    }
    await inParallel(rest, IN_PARALLEL, (order) => this.#single(order))
  }

  /** @returns the orders that must be asked for one by one */
  async #batch(orders: readonly Order[]): Promise<readonly Order[]> {
    try {
      const asked = this.#venue.cancelBatch?.(orders.map((order) => this.#ask(order))) ?? Promise.resolve([])
      const answers = await bounded(asked, 'batch', TRY_MS, this.#options.signal)
      return orders.filter((order, index) => {
        const refusal = answers[index]
        if (refusal === null || refusal === CLOSED_ALREADY) return false
        this.#errors.add(idOf(order), `batch: ${refusal ?? 'not answered'}`)
        return isOpen(order)
      })
    } catch (error) {
      this.#errors.add(this.#venue.id, messageOf(error))
      return orders.filter(isOpen)
    }
  }

  async #single(order: Order): Promise<void> {
    const { signal } = this.#options
    if (signal.aborted || !isOpen(order)) return
    const id = idOf(order)
    const answers = ({ kind }: ExecutionReport): boolean =>
      kind === 'pending_cancel' || kind === 'cancel_rejected' || !isOpen(order)
    try {
      const request = this.#ask(order)
      const answer = this.#books.reports.watch.next(id, answers, TRY_MS, signal)
      this.#venue.cancel(request)
      const report = await answer
      if (report === null && !signal.aborted) this.#errors.add(id, `no answer within ${TRY_MS} ms`)
      else if (report?.kind === 'cancel_rejected' && report.reason !== CLOSED_ALREADY)
        this.#errors.add(id, report.reason)
    } catch (error) {
      this.#errors.add(id, messageOf(error))
    }
  }

  /** What is asked of the venue. The first time, the request is on record. */
  #ask(order: Order): CancelRequest {
    const { desk } = this.#books
    const clientOrderId = idOf(order)
    const instrument = desk.instruments[order.request.instrument] as Instrument
    if (!this.#asked.has(clientOrderId)) {
      this.#asked.add(clientOrderId)
      try {
        this.#options.onOrder?.(order, instrument)
        markCancel(desk, order, this.#options.reason)
      } catch (error) {
        // Our own state must not keep the cancel from the venue.
        this.#errors.add(clientOrderId, `not marked: ${messageOf(error)}`)
      }
    }
    return { clientOrderId, venueOrderId: order.venueOrderId, symbol: instrument.symbol }
  }

  /** Waits for the stream's word on cancels that were taken, then asks the venue for what it has not told. */
  async #confirm(orders: readonly Order[]): Promise<void> {
    const { signal } = this.#options
    const { watch } = this.#books.reports
    await inParallel(orders, orders.length, async (order) => {
      if (order.state !== 'PENDING_CANCEL' && order.state !== 'UNKNOWN') return
      await watch.next(idOf(order), () => !isOpen(order), CONFIRM_MS, signal)
    })
    const rest = orders.filter(isOpen)
    if (rest.length === 0 || signal.aborted) return
    const { absent, errors } = await readEvidence(this.#books, this.#venue, rest, signal)
    this.absent = absent
    for (const error of errors) this.#errors.add('query', error)
  }
}

/** Notes on the order and in the journal that its cancel is asked for; does nothing to what is closed or was never sent. */
export function markCancel(desk: Desk, order: Order, reason: string): void {
  if (!isOpen(order) || order.state === 'INITIALIZED') return
  desk.orders.requestCancel(order.request.clientOrderId, desk.time.utcNsText(), reason)
  desk.recorder.cancel(order.request.clientOrderId, reason, order.state)
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size))
}

function isOpen(order: Order): boolean {
  return !TERMINAL_STATES.has(order.state)
}

function hasNoOutcome(order: Order): boolean {
  return order.state === 'SUBMITTED' || order.state === 'INITIALIZED'
}

function idOf(order: Order): string {
  return order.request.clientOrderId
}
