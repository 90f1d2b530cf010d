import { type Exact, exactSum, exactTimes } from '../core/exact.ts'
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
  /** the draft's instrument has a price: `sideValue` is valid */
  priced: boolean
  /** every active instrument has a mark: `gross` and `net` are valid */
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

function valueOf(qty: number, price: number, factor: number): Exact {
  return exactTimes(exactTimes(qty, price), factor)
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
  const mark = markPrice(portfolio.markPrice(own))
  const ordered = orderPrice(draft, portfolio.markPrice(own))
  const price = mark >= ordered ? mark : ordered
  const factor = (limits[own] as InstrumentLimits).factor
  out.sideQty = after > 0 ? after : 0
  out.priced = Number.isFinite(price) && Number.isInteger(after)
  out.known = out.priced
  if (!out.priced) return
  out.sideValue = valueOf(out.sideQty, price, factor)
  let gross = out.sideValue
  let net = after > 0 ? out.sideValue : valueOf(after, price, factor)
  const active = portfolio.activeCount()
  for (let n = 0; n < active; n++) {
    const other = portfolio.activeInstrument(n)
    if (other === own) continue
    const otherPosition = portfolio.position(other)
    const long = otherPosition + portfolio.openQty(other, 'buy')
    const short = portfolio.openQty(other, 'sell') - otherPosition
    const otherPrice = markPrice(portfolio.markPrice(other))
    if (!Number.isFinite(otherPrice)) {
      out.known = false
      return
    }
    const otherFactor = (limits[other] as InstrumentLimits).factor
    gross = exactSum(gross, valueOf(long > short ? long : short, otherPrice, otherFactor))
    net = exactSum(net, valueOf(buys ? long : short, otherPrice, otherFactor))
  }
  out.gross = gross
  out.net = net
}
