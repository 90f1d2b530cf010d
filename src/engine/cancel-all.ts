import type { Instrument } from '../domain/instrument.ts'
import { type Order, TERMINAL_STATES } from '../domain/order.ts'
import type { VenuePort } from '../domain/venue.ts'
import type { Desk } from './desk.ts'
import { sleep } from './steps.ts'

/** First wait for a cancel's outcome before it is asked again; doubles with each try, ms. */
const RETRY_FIRST_MS = 250
const RETRY_MAX_MS = 2_000
const TRIES_MAX = 20
const POLL_MS = 5
/** Cancels asked at once; the venue's answers come in parallel. */
const IN_PARALLEL = 50

/** What became of a sweep. Ids are client order ids. */
export interface CancelSummary {
  readonly canceled: readonly string[]
  /** ended otherwise while we asked: filled, expired, rejected */
  readonly ended: readonly string[]
  /** still open or unknown at the venue when time ran out */
  readonly left: readonly string[]
  readonly errors: readonly string[]
}

export interface CancelOptions {
  readonly reason: string
  readonly signal: AbortSignal
  /** which orders; every open one of ours by default */
  readonly include?: (order: Order) => boolean
  readonly onOrder?: (order: Order, instrument: Instrument) => void
}

/**
 * Cancels our open orders, those of unknown outcome by client id, and goes on until each is terminal by the venue's
 * word or the signal aborts. A cancel that has no outcome in time is asked again with a growing pause; an order that
 * turned out to be closed already is done. Nothing here throws: what fails is in the summary.
 */
export async function cancelOrders(desk: Desk, options: CancelOptions): Promise<CancelSummary> {
  const include = options.include ?? (() => true)
  const orders = [...desk.orders.open()].filter(include)
  const errors: string[] = []
  const queue = [...orders]
  const lanes = Array.from({ length: Math.min(IN_PARALLEL, queue.length) }, async () => {
    for (let order = queue.shift(); order !== undefined; order = queue.shift()) {
      await cancelOne(desk, order, options, errors)
    }
  })
  await Promise.all(lanes)
  const left = orders.filter((order) => !TERMINAL_STATES.has(order.state))
  const canceled = orders.filter((order) => order.state === 'CANCELED')
  const ended = orders.filter((order) => TERMINAL_STATES.has(order.state) && order.state !== 'CANCELED')
  return { canceled: canceled.map(idOf), ended: ended.map(idOf), left: left.map(idOf), errors }
}

async function cancelOne(desk: Desk, order: Order, options: CancelOptions, errors: string[]): Promise<void> {
  const instrument = desk.instruments[order.request.instrument] as Instrument
  const venue = desk.venues[order.request.instrument] as VenuePort
  const { clientOrderId } = order.request
  options.onOrder?.(order, instrument)
  let waitMs = RETRY_FIRST_MS
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (options.signal.aborted || TERMINAL_STATES.has(order.state)) return
    try {
      if (order.state !== 'PENDING_CANCEL' && order.state !== 'UNKNOWN' && order.state !== 'INITIALIZED') {
        desk.orders.requestCancel(clientOrderId, desk.time.utcNsText())
        desk.recorder.cancel(clientOrderId, options.reason, order.state)
      }
      venue.cancel({ clientOrderId, venueOrderId: order.venueOrderId, symbol: instrument.symbol })
    } catch (error) {
      errors.push(`${clientOrderId}: ${error instanceof Error ? error.message : String(error)}`)
    }
    await untilTerminal(order, waitMs, options.signal)
    waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)
  }
}

async function untilTerminal(order: Order, limitMs: number, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < limitMs; waited += POLL_MS) {
    if (signal.aborted || TERMINAL_STATES.has(order.state)) return
    await sleep(POLL_MS, signal)
  }
}

function idOf(order: Order): string {
  return order.request.clientOrderId
}

/**
 * Asks the venues until none of our orders is open there, or the signal aborts. Ours is what the prefix says, also
 * orders that our journal does not hold.
 *
 * @returns client order ids that are open at a venue, or null where no venue answered
 */
export async function ordersAtVenues(
  venues: Iterable<VenuePort>,
  prefix: string,
  signal: AbortSignal,
): Promise<string[] | null> {
  let open: string[] | null = null
  for (let pauseMs = 20; !signal.aborted; pauseMs = Math.min(500, pauseMs * 2)) {
    try {
      const found: string[] = []
      for (const venue of new Set(venues)) {
        for (const order of await venue.queryOpenOrders(null)) {
          if (order.clientOrderId.startsWith(prefix)) found.push(order.clientOrderId)
        }
      }
      open = found
      if (found.length === 0) return found
    } catch {
      // A venue that does not answer is asked again: the signal ends it, and null tells that nothing is proved.
    }
    await sleep(pauseMs, signal)
  }
  return open
}
