import { type Exact, exactProduct, exactSum, exactTimes, floorPpm, PPM } from '../core/exact.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { PortfolioView } from '../domain/portfolio.ts'
import type { InstrumentLimits } from './limits.ts'
import type { WorstCase } from './worst-case.ts'

/** What of a worth is tied up, rounded up. */
function tiedUp(value: Exact, marginPpm: number): Exact {
  return marginPpm === PPM ? value : -floorPpm(-value, marginPpm)
}

/**
 * What positions tie up if everything that may still fill does (R10): the worst case of each instrument times its margin
 * rate, in notional units. Fully paid instruments tie up what they are worth, so the sum is then the gross exposure.
 *
 * @param worst of the draft; `known` must hold
 */
export function worstCaseMargin(
  draft: OrderDraft,
  portfolio: PortfolioView,
  limits: readonly InstrumentLimits[],
  worst: WorstCase,
): Exact {
  let sum = tiedUp(worst.sideValue, (limits[draft.instrument] as InstrumentLimits).marginPpm)
  for (let n = 0; n < portfolio.activeCount(); n++) {
    const other = portfolio.activeInstrument(n)
    if (other === draft.instrument) continue
    const position = portfolio.position(other)
    const long = position + portfolio.openQty(other, 'buy')
    const short = portfolio.openQty(other, 'sell') - position
    const { factor, marginPpm } = limits[other] as InstrumentLimits
    const price = Math.ceil(Math.abs(portfolio.markPrice(other) as number))
    sum = exactSum(
      sum,
      tiedUp(exactTimes(exactProduct(long > short ? long : short, price), factor), marginPpm),
    )
  }
  return sum
}
