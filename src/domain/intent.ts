import type { TradingAction } from './action.ts'

/**
 * The control words that an intent was born under, in the order all, venue, account, strategy, symbol (DESIGN 2).
 * Gate 2 requires every one of them to be unchanged.
 */
export const PERMIT_WORDS = 5
export type Permit = readonly [number, number, number, number, number]

/** What a strategy asks for, as it leaves the worker. Prices and quantities in increments; times ns. */
export interface Intent {
  readonly strategy: number
  readonly instrument: number
  readonly action: TradingAction
  /** input sequence of the tick that it was born from */
  readonly tickSeq: number
  /** receive time of that tick, ns from the run's event base */
  readonly tickRecvNs: number
  /** event time of that tick, ns from the run's event base */
  readonly tickEventNs: number
  /** monotonic ns at the decision */
  readonly decidedNs: number
  /** last trade or mid that the strategy saw, in price increments */
  readonly referencePrice: number
  /** limit price where the model named one, else NaN */
  readonly limitPrice: number
  /** quantity where the model named one, else NaN: the order template sizes it */
  readonly qty: number
  readonly permit: Permit
  /** the decision's features, in the order of the feature set; valid until the next intent is read */
  readonly features: Float64Array
}
