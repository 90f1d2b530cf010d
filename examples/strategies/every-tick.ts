import { defineStrategy, TradingAction } from '../../src/index.ts'

/** An order at each trade: what gates, kill switch and limits are tried on. Never run it with real money. */
export default defineStrategy({
  name: 'every-tick',
  params: { side: 'buy' },
  acts: 'trade',
  features: () => [],
  model:
    ({ side }) =>
    () =>
      side === 'buy' ? TradingAction.BUY : TradingAction.SELL,
})
