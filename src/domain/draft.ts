import type { Side } from './action.ts'
import type { OrderRequest, OrderType, TimeInForce } from './order.ts'

/**
 * An order before it has an id: what the order template makes and risk judges. One object is reused for every decision;
 * the throttle lowers `qty` in place. Prices and quantities in increments.
 */
export interface OrderDraft {
  instrument: number
  strategy: number
  side: Side
  type: OrderType
  timeInForce: TimeInForce
  qty: number
  /** limit price; NaN for market and stop (the request has null there) */
  price: number
  /** stop trigger; NaN unless stop or stop_limit */
  stopPrice: number
  /** receive time of the tick that the decision was born from, on the clock of the checks */
  signalNs: number
  /** last trade or mid that the decision saw, in price increments; may end in .5; NaN where unknown */
  referencePrice: number
  /** how many orders the strategy may have working on one side of the symbol */
  workingOrdersPerSide: number
}

export function createOrderDraft(): OrderDraft {
  return {
    instrument: 0,
    strategy: 0,
    side: 'buy',
    type: 'market',
    timeInForce: 'IOC',
    qty: 0,
    price: Number.NaN,
    stopPrice: Number.NaN,
    signalNs: Number.NaN,
    referencePrice: Number.NaN,
    workingOrdersPerSide: 1,
  }
}

/** The order of a draft that passed the checks, under its id. */
export function requestOf(draft: OrderDraft, clientOrderId: string, reducing: boolean): OrderRequest {
  return {
    clientOrderId,
    instrument: draft.instrument,
    strategy: draft.strategy,
    side: draft.side,
    type: draft.type,
    timeInForce: draft.timeInForce,
    qty: draft.qty,
    price: Number.isNaN(draft.price) ? null : draft.price,
    stopPrice: Number.isNaN(draft.stopPrice) ? null : draft.stopPrice,
    reducing,
  }
}
