/**
 * The public API. Strategy files import from here, also inside workers: what is exported here must not pull in venues.
 */
export { TidegateError } from './core/errors.ts'
export { TradingAction } from './domain/action.ts'
export type { Bar } from './domain/bar.ts'
export type { Feature, FeatureContext, FeatureInput, FeatureSpec, FeatureTrigger } from './domain/feature.ts'
export type { Model, ModelContext, ModelFactoryContext, Prediction } from './domain/model.ts'
export {
  defineStrategy,
  type StrategyDefinition,
  type StrategyHooks,
  type StrategyParams,
} from './domain/strategy.ts'
export { ema, macd, sma } from './feature/average.ts'
export { atr, barCount, barVolume, closeInRange, relativeVolume } from './feature/bar-shape.ts'
export { orderFlowImbalance, tradeImbalance } from './feature/order-flow.ts'
export { lag, price } from './feature/price.ts'
export { imbalance, microPriceOffset, spread, spreadBps } from './feature/quote.ts'
export { logReturn, ret, volatility, zScore } from './feature/returns.ts'
export { rsi } from './feature/rsi.ts'
export { secondOfDay, timeOfDayCos, timeOfDaySin } from './feature/time.ts'
export { vwapDistance } from './feature/vwap.ts'
export { type LinearWeights, linearModel, readLinearWeights } from './model/linear.ts'
export { type OnnxModelOptions, onnxModel } from './model/onnx.ts'
