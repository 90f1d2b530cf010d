import { defineStrategy, lag, price, sma, TradingAction } from '../../src/index.ts'

/**
 * Buys when the close crosses above its simple moving average, sells when it crosses below. What a sale means (flat, or
 * short) is the order template's: see examples/sma-cross.yaml.
 */
export default defineStrategy({
  name: 'sma-cross',
  params: { window: 20 },
  warmupBars: ({ window }) => window + 1,
  features: ({ window }) => [price(), sma(window), lag(price()), lag(sma(window))],
  model: () => (features) => {
    const [close, average, closeBefore, averageBefore] = features as unknown as [
      number,
      number,
      number,
      number,
    ]
    if (close > average && closeBefore <= averageBefore) return TradingAction.BUY
    if (close < average && closeBefore >= averageBefore) return TradingAction.SELL
    return TradingAction.HOLD
  },
})
