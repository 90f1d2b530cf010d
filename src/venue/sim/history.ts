import { isOpen } from './fill-policy.ts'
import type { SimOrder, SimTrade } from './types.ts'

/** Orders and trades kept for queries; the oldest closed ones go beyond it. */
export const HISTORY_MAX = 200_000

/** The venue's memory: every accepted order and every execution, for queries. */
export class SimHistory {
  #orders: SimOrder[] = []
  #trades: SimTrade[] = []
  readonly #byId = new Map<number, SimOrder>()
  readonly #byClientId = new Map<string, SimOrder>()
  readonly #openById = new Map<number, SimOrder>()

  addOrder(order: SimOrder): void {
    this.#orders.push(order)
    this.#byId.set(order.id, order)
    this.#byClientId.set(order.clientOrderId, order)
    this.#openById.set(order.id, order)
    if (this.#orders.length > HISTORY_MAX) this.#dropOldest()
  }

  /** Takes an order that has ended out of the open ones. */
  close(order: SimOrder): void {
    this.#openById.delete(order.id)
  }

  addTrade(trade: SimTrade): void {
    this.#trades.push(trade)
    if (this.#trades.length > HISTORY_MAX) this.#trades = this.#trades.slice(HISTORY_MAX / 2)
  }

  byId(id: number): SimOrder | undefined {
    return this.#byId.get(id)
  }

  /** The newest order with the client's id. */
  byClientId(clientOrderId: string): SimOrder | undefined {
    return this.#byClientId.get(clientOrderId)
  }

  /** Open orders, oldest first; all symbols for null. */
  open(instrument: number | null): SimOrder[] {
    return [...this.#openById.values()].filter(
      (order) => instrument === null || order.input.instrument === instrument,
    )
  }

  orders(instrument: number): SimOrder[] {
    return this.#orders.filter((order) => order.input.instrument === instrument)
  }

  /** Executions of a symbol, in order. */
  trades(instrument: number): SimTrade[] {
    return this.#trades.filter((trade) => trade.instrument === instrument)
  }

  /** Gives an ended order another id, which frees its own. */
  rename(order: SimOrder, clientOrderId: string): void {
    this.#forget(order)
    order.clientOrderId = clientOrderId
    this.#byClientId.set(clientOrderId, order)
  }

  #forget(order: SimOrder): void {
    if (this.#byClientId.get(order.clientOrderId) === order) this.#byClientId.delete(order.clientOrderId)
  }

  #dropOldest(): void {
    const half = this.#orders.slice(0, HISTORY_MAX / 2)
    const kept = half.filter(isOpen)
    for (const order of half) {
      if (isOpen(order)) continue
      this.#byId.delete(order.id)
      this.#forget(order)
    }
    this.#orders = [...kept, ...this.#orders.slice(HISTORY_MAX / 2)]
  }
}
