import type { Order } from '../domain/order.ts'
import type { VenuePort } from '../domain/venue.ts'
import { type CancelSummary, cancelOrders } from './cancel-all.ts'
import type { OrderBooks } from './order-evidence.ts'
import { verifyNoneOpen } from './verify-open.ts'

export interface SweepOptions {
  readonly reason: string
  /** which orders */
  readonly include: (order: Order) => boolean
  /** client order ids that begin so, ours or not by our books, must be gone from the venues as well; null: nothing is asked */
  readonly prefix: string | null
  /** of a venue's id: the others' orders are left, and nothing is verified there */
  readonly mayAsk: (venue: string) => boolean
  readonly signal: AbortSignal
}

/** What a sweep found; `verified`: the venues say that nothing is left. */
export type SweepResult = CancelSummary & { readonly verified: boolean }

/**
 * Cancels orders, then asks their venues until none is open or the signal aborts (K13); a venue that hangs holds up no
 * other. Never throws.
 */
export async function sweep(books: OrderBooks, options: SweepOptions): Promise<SweepResult> {
  const { include, prefix, mayAsk } = options
  const { desk } = books
  const venues = [...new Set(desk.venues)]
  const asked = venues.filter(({ id }) => mayAsk(id))
  const parts = await Promise.all(asked.map((venue) => sweepVenue(books, venue, options)))
  const beside = [...desk.orders.open()].filter((order) => {
    return include(order) && !asked.includes(venueOf(books, order))
  })
  const left = [...parts.flatMap((part) => part.left), ...beside.map(({ request }) => request.clientOrderId)]
  const proved =
    parts.every(({ verified }) => verified) && (prefix === null || asked.length === venues.length)
  return {
    canceled: parts.flatMap(({ canceled }) => canceled),
    ended: parts.flatMap(({ ended }) => ended),
    left,
    skipped: parts.flatMap(({ skipped }) => skipped),
    errors: parts.flatMap(({ errors }) => errors),
    failures: parts.reduce((sum, { failures }) => sum + failures, 0),
    verified: left.length === 0 && proved,
  }
}

async function sweepVenue(books: OrderBooks, venue: VenuePort, options: SweepOptions): Promise<SweepResult> {
  const { reason, prefix, signal } = options
  const include = (order: Order): boolean => options.include(order) && venueOf(books, order) === venue
  const summary = await cancelOrders(books, { reason, signal, include })
  if (prefix === null) return { ...summary, verified: true }
  const found = await verifyNoneOpen([venue], { prefix, signal })
  const left = [...new Set([...summary.left, ...found.open])]
  return { ...summary, left, verified: found.silent.length === 0 }
}

function venueOf({ desk }: OrderBooks, { request }: Order): VenuePort {
  return desk.venues[request.instrument] as VenuePort
}
