import { type Exact, exactProduct, exactSum, exactTimes } from '../../core/exact.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { PortfolioView } from '../../domain/portfolio.ts'
import type { Conversion } from '../conversion.ts'
import { NotionalScale } from '../scale.ts'
import type { CorrelatedExposure } from './correlated-exposure.ts'

/** Worth of what is held (filled positions alone), in notional units; null where a mark or a rate is missing. */
export class Holdings {
  readonly scale: NotionalScale
  readonly #instruments: readonly Instrument[]
  readonly #portfolio: PortfolioView
  readonly #correlated: CorrelatedExposure

  /** @throws NOTIONAL_SCALE */
  constructor(
    instruments: readonly Instrument[],
    portfolio: PortfolioView,
    correlated: CorrelatedExposure,
    conversion: Conversion | null,
  ) {
    this.scale = new NotionalScale(instruments, conversion)
    this.#instruments = instruments
    this.#portfolio = portfolio
    this.#correlated = correlated
  }

  held(): Instrument[] {
    return this.#instruments.filter(({ index }) => this.#portfolio.position(index) !== 0)
  }

  /** Signed worth of a position; a mark between two increments counts as the one further from zero. */
  value(instrument: Instrument): Exact | null {
    const mark = this.#portfolio.markPrice(instrument.index)
    if (mark === null) return null
    const price = mark < 0 ? Math.floor(mark) : Math.ceil(mark)
    const qty = this.#portfolio.position(instrument.index)
    const factor = this.scale.factor(instrument)
    return Number.isNaN(factor) ? null : exactTimes(exactProduct(qty, price), factor)
  }

  total(): { readonly gross: Exact; readonly net: Exact } | null {
    let gross: Exact = 0
    let net: Exact = 0
    for (const instrument of this.held()) {
      const value = this.value(instrument)
      if (value === null) return null
      gross = exactSum(gross, magnitude(value))
      net = exactSum(net, value)
    }
    return { gross, net }
  }

  /** A held position with everything that would lose with it. */
  together(instrument: Instrument): Exact | null {
    const value = this.value(instrument)
    if (value === null) return null
    const side = this.#portfolio.position(instrument.index) > 0 ? 'buy' : 'sell'
    return this.#correlated.together(instrument.index, side, magnitude(value), this.#portfolio)
  }

  largestTogether(): Exact | null {
    let largest: Exact = 0
    for (const instrument of this.held()) {
      const together = this.together(instrument)
      if (together === null) return null
      if (together > largest) largest = together
    }
    return largest
  }
}

export function magnitude(value: Exact): Exact {
  return value < 0 ? -value : value
}
