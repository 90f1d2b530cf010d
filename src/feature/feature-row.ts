import type { Bar } from '../domain/bar.ts'
import type { Feature, FeatureInput, FeatureTrigger } from '../domain/feature.ts'
import type { FeatureSet } from './feature-set.ts'

/** What `FeatureRow.fill` found. */
export const ROW = { READY: 0, WARMING: 1, FAILED: 2 } as const
export type RowState = (typeof ROW)[keyof typeof ROW]

/** Told of each feature that threw or gave NaN; `error` is undefined for NaN. */
export type FeatureErrorSink = (name: string, error: unknown) => void

/**
 * The features of one strategy for one instrument. A feature that throws is told to `onError` and holds the next
 * decision back; the others still get their update, so one fault leaves no hole in their windows.
 */
export class FeatureRow {
  readonly set: FeatureSet
  readonly input: FeatureInput
  /** the numbers of the last `fill`, in the order of the set; the last place is the model's score */
  readonly values: Float64Array
  readonly #features: readonly Feature[]
  readonly #onBar: readonly Feature[]
  readonly #onTrade: readonly Feature[]
  readonly #onQuote: readonly Feature[]
  readonly #onError: FeatureErrorSink
  #failed = false

  constructor(set: FeatureSet, bar: Bar, barPriceUnit: number, onError: FeatureErrorSink) {
    this.set = set
    this.#onError = onError
    const context = { barPeriodNs: bar.periodNs }
    this.#features = set.specs.map((spec) => spec.create(context))
    const on = (trigger: FeatureTrigger): Feature[] =>
      this.#features.filter((_, i) => set.specs[i]?.on === trigger)
    this.#onBar = on('bar')
    this.#onTrade = on('trade')
    this.#onQuote = on('quote')
    this.values = new Float64Array(set.specs.length + 1).fill(Number.NaN)
    this.input = {
      value: Number.NaN,
      eventNs: Number.NaN,
      bar,
      barPriceUnit,
      price: Number.NaN,
      qty: 0,
      aggressor: 0,
      bidPrice: Number.NaN,
      bidQty: 0,
      askPrice: Number.NaN,
      askQty: 0,
    }
  }

  /** The bar of the input has closed. */
  onBar(): void {
    const { input } = this
    input.value = input.bar.close * input.barPriceUnit
    input.eventNs = input.bar.startNs + input.bar.periodNs
    if (this.#onBar.length > 0) this.#update(this.#onBar)
  }

  /** The TRADE slot whose words begin at `at`. */
  onTrade(words: Float64Array, at: number): void {
    const { input } = this
    input.eventNs = words[at + 1] as number
    input.price = words[at + 3] as number
    input.qty = words[at + 4] as number
    input.aggressor = words[at + 5] as number
    input.value = input.price
    if (this.#onTrade.length > 0) this.#update(this.#onTrade)
  }

  /** The QUOTE slot whose words begin at `at`. */
  onQuote(words: Float64Array, at: number): void {
    const { input } = this
    input.eventNs = words[at + 1] as number
    input.bidPrice = words[at + 3] as number
    input.bidQty = words[at + 4] as number
    input.askPrice = words[at + 5] as number
    input.askQty = words[at + 6] as number
    input.value = (input.bidPrice + input.askPrice) / 2
    if (this.#onQuote.length > 0) this.#update(this.#onQuote)
  }

  /** Takes the present value of every feature into `values`. FAILED was told to `onError` and holds once. */
  fill(): RowState {
    if (this.#failed) {
      this.#failed = false
      return ROW.FAILED
    }
    const features = this.#features
    for (let i = 0; i < features.length; i += 1) {
      try {
        const feature = features[i] as Feature
        if (!feature.ready()) return ROW.WARMING
        // A feature that writes nothing must not leave its last value standing.
        this.values[i] = Number.NaN
        feature.write(this.values, i)
        if (!Number.isFinite(this.values[i])) {
          this.#onError(this.set.names[i] as string, undefined)
          return ROW.FAILED
        }
      } catch (error) {
        this.#onError(this.set.names[i] as string, error)
        return ROW.FAILED
      }
    }
    this.values[features.length] = Number.NaN
    return ROW.READY
  }

  /** Names of the features that are still filling. */
  warming(): string[] {
    return this.set.names.filter((_, i) => !this.#features[i]?.ready())
  }

  #update(features: readonly Feature[]): void {
    for (let i = 0; i < features.length; i += 1) {
      const feature = features[i] as Feature
      try {
        feature.update(this.input)
      } catch (error) {
        this.#failed = true
        this.#onError(this.set.names[this.#features.indexOf(feature)] as string, error)
      }
    }
  }
}
