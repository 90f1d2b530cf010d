import type { TradingAction, TradingActionName } from './action.ts'
import type { Bar } from './bar.ts'

/**
 * What a model says. A bare action, or an action with a price, a quantity and a score of its own: numbers are whole
 * increments of the instrument, text is exact decimal ("61800.25"). `score` is kept beside the features for `explain`.
 */
export type Prediction =
  | TradingAction
  | {
      readonly action: TradingAction | TradingActionName
      readonly limitPrice?: number | string
      readonly qty?: number | string
      readonly score?: number
    }

/** What a model may know beside its features; one reusable object per strategy and symbol, valid during the call. */
export interface ModelContext {
  readonly strategy: string
  readonly symbol: string
  readonly instrument: number
  /** the last closed bar; `count` is 0 before the first */
  readonly bar: Readonly<Bar>
  /** number of closed bars of the symbol, backfilled ones included */
  readonly closedBars: number
  /** event time of the tick, ns from the run's event base */
  readonly eventNs: number
  /** last trade price or mid, in price increments */
  readonly price: number
  /** filled position of the strategy in quantity increments; NaN where the engine gives none */
  readonly position: number
  /** Halts this strategy with reason KILL, code STRATEGY. Not undone but by an operator's re-arm. */
  kill(text: string): void
}

/**
 * The model port. One instance per strategy and symbol. `features` is in the order of the feature set and is reused:
 * copy what is to be kept, write nothing. A returned promise makes the decision asynchronous; it is dropped once the
 * deadline has passed.
 */
export interface Model {
  predict(features: Float64Array, context: ModelContext): Prediction | Promise<Prediction>
}

/** What a model is made with. */
export interface ModelFactoryContext {
  readonly strategy: string
  readonly symbol: string
  readonly instrument: number
  readonly featureNames: readonly string[]
}
