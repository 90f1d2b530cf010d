import { atMost, type Check } from '../check.ts'

/** The quantity of one order; a reducing order is bounded by the position instead. */
export const orderQty: Check = {
  name: 'order_qty',
  unit: 'qty',
  reducing: 'skip',
  run(draft, _portfolio, context, result) {
    atMost(result, 'ORDER_QTY_MAX', draft.qty, context.limits.orderQtyMax)
  },
}
