import type { ExactSum } from './exact-sum.ts'

const LOTS_AT_FIRST = 16

/** An open lot: signed quantity and price, in increments. */
export interface Lot {
  readonly qty: number
  readonly price: number
}

/**
 * FIFO lots of one position, all of one sign, in a ring that grows by doubling. A fill against the position closes the oldest
 * lots first; what is left of a fill that flips opens a lot at its price.
 */
export class Lots {
  #qty: Float64Array = new Float64Array(LOTS_AT_FIRST)
  #price: Float64Array = new Float64Array(LOTS_AT_FIRST)
  #first = 0
  #count = 0

  /**
   * Takes in a fill (`signedQty` > 0 bought) and adds what it realised to the three sums, in price × quantity increments.
   *
   * @returns the quantity that it closed, unsigned
   */
  apply(
    signedQty: number,
    price: number,
    realized: ExactSum,
    ofUtcDay: ExactSum,
    ofTradingDay: ExactSum,
  ): number {
    let left = signedQty
    const mask = this.#qty.length - 1
    while (left !== 0 && this.#count > 0) {
      const lotQty = this.#qty[this.#first] as number
      if (lotQty > 0 === left > 0) break
      const closed = Math.abs(left) < Math.abs(lotQty) ? -left : lotQty
      const gain = price - (this.#price[this.#first] as number)
      realized.addProduct(gain, closed)
      ofUtcDay.addProduct(gain, closed)
      ofTradingDay.addProduct(gain, closed)
      left += closed
      if (closed === lotQty) {
        this.#first = (this.#first + 1) & mask
        this.#count -= 1
      } else {
        this.#qty[this.#first] = lotQty - closed
      }
    }
    if (left !== 0) this.#push(left, price)
    return Math.abs(signedQty - left)
  }

  /** Oldest first. */
  list(): Lot[] {
    const mask = this.#qty.length - 1
    return Array.from({ length: this.#count }, (_, i) => ({
      qty: this.#qty[(this.#first + i) & mask] as number,
      price: this.#price[(this.#first + i) & mask] as number,
    }))
  }

  copy(): Lots {
    const lots = new Lots()
    lots.#qty = this.#qty.slice()
    lots.#price = this.#price.slice()
    lots.#first = this.#first
    lots.#count = this.#count
    return lots
  }

  #push(qty: number, price: number): void {
    if (this.#count === this.#qty.length) this.#grow()
    const at = (this.#first + this.#count) & (this.#qty.length - 1)
    this.#qty[at] = qty
    this.#price[at] = price
    this.#count += 1
  }

  #grow(): void {
    const qty = new Float64Array(this.#qty.length * 2)
    const price = new Float64Array(this.#qty.length * 2)
    this.list().forEach((lot, i) => {
      qty[i] = lot.qty
      price[i] = lot.price
    })
    this.#qty = qty
    this.#price = price
    this.#first = 0
  }
}
