import type { Feature, FeatureInput, FeatureSpec } from '../domain/feature.ts'
import { checkWindow, featureName } from './define.ts'
import { RollingSum } from './window.ts'

/**
 * Order flow imbalance of the last `n` quotes, in quantity increments: what bids gained less what asks gained
 * (Cont, Kukanov, Stoikov, "The price impact of order book events", 2014, equation 4).
 */
export function orderFlowImbalance(n: number): FeatureSpec {
  checkWindow('order_flow_imbalance', 'n', n)
  return {
    name: `order_flow_imbalance(${n})`,
    kind: 'order_flow_imbalance',
    on: 'quote',
    params: { n },
    create: () => new OrderFlow(n),
  }
}

class OrderFlow implements Feature {
  readonly #sum: RollingSum
  #bidPrice = Number.NaN
  #bidQty = 0
  #askPrice = 0
  #askQty = 0

  constructor(n: number) {
    this.#sum = new RollingSum(n)
  }

  update(q: FeatureInput): void {
    if (!Number.isNaN(this.#bidPrice)) {
      let flow = 0
      if (q.bidPrice >= this.#bidPrice) flow += q.bidQty
      if (q.bidPrice <= this.#bidPrice) flow -= this.#bidQty
      if (q.askPrice <= this.#askPrice) flow -= q.askQty
      if (q.askPrice >= this.#askPrice) flow += this.#askQty
      this.#sum.push(flow)
    }
    this.#bidPrice = q.bidPrice
    this.#bidQty = q.bidQty
    this.#askPrice = q.askPrice
    this.#askQty = q.askQty
  }

  ready(): boolean {
    return this.#sum.full
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#sum.sum
  }
}

/** Share of the aggressor's side in the last `n` trades by quantity, -1 (all sold) to 1 (all bought). */
export function tradeImbalance(n: number): FeatureSpec {
  checkWindow('trade_imbalance', 'n', n)
  return {
    name: featureName('trade_imbalance', [n], 'bar'),
    kind: 'trade_imbalance',
    on: 'trade',
    params: { n },
    create: () => new TradeImbalance(n),
  }
}

class TradeImbalance implements Feature {
  readonly #signed: RollingSum
  readonly #all: RollingSum

  constructor(n: number) {
    this.#signed = new RollingSum(n)
    this.#all = new RollingSum(n)
  }

  update(t: FeatureInput): void {
    this.#signed.push(t.aggressor * t.qty)
    this.#all.push(t.qty)
  }

  ready(): boolean {
    return this.#all.full
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#all.sum === 0 ? 0 : this.#signed.sum / this.#all.sum
  }
}
