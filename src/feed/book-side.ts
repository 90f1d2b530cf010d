import { BOOK_LEVELS_MAX } from './feed-limits.ts'

/** levels that a side has room for at first, and by which its room is rounded up */
const ROOM_STEP = 64
/** room is made for an eighth more than is needed */
const ROOM_SHARE = 8
/** so many levels are moved by a loop faster than by a call */
const LOOP_LEVELS_MAX = 32

/**
 * One side of a book: levels in ascending order of `rank × price`, so that the best is last and changes near it move
 * little. Prices are in increments and so are quantities (a fraction where the venue shows dust).
 */
export class BookSide {
  /** number of levels */
  count = 0
  readonly #rank: number
  /** key (`rank × price`) and quantity of each level, in turn */
  #levels = new Float64Array(ROOM_STEP * 2)
  /** place of the last change: updates are sorted, so the next one is near */
  #near = 0

  /** @param rank 1 for bids, -1 for asks */
  constructor(rank: 1 | -1) {
    this.#rank = rank
  }

  /** Best price, or NaN on an empty side. */
  get bestPrice(): number {
    return this.count === 0 ? Number.NaN : (this.#levels[this.count * 2 - 2] as number) * this.#rank
  }

  /** Quantity at the best price, 0 on an empty side. */
  get bestQty(): number {
    return this.count === 0 ? 0 : (this.#levels[this.count * 2 - 1] as number)
  }

  /** Price of level `n`, 0 being the best; NaN beyond the last. */
  priceAt(n: number): number {
    return n < this.count ? (this.#levels[(this.count - 1 - n) * 2] as number) * this.#rank : Number.NaN
  }

  /** Quantity of level `n`; 0 beyond the last. */
  qtyAt(n: number): number {
    return n < this.count ? (this.#levels[(this.count - 1 - n) * 2 + 1] as number) : 0
  }

  /** Removes all levels and makes room for `levels` to come; where that leaves most of the memory idle, it is given back. */
  clear(levels: number): void {
    this.count = 0
    const room = roomFor(levels)
    const has = this.#levels.length / 2
    if (has < levels || has > room * 2) this.#levels = new Float64Array(room * 2)
  }

  /** Sets a level; a quantity of zero removes it. */
  set(price: number, qty: number): void {
    const key = price * this.#rank
    const at = this.#find(key)
    this.#near = at
    if (at < this.count && this.#levels[at * 2] === key) {
      if (qty === 0) this.#remove(at)
      else this.#levels[at * 2 + 1] = qty
    } else if (qty !== 0) this.#insert(at, key, qty)
  }

  /** First place whose key is not below `key`: in growing steps from the last change, then by halves. */
  #find(key: number): number {
    const levels = this.#levels
    const count = this.count
    const near = this.#near
    let low = 0
    let high = count
    let step = 1
    if (near < count) {
      if ((levels[near * 2] as number) < key) {
        low = near + 1
        while (low + step <= count && (levels[(low + step - 1) * 2] as number) < key) {
          low += step
          step *= 2
        }
        high = Math.min(count, low + step - 1)
      } else {
        high = near
        while (high >= step && (levels[(high - step) * 2] as number) >= key) {
          high -= step
          step *= 2
        }
        low = Math.max(0, high - step + 1)
      }
    }
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((levels[middle * 2] as number) < key) low = middle + 1
      else high = middle
    }
    return low
  }

  #remove(at: number): void {
    const levels = this.#levels
    const end = this.count * 2
    this.count--
    if (this.count - at > LOOP_LEVELS_MAX) levels.copyWithin(at * 2, at * 2 + 2, end)
    else for (let i = at * 2 + 2; i < end; i++) levels[i - 2] = levels[i] as number
  }

  #insert(place: number, key: number, qty: number): void {
    let at = place
    if (this.count === BOOK_LEVELS_MAX) {
      // The side is full: the worst level goes, or the new one when it would be the worst.
      if (at === 0) return
      this.#remove(0)
      at--
    }
    if (this.count * 2 === this.#levels.length) this.#grow()
    const levels = this.#levels
    const end = this.count * 2
    if (this.count - at > LOOP_LEVELS_MAX) levels.copyWithin(at * 2 + 2, at * 2, end)
    else for (let i = end - 1; i >= at * 2; i--) levels[i + 2] = levels[i] as number
    levels[at * 2] = key
    levels[at * 2 + 1] = qty
    this.count++
  }

  #grow(): void {
    const levels = new Float64Array(roomFor(this.count + 1) * 2)
    levels.set(this.#levels)
    this.#levels = levels
  }
}

function roomFor(levels: number): number {
  return Math.max(1, Math.ceil((levels + levels / ROOM_SHARE) / ROOM_STEP)) * ROOM_STEP
}
