import type { Side } from './action.ts'

/** Order states (DESIGN 4). DENIED is refused by us, REJECTED by the venue; UNKNOWN ends only by evidence. */
export const ORDER_STATES = [
  'INITIALIZED',
  'DENIED',
  'SUBMITTED',
  'UNKNOWN',
  'ACCEPTED',
  'TRIGGERED',
  'PARTIALLY_FILLED',
  'PENDING_CANCEL',
  'PENDING_REPLACE',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'EXPIRED',
] as const
export type OrderState = (typeof ORDER_STATES)[number]

export const TERMINAL_STATES: ReadonlySet<OrderState> = new Set([
  'DENIED',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'EXPIRED',
])

export const ORDER_TYPES = ['market', 'limit', 'stop', 'stop_limit'] as const
export type OrderType = (typeof ORDER_TYPES)[number]

export const TIMES_IN_FORCE = ['GTC', 'DAY', 'IOC', 'FOK'] as const
export type TimeInForce = (typeof TIMES_IN_FORCE)[number]

/** What we ask of a venue. Prices and quantities are integers in the instrument's increments. */
export interface OrderRequest {
  readonly clientOrderId: string
  readonly instrument: number
  readonly strategy: number
  readonly side: Side
  readonly type: OrderType
  readonly timeInForce: TimeInForce
  readonly qty: number
  /** limit price; null for market and stop */
  readonly price: number | null
  /** stop trigger; null unless stop or stop_limit */
  readonly stopPrice: number | null
  /** risk proved that the order can only reduce the position */
  readonly reducing: boolean
}

/** One order's state as the ledger of orders keeps it. Quantities in increments. */
export interface Order {
  /** the terms in force: a confirmed replace puts another request here */
  request: OrderRequest
  state: OrderState
  venueOrderId: string | null
  cumQty: number
  /** open quantity: qty - cum while live, 0 once terminal */
  leavesQty: number
  /** state to go back to when a cancel or replace is rejected */
  stateBeforePending: OrderState | null
  /** quantity of a replace that we asked for and that may take effect; null or absent when there is none */
  pendingQty?: number | null
  /** why the order is DENIED, REJECTED, CANCELED or EXPIRED */
  reason: string | null
  /** why we asked for its cancel, which is then the reason of CANCELED; null or absent where nobody asked */
  cancelReason?: string | null
  /** sequence of the tick that it was born from; -1 for outside orders */
  readonly tickSeq: number
  readonly createdUtcNs: string
}
