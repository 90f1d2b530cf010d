import type { OrderState } from '../domain/order.ts'

/**
 * What can happen to an order. `partial_fill` leaves something open, `full_fill` nothing. `pending_cancel` and
 * `pending_replace` stand for our request as well as for a venue's word that it works on one.
 */
export const ORDER_EVENTS = [
  'denied',
  'submitted',
  'unknown',
  'accepted',
  'rejected',
  'triggered',
  'partial_fill',
  'full_fill',
  'pending_cancel',
  'cancel_rejected',
  'canceled',
  'expired',
  'pending_replace',
  'replaced',
  'replace_rejected',
  'trade_bust',
  'trade_correct',
] as const
export type OrderEvent = (typeof ORDER_EVENTS)[number]

/** Where a row leads: a state, or the state before the pending request. */
export type Target = OrderState | 'PREVIOUS'

/**
 * One legal transition. `surprise` marks what a well-behaved venue never sends: it is applied and reported.
 * A row's note says why a surprising or quiet row is as it is.
 */
export interface Transition {
  readonly from: OrderState
  readonly event: OrderEvent
  readonly to: Target
  readonly surprise: boolean
  readonly note: string
}

type Row = readonly [from: OrderState, event: OrderEvent, to: Target, note?: string]

const LATE = 'the news was overtaken; the later state stays'
const NO_PROOF = 'proves nothing about the submission; only evidence of the order itself ends UNKNOWN'
const OUTSIDE = 'an order that was adopted, or that is known again after a crash'
const RACE_LOST = 'the request lost a race against the end of the order'
const RESTATED = 'quantities are restated, the state stays'

