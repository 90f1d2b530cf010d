import { atMost, type Check } from '../check.ts'

export const orderQty: Check = {
  name: 'order_qty',
  unit: 'qty',
  doc: 'The quantity of one order; a reducing order is bounded by the position instead.',
  reducing: 'skip',
  run(draft, _portfolio, context, result) {
    atMost(result, 'ORDER_QTY_MAX', draft.qty, context.limits.orderQtyMax)
  },
}
