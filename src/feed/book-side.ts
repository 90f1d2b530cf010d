import { BOOK_LEVELS_MAX } from './feed-limits.ts'

const FIRST_CAPACITY = 256

/**
 * One side of a book: levels in ascending order of `rank × price`, so that the best is last and changes near it move
 * little. Prices are in increments and so are quantities (a fraction where the venue shows dust).
 */
export class BookSide {
  /** number of levels */
  count = 0
  readonly #rank: number
  #keys = new Float64Array(FIRST_CAPACITY)
  #qtys = new Float64Array(FIRST_CAPACITY)

  /** @param rank 1 for bids, -1 for asks */
  constructor(rank: 1 | -1) {
    this.#rank = rank
  }

  /** Best price, or NaN on an empty side. */
  get bestPrice(): number {
    return this.count === 0 ? Number.NaN : (this.#keys[this.count - 1] as number) * this.#rank
  }

  /** Quantity at the best price, 0 on an empty side. */
  get bestQty(): number {
    return this.count === 0 ? 0 : (this.#qtys[this.count - 1] as number)
  }

  /** Price of level `n`, 0 being the best; NaN beyond the last. */
  priceAt(n: number): number {
    return n < this.count ? (this.#keys[this.count - 1 - n] as number) * this.#rank : Number.NaN
  }

  /** Quantity of level `n`; 0 beyond the last. */
  qtyAt(n: number): number {
    return n < this.count ? (this.#qtys[this.count - 1 - n] as number) : 0
  }

  clear(): void {
    this.count = 0
  }

  /** Sets a level; a quantity of zero removes it. */
  set(price: number, qty: number): void {
    const key = price * this.#rank
    const at = this.#find(key)
    if (at < this.count && this.#keys[at] === key) {
      if (qty === 0) this.#remove(at)
      else this.#qtys[at] = qty
    } else if (qty !== 0) this.#insert(at, key, qty)
  }

  /** First place whose key is not below `key`. */
  #find(key: number): number {
    const keys = this.#keys
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((keys[middle] as number) < key) low = middle + 1
      else high = middle
    }
    return low
  }

  #remove(at: number): void {
    const count = this.count - 1
    this.#keys.copyWithin(at, at + 1, this.count)
    this.#qtys.copyWithin(at, at + 1, this.count)
    this.count = count
  }

  #insert(place: number, key: number, qty: number): void {
    let at = place
    if (this.count === BOOK_LEVELS_MAX) {
      // The side is full: the worst level goes, or the new one when it would be the worst.
      if (at === 0) return
      this.#remove(0)
      at--
    }
    if (this.count === this.#keys.length) this.#grow()
    this.#keys.copyWithin(at + 1, at, this.count)
    this.#qtys.copyWithin(at + 1, at, this.count)
    this.#keys[at] = key
    this.#qtys[at] = qty
    this.count++
  }

  #grow(): void {
    const keys = new Float64Array(this.#keys.length * 2)
    const qtys = new Float64Array(this.#keys.length * 2)
    keys.set(this.#keys)
    qtys.set(this.#qtys)
    this.#keys = keys
    this.#qtys = qtys
  }
}
