import type { Side } from '../domain/action.ts'
import type { Order } from '../domain/order.ts'

/** The open orders of one side of an instrument, and the best of their prices as far as it is known. */
interface OpenSide {
  readonly orders: Set<Order>
  best: number | null
  /** false: the best one has gone, or has another price now */
  known: boolean
}

/**
 * Orders that are not in a terminal state, oldest first, and the best price of each side: a maker with a thousand resting
 * orders must not wait for a walk over them before each new one.
 */
export class OpenOrders {
  readonly #orders = new Map<string, Order>()
  /** two for each instrument: buys, sells */
  readonly #sides: OpenSide[] = []

  get size(): number {
    return this.#orders.size
  }

  values(): Iterable<Order> {
    return this.#orders.values()
  }

  get(clientOrderId: string): Order | undefined {
    return this.#orders.get(clientOrderId)
  }

  add(order: Order): void {
    this.#orders.set(order.request.clientOrderId, order)
    const side = this.#side(order.request.instrument, order.request.side)
    side.orders.add(order)
    if (side.known) side.best = better(order, side.best)
  }

  delete(order: Order): void {
    this.#orders.delete(order.request.clientOrderId)
    const side = this.#side(order.request.instrument, order.request.side)
    side.orders.delete(order)
    if (priceOf(order) === side.best) side.known = false
  }

  /** To be called when an order has a new price. */
  repriced({ request }: Order): void {
    this.#side(request.instrument, request.side).known = false
  }

  /**
   * Highest price of the buys or lowest of the sells, in price increments; an order without a limit price counts as
   * +Infinity (buy) or -Infinity (sell). Null when none is open.
   */
  best(instrument: number, side: Side): number | null {
    const open = this.#side(instrument, side)
    if (!open.known) {
      open.best = null
      for (const order of open.orders) open.best = better(order, open.best)
      open.known = true
    }
    return open.best
  }

  #side(instrument: number, side: Side): OpenSide {
    const at = instrument * 2 + (side === 'buy' ? 0 : 1)
    while (this.#sides.length <= at) this.#sides.push({ orders: new Set(), best: null, known: true })
    return this.#sides[at] as OpenSide
  }
}

function priceOf({ request }: Order): number {
  return request.price ?? (request.side === 'buy' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)
}

function better(order: Order, best: number | null): number {
  const price = priceOf(order)
  if (best === null) return price
  return order.request.side === 'buy' ? Math.max(price, best) : Math.min(price, best)
}
