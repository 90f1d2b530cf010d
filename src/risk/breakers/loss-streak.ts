/** What the closing fills of one order have realised so far, money. */
interface Result {
  readonly order: string
  realized: bigint
}

/**
 * Losses in a row of one strategy (R9): results are realised gains by the strategy's own FIFO lots, fees apart, one result
 * an order however many fills it takes. Anything that is no loss ends the row. Only the newest results are kept, as many
 * as the limit counts.
 */
export class LossStreak {
  readonly lossesMax: number
  readonly #results: Result[] = []

  constructor(lossesMax: number) {
    this.lossesMax = lossesMax
  }

  /** A fill of an order closed a part of the position. */
  add(order: string, realized: bigint): void {
    const known = this.#results.find((result) => result.order === order)
    if (known !== undefined) {
      known.realized += realized
      return
    }
    this.#results.push({ order, realized })
    if (this.#results.length > this.lossesMax) this.#results.shift()
  }

  /** The venue took the order's trades back: its result counts for nothing. */
  remove(order: string): void {
    const at = this.#results.findIndex((result) => result.order === order)
    if (at >= 0) this.#results.splice(at, 1)
  }

  /** Losses since the last result that was none. */
  get losses(): number {
    const last = this.#results.findLastIndex(({ realized }) => realized >= 0n)
    return this.#results.length - 1 - last
  }

  clear(): void {
    this.#results.length = 0
  }
}
