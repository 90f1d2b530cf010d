import { LEVEL_RUN, LEVEL_WIDTH } from './feed-limits.ts'

/** What `PriceWatch` says of a trade. */
export const PRICE_VERDICT = { PLAUSIBLE: 0, TOO_HIGH: 1, TOO_LOW: 2 } as const

/**
 * Tells implausible trades of one symbol: a price more than `spikeRatio` times, or less than a `spikeRatio`th of, the last
 * accepted one (before the first trade: of the middle of a quote that is no wider than that). Twenty such trades in a row
 * within 10 % of each other are a new level; the twentieth is accepted. Prices of zero and below are not compared.
 */
export class PriceWatch {
  readonly #ratio: number
  #last = 0
  #middle = 0
  #run = 0
  #runLow = 0
  #runHigh = 0

  constructor(spikeRatio: number) {
    this.#ratio = spikeRatio
  }

  /**
   * Notes an uncrossed quote; it is the reference until the first trade, unless it is as wide as a spike is far. After one
   * with a bid of zero or below there is no reference.
   */
  quote(bid: number, ask: number): void {
    if (bid <= 0) this.#middle = 0
    else if (ask <= bid * this.#ratio) this.#middle = (bid + ask) / 2
  }

  /** Judges a trade without accepting it. */
  judge(price: number): number {
    const reference = this.#last > 0 ? this.#last : this.#middle
    if (reference <= 0 || price <= 0) return PRICE_VERDICT.PLAUSIBLE
    const high = price > reference * this.#ratio
    if (!high && price * this.#ratio >= reference) {
      this.#run = 0
      return PRICE_VERDICT.PLAUSIBLE
    }
    const low = Math.min(this.#runLow, price)
    const top = Math.max(this.#runHigh, price)
    if (this.#run > 0 && top <= low * LEVEL_WIDTH) {
      this.#run++
      this.#runLow = low
      this.#runHigh = top
    } else {
      this.#run = 1
      this.#runLow = price
      this.#runHigh = price
    }
    if (this.#run >= LEVEL_RUN) {
      this.#run = 0
      return PRICE_VERDICT.PLAUSIBLE
    }
    return high ? PRICE_VERDICT.TOO_HIGH : PRICE_VERDICT.TOO_LOW
  }

  /** The trade was accepted: it is the reference from now on. */
  accept(price: number): void {
    this.#last = price
  }
}
