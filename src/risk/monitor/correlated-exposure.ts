import { type Exact, exactProduct, exactSum, exactTimes } from '../../core/exact.ts'
import type { Side } from '../../domain/action.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { PortfolioView } from '../../domain/portfolio.ts'
import { NotionalScale } from '../scale.ts'

export interface CorrelationView {
  /** from -1 to 1; NaN where it is not known */
  correlation(a: number, b: number): number
}

/**
 * What would lose together (R8): the exposure of a symbol on one side, and of every other symbol on the side that moves
 * with it. A long and a long move together from `correlationMin` up, a long and a short from -`correlationMin` down. An
 * unknown correlation counts as either, so the larger side is taken. Other symbols count by their worst case (R4).
 */
export class CorrelatedExposure {
  readonly #correlations: CorrelationView
  readonly #correlationMin: number
  /** notional units of one price increment times one quantity increment, by instrument index */
  readonly #factors: readonly number[]

  /** @throws NOTIONAL_SCALE as `NotionalScale` */
  constructor(instruments: readonly Instrument[], correlations: CorrelationView, correlationMin: number) {
    const scale = new NotionalScale(instruments)
    this.#correlations = correlations
    this.#correlationMin = correlationMin
    this.#factors = instruments.map((instrument) => scale.factor(instrument))
  }

  /**
   * `own`, the symbol's exposure on `side` in notional units, with that of the others; null where one of them has no mark.
   */
  together(instrument: number, side: Side, own: Exact, portfolio: PortfolioView): Exact | null {
    let sum = own
    for (let n = 0; n < portfolio.activeCount(); n++) {
      const other = portfolio.activeInstrument(n)
      if (other === instrument) continue
      const qty = this.#qty(instrument, side, other, portfolio)
      if (qty <= 0) continue
      const mark = portfolio.markPrice(other)
      if (mark === null) return null
      const value = exactTimes(exactProduct(qty, Math.ceil(Math.abs(mark))), this.#factors[other] as number)
      sum = exactSum(sum, value)
    }
    return sum
  }

  #qty(instrument: number, side: Side, other: number, portfolio: PortfolioView): number {
    const position = portfolio.position(other)
    const long = position + portfolio.openQty(other, 'buy')
    const short = portfolio.openQty(other, 'sell') - position
    const correlation = this.#correlations.correlation(instrument, other)
    if (Number.isNaN(correlation)) return Math.max(long, short)
    if (correlation >= this.#correlationMin) return side === 'buy' ? long : short
    if (correlation <= -this.#correlationMin) return side === 'buy' ? short : long
    return 0
  }
}
