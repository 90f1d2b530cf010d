import { type DenialCode } from '../../domain/denials.ts'
import type { OrderDraft } from '../../domain/draft.ts'
import { type Check, type CheckContext, deny, pass } from '../check.ts'

const QTY_MAX = Number.MAX_SAFE_INTEGER

function priceIsValid(price: number, needed: boolean, allowsNegative: boolean): boolean {
  if (!needed) return Number.isNaN(price)
  return Number.isSafeInteger(price) && (price > 0 || allowsNegative)
}

function firstFault(draft: OrderDraft, context: CheckContext): DenialCode | null {
  const { type } = draft
  const { allowsNegativePrice } = context.instrument
  const { capabilities } = context
  if (!Number.isSafeInteger(draft.qty) || draft.qty <= 0) return 'ORDER_QTY_INVALID'
  if (!priceIsValid(draft.price, type === 'limit' || type === 'stop_limit', allowsNegativePrice)) {
    return 'ORDER_PRICE_INVALID'
  }
  if (!priceIsValid(draft.stopPrice, type === 'stop' || type === 'stop_limit', allowsNegativePrice)) {
    return 'ORDER_STOP_INVALID'
  }
  if (!capabilities.orderTypes.includes(type)) return 'ORDER_TYPE_UNSUPPORTED'
  if (!capabilities.timesInForce.includes(draft.timeInForce)) return 'TIME_IN_FORCE_UNSUPPORTED'
  if (!capabilities.fractional && draft.qty % context.limits.wholeUnitQty !== 0)
    return 'FRACTIONAL_UNSUPPORTED'
  return null
}

export const orderParameters: Check = {
  name: 'order_parameters',
  unit: 'qty',
  doc: 'The order is well formed, in increments, and of a kind that the venue takes.',
  reducing: 'apply',
  run(draft, _portfolio, context, result) {
    const fault = firstFault(draft, context)
    if (fault === null) pass(result, draft.qty, QTY_MAX)
    else deny(result, fault, draft.qty, QTY_MAX)
  },
}
