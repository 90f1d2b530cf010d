import type { Feature, FeatureInput, FeatureSpec } from '../domain/feature.ts'
import { Ema } from './average.ts'
import { checkWindow, type SeriesOptions, seriesFeature } from './define.ts'

/**
 * Relative strength index, 0 to 100, with Wilder's smoothing (New Concepts in Technical Trading Systems, 1978): 100 U / (U + D)
 * of the smoothed rises U and falls D. 50 where the price stood still. Needs n + 1 prices.
 */
export function rsi(n = 14, options: SeriesOptions = {}): FeatureSpec {
  checkWindow('rsi', 'n', n)
  return seriesFeature('rsi', { n }, options, () => new Rsi(n))
}

class Rsi implements Feature {
  readonly #rises: Ema
  readonly #falls: Ema
  #last = Number.NaN

  constructor(n: number) {
    this.#rises = new Ema(n, 1 / n)
    this.#falls = new Ema(n, 1 / n)
  }

  update(input: FeatureInput): void {
    const x = input.value
    const before = this.#last
    this.#last = x
    if (Number.isNaN(before)) return
    this.#rises.push(x > before ? x - before : 0)
    this.#falls.push(x < before ? before - x : 0)
  }

  ready(): boolean {
    return this.#rises.ready()
  }

  write(row: Float64Array, place: number): void {
    const rises = this.#rises.value()
    const both = rises + this.#falls.value()
    row[place] = both === 0 ? 50 : (100 * rises) / both
  }
}