const ROWS: readonly Row[] = [
  ['INITIALIZED', 'denied', 'DENIED'],
  ['INITIALIZED', 'submitted', 'SUBMITTED'],
  ['INITIALIZED', 'unknown', 'UNKNOWN', 'an intent without outcome after a crash may have left'],
  ['INITIALIZED', 'accepted', 'ACCEPTED', OUTSIDE],
  ['INITIALIZED', 'rejected', 'REJECTED', OUTSIDE],
  ['INITIALIZED', 'canceled', 'CANCELED', OUTSIDE],
  ['INITIALIZED', 'expired', 'EXPIRED', OUTSIDE],
  ['INITIALIZED', 'triggered', 'TRIGGERED', OUTSIDE],
  ['INITIALIZED', 'replaced', 'INITIALIZED', 'terms changed before it left'],
  ['INITIALIZED', 'partial_fill', 'PARTIALLY_FILLED', '! a fill before the submission was recorded'],
  ['INITIALIZED', 'full_fill', 'FILLED', '! a fill before the submission was recorded'],

  ['SUBMITTED', 'unknown', 'UNKNOWN'],
  ['SUBMITTED', 'accepted', 'ACCEPTED'],
  ['SUBMITTED', 'rejected', 'REJECTED'],
  ['SUBMITTED', 'triggered', 'TRIGGERED', 'the acknowledgement is still on its way'],
  ['SUBMITTED', 'partial_fill', 'PARTIALLY_FILLED', 'a fill overtook the acknowledgement'],
  ['SUBMITTED', 'full_fill', 'FILLED', 'a fill overtook the acknowledgement'],
  ['SUBMITTED', 'pending_cancel', 'PENDING_CANCEL'],
  ['SUBMITTED', 'cancel_rejected', 'SUBMITTED', 'the cancel overtook the order'],
  ['SUBMITTED', 'canceled', 'CANCELED', 'IOC and FOK'],
  ['SUBMITTED', 'expired', 'EXPIRED', 'IOC and FOK on venues that call it expired'],
  ['SUBMITTED', 'pending_replace', 'PENDING_REPLACE'],
  ['SUBMITTED', 'replaced', 'SUBMITTED'],
  ['SUBMITTED', 'replace_rejected', 'SUBMITTED', 'the replace overtook the order'],

  ['UNKNOWN', 'unknown', 'UNKNOWN', NO_PROOF],
  ['UNKNOWN', 'accepted', 'ACCEPTED'],
  ['UNKNOWN', 'rejected', 'REJECTED'],
  ['UNKNOWN', 'triggered', 'TRIGGERED'],
  ['UNKNOWN', 'partial_fill', 'PARTIALLY_FILLED'],
  ['UNKNOWN', 'full_fill', 'FILLED'],
  ['UNKNOWN', 'pending_cancel', 'UNKNOWN', NO_PROOF],
  ['UNKNOWN', 'cancel_rejected', 'UNKNOWN', NO_PROOF],
  ['UNKNOWN', 'canceled', 'CANCELED'],
  ['UNKNOWN', 'expired', 'EXPIRED'],
  ['UNKNOWN', 'replaced', 'ACCEPTED', 'a replace of unknown outcome turned out well'],
  ['UNKNOWN', 'replace_rejected', 'UNKNOWN', NO_PROOF],
  ['UNKNOWN', 'trade_bust', 'UNKNOWN', RESTATED],
  ['UNKNOWN', 'trade_correct', 'UNKNOWN', RESTATED],

  ['ACCEPTED', 'unknown', 'ACCEPTED', 'a time-out after the evidence'],
  ['ACCEPTED', 'accepted', 'ACCEPTED', 'stream and answer both tell it'],
  ['ACCEPTED', 'rejected', 'REJECTED', 'refused after the acknowledgement, as stops can be'],
  ['ACCEPTED', 'triggered', 'TRIGGERED'],
  ['ACCEPTED', 'partial_fill', 'PARTIALLY_FILLED'],
  ['ACCEPTED', 'full_fill', 'FILLED'],
  ['ACCEPTED', 'pending_cancel', 'PENDING_CANCEL'],
  ['ACCEPTED', 'cancel_rejected', 'ACCEPTED', 'no pending report came before it'],
  ['ACCEPTED', 'canceled', 'CANCELED'],
  ['ACCEPTED', 'expired', 'EXPIRED'],
  ['ACCEPTED', 'pending_replace', 'PENDING_REPLACE'],
  ['ACCEPTED', 'replaced', 'ACCEPTED'],
  ['ACCEPTED', 'replace_rejected', 'ACCEPTED', 'no pending report came before it'],
  ['ACCEPTED', 'trade_bust', 'ACCEPTED', RESTATED],
  ['ACCEPTED', 'trade_correct', 'ACCEPTED', RESTATED],

  ['TRIGGERED', 'unknown', 'TRIGGERED', 'a time-out after the evidence'],
  ['TRIGGERED', 'accepted', 'TRIGGERED', LATE],
  ['TRIGGERED', 'rejected', 'REJECTED', 'the triggered limit order was refused'],
  ['TRIGGERED', 'triggered', 'TRIGGERED', 'stream and answer both tell it'],
  ['TRIGGERED', 'partial_fill', 'PARTIALLY_FILLED'],
  ['TRIGGERED', 'full_fill', 'FILLED'],
  ['TRIGGERED', 'pending_cancel', 'PENDING_CANCEL'],
  ['TRIGGERED', 'cancel_rejected', 'TRIGGERED', 'no pending report came before it'],
  ['TRIGGERED', 'canceled', 'CANCELED'],
  ['TRIGGERED', 'expired', 'EXPIRED'],
  ['TRIGGERED', 'pending_replace', 'PENDING_REPLACE'],
  ['TRIGGERED', 'replaced', 'TRIGGERED'],
  ['TRIGGERED', 'replace_rejected', 'TRIGGERED', 'no pending report came before it'],
  ['TRIGGERED', 'trade_bust', 'TRIGGERED', RESTATED],
  ['TRIGGERED', 'trade_correct', 'TRIGGERED', RESTATED],

  ['PARTIALLY_FILLED', 'unknown', 'PARTIALLY_FILLED', 'a time-out after the evidence'],
  ['PARTIALLY_FILLED', 'accepted', 'PARTIALLY_FILLED', LATE],
  ['PARTIALLY_FILLED', 'triggered', 'PARTIALLY_FILLED', LATE],
  ['PARTIALLY_FILLED', 'partial_fill', 'PARTIALLY_FILLED'],
  ['PARTIALLY_FILLED', 'full_fill', 'FILLED'],
  ['PARTIALLY_FILLED', 'pending_cancel', 'PENDING_CANCEL'],
  ['PARTIALLY_FILLED', 'cancel_rejected', 'PARTIALLY_FILLED', 'no pending report came before it'],
  ['PARTIALLY_FILLED', 'canceled', 'CANCELED'],
  ['PARTIALLY_FILLED', 'expired', 'EXPIRED'],
  ['PARTIALLY_FILLED', 'pending_replace', 'PENDING_REPLACE'],
  ['PARTIALLY_FILLED', 'replaced', 'PARTIALLY_FILLED'],
  ['PARTIALLY_FILLED', 'replace_rejected', 'PARTIALLY_FILLED', 'no pending report came before it'],
  ['PARTIALLY_FILLED', 'trade_bust', 'PARTIALLY_FILLED', RESTATED],
  ['PARTIALLY_FILLED', 'trade_correct', 'PARTIALLY_FILLED', RESTATED],

  ['PENDING_CANCEL', 'unknown', 'UNKNOWN', 'neither the order nor the cancel is proved'],
  ['PENDING_CANCEL', 'accepted', 'PENDING_CANCEL', 'acknowledgement and cancel crossed'],
  ['PENDING_CANCEL', 'rejected', 'REJECTED'],
  ['PENDING_CANCEL', 'triggered', 'PENDING_CANCEL', 'the trigger and the cancel crossed'],
  ['PENDING_CANCEL', 'partial_fill', 'PENDING_CANCEL', 'fills go on until the cancel is confirmed'],
  ['PENDING_CANCEL', 'full_fill', 'FILLED', 'the fill won; nothing is left to cancel'],
  ['PENDING_CANCEL', 'pending_cancel', 'PENDING_CANCEL', 'asked again'],
  ['PENDING_CANCEL', 'cancel_rejected', 'PREVIOUS'],
  ['PENDING_CANCEL', 'canceled', 'CANCELED'],
  ['PENDING_CANCEL', 'expired', 'EXPIRED'],
  ['PENDING_CANCEL', 'replaced', 'PENDING_CANCEL', 'an earlier replace went through first'],
  ['PENDING_CANCEL', 'replace_rejected', 'PENDING_CANCEL', 'an earlier replace was refused'],
  ['PENDING_CANCEL', 'trade_bust', 'PENDING_CANCEL', RESTATED],
  ['PENDING_CANCEL', 'trade_correct', 'PENDING_CANCEL', RESTATED],

  ['PENDING_REPLACE', 'unknown', 'UNKNOWN', 'neither the order nor its terms are proved'],
  ['PENDING_REPLACE', 'accepted', 'PENDING_REPLACE', 'acknowledgement and replace crossed'],
  ['PENDING_REPLACE', 'rejected', 'REJECTED'],
  ['PENDING_REPLACE', 'triggered', 'PENDING_REPLACE', 'the trigger and the replace crossed'],
  ['PENDING_REPLACE', 'partial_fill', 'PENDING_REPLACE', 'fills go on until the replace is confirmed'],
  ['PENDING_REPLACE', 'full_fill', 'FILLED', 'the fill won; nothing is left to replace'],
  ['PENDING_REPLACE', 'pending_cancel', 'PENDING_CANCEL'],
  ['PENDING_REPLACE', 'cancel_rejected', 'PENDING_REPLACE', 'an earlier cancel was refused'],
  ['PENDING_REPLACE', 'canceled', 'CANCELED'],
  ['PENDING_REPLACE', 'expired', 'EXPIRED'],
  ['PENDING_REPLACE', 'pending_replace', 'PENDING_REPLACE', 'asked again'],
  ['PENDING_REPLACE', 'replaced', 'PREVIOUS'],
  ['PENDING_REPLACE', 'replace_rejected', 'PREVIOUS'],
  ['PENDING_REPLACE', 'trade_bust', 'PENDING_REPLACE', RESTATED],
  ['PENDING_REPLACE', 'trade_correct', 'PENDING_REPLACE', RESTATED],

  ['FILLED', 'unknown', 'FILLED', 'a time-out after the evidence'],
  ['FILLED', 'accepted', 'FILLED', LATE],
  ['FILLED', 'triggered', 'FILLED', LATE],
  ['FILLED', 'partial_fill', 'FILLED', '! filled again after a bust'],
  ['FILLED', 'full_fill', 'FILLED', '! more was filled than ordered'],
  ['FILLED', 'pending_cancel', 'FILLED', RACE_LOST],
  ['FILLED', 'cancel_rejected', 'FILLED', RACE_LOST],
  ['FILLED', 'canceled', 'FILLED', RACE_LOST],
  ['FILLED', 'pending_replace', 'FILLED', RACE_LOST],
  ['FILLED', 'replace_rejected', 'FILLED', RACE_LOST],
  ['FILLED', 'trade_bust', 'FILLED', `! ${RESTATED}; a busted order does not work again`],
  ['FILLED', 'trade_correct', 'FILLED', `! ${RESTATED}`],

  ['CANCELED', 'unknown', 'CANCELED', 'a time-out after the evidence'],
  ['CANCELED', 'accepted', 'CANCELED', LATE],
  ['CANCELED', 'triggered', 'CANCELED', LATE],
  ['CANCELED', 'partial_fill', 'CANCELED', '! a fill that raced the cancel; the rest stays canceled'],
  ['CANCELED', 'full_fill', 'FILLED', '! the fill raced the cancel and won'],
  ['CANCELED', 'pending_cancel', 'CANCELED', LATE],
  ['CANCELED', 'cancel_rejected', 'CANCELED', 'asked twice'],
  ['CANCELED', 'canceled', 'CANCELED', 'stream and answer both tell it'],
  ['CANCELED', 'expired', 'CANCELED', 'closed either way'],
  ['CANCELED', 'pending_replace', 'CANCELED', RACE_LOST],
  ['CANCELED', 'replace_rejected', 'CANCELED', RACE_LOST],
  ['CANCELED', 'trade_bust', 'CANCELED', `! ${RESTATED}`],
  ['CANCELED', 'trade_correct', 'CANCELED', `! ${RESTATED}`],

  ['REJECTED', 'unknown', 'REJECTED', 'a time-out after the evidence'],
  ['REJECTED', 'rejected', 'REJECTED', 'stream and answer both tell it'],
  ['REJECTED', 'partial_fill', 'REJECTED', '! a fill of an order that the venue refused'],
  ['REJECTED', 'full_fill', 'REJECTED', '! a fill of an order that the venue refused'],
  ['REJECTED', 'pending_cancel', 'REJECTED', RACE_LOST],
  ['REJECTED', 'cancel_rejected', 'REJECTED', RACE_LOST],
  ['REJECTED', 'replace_rejected', 'REJECTED', RACE_LOST],
  ['REJECTED', 'trade_bust', 'REJECTED', `! ${RESTATED}`],
  ['REJECTED', 'trade_correct', 'REJECTED', `! ${RESTATED}`],

  ['EXPIRED', 'unknown', 'EXPIRED', 'a time-out after the evidence'],
  ['EXPIRED', 'accepted', 'EXPIRED', LATE],
  ['EXPIRED', 'triggered', 'EXPIRED', LATE],
  ['EXPIRED', 'partial_fill', 'EXPIRED', '! a fill that raced the expiry'],
  ['EXPIRED', 'full_fill', 'EXPIRED', '! a fill that raced the expiry'],
  ['EXPIRED', 'pending_cancel', 'EXPIRED', RACE_LOST],
  ['EXPIRED', 'cancel_rejected', 'EXPIRED', RACE_LOST],
  ['EXPIRED', 'canceled', 'EXPIRED', 'closed either way'],
  ['EXPIRED', 'expired', 'EXPIRED', 'stream and answer both tell it'],
  ['EXPIRED', 'pending_replace', 'EXPIRED', RACE_LOST],
  ['EXPIRED', 'replace_rejected', 'EXPIRED', RACE_LOST],
  ['EXPIRED', 'trade_bust', 'EXPIRED', `! ${RESTATED}`],
  ['EXPIRED', 'trade_correct', 'EXPIRED', `! ${RESTATED}`],

  ['DENIED', 'partial_fill', 'DENIED', '! a fill of an order that we never sent'],
  ['DENIED', 'full_fill', 'DENIED', '! a fill of an order that we never sent'],
  ['DENIED', 'trade_bust', 'DENIED', `! ${RESTATED}`],
  ['DENIED', 'trade_correct', 'DENIED', `! ${RESTATED}`],
]

/** Every legal transition; a pair that is not here is quarantined. A note that began with "!" made it a surprise. */
export const TRANSITIONS: readonly Transition[] = ROWS.map(([from, event, to, note = '']) => ({
  from,
  event,
  to,
  surprise: note.startsWith('! '),
  note: note.replace(/^! /, ''),
}))

const BY_STATE = new Map<OrderState, Map<OrderEvent, Transition>>()
for (const row of TRANSITIONS) {
  const byEvent = BY_STATE.get(row.from) ?? new Map<OrderEvent, Transition>()
  byEvent.set(row.event, row)
  BY_STATE.set(row.from, byEvent)
}

/** The legal transition of a pair; undefined when there is none. */
export function transition(from: OrderState, event: OrderEvent): Transition | undefined {
  return BY_STATE.get(from)?.get(event)
}
