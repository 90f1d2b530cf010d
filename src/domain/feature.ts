import type { Bar } from './bar.ts'

/** What makes a feature move: a closed bar, a trade, or a quote. */
export type FeatureTrigger = 'bar' | 'trade' | 'quote'

/**
 * What a feature may read, one reusable struct per strategy and instrument. Owned by the runner: a feature copies what
 * it wants to keep. All fields hold the newest of their sort, whatever triggered the update.
 */
export interface FeatureInput {
  /** price of the trigger, in price increments: close of the bar, trade price, or mid (an exact half where odd) */
  value: number
  /** event time of the trigger, ns from the run's event base; for a bar the end of its period */
  eventNs: number
  /** the last closed bar */
  bar: Bar
  /** what one unit of the bar's prices is in price increments: 1, or 0.5 where bars are built from mids */
  barPriceUnit: number
  price: number
  qty: number
  /** +1 buy, -1 sell, 0 unknown */
  aggressor: number
  bidPrice: number
  bidQty: number
  askPrice: number
  askQty: number
}

/** One instance of a feature, for one strategy and one instrument. */
export interface Feature {
  /** Takes the next event of its trigger. Must not keep `input`, must not block, must be O(1). */
  update(input: FeatureInput): void
  /** false while the window is filling: no decision is taken and nothing is counted as an error */
  ready(): boolean
  /**
   * Writes the present value into `row[place]`; NaN once ready is an error (P9). It is written and not returned because a
   * returned double is an allocation wherever the call is not inlined.
   */
  write(row: Float64Array, place: number): void
}

/** What a feature may know of the strategy it is made for. */
export interface FeatureContext {
  /** bar period of the strategy, ns */
  readonly barPeriodNs: number
}

/** A feature as a strategy names it. Name, kind, trigger and params enter the hash of the feature set. */
export interface FeatureSpec {
  readonly name: string
  readonly kind: string
  readonly on: FeatureTrigger
  readonly params: Readonly<Record<string, number | string>>
  create(context: FeatureContext): Feature
}
