import { DECODE_CODE } from '../domain/decode-codes.ts'
import { ID_JUMP_MAX, ID_JUMP_RUN, RECENT_TRADES } from './feed-limits.ts'

/** key, price and quantity of a trade */
const WORDS = 3
/** Trades with rising ids that make a symbol's ids an ordered series. */
const ORDERED_FROM = 100
const ORDERED_MAX = 1_000
const DISORDER_COST = 200

/**
 * Recognizes trades that were seen before, for one series of ids of one symbol. `find` judges, `accept` remembers; a trade
 * that is refused for another reason is not remembered.
 */
export interface TradeMemory {
  /** 0 for a new trade, else the number of `duplicate_exact`, `duplicate_late` or `stale_trade_id` */
  find(id: number, detail: number, price: number, qty: number): number
  /**
   * Whether the id of a new trade lies implausibly far beyond the last accepted one. Asked once a trade: a row of such
   * ids that rise is a new series and no jump any more.
   */
  jumps(id: number): boolean
  /** whether the trade is among those remembered */
  has(id: number, detail: number, price: number, qty: number): boolean
  accept(id: number, detail: number, price: number, qty: number): void
}

const PLACE_MASK = RECENT_TRADES - 1
/** Trades that a symbol's memory holds at first, a power of two. */
const FIRST_TRADES = 64
const NO_PLACE = -1
const NO_WORDS = new Float64Array(0)
const NO_PLACES = new Int16Array(0)

/**
 * The last trades by place; a later trade of the same place overwrites an earlier one. Takes memory with the first, and
 * more when two trades of different places meet, until every place has its own.
 */
class RecentTrades {
  #words = NO_WORDS
  /** place of each trade, while there are fewer than places */
  #places = NO_PLACES
  #mask = 0

  holds(place: number, key: number, price: number, qty: number): boolean {
    const at = (place & this.#mask) * WORDS
    const words = this.#words
    return at < words.length && words[at] === key && words[at + 1] === price && words[at + 2] === qty
  }

  put(place: number, key: number, price: number, qty: number): void {
    if (this.#mask < PLACE_MASK) this.#makeRoom(place & PLACE_MASK)
    const at = (place & this.#mask) * WORDS
    this.#words[at] = key
    this.#words[at + 1] = price
    this.#words[at + 2] = qty
  }

  #makeRoom(place: number): void {
    if (this.#words.length === 0) this.#resize(FIRST_TRADES)
    while (this.#mask < PLACE_MASK) {
      const other = this.#places[place & this.#mask] as number
      if (other === NO_PLACE || other === place) {
        this.#places[place & this.#mask] = place
        return
      }
      this.#resize((this.#mask + 1) * 2)
    }
  }

  #resize(size: number): void {
    const words = new Float64Array(size * WORDS).fill(Number.NaN)
    const places = size === RECENT_TRADES ? NO_PLACES : new Int16Array(size).fill(NO_PLACE)
    for (const [from, place] of this.#places.entries()) {
      if (place === NO_PLACE) continue
      const to = place & (size - 1)
      words.set(this.#words.subarray(from * WORDS, (from + 1) * WORDS), to * WORDS)
      if (size < RECENT_TRADES) places[to] = place
    }
    this.#words = words
    this.#places = places
    this.#mask = size - 1
  }
}

/** Counts ids in a row that lie beyond the jump. */
class JumpRun {
  #run = 0
  #last = 0

  /** @returns whether `id` after `last` is a jump still */
  isJump(id: number, last: number): boolean {
    if (id - last <= ID_JUMP_MAX) {
      this.#run = 0
      return false
    }
    this.#run = this.#run > 0 && id > this.#last && id - this.#last <= ID_JUMP_MAX ? this.#run + 1 : 1
    this.#last = id
    return this.#run < ID_JUMP_RUN
  }
}

/** Ids that only rise (Binance): at or below the watermark a trade is old. */
export class RisingIds implements TradeMemory {
  #last = -1
  readonly #recent = new RecentTrades()
  readonly #jumps = new JumpRun()

  jumps(id: number): boolean {
    return this.#last >= 0 && this.#jumps.isJump(id, this.#last)
  }

  find(id: number, _detail: number, price: number, qty: number): number {
    if (id > this.#last) return 0
    if (!this.#recent.holds(id, id, price, qty)) return DECODE_CODE.stale_trade_id.n
    return id === this.#last ? DECODE_CODE.duplicate_exact.n : DECODE_CODE.duplicate_late.n
  }

  has(id: number, _detail: number, price: number, qty: number): boolean {
    return this.#recent.holds(id, id, price, qty)
  }

  accept(id: number, _detail: number, price: number, qty: number): void {
    this.#last = id
    this.#recent.put(id, id, price, qty)
  }
}

/**
 * Ids that are unique for an exchange but need not rise (Alpaca): a trade is known when exchange, id, price and size are.
 * While the ids of a symbol have been rising, a lower one that is not known is stale all the same, and one far beyond is a
 * jump; a feed whose ids go up and down soon loses that right.
 */
export class ExchangeIds implements TradeMemory {
  #lastKey = -1
  #lastId = -1
  #ordered = 0
  readonly #recent = new RecentTrades()
  readonly #jumps = new JumpRun()

  jumps(id: number): boolean {
    return this.#ordered >= ORDERED_FROM && this.#jumps.isJump(id, this.#lastId)
  }

  find(id: number, exchange: number, price: number, qty: number): number {
    const key = keyOf(id, exchange)
    if (this.#recent.holds(id, key, price, qty)) {
      return key === this.#lastKey ? DECODE_CODE.duplicate_exact.n : DECODE_CODE.duplicate_late.n
    }
    if (id > this.#lastId) return 0
    const stale = this.#ordered >= ORDERED_FROM
    if (stale) this.#ordered -= DISORDER_COST
    else this.#ordered = 0
    return stale ? DECODE_CODE.stale_trade_id.n : 0
  }

  has(id: number, exchange: number, price: number, qty: number): boolean {
    return this.#recent.holds(id, keyOf(id, exchange), price, qty)
  }

  accept(id: number, exchange: number, price: number, qty: number): void {
    if (id > this.#lastId) this.#ordered = Math.min(this.#ordered + 1, ORDERED_MAX)
    this.#lastId = id
    this.#lastKey = keyOf(id, exchange)
    this.#recent.put(id, this.#lastKey, price, qty)
  }
}

/** Exact below 2^45; beyond, neighbouring ids may share a key, which price and size then tell apart. */
function keyOf(id: number, exchange: number): number {
  return id * 256 + exchange
}
