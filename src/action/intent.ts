import { TradingAction } from '../domain/action.ts'
import type { Intent } from '../domain/intent.ts'

/** An intent that is written over for each decision, so that the path allocates none. */
export type MutableIntent = { -readonly [K in keyof Intent]: K extends 'permit' ? MutablePermit : Intent[K] }
export type MutablePermit = [number, number, number, number, number]

/** `features` is the row of the strategy's features: the intent shows it, and does not own it. */
export function createIntent(strategy: number, instrument: number, features: Float64Array): MutableIntent {
  return {
    strategy,
    instrument,
    action: TradingAction.HOLD,
    tickSeq: 0,
    tickRecvNs: 0,
    tickEventNs: 0,
    decidedNs: 0,
    referencePrice: Number.NaN,
    limitPrice: Number.NaN,
    qty: Number.NaN,
    permit: [0, 0, 0, 0, 0],
    features,
  }
}
