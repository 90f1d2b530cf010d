import type { Feature, FeatureInput, FeatureSpec } from '../domain/feature.ts'

/** A feature of the last quote alone; ready with the first. */
class OfQuote implements Feature {
  readonly #of: (input: FeatureInput) => number
  #value = Number.NaN
  #ready = false

  constructor(of: (input: FeatureInput) => number) {
    this.#of = of
  }

  update(input: FeatureInput): void {
    this.#value = this.#of(input)
    this.#ready = true
  }

  ready(): boolean {
    return this.#ready
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#value
  }
}

function ofQuote(kind: string, of: (input: FeatureInput) => number): FeatureSpec {
  return { name: kind, kind, on: 'quote', params: {}, create: () => new OfQuote(of) }
}

/** Ask - bid in price increments; negative where crossed. */
export function spread(): FeatureSpec {
  return ofQuote('spread', (q) => q.askPrice - q.bidPrice)
}

/** Spread in basis points of the mid. */
export function spreadBps(): FeatureSpec {
  return ofQuote('spread_bps', (q) => (20_000 * (q.askPrice - q.bidPrice)) / (q.askPrice + q.bidPrice))
}

/** Imbalance of the top of book, -1 (all ask) to 1 (all bid); 0 where the feed has no sizes. */
export function imbalance(): FeatureSpec {
  return ofQuote('imbalance', (q) => {
    const both = q.bidQty + q.askQty
    return both === 0 ? 0 : (q.bidQty - q.askQty) / both
  })
}

/** Micro-price (each side weighted by the other's size) less the mid, in price increments. */
export function microPriceOffset(): FeatureSpec {
  return ofQuote('micro_price_offset', (q) => {
    const both = q.bidQty + q.askQty
    return both === 0 ? 0 : ((q.askPrice - q.bidPrice) * (q.bidQty - q.askQty)) / (2 * both)
  })
}
