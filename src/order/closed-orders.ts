import type { Order } from '../domain/order.ts'

/** What reconciliation reads and says of closed orders. */
export type DoubtfulOrders = Pick<ClosedOrders, 'doubtful' | 'settle' | 'doubt'>

/**
 * Closed orders in the order of their closing, at most so many: the oldest leaves for the newest. Those that ended short of
 * their quantity are doubtful until they are settled: a fill of theirs may be missing. DENIED was never sent.
 */
export class ClosedOrders {
  readonly #max: number
  readonly #ids: string[] = []
  readonly #doubtful = new Map<string, Order>()
  #first = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Takes an order in; returns the id of the one that it pushes out, or null. */
  push(order: Order): string | null {
    const id = order.request.clientOrderId
    this.#ids.push(id)
    this.doubt(order)
    if (this.#ids.length - this.#first <= this.#max) return null
    const oldest = this.#ids[this.#first] as string
    this.#first += 1
    if (this.#first * 2 >= this.#ids.length) {
      this.#ids.splice(0, this.#first)
      this.#first = 0
    }
    this.#doubtful.delete(oldest)
    return oldest
  }

  /** Takes an order that is in as doubtful, where it ended short of its quantity. */
  doubt(order: Order): void {
    if (order.state !== 'FILLED' && order.state !== 'DENIED')
      this.#doubtful.set(order.request.clientOrderId, order)
  }

  /** Orders that ended short of their quantity and are not settled, oldest end first. */
  doubtful(): Iterable<Order> {
    return this.#doubtful.values()
  }

  /** Every fill that the order had when it ended is booked. */
  settle(clientOrderId: string): void {
    this.#doubtful.delete(clientOrderId)
  }
}
