/**
 * The close of each bar of one symbol, from its prices: the last price of a period is known when a later period begins,
 * as in bars of trades. Periods without a price have no bar. Times are ns on one clock; one that runs backwards belongs to
 * the present bar.
 */
export class BarClose {
  /** close of the last bar that ended */
  close: number = Number.NaN
  readonly #periodNs: number
  #period = Number.NaN
  #price = Number.NaN

  constructor(periodNs: number) {
    this.#periodNs = periodNs
  }

  /** True where this price begins a bar and so ends the one before: `close` is new. */
  push(price: number, timeNs: number): boolean {
    const period = Math.floor(timeNs / this.#periodNs)
    const ended = period > this.#period
    if (ended) this.close = this.#price
    if (ended || Number.isNaN(this.#period)) this.#period = period
    this.#price = price
    return ended
  }
}
