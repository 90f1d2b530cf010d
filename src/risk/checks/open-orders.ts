import { atMost, type Check } from '../check.ts'

export const openOrders: Check = {
  name: 'open_orders',
  unit: 'count',
  doc: 'Number of our live orders over everything, this one included.',
  reducing: 'skip',
  run(_draft, portfolio, context, result) {
    atMost(result, 'OPEN_ORDERS_MAX', portfolio.openOrders() + 1, context.account.openOrdersMax)
  },
}
