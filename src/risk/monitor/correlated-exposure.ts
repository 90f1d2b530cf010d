import { type Exact, exactProduct, exactSum, exactTimes } from '../../core/exact.ts'
import type { Side } from '../../domain/action.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { PortfolioView } from '../../domain/portfolio.ts'
import type { Conversion } from '../conversion.ts'
import { NotionalScale } from '../scale.ts'

export interface CorrelationView {
  /** raised whenever a correlation may have changed */
  readonly samples: number
  /** from -1 to 1; NaN where it is not known */
  correlation(a: number, b: number): number
}

/** How another symbol moves with one: not at all, with it, against it, or nobody knows. */
const APART = 0
const WITH = 1
const AGAINST = 2
const UNKNOWN = 3

/**
 * What would lose together (R8): the exposure of a symbol on one side, and of every other symbol on the side that moves
 * with it. A long and a long move together from `correlationMin` up, a long and a short from -`correlationMin` down. An
 * unknown correlation counts as either, so the larger side is taken. Other symbols count by their worst case (R4).
 */
export class CorrelatedExposure {
  readonly #correlations: CorrelationView
  readonly #correlationMin: number
  readonly #scale: NotionalScale
  /** notional units of one price increment times one quantity increment, by instrument index; NaN while no rate converts */
  readonly #factors: number[]
  /** those whose factor moves with a rate */
  readonly #converted: readonly Instrument[]
  /** how each symbol moves with each, row by row; a row is made once a sample, when it is asked for */
  readonly #moves: Uint8Array
  readonly #rowSamples: Float64Array

  /** @throws NOTIONAL_SCALE as `NotionalScale` */
  constructor(
    instruments: readonly Instrument[],
    correlations: CorrelationView,
    correlationMin: number,
    conversion: Conversion | null = null,
  ) {
    const scale = new NotionalScale(instruments, conversion)
    this.#scale = scale
    this.#converted = instruments.filter(({ index }) => scale.converts(index))
    this.#correlations = correlations
    this.#correlationMin = correlationMin
    this.#factors = instruments.map((instrument) => scale.factor(instrument))
    this.#moves = new Uint8Array(instruments.length ** 2)
    this.#rowSamples = new Float64Array(instruments.length).fill(-1)
  }

  /**
   * `own`, the symbol's exposure on `side` in notional units, with that of the others; null where one of them has no mark
   * or rate.
   */
  together(instrument: number, side: Side, own: Exact, portfolio: PortfolioView): Exact | null {
    if (this.#rowSamples[instrument] !== this.#correlations.samples) this.#makeRow(instrument)
    for (const converted of this.#converted) this.#factors[converted.index] = this.#scale.factor(converted)
    const sum = this.#inDoubles(instrument, side, own, portfolio)
    return sum <= Number.MAX_SAFE_INTEGER ? sum : this.#exactly(instrument, side, own, portfolio)
  }

  /** Exact where it comes out below 2^53, as in `computeWorstCase`; NaN where a mark is missing, or `own` is no double. */
  #inDoubles(instrument: number, side: Side, own: Exact, portfolio: PortfolioView): number {
    if (typeof own !== 'number') return Number.NaN
    const row = instrument * this.#factors.length
    const moves = this.#moves
    const active = portfolio.activeCount()
    let sum = own
    for (let n = 0; n < active; n++) {
      const other = portfolio.activeInstrument(n)
      if (moves[row + other] === APART) continue
      const qty = this.#qty(instrument, side, other, portfolio)
      if (qty > 0) sum += qty * markOf(other, portfolio) * (this.#factors[other] as number)
    }
    return sum
  }

  #exactly(instrument: number, side: Side, own: Exact, portfolio: PortfolioView): Exact | null {
    let sum = own
    for (let n = 0; n < portfolio.activeCount(); n++) {
      const other = portfolio.activeInstrument(n)
      const qty = this.#qty(instrument, side, other, portfolio)
      if (qty <= 0) continue
      const mark = markOf(other, portfolio)
      const factor = this.#factors[other] as number
      if (Number.isNaN(mark * factor)) return null
      sum = exactSum(sum, exactTimes(exactProduct(qty, mark), factor))
    }
    return sum
  }

  /** Quantity of another symbol that would lose with this one; zero or less for none. */
  #qty(instrument: number, side: Side, other: number, portfolio: PortfolioView): number {
    const moves = this.#moves[instrument * this.#factors.length + other]
    if (moves === APART) return 0
    if (moves === UNKNOWN) return Math.max(longQty(other, portfolio), shortQty(other, portfolio))
    return (moves === WITH) === (side === 'buy') ? longQty(other, portfolio) : shortQty(other, portfolio)
  }

  #makeRow(instrument: number): void {
    const at = instrument * this.#factors.length
    for (let other = 0; other < this.#factors.length; other++) {
      this.#moves[at + other] = other === instrument ? APART : this.#move(instrument, other)
    }
    this.#rowSamples[instrument] = this.#correlations.samples
  }

  #move(instrument: number, other: number): number {
    const correlation = this.#correlations.correlation(instrument, other)
    if (Number.isNaN(correlation)) return UNKNOWN
    if (correlation >= this.#correlationMin) return WITH
    return correlation <= -this.#correlationMin ? AGAINST : APART
  }
}

function longQty(instrument: number, portfolio: PortfolioView): number {
  return portfolio.position(instrument) + portfolio.openQty(instrument, 'buy')
}

function shortQty(instrument: number, portfolio: PortfolioView): number {
  return portfolio.openQty(instrument, 'sell') - portfolio.position(instrument)
}

/** Magnitude of the mark, a half counted as the next increment; NaN where there is none. */
function markOf(instrument: number, portfolio: PortfolioView): number {
  const mark = portfolio.markPrice(instrument)
  return mark === null ? Number.NaN : Math.ceil(Math.abs(mark))
}
