import type { OrderDraft } from '../domain/draft.ts'
import type { PortfolioView } from '../domain/portfolio.ts'

/**
 * Held quantity that the draft's side can reduce and no open order of that side has reserved; negative or zero where
 * there is none. The smaller of the strategy's and the account's, so that one strategy never closes another's position; an order from
 * outside (strategy -1) has the account's alone.
 */
export function unreservedQty(draft: OrderDraft, portfolio: PortfolioView): number {
  const sign = draft.side === 'sell' ? 1 : -1
  const account =
    sign * portfolio.position(draft.instrument) - portfolio.openQty(draft.instrument, draft.side)
  if (draft.strategy < 0) return account
  const strategy =
    sign * portfolio.strategyPosition(draft.strategy, draft.instrument) -
    portfolio.strategyOpenQty(draft.strategy, draft.instrument, draft.side)
  return account < strategy ? account : strategy
}

/**
 * Proof that the order can only reduce (R12): even if every open order of its side fills first, the position does not
 * cross zero. Orders of the other side only make the position larger, so they need no part in it.
 */
export function isReducing(draft: OrderDraft, portfolio: PortfolioView): boolean {
  return draft.qty > 0 && draft.qty <= unreservedQty(draft, portfolio)
}
