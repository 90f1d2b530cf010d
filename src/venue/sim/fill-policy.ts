import { type Market, reaches, setsOff, takeTouch, touchPrice, touchQty } from './market.ts'
import type { FillModel, SimOrder, SimReason } from './types.ts'

/** What a fill policy may do to an order; the matching books, locks and reports. */
export interface MatchActions {
  fill(order: SimOrder, qty: number, price: number, tMs: number, maker: boolean): void
  expire(order: SimOrder, reason: SimReason, tMs: number): void
  trigger(order: SimOrder, tMs: number): void
}

/** When and at what price orders of one market fill. Called with the market already moved to the event. */
export interface FillPolicy {
  onArrival(actions: MatchActions, market: Market, order: SimOrder, nowMs: number): void
  onTrade(actions: MatchActions, market: Market, price: number, qty: number, tMs: number): void
  onQuote(actions: MatchActions, market: Market, nowMs: number): void
}

export function isOpen(order: SimOrder): boolean {
  return order.status === 'new' || order.status === 'partially_filled'
}

export function leaves(order: SimOrder): number {
  return order.input.qty - order.cumQty
}

/** The type that is left once a stop has been set off. */
function limited(order: SimOrder): boolean {
  return order.input.type === 'limit' || order.input.type === 'stop_limit'
}

function immediateReason(order: SimOrder): SimReason {
  if (order.input.timeInForce === 'FOK') return 'FOK_UNFILLED'
  return order.input.timeInForce === 'IOC' ? 'IOC_UNFILLED' : 'INSUFFICIENT_LIQUIDITY'
}

function staysNot(order: SimOrder): boolean {
  const { timeInForce } = order.input
  return !limited(order) || timeInForce === 'IOC' || timeInForce === 'FOK'
}

const NEXT_TRADE: FillPolicy = {
  onArrival(): void {},

  onTrade(actions: MatchActions, market: Market, price: number, _qty: number, tMs: number): void {
    for (const order of market.orders) {
      if (!isOpen(order)) continue
      if (!order.working) {
        if (setsOff(order, price)) actions.trigger(order, tMs)
        continue
      }
      if (reaches(order, price)) {
        const at = order.seen && limited(order) ? (order.input.price as number) : price
        actions.fill(order, leaves(order), at, tMs, order.seen && limited(order))
      } else if (staysNot(order)) {
        actions.expire(order, immediateReason(order), tMs)
      } else {
        order.seen = true
      }
    }
  },

  onQuote(): void {},
}

/** Takes what the touch shows; what is left of an order that may not stay expires. */
function take(actions: MatchActions, market: Market, order: SimOrder, tMs: number): void {
  const { side, timeInForce, qty } = order.input
  const price = touchPrice(market, side)
  const shown = touchQty(market, side)
  const reached = shown > 0 && reaches(order, price)
  const fillQty = reached ? Math.min(leaves(order), shown) : 0
  if (timeInForce === 'FOK' && fillQty < qty) return actions.expire(order, 'FOK_UNFILLED', tMs)
  if (fillQty > 0) {
    takeTouch(market, side, fillQty)
    actions.fill(order, fillQty, price, tMs, false)
  }
  order.seen = true
  if (isOpen(order) && staysNot(order)) actions.expire(order, immediateReason(order), tMs)
}

const TOP_OF_BOOK: FillPolicy = {
  onArrival(actions: MatchActions, market: Market, order: SimOrder, nowMs: number): void {
    if (order.working) take(actions, market, order, nowMs)
  },

  onTrade(actions: MatchActions, market: Market, price: number, qty: number, tMs: number): void {
    let rest = qty
    for (const order of market.orders) {
      if (!isOpen(order)) continue
      if (!order.working) {
        if (!setsOff(order, price)) continue
        actions.trigger(order, tMs)
        take(actions, market, order, tMs)
      } else if (rest > 0 && reaches(order, price)) {
        const fillQty = Math.min(leaves(order), rest)
        rest -= fillQty
        actions.fill(order, fillQty, order.input.price as number, tMs, true)
      }
    }
  },

  onQuote(actions: MatchActions, market: Market, nowMs: number): void {
    for (const order of market.orders) {
      if (!isOpen(order) || !order.working) continue
      const { side } = order.input
      const shown = touchQty(market, side)
      if (shown === 0 || !reaches(order, touchPrice(market, side))) continue
      const fillQty = Math.min(leaves(order), shown)
      takeTouch(market, side, fillQty)
      actions.fill(order, fillQty, order.input.price as number, nowMs, true)
    }
  },
}

export function fillPolicy(model: FillModel): FillPolicy {
  return model === 'next-trade' ? NEXT_TRADE : TOP_OF_BOOK
}
