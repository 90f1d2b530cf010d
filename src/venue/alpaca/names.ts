import type { OrderState } from '../../domain/order.ts'
import type { ExecutionReport } from '../../domain/report.ts'

/**
 * Alpaca's order statuses as our states. `done_for_day`, `calculated`, `stopped` and `suspended` still belong to an order that
 * can go on; `replaced` ends an order under its id, because the new terms work under another one.
 */
const STATUS: Readonly<Record<string, OrderState>> = {
  new: 'ACCEPTED',
  partially_filled: 'PARTIALLY_FILLED',
  filled: 'FILLED',
  done_for_day: 'ACCEPTED',
  canceled: 'CANCELED',
  expired: 'EXPIRED',
  replaced: 'CANCELED',
  pending_cancel: 'PENDING_CANCEL',
  pending_replace: 'PENDING_REPLACE',
  pending_review: 'SUBMITTED',
  accepted: 'ACCEPTED',
  pending_new: 'SUBMITTED',
  accepted_for_bidding: 'ACCEPTED',
  stopped: 'ACCEPTED',
  rejected: 'REJECTED',
  suspended: 'ACCEPTED',
  calculated: 'ACCEPTED',
  held: 'SUBMITTED',
}

type ReportKind = ExecutionReport['kind']

/** Alpaca's trade events as our reports; null: it tells nothing that changes an order's state. */
const EVENT: Readonly<Record<string, ReportKind | null>> = {
  accepted: 'accepted',
  canceled: 'canceled',
  expired: 'expired',
  fill: 'fill',
  new: 'accepted',
  partial_fill: 'fill',
  pending_cancel: 'pending_cancel',
  pending_new: null,
  pending_replace: 'pending_replace',
  rejected: 'rejected',
  replaced: 'replaced',
  restated: null,
  done_for_day: null,
  stopped: null,
  calculated: null,
  suspended: null,
  order_replace_rejected: 'replace_rejected',
  order_cancel_rejected: 'cancel_rejected',
}

/** A name of Alpaca's as read: the text is kept, and one that we do not know means nothing, least of all an end. */
export interface AlpacaName<T> {
  readonly text: string
  readonly known: boolean
  readonly meaning: T | null
}

export function alpacaStatus(text: string): AlpacaName<OrderState> {
  return nameIn(STATUS, text)
}

export function alpacaEvent(text: string): AlpacaName<ReportKind> {
  return nameIn(EVENT, text)
}

function nameIn<T>(names: Readonly<Record<string, T | null>>, text: string): AlpacaName<T> {
  return Object.hasOwn(names, text)
    ? { text, known: true, meaning: names[text] ?? null }
    : { text, known: false, meaning: null }
}
