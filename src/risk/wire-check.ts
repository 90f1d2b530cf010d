import type { ApprovedOrder } from '../domain/venue.ts'

interface Count {
  approved: number
  sent: number
}

/**
 * The last count before the wire (R7), independent of order state: quantity approved and quantity sent per client order
 * id. An order that no approval stands behind, or a second copy of one, does not leave.
 */
export class WireCheck {
  readonly #counts = new Map<string, Count>()

  /** Adds an approval. A replacement approves only what it adds to the quantity. */
  approve(clientOrderId: string, qty: number): void {
    const count = this.#counts.get(clientOrderId)
    if (count === undefined) this.#counts.set(clientOrderId, { approved: qty, sent: 0 })
    else count.approved += qty
  }

  /** Immediately before the write: counts the order as sent and says whether sent ≤ approved. False: do not write. */
  take(order: ApprovedOrder): boolean {
    const count = this.#counts.get(order.clientOrderId)
    if (count === undefined || count.sent + order.qty > count.approved) return false
    count.sent += order.qty
    return true
  }

  /** The venue port wrote nothing (`NotSent`): what was taken is given back. */
  giveBack(order: ApprovedOrder): void {
    const count = this.#counts.get(order.clientOrderId)
    if (count !== undefined && count.sent >= order.qty) count.sent -= order.qty
  }

  /** The order is terminal: nothing more may be sent under its id. */
  forget(clientOrderId: string): void {
    this.#counts.delete(clientOrderId)
  }

  /** Number of orders that are counted: bounded by the open orders. */
  get size(): number {
    return this.#counts.size
  }
}
