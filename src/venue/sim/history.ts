import { isOpen } from './fill-policy.ts'
import type { SimOrder, SimTrade } from './types.ts'

/** Orders and trades that a venue keeps for queries, unless it is told otherwise. */
const HISTORY_MAX = 200_000

/** The venue's memory for queries: accepted orders and executions, up to a limit beyond which the oldest closed ones go. */
export class SimHistory {
  readonly #max: number
  #orders: SimOrder[] = []
  #trades: SimTrade[] = []
  readonly #byId = new Map<number, SimOrder>()
  readonly #byClientId = new Map<string, SimOrder>()
  readonly #openById = new Map<number, SimOrder>()

  /** @param max orders kept, and executions */
  constructor(max: number = HISTORY_MAX) {
    this.#max = max
  }

  addOrder(order: SimOrder): void {
    this.#orders.push(order)
    this.#byId.set(order.id, order)
    this.#byClientId.set(order.clientOrderId, order)
    this.#openById.set(order.id, order)
    if (this.#orders.length > this.#max) this.#dropOldest()
  }

  /** Takes an order that has ended out of the open ones. */
  close(order: SimOrder): void {
    this.#openById.delete(order.id)
  }

  addTrade(trade: SimTrade): void {
    this.#trades.push(trade)
    if (this.#trades.length > this.#max) this.#trades = this.#trades.slice(this.#max / 2)
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
    const half = this.#orders.slice(0, this.#max / 2)
    const kept = half.filter(isOpen)
    for (const order of half) {
      if (isOpen(order)) continue
      this.#byId.delete(order.id)
      this.#forget(order)
    }
    this.#orders = [...kept, ...this.#orders.slice(this.#max / 2)]
  }
}
