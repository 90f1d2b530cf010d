import type { Instrument } from '../domain/instrument.ts'
import { type Order, TERMINAL_STATES } from '../domain/order.ts'
import type { Fill } from '../domain/report.ts'
import type { VenueFill, VenueOrder, VenuePort } from '../domain/venue.ts'
import { applyFills, type EvidenceSink, QUERIES_AT_ONCE } from './order-evidence.ts'
import { inParallel } from './steps.ts'

/** A trade up to which every fill of ours is booked, or of an order that may still owe one. */
export type ReadUpTo = Pick<Fill, 'tradeId' | 'tMs'>

/** What reading needs of the engine's books. */
export interface UnreadHost extends EvidenceSink {
  /** how far an instrument was read; null: never, or not in the venue's present numbering of trades */
  readUpTo(instrument: Instrument): ReadUpTo | null
  /** the newest trade of a read that was complete and handed to `apply`, and how many trades it had */
  setReadUpTo(instrument: Instrument, upTo: ReadUpTo | null, trades: number): void
  /** a read that began after the order's end is complete */
  settle(order: Order): void
}

/**
 * Books what an instrument may owe us, and reads nothing else. Only two kinds of order can have a fill that is not booked:
 * one that ended short of its quantity since the last read, and an open one of which the venue does not list just what we
 * have. Without one of them there is no request.
 *
 * It reads on from the trade up to which it has read. The venue must tell that very trade again, by its id and time: where
 * it does not (another venue, or one whose ids began anew), or where too many trades have come since, the mark is dropped.
 * Without a mark the orders are read by their own ids, however old the account is, after the newest trade was asked for: that
 * is the next mark. While the venue's id of an order is not known the mark stays where it is: a fill of it may be among those.
 *
 * @param orders our orders of the instrument that are open, or doubtful (`ClosedOrders`)
 * @param open what the venue has open
 * @returns how many fills were new
 * @throws what the venue's queries throw; what was not read completely is then read again
 */
export async function bookUnreadFills(
  venue: VenuePort,
  host: UnreadHost,
  instrument: Instrument,
  orders: readonly Order[],
  open: readonly VenueOrder[],
): Promise<number> {
  if (orders.every((order) => isListed(order, open))) return 0
  const ended = orders.filter(({ state }) => TERMINAL_STATES.has(state))
  // A venue's order ids may be unique within a symbol only.
  const ids = new Map<string, string>()
  for (const { symbol, clientOrderId, venueOrderId } of open)
    if (symbol === instrument.symbol) ids.set(venueOrderId, clientOrderId)
  for (const { request, venueOrderId } of orders)
    if (venueOrderId !== null) ids.set(venueOrderId, request.clientOrderId)
  const ours = new Set(orders.map(({ request }) => request.clientOrderId))
  const known = new Set(ids.values())
  const mayMark = orders.every(
    ({ request, state }) => known.has(request.clientOrderId) || TERMINAL_STATES.has(state),
  )
  const applied =
    (await fromMark(venue, host, instrument, ids, mayMark)) ??
    (await byOrder(
      venue,
      host,
      instrument,
      [...ids].filter(([, id]) => ours.has(id)),
      new Map(ended.map((order) => [order.request.clientOrderId, order])),
      mayMark,
    ))
  for (const order of ended) host.settle(order)
  return applied
}

function isListed({ request, cumQty }: Order, open: readonly VenueOrder[]): boolean {
  return open.some((told) => told.clientOrderId === request.clientOrderId && told.cumQty === cumQty)
}

/** Reads on from the mark; null where there is none that holds. */
async function fromMark(
  venue: VenuePort,
  host: UnreadHost,
  instrument: Instrument,
  ids: ReadonlyMap<string, string>,
  mayMark: boolean,
): Promise<number | null> {
  const mark = host.readUpTo(instrument)
  if (mark === null) return null
  const told = await venue.queryFills(instrument.symbol, mark.tradeId)
  const first = told?.[0]
  if (told === null || first?.fill.tradeId !== mark.tradeId || first.fill.tMs !== mark.tMs) {
    host.setReadUpTo(instrument, null, 0)
    return null
  }
  const fills = told.filter(({ fill }) => fill.tradeId !== mark.tradeId)
  const applied = applyFills(
    fills.map((each) => ({
      ...each,
      clientOrderId: ids.get(each.venueOrderId) ?? each.clientOrderId,
    })),
    host,
  )
  if (mayMark) host.setReadUpTo(instrument, (told.at(-1) as VenueFill).fill, fills.length)
  return applied
}

/** Reads the orders by the venue's ids, and learns the mark before: what is newer is the next read's. */
async function byOrder(
  venue: VenuePort,
  host: UnreadHost,
  instrument: Instrument,
  ids: readonly (readonly [venueOrderId: string, clientOrderId: string])[],
  ended: ReadonlyMap<string, Order>,
  mayMark: boolean,
): Promise<number> {
  const newest = await venue.queryNewestFill(instrument.symbol)
  // An account that has never traded there has no fill of ours.
  if (newest === null) return 0
  let applied = 0
  await inParallel(ids, QUERIES_AT_ONCE, async ([venueOrderId, clientOrderId]) => {
    const fills = await venue.queryOrderFills(instrument.symbol, venueOrderId)
    applied += applyFills(
      fills.map((each) => ({ ...each, clientOrderId })),
      host,
    )
    const order = ended.get(clientOrderId)
    if (order !== undefined) host.settle(order)
  })
  if (mayMark) host.setReadUpTo(instrument, newest.fill, ids.length)
  return applied
}
