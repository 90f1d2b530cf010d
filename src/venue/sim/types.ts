import type { Side } from '../../domain/action.ts'
import type { OrderType, TimeInForce } from '../../domain/order.ts'

/**
 * How the simulated venue fills.
 *
 * - `next-trade`: an order that has arrived fills fully at the price of the next trade of its symbol; a limit order
 *   that this trade does not reach rests and fills at its limit when a later trade reaches it.
 * - `top-of-book`: an order takes what the best quote shows at its arrival; what is left rests (limit) or expires
 *   (market, IOC); resting orders fill when a trade or a quote crosses them, never for more than it showed. A quote that
 *   names a price and no size (MetaTrader 5) fills what it reaches whole.
 */
export const FILL_MODELS = ['next-trade', 'top-of-book'] as const
export type FillModel = (typeof FILL_MODELS)[number]

/**
 * `quote`: the fee is charged in the quote asset, exact to the last digit. `received`: in the asset that the fill
 * brings in, cut to `COMMISSION_SCALE` places as Binance spot does (`baseCommissionPrecision` of exchangeInfo).
 */
export interface FeeSchedule {
  /** basis points, decimal text */
  readonly bps: string
  readonly asset: 'quote' | 'received'
}

/** An order as the venue takes it. Prices and quantities in increments; `OrderRequest` fits. */
export interface SimOrderInput {
  readonly clientOrderId: string
  readonly instrument: number
  readonly side: Side
  readonly type: OrderType
  readonly timeInForce: TimeInForce
  readonly qty: number
  readonly price: number | null
  readonly stopPrice: number | null
  /** a limit order that must not take: rejected where it would (Binance LIMIT_MAKER) */
  readonly postOnly?: boolean
}

export type SimOrderStatus = 'new' | 'partially_filled' | 'filled' | 'canceled' | 'rejected' | 'expired'

/** One order in the venue's book or history. Quantities in increments, money in 10^-MONEY_SCALE, times ms since 1970. */
export interface SimOrder {
  readonly id: number
  readonly input: SimOrderInput
  /** the id that the order is found by; a server may rename a cancelled one */
  clientOrderId: string
  status: SimOrderStatus
  cumQty: number
  /** sum of price × quantity over the fills */
  cumQuote: bigint
  /** a stop order that has been set off, and every other order from the start */
  working: boolean
  /** next-trade: the order has seen the trade after its arrival, so that from now on it makes */
  seen: boolean
  /** price at which funds are locked, in increments */
  lockPrice: number
  readonly createdMs: number
  workingMs: number
  updatedMs: number
  reason: string
}

/** One execution at the venue. */
export interface SimTrade {
  /** unique and rising per symbol */
  readonly id: number
  readonly orderId: number
  readonly clientOrderId: string
  readonly instrument: number
  readonly side: Side
  readonly qty: number
  readonly price: number
  readonly tMs: number
  readonly fee: bigint
  readonly feeAsset: string
  readonly maker: boolean
}

/** Why the venue refuses or ends an order. Servers translate them to their protocol's codes. */
export const SIM_REASONS = {
  INSUFFICIENT_BALANCE: 'account has insufficient balance',
  INSUFFICIENT_LIQUIDITY: 'no quantity left at the best quote',
  DUPLICATE_CLIENT_ID: 'an open order has this client order id',
  POST_ONLY_WOULD_TAKE: 'a post-only order would take',
  STOP_WOULD_TRIGGER: 'the stop price is already reached',
  IOC_UNFILLED: 'immediate or cancel, the rest was not filled',
  FOK_UNFILLED: 'fill or kill, not fillable at once',
  DAY_END: 'the trading day ended',
  CANCELED: 'cancel request',
  UNKNOWN_ORDER: 'no open order with this id',
  INVALID_ORDER: 'type, price, stop price and quantity do not fit together',
  INJECTED: 'rejected by fault injection',
} as const
export type SimReason = keyof typeof SIM_REASONS

/**
 * What the matching says, in order, with the order's state as of the event. A sink must not call back into the
 * matching from inside.
 */
export interface MatchSink {
  onAccepted(order: SimOrder): void
  onRejected(order: SimOrder, reason: SimReason): void
  onTriggered(order: SimOrder): void
  onFill(order: SimOrder, trade: SimTrade): void
  onCanceled(order: SimOrder, reason: SimReason): void
  onExpired(order: SimOrder, reason: SimReason): void
}
