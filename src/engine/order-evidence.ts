import type { Instrument } from '../domain/instrument.ts'
import { type Order, TERMINAL_STATES } from '../domain/order.ts'
import type { ExecutionReport } from '../domain/report.ts'
import type { VenueFill, VenueOrder, VenuePort } from '../domain/venue.ts'
import type { Desk } from './desk.ts'
import type { ReportHandler } from './report-handler.ts'
import { bounded, inParallel, messageOf } from './steps.ts'

/** Queries asked at once. */
export const QUERIES_AT_ONCE = 8
/** Longest wait for one query, ms. */
const QUERY_MS = 1_500

/** Where evidence goes: the same way as a report from the stream. */
export interface EvidenceSink {
  order(clientOrderId: string): Order | undefined
  apply(report: ExecutionReport): 'applied' | 'duplicate' | 'quarantined'
  utcNsText(): string
}

/** The books that a sweep reads and corrects. */
export interface OrderBooks {
  readonly desk: Desk
  readonly reports: ReportHandler
}

/** What the venue said of orders that our books have as open. */
export interface Evidence {
  /** client order ids that the venue does not know */
  readonly absent: readonly string[]
  readonly errors: readonly string[]
}

/** Books fills of orders that are ours. Gives how many were new. */
export function applyFills(fills: readonly VenueFill[], sink: EvidenceSink): number {
  let applied = 0
  for (const { clientOrderId, fill } of fills) {
    if (clientOrderId === null || sink.order(clientOrderId) === undefined) continue
    if (sink.apply({ kind: 'fill', clientOrderId, fill, ts: sink.utcNsText() }) === 'applied') applied++
  }
  return applied
}

/**
 * Books what a venue says of one order, executions before its end, so that a terminal state never hides a fill.
 *
 * @returns false where fills are missing that the venue counts: the order stays as it is
 * @throws what the venue's query for fills throws
 */
export async function applyVenueOrder(
  order: Order,
  found: VenueOrder,
  venue: VenuePort,
  sink: EvidenceSink,
): Promise<boolean> {
  const { clientOrderId } = order.request
  const ts = sink.utcNsText()
  if (order.venueOrderId === null || order.state === 'UNKNOWN' || order.state === 'SUBMITTED') {
    if (found.state === 'rejected') {
      sink.apply({ kind: 'rejected', clientOrderId, reason: 'REJECTED_AT_VENUE', ts })
      return true
    }
    sink.apply({ kind: 'accepted', clientOrderId, venueOrderId: found.venueOrderId, ts })
  }
  if (!(await hasEveryFill(order, found, venue, sink))) return false
  if (found.state === 'canceled') sink.apply({ kind: 'canceled', clientOrderId, reason: 'AT_VENUE', ts })
  if (found.state === 'expired') sink.apply({ kind: 'expired', clientOrderId, reason: 'AT_VENUE', ts })
  return true
}

/** Books the fills that we lack of an order, asked for by its id: the symbol's may be years. */
async function hasEveryFill(
  order: Order,
  { symbol, venueOrderId, cumQty }: VenueOrder,
  venue: VenuePort,
  sink: EvidenceSink,
): Promise<boolean> {
  if (order.cumQty < cumQty) applyFills(await venue.queryOrderFills(symbol, venueOrderId), sink)
  return order.cumQty >= cumQty
}

/**
 * Asks a venue what became of orders, and books the answers: those that it has open get their venue's id, the others
 * their fills and then their end. Nothing is invented: an order that the venue does not know stays as it is. Never throws.
 *
 * @param venue the one venue of all the orders
 */
export async function readEvidence(
  { desk, reports }: OrderBooks,
  venue: VenuePort,
  orders: readonly Order[],
  signal: AbortSignal,
): Promise<Evidence> {
  const absent: string[] = []
  const errors: string[] = []
  const sink: EvidenceSink = {
    order: (id) => desk.orders.get(id),
    apply: (report) => {
      const { outcome } = reports.onReport(report)
      return outcome === 'ignored' ? 'duplicate' : outcome
    },
    utcNsText: () => desk.time.utcNsText(),
  }
  const symbolOf = (order: Order): string => (desk.instruments[order.request.instrument] as Instrument).symbol
  try {
    const open = await bounded(venue.queryOpenOrders(null), 'open orders', QUERY_MS, signal)
    const byId = new Map(open.map((found) => [found.clientOrderId, found]))
    const gone: Order[] = []
    for (const order of orders) {
      const found = byId.get(order.request.clientOrderId)
      if (found === undefined) gone.push(order)
      else await bounded(applyVenueOrder(order, found, venue, sink), 'fills', QUERY_MS, signal)
    }
    await inParallel(gone, QUERIES_AT_ONCE, async (order) => {
      if (order.state === 'FILLED') return
      const { clientOrderId } = order.request
      try {
        const query = venue.queryOrder(symbolOf(order), clientOrderId)
        const found = await bounded(query, 'order', QUERY_MS, signal)
        // An order that the stream has ended meanwhile may lack a fill all the same.
        if (found !== null)
          await bounded(applyVenueOrder(order, found, venue, sink), 'fills', QUERY_MS, signal)
        else if (!TERMINAL_STATES.has(order.state)) absent.push(clientOrderId)
      } catch (error) {
        errors.push(`${clientOrderId}: ${messageOf(error)}`)
      }
    })
  } catch (error) {
    errors.push(`${venue.id}: ${messageOf(error)}`)
  }
  return { absent, errors }
}
