import type { Order, OrderState } from '../domain/order.ts'
import type { Fill } from '../domain/report.ts'
import type { Transition } from './fsm.ts'

/** Why a report was put aside. Nothing of the order changed; the report is kept and must be looked at. */
export const QUARANTINE_REASONS = [
  /** no order of ours has the client order id */
  'ORDER_UNKNOWN',
  /** the table has no row for this event in this state */
  'ILLEGAL_TRANSITION',
  /** quantity or price is not a positive whole number of increments, or instrument or side are not the order's */
  'FILL_INVALID',
  /** the trade id was booked for another order of the same side */
  'FILL_CONFLICT',
  /** a bust or correction of a trade that is not booked, or was busted already */
  'TRADE_UNKNOWN',
  /** a corrected trade or a replace with impossible numbers */
  'TERMS_INVALID',
] as const
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number]

/** What a report did. Valid until kept: nothing in it is reused. */
export interface ApplyResult {
  /**
   * `applied`: something changed · `ignored`: legal, nothing new · `duplicate`: a fill that is booked already ·
   * `quarantined`: put aside, see `note`
   */
  readonly outcome: 'applied' | 'ignored' | 'duplicate' | 'quarantined'
  /** null where the order is not known */
  readonly order: Order | null
  readonly from: OrderState | null
  readonly to: OrderState | null
  /** a fill to book in the ledger, exactly once */
  readonly fill: Fill | null
  /** a booked fill that was taken back (`corrected` null) or restated */
  readonly restated: { readonly booked: Fill; readonly corrected: Fill | null } | null
  /** a well-behaved venue does not send this: applied all the same, and to be reported */
  readonly surprise: boolean
  /** a `QuarantineReason`, or the note of the table's row, or "" */
  readonly note: string
}

/** A result without a fill; `row` gives surprise and note. */
export function result(
  outcome: ApplyResult['outcome'],
  order: Order | null,
  from: OrderState | null,
  row: Transition | null,
): ApplyResult {
  return {
    outcome,
    order,
    from,
    to: order?.state ?? null,
    fill: null,
    restated: null,
    surprise: row?.surprise ?? false,
    note: row?.note ?? '',
  }
}
