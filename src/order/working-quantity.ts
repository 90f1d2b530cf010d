import type { Side } from '../domain/action.ts'

/** What of our orders may still fill in one instrument, in quantity increments. UNKNOWN and unsent orders count. */
interface Working {
  buyQty: number
  sellQty: number
  buyOrders: number
  sellOrders: number
  unknown: number
}

const NONE: Readonly<Working> = { buyQty: 0, sellQty: 0, buyOrders: 0, sellOrders: 0, unknown: 0 }
/** Instruments and strategies are dense indices below this, so a pair fits one number. */
const INDEX_MAX = 1 << 20

/** Sums over open orders, kept up to date by the order store, so that a pre-trade check reads them in O(1). */
export class WorkingQuantities {
  readonly #byInstrument = new Map<number, Working>()
  readonly #byStrategy = new Map<number, Working>()

  /** Adds (`sign` 1) or takes away (-1) one order's open quantity. */
  add(strategy: number, instrument: number, side: Side, qty: number, unknown: boolean, sign: 1 | -1): void {
    change(entry(this.#byInstrument, instrument), side, qty, unknown, sign)
    change(entry(this.#byStrategy, pair(strategy, instrument)), side, qty, unknown, sign)
  }

  qty(instrument: number, side: Side): number {
    const working = this.#byInstrument.get(instrument) ?? NONE
    return side === 'buy' ? working.buyQty : working.sellQty
  }

  strategyQty(strategy: number, instrument: number, side: Side): number {
    const working = this.#byStrategy.get(pair(strategy, instrument)) ?? NONE
    return side === 'buy' ? working.buyQty : working.sellQty
  }

  orders(strategy: number, instrument: number, side: Side): number {
    const working = this.#byStrategy.get(pair(strategy, instrument)) ?? NONE
    return side === 'buy' ? working.buyOrders : working.sellOrders
  }

  hasUnknown(strategy: number, instrument: number): boolean {
    return (this.#byStrategy.get(pair(strategy, instrument)) ?? NONE).unknown > 0
  }
}

function pair(strategy: number, instrument: number): number {
  return (strategy + 1) * INDEX_MAX + instrument
}

function entry(map: Map<number, Working>, key: number): Working {
  let working = map.get(key)
  if (working === undefined) {
    working = { ...NONE }
    map.set(key, working)
  }
  return working
}

function change(working: Working, side: Side, qty: number, unknown: boolean, sign: 1 | -1): void {
  if (side === 'buy') {
    working.buyQty += sign * qty
    working.buyOrders += sign
  } else {
    working.sellQty += sign * qty
    working.sellOrders += sign
  }
  if (unknown) working.unknown += sign
}
