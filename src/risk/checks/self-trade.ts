import { type Check, deny, pass, skip } from '../check.ts'

/**
 * The order cannot trade with an open order of our own, of any strategy. Without a limit price (market, stop) it can
 * trade with any that is open on the other side.
 */
export const selfTrade: Check = {
  name: 'self_trade',
  unit: 'price',
  doc: 'The order cannot trade with an open order of our own, of any strategy.',
  reducing: 'apply',
  run(draft, portfolio, _context, result) {
    const buys = draft.side === 'buy'
    const best = portfolio.bestOpenPrice(draft.instrument, buys ? 'sell' : 'buy')
    if (best === null) {
      skip(result)
      return
    }
    const { price } = draft
    const crosses = Number.isNaN(price) || (buys ? price >= best : price <= best)
    if (crosses) deny(result, 'SELF_TRADE', price, best)
    else pass(result, price, best)
  },
}
