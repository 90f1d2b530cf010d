import { defineStrategy, imbalance, spread, TradingAction } from '../../src/index.ts'

/** Acts on each quote: leans with the top of the book while the spread is tight. */
export default defineStrategy({
  name: 'quote-imbalance',
  params: { threshold: 0.9, spread_max: 2 },
  bars: 'quotes',
  acts: 'quote',
  features: () => [imbalance(), spread()],
  model:
    ({ threshold, spread_max }) =>
    (features) => {
      const [lean, width] = features as unknown as [number, number]
      if (width > spread_max) return TradingAction.HOLD
      if (lean >= threshold) return TradingAction.BUY
      return lean <= -threshold ? TradingAction.SELL : TradingAction.HOLD
    },
})
