import { type Exact, exactProduct, exactSum, exactTimes } from '../core/exact.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { PortfolioView } from '../domain/portfolio.ts'
import type { InstrumentLimits } from './limits.ts'

/**
 * Exposure if everything that may still fill does (R4): open, in-flight and UNKNOWN orders count whole. For the draft's
 * instrument only the side that the draft adds to is counted, so an order is judged by what it can cause: the other
 * side was judged when its orders were, and a price that moved since is not this order's doing.
 *
 * If every order passed with `gross` within a limit, the exposure over both sides is within it too: the draft changes
 * one side, and that side plus the others is what was compared.
 */
export interface WorstCase {
  /** position on the draft's side when it and all open orders of that side have filled; 0 where it stays on the other */
  sideQty: number
  /** the same in notional units */
  sideValue: Exact
  /** sum over instruments, in notional units */
  gross: Exact
  /** net exposure in the draft's direction, in notional units; negative where it points the other way */
  net: Exact
  /** the draft's instrument has a price, and a rate where one converts it: `sideValue` is valid */
  priced: boolean
  /** every active instrument has them: `gross` and `net` are valid */
  known: boolean
}

export function createWorstCase(): WorstCase {
  return {
    sideQty: Number.NaN,
    sideValue: Number.NaN,
    gross: Number.NaN,
    net: Number.NaN,
    priced: false,
    known: false,
  }
}

/**
 * Magnitude of the price that an order is valued at: its limit, else its stop, else the mark; NaN where there is none.
 * A mid that ends in .5 counts as the next whole increment.
 */
export function orderPrice(draft: OrderDraft, mark: number | null): number {
  if (!Number.isNaN(draft.price)) return Math.ceil(Math.abs(draft.price))
  if (!Number.isNaN(draft.stopPrice)) return Math.ceil(Math.abs(draft.stopPrice))
  return markPrice(mark)
}

function markPrice(mark: number | null): number {
  return mark === null ? Number.NaN : Math.ceil(Math.abs(mark))
}

/** Fills `out` for `draft`; `limits` is indexed by instrument. */
export function computeWorstCase(
  draft: OrderDraft,
  portfolio: PortfolioView,
  limits: readonly InstrumentLimits[],
  out: WorstCase,
): void {
  const buys = draft.side === 'buy'
  const own = draft.instrument
  const position = portfolio.position(own)
  const after = (buys ? position : -position) + portfolio.openQty(own, draft.side) + draft.qty
  const ownMark = portfolio.markPrice(own)
  const mark = markPrice(ownMark)
  const ordered = orderPrice(draft, ownMark)
  const price = mark >= ordered ? mark : ordered
  const { factor } = limits[own] as InstrumentLimits
  out.sideQty = after > 0 ? after : 0
  out.priced = Number.isFinite(price * factor) && Number.isInteger(after)
  out.known = out.priced
  if (!out.priced) return
  out.sideValue = exactTimes(exactProduct(out.sideQty, price), factor)
  const net = after > 0 ? out.sideValue : exactTimes(exactProduct(after, price), factor)
  if (sumInDoubles(draft, portfolio, limits, net, out)) return
  sumExactly(draft, portfolio, limits, net, out)
}

/**
 * The sums in doubles. They are exact if the gross comes out below 2^53: its terms are whole and not negative, so a
 * product or partial sum that was rounded would be 2^53 or more, and so would the gross; the net's partial sums are no
 * larger than the gross's. False: they are not, or a mark is missing.
 */
function sumInDoubles(
  draft: OrderDraft,
  portfolio: PortfolioView,
  limits: readonly InstrumentLimits[],
  ownNet: Exact,
  out: WorstCase,
): boolean {
  if (typeof out.sideValue !== 'number' || typeof ownNet !== 'number') return false
  const buys = draft.side === 'buy'
  let gross = out.sideValue
  let net = 0
  const active = portfolio.activeCount()
  for (let n = 0; n < active; n++) {
    const other = portfolio.activeInstrument(n)
    if (other === draft.instrument) continue
    const position = portfolio.position(other)
    const long = position + portfolio.openQty(other, 'buy')
    const short = portfolio.openQty(other, 'sell') - position
    const price = markPrice(portfolio.markPrice(other)) * (limits[other] as InstrumentLimits).factor
    gross += (long > short ? long : short) * price
    net += (buys ? long : short) * price
  }
  net += ownNet
  out.gross = gross
  out.net = net
  return gross <= Number.MAX_SAFE_INTEGER && Number.isSafeInteger(net)
}

/** The same with BigInt where a number needs it. */
function sumExactly(
  draft: OrderDraft,
  portfolio: PortfolioView,
  limits: readonly InstrumentLimits[],
  ownNet: Exact,
  out: WorstCase,
): void {
  const buys = draft.side === 'buy'
  let gross = out.sideValue
  let net = ownNet
  const active = portfolio.activeCount()
  for (let n = 0; n < active; n++) {
    const other = portfolio.activeInstrument(n)
    if (other === draft.instrument) continue
    const position = portfolio.position(other)
    const long = position + portfolio.openQty(other, 'buy')
    const short = portfolio.openQty(other, 'sell') - position
    const price = markPrice(portfolio.markPrice(other))
    const { factor } = limits[other] as InstrumentLimits
    if (!Number.isFinite(price * factor)) {
      out.known = false
      return
    }
    gross = exactSum(gross, exactTimes(exactProduct(long > short ? long : short, price), factor))
    net = exactSum(net, exactTimes(exactProduct(buys ? long : short, price), factor))
  }
  out.gross = gross
  out.net = net
}
