import type { Instrument } from '../../domain/instrument.ts'
import { notional } from '../../domain/instrument.ts'
import type { SimOrder, SimOrderInput, SimReason, SimTrade } from '../sim/types.ts'
import { wireMoney, wireNumber } from './wire-text.ts'

/** Status names of the API. */
export function statusName(order: SimOrder): string {
  return order.status.toUpperCase()
}

export function typeName(input: SimOrderInput): string {
  switch (input.type) {
    case 'market':
      return 'MARKET'
    case 'limit':
      return input.postOnly === true ? 'LIMIT_MAKER' : 'LIMIT'
    case 'stop':
      return 'STOP_LOSS'
    case 'stop_limit':
      return 'STOP_LOSS_LIMIT'
  }
}

/** `expiryReason` of the API for an order that has expired. */
export function expiryReason(reason: string): string {
  switch (reason as SimReason) {
    case 'IOC_UNFILLED':
      return 'UNFILLED_IOC_QUANTITY_EXPIRED'
    case 'FOK_UNFILLED':
      return 'UNFILLED_FOK_ORDER_EXPIRED'
    case 'INSUFFICIENT_LIQUIDITY':
      return 'INSUFFICIENT_LIQUIDITY'
    case 'INSUFFICIENT_BALANCE':
      return 'REJECTED'
    default:
      return 'EXCHANGE_CANCELED'
  }
}

/** Members that RESULT, FULL and cancel answers share. */
function orderBody(order: SimOrder, instrument: Instrument): Record<string, unknown> {
  const { input } = order
  const body: Record<string, unknown> = {
    price: wireNumber(input.price, instrument.priceIncrement),
    origQty: wireNumber(input.qty, instrument.qtyIncrement),
    executedQty: wireNumber(order.cumQty, instrument.qtyIncrement),
    origQuoteOrderQty: '0.00000000',
    cummulativeQuoteQty: wireMoney(order.cumQuote),
    status: statusName(order),
    timeInForce: input.timeInForce,
    type: typeName(input),
    side: input.side.toUpperCase(),
  }
  if (input.stopPrice !== null) body['stopPrice'] = wireNumber(input.stopPrice, instrument.priceIncrement)
  if (order.status === 'expired') body['expiryReason'] = expiryReason(order.reason)
  return body
}

/** Answer to a new order, in the form that `newOrderRespType` asks for. */
export function placedText(
  order: SimOrder,
  instrument: Instrument,
  form: string,
  trades: readonly SimTrade[],
): object {
  const ack = {
    symbol: instrument.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.input.clientOrderId,
    transactTime: order.updatedMs,
  }
  if (form === 'ACK') return ack
  const result = {
    ...ack,
    ...orderBody(order, instrument),
    ...(order.working ? { workingTime: order.workingMs } : {}),
    selfTradePreventionMode: 'NONE',
  }
  if (form === 'RESULT') return result
  return {
    ...result,
    fills: trades.map((trade) => ({
      price: wireNumber(trade.price, instrument.priceIncrement),
      qty: wireNumber(trade.qty, instrument.qtyIncrement),
      commission: wireMoney(trade.fee),
      commissionAsset: trade.feeAsset,
      tradeId: trade.id,
    })),
  }
}

/** Answer to a cancel: `clientOrderId` is the id of the cancel, `origClientOrderId` the order's. */
export function canceledText(order: SimOrder, instrument: Instrument, cancelId: string): object {
  return {
    symbol: instrument.symbol,
    origClientOrderId: order.input.clientOrderId,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: cancelId,
    transactTime: order.updatedMs,
    ...orderBody(order, instrument),
    selfTradePreventionMode: 'NONE',
  }
}

/** An order as queries show it. */
export function orderText(order: SimOrder, instrument: Instrument): object {
  return {
    symbol: instrument.symbol,
    orderId: order.id,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    ...orderBody(order, instrument),
    stopPrice: wireNumber(order.input.stopPrice, instrument.priceIncrement),
    icebergQty: '0.00000000',
    time: order.createdMs,
    updateTime: order.updatedMs,
    isWorking: order.working,
    ...(order.working ? { workingTime: order.workingMs } : {}),
    selfTradePreventionMode: 'NONE',
  }
}

export function tradeText(trade: SimTrade, instrument: Instrument): object {
  return {
    symbol: instrument.symbol,
    id: trade.id,
    orderId: trade.orderId,
    orderListId: -1,
    price: wireNumber(trade.price, instrument.priceIncrement),
    qty: wireNumber(trade.qty, instrument.qtyIncrement),
    quoteQty: wireMoney(notional(instrument, trade.price, trade.qty)),
    commission: wireMoney(trade.fee),
    commissionAsset: trade.feeAsset,
    time: trade.tMs,
    isBuyer: trade.side === 'buy',
    isMaker: trade.maker,
    isBestMatch: true,
  }
}
