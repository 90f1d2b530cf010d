import { type Exact, exactTimes } from '../../core/exact.ts'
import type { OrderDraft } from '../../domain/draft.ts'
import type { PortfolioView } from '../../domain/portfolio.ts'
import { atMost, type Check, type CheckContext, deny, pass } from '../check.ts'
import { orderPrice } from '../worst-case.ts'

/** Value of the order at its own price, or at the mark where it has none; null while there is no price or rate. */
export function orderValue(draft: OrderDraft, portfolio: PortfolioView, context: CheckContext): Exact | null {
  const price = orderPrice(draft, portfolio.markPrice(draft.instrument))
  if (!Number.isFinite(price * context.limits.factor) || !Number.isInteger(draft.qty)) return null
  return exactTimes(exactTimes(draft.qty, price), context.limits.factor)
}

export const orderValueMin: Check = {
  name: 'order_value_min',
  unit: 'notional',
  doc: 'The order is worth at least the minimum.',
  reducing: 'skip',
  run(draft, portfolio, context, result) {
    const value = orderValue(draft, portfolio, context)
    const limit = context.limits.orderValueMin
    if (value === null) deny(result, 'VALUE_UNKNOWN', Number.NaN, limit)
    else if (value >= limit) pass(result, value, limit)
    else deny(result, 'ORDER_VALUE_MIN', value, limit)
  },
}

export const orderValueMax: Check = {
  name: 'order_value_max',
  unit: 'notional',
  doc: 'The order is worth at most the maximum.',
  reducing: 'skip',
  run(draft, portfolio, context, result) {
    const value = orderValue(draft, portfolio, context)
    const limit = context.limits.orderValueMax
    if (value === null) deny(result, 'VALUE_UNKNOWN', Number.NaN, limit)
    else atMost(result, 'ORDER_VALUE_MAX', value, limit)
  },
}
