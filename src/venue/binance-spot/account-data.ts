import { toIncrements } from '../../core/decimal.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { VenueFill, VenueOrder } from '../../domain/venue.ts'

const STATES: Readonly<Record<string, VenueOrder['state']>> = {
  NEW: 'open',
  PENDING_NEW: 'open',
  PARTIALLY_FILLED: 'partially_filled',
  PENDING_CANCEL: 'open',
  FILLED: 'filled',
  CANCELED: 'canceled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
}

/** Members that are read of an order as queries show it. */
export interface OrderBody {
  readonly symbol: string
  readonly orderId: number
  readonly clientOrderId: string
  readonly price: string
  readonly origQty: string
  readonly executedQty: string
  readonly status: string
  readonly side: string
  readonly type: string
}

/** Members that are read of an execution. */
export interface TradeBody {
  readonly id: number
  readonly orderId: number
  readonly price: string
  readonly qty: string
  readonly commission: string
  readonly commissionAsset: string
  readonly time: number
  readonly isBuyer: boolean
  readonly isMaker: boolean
}

/**
 * An order of a query. A status that is not known counts as open: only a known end proves that nothing more can fill.
 *
 * @throws OFF_INCREMENT, INCREMENTS_OVERFLOW, DECIMAL_INVALID
 */
export function orderOf(body: OrderBody, instrument: Instrument): VenueOrder {
  const { priceIncrement, qtyIncrement } = instrument
  const priced = body.type !== 'MARKET' && body.type !== 'STOP_LOSS' && body.type !== 'TAKE_PROFIT'
  return {
    clientOrderId: body.clientOrderId,
    venueOrderId: String(body.orderId),
    symbol: body.symbol,
    state: STATES[body.status] ?? 'open',
    side: body.side === 'BUY' ? 'buy' : 'sell',
    qty: toIncrements(body.origQty, qtyIncrement),
    cumQty: toIncrements(body.executedQty, qtyIncrement),
    price: priced ? toIncrements(body.price, priceIncrement) : null,
  }
}

/**
 * An execution of a query, which does not name the client's id.
 *
 * @throws OFF_INCREMENT, INCREMENTS_OVERFLOW, DECIMAL_INVALID
 */
export function fillOf(trade: TradeBody, instrument: Instrument, clientOrderId: string | null): VenueFill {
  return {
    clientOrderId,
    venueOrderId: String(trade.orderId),
    fill: {
      tradeId: String(trade.id),
      instrument: instrument.index,
      side: trade.isBuyer ? 'buy' : 'sell',
      qty: toIncrements(trade.qty, instrument.qtyIncrement),
      price: toIncrements(trade.price, instrument.priceIncrement),
      tMs: trade.time,
      feeText: trade.commission,
      feeAsset: trade.commissionAsset,
      liquidity: trade.isMaker ? 'maker' : 'taker',
    },
  }
}
