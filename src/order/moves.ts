import type { Order, OrderRequest, OrderState } from '../domain/order.ts'
import type { Fill } from '../domain/report.ts'
import { type OrderEvent, type Transition, transition } from './fsm.ts'

export function isPending(state: OrderState): boolean {
  return state === 'PENDING_CANCEL' || state === 'PENDING_REPLACE'
}

/** The state to return to from a pending one, carried on by what happens while the request is pending. */
export function beforePending(order: Order, event: OrderEvent): OrderState {
  if (!isPending(order.state)) return order.state
  const before = order.stateBeforePending as OrderState
  if (event !== 'accepted' && event !== 'triggered' && event !== 'partial_fill') return before
  // Every state that a request can pend over has a row for these three, and none leads to PREVIOUS.
  return (transition(before, event) as Transition).to as OrderState
}

/** Where PREVIOUS leads: a replace that the venue confirms proves that it had accepted the order. */
export function previousState(order: Order, event: OrderEvent): OrderState {
  const before = order.stateBeforePending as OrderState
  return event === 'replaced' && before === 'SUBMITTED' ? 'ACCEPTED' : before
}

export function isQty(qty: number): boolean {
  return Number.isSafeInteger(qty) && qty > 0
}

/** A fill that can be the order's: whole positive numbers, an exact fee, its instrument and side. */
export function fits(fill: Fill, request: OrderRequest): boolean {
  return (
    isQty(fill.qty) &&
    Number.isSafeInteger(fill.price) &&
    Number.isSafeInteger(fill.tMs) &&
    FEE.test(fill.feeText) &&
    fill.instrument === request.instrument &&
    fill.side === request.side
  )
}

/** Plain decimal of at most 36 places: what the ledger books exactly in any asset. */
const FEE = /^-?\d{1,30}(?:\.\d{1,36})?$/
