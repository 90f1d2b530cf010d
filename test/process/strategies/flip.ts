import { defineStrategy, type StrategyDefinition, TradingAction } from '../../../src/index.ts'

type Params = { every: number }

/** Buys and sells by turns, at each n-th trade: orders all the time, whatever the market does. */
const strategy: StrategyDefinition<Params> = defineStrategy<Params>({
  name: 'flip',
  params: { every: 20 },
  acts: 'trade',
  features: () => [],
  model: ({ every }) => {
    let trades = 0
    return () => {
      trades++
      if (trades % every !== 0) return TradingAction.HOLD
      return (trades / every) % 2 === 1 ? TradingAction.BUY : TradingAction.SELL
    }
  },
})

export default strategy
