import type { Bar } from '../domain/bar.ts'

const TWO_53 = 9_007_199_254_740_992
/** 2^27 + 1: splits a double into two halves of at most 26 bits (Veltkamp). */
const SPLITTER = 134_217_729

/**
 * Adds `price` × `qty` (integers below 2^53) to the bar's two-word notional, exactly and without allocation. The sum
 * is `notionalHigh` × 2^53 + `notionalLow` with 0 <= `notionalLow` < 2^53, also for negative prices. Exact below 2^106.
 *
 * A product of 2^53 or more is taken as the rounded product and its error, both doubles, which together are exact
 * (Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18, 1971).
 */
export function addNotional(bar: Bar, price: number, qty: number): void {
  const product = price * qty
  if (product < TWO_53 && product > -TWO_53) {
    addWord(bar, product)
    return
  }
  const priceHigh = price * SPLITTER - (price * SPLITTER - price)
  const priceLow = price - priceHigh
  const qtyHigh = qty * SPLITTER - (qty * SPLITTER - qty)
  const qtyLow = qty - qtyHigh
  const error = priceLow * qtyLow - (product - priceHigh * qtyHigh - priceLow * qtyHigh - priceHigh * qtyLow)
  // Exact: `product` is a double of at least 2^53, so dividing by a power of two and taking the floor lose nothing.
  const high = Math.floor(product / TWO_53)
  bar.notionalHigh += high
  addWord(bar, product - high * TWO_53)
  addWord(bar, error)
}

/** Adds an integer of magnitude below 2^53; every step stays below 2^53 and is exact. */
function addWord(bar: Bar, value: number): void {
  if (value >= TWO_53 - bar.notionalLow) {
    bar.notionalLow = value - (TWO_53 - bar.notionalLow)
    bar.notionalHigh += 1
    return
  }
  bar.notionalLow += value
  if (bar.notionalLow < 0) {
    bar.notionalLow += TWO_53
    bar.notionalHigh -= 1
  }
}

/** Adds the notional of `other` to `bar`. */
export function addBarNotional(bar: Bar, other: Readonly<Bar>): void {
  bar.notionalHigh += other.notionalHigh
  addWord(bar, other.notionalLow)
}

/** The exact notional in increments, for reports; allocates. */
export function barNotional(bar: Readonly<Bar>): bigint {
  return BigInt(bar.notionalHigh) * BigInt(TWO_53) + BigInt(bar.notionalLow)
}

/** Volume-weighted average price as a double in the bar's price units; NaN where nothing traded. */
export function barVwap(bar: Readonly<Bar>): number {
  if (bar.volume === 0) return Number.NaN
  return (bar.notionalHigh / bar.volume) * TWO_53 + bar.notionalLow / bar.volume
}
