import type { Order } from '../domain/order.ts'
import type { Fill } from '../domain/report.ts'

/** One line an order, in the order given: ids, state, quantities, terms, booked fills. */
export function orderCanon(
  orders: Iterable<Order>,
  fillsOf: (clientOrderId: string) => readonly Fill[],
): string {
  let text = ''
  for (const { request, ...order } of orders) {
    const ids = `${request.clientOrderId} ${order.venueOrderId} ${order.tickSeq}`
    const state = `${order.state} ${order.cumQty} ${order.leavesQty} ${order.stateBeforePending} ${order.reason}`
    const asked = (order.cancelReason ?? null) === null ? '' : ` ${order.cancelReason}`
    const terms = `${request.qty} ${request.price} ${order.pendingQty ?? '-'}${asked}`
    const fills = fillsOf(request.clientOrderId).map((fill) => `${fill.tradeId}:${fill.qty}@${fill.price}`)
    text += `${ids} ${state} ${terms} ${fills.join()}\n`
  }
  return text
}
