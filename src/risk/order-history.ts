import { RateWindow } from '../core/rate-window.ts'
import type { OrderDraft } from '../domain/draft.ts'

const SECOND_NS = 1_000_000_000

interface LastOrder {
  side: string
  type: string
  qty: number
  price: number
  stopPrice: number
  atNs: number
}

function sameNumber(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

/**
 * What was approved lately: message counts per budget and the last order of each strategy and instrument. Written when
 * an order is approved, read by checks. Entries, reducing orders and cancels have separate budgets, so that none of
 * them uses up another's; cancels are counted and never refused.
 */
export class OrderHistory {
  readonly entries: RateWindow
  readonly reducing: RateWindow
  readonly cancels: RateWindow
  readonly #last: (LastOrder | undefined)[] = []
  readonly #instruments: number

  constructor(ordersPerSecondMax: number, instruments: number) {
    this.entries = new RateWindow(ordersPerSecondMax, SECOND_NS)
    this.reducing = new RateWindow(ordersPerSecondMax, SECOND_NS)
    this.cancels = new RateWindow(ordersPerSecondMax, SECOND_NS)
    this.#instruments = instruments
  }

  /** Age in ns of the strategy's last order in the instrument where it had the same content; Infinity otherwise. */
  sameContentAgeNs(draft: OrderDraft, nowNs: number): number {
    const last = this.#last[this.#key(draft.strategy, draft.instrument)]
    if (
      last === undefined ||
      last.side !== draft.side ||
      last.qty !== draft.qty ||
      last.type !== draft.type ||
      !sameNumber(last.price, draft.price) ||
      !sameNumber(last.stopPrice, draft.stopPrice)
    ) {
      return Number.POSITIVE_INFINITY
    }
    return nowNs - last.atNs
  }

  noteOrder(draft: OrderDraft, reducing: boolean, nowNs: number): void {
    const window = reducing ? this.reducing : this.entries
    window.note(nowNs)
    const key = this.#key(draft.strategy, draft.instrument)
    const last = this.#last[key]
    if (last === undefined) {
      const { side, type, qty, price, stopPrice } = draft
      this.#last[key] = { side, type, qty, price, stopPrice, atNs: nowNs }
      return
    }
    last.side = draft.side
    last.type = draft.type
    last.qty = draft.qty
    last.price = draft.price
    last.stopPrice = draft.stopPrice
    last.atNs = nowNs
  }

  /** The last order of a strategy in an instrument was not sent after all. */
  forget(strategy: number, instrument: number): void {
    const last = this.#last[this.#key(strategy, instrument)]
    if (last !== undefined) last.atNs = Number.NEGATIVE_INFINITY
  }

  /** Outside orders have strategy -1. */
  #key(strategy: number, instrument: number): number {
    return (strategy + 1) * this.#instruments + instrument
  }

  noteCancel(nowNs: number): void {
    this.cancels.note(nowNs)
  }
}
