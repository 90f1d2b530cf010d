import type { Side } from '../../domain/action.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { OrderType, TimeInForce } from '../../domain/order.ts'
import type { SimOrderInput } from '../sim/types.ts'
import { ApiError } from './api-error.ts'
import { type Params, required } from './params.ts'
import { requestIncrements } from './symbol-rules.ts'

const TYPES: Readonly<Record<string, OrderType>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  LIMIT_MAKER: 'limit',
  STOP_LOSS: 'stop',
  STOP_LOSS_LIMIT: 'stop_limit',
}
const UNSUPPORTED: Readonly<Record<string, string>> = {
  TAKE_PROFIT: 'Take profit orders are not supported for this symbol.',
  TAKE_PROFIT_LIMIT: 'Take profit limit orders are not supported for this symbol.',
}
const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/

/**
 * A new order's parameters, as the matching takes it.
 *
 * @param generatedId client order id where the request has none
 * @throws ApiError for everything that the API refuses before the matching engine
 */
export function orderInput(params: Params, instrument: Instrument, generatedId: string): SimOrderInput {
  const side = sideOf(required(params, 'side'))
  const typeText = required(params, 'type')
  const type = typeOf(typeText)
  if (params.has('quoteOrderQty')) {
    throw new ApiError('NEW_ORDER_REJECTED', 'Quote order qty market orders are not support for this symbol.')
  }
  if (params.has('icebergQty')) {
    throw new ApiError('NEW_ORDER_REJECTED', 'Iceberg orders are not supported for this symbol.')
  }
  if (params.has('trailingDelta')) {
    throw new ApiError('NEW_ORDER_REJECTED', 'Trailing stop orders are not supported for this symbol.')
  }
  const needsPrice = type === 'limit' || type === 'stop_limit'
  const needsStop = type === 'stop' || type === 'stop_limit'
  const timeInForce = timeInForceOf(params, needsPrice && typeText !== 'LIMIT_MAKER')
  const { priceIncrement, qtyIncrement } = instrument
  const qty = requestIncrements(required(params, 'quantity'), 'quantity', qtyIncrement, 'LOT_SIZE')
  const priceOf = (name: string, needed: boolean): number | null => {
    if (!needed) {
      if (params.has(name)) throw new ApiError('PARAM_NOT_REQUIRED', name)
      return null
    }
    return requestIncrements(required(params, name), name, priceIncrement, 'PRICE_FILTER')
  }
  const clientOrderId = params.get('newClientOrderId') ?? generatedId
  if (!CLIENT_ID.test(clientOrderId)) throw new ApiError('ILLEGAL_CHARS', 'newClientOrderId')
  return {
    clientOrderId,
    instrument: instrument.index,
    side,
    type,
    timeInForce,
    qty,
    price: priceOf('price', needsPrice),
    stopPrice: priceOf('stopPrice', needsStop),
    postOnly: typeText === 'LIMIT_MAKER',
  }
}

/** Form of the answer: MARKET and LIMIT default to FULL, others to ACK. @throws ApiError INVALID_PARAMETER */
export function responseForm(params: Params, input: SimOrderInput): string {
  const form = params.get('newOrderRespType')
  if (form === undefined) {
    return (input.type === 'market' || input.type === 'limit') && input.postOnly !== true ? 'FULL' : 'ACK'
  }
  if (form !== 'ACK' && form !== 'RESULT' && form !== 'FULL') {
    throw new ApiError('INVALID_PARAMETER', 'newOrderRespType')
  }
  return form
}

function sideOf(text: string): Side {
  if (text === 'BUY') return 'buy'
  if (text === 'SELL') return 'sell'
  throw new ApiError('INVALID_SIDE')
}

function typeOf(text: string): OrderType {
  const unsupported = UNSUPPORTED[text]
  if (unsupported !== undefined) throw new ApiError('NEW_ORDER_REJECTED', unsupported)
  const type = TYPES[text]
  if (type === undefined) throw new ApiError('INVALID_ORDER_TYPE')
  return type
}

function timeInForceOf(params: Params, needed: boolean): TimeInForce {
  if (!needed) {
    if (params.has('timeInForce')) throw new ApiError('PARAM_NOT_REQUIRED', 'timeInForce')
    return 'GTC'
  }
  const text = required(params, 'timeInForce')
  if (text === 'GTC' || text === 'IOC' || text === 'FOK') return text
  throw new ApiError('INVALID_TIF')
}
