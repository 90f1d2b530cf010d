import type { Feature, FeatureInput, FeatureSpec } from '../domain/feature.ts'
import { checkWindow, type SeriesOptions, seriesFeature } from './define.ts'
import { RollingSum } from './window.ts'

/**
 * Simple moving average of the last `n` prices, in price increments.
 *
 * The sum is exact, and a price compares with sum / n as it does in exact arithmetic although the quotient is rounded:
 * for integers, price = k and sum = k n + r with 0 < r < n differ by r / n >= 1 / n. The sum is below 2^53, so k is below
 * 2^53 / n and half a unit in the last place of k is below 1 / n: the quotient cannot round to k.
 *
 * Own code, like all of `feature/`: each indicator is O(1) over integer increments, which the libraries (doubles of
 * currency, whole series in) are not, and is shorter than an adapter to one.
 */
export function sma(n: number, options: SeriesOptions = {}): FeatureSpec {
  checkWindow('sma', 'n', n)
  return seriesFeature('sma', { n }, options, () => new Sma(n))
}

class Sma implements Feature {
  readonly #sum: RollingSum

  constructor(n: number) {
    this.#sum = new RollingSum(n)
  }

  update(input: FeatureInput): void {
    this.#sum.push(input.value)
  }

  ready(): boolean {
    return this.#sum.full
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#sum.sum / this.#sum.size
  }
}

/** Exponential moving average, weight 2 / (n + 1), started with the SMA of the first `n` prices. */
export function ema(n: number, options: SeriesOptions = {}): FeatureSpec {
  checkWindow('ema', 'n', n)
  return seriesFeature('ema', { n }, options, () => {
    const average = new Ema(n, 2 / (n + 1))
    return {
      update: (input) => average.push(input.value),
      ready: () => average.ready(),
      write: (row, place) => {
        row[place] = average.value()
      },
    }
  })
}

/** EMA with a weight of one's own; also the smoothing of Wilder's indicators (weight 1 / n). */
export class Ema {
  readonly #n: number
  readonly #weight: number
  #count = 0
  #value = 0

  constructor(n: number, weight: number) {
    this.#n = n
    this.#weight = weight
  }

  push(x: number): void {
    this.#count += 1
    if (this.#count < this.#n) this.#value += x
    else if (this.#count === this.#n) this.#value = (this.#value + x) / this.#n
    else this.#value += this.#weight * (x - this.#value)
  }

  ready(): boolean {
    return this.#count >= this.#n
  }

  value(): number {
    return this.#value
  }
}

/** MACD line: EMA(fast) - EMA(slow) (Appel), in price increments. */
export function macd(fast: number, slow: number, options: SeriesOptions = {}): FeatureSpec {
  checkWindow('macd', 'fast', fast)
  checkWindow('macd', 'slow', slow, fast + 1)
  return seriesFeature('macd', { fast, slow }, options, () => {
    const fastEma = new Ema(fast, 2 / (fast + 1))
    const slowEma = new Ema(slow, 2 / (slow + 1))
    return {
      update(input: FeatureInput): void {
        fastEma.push(input.value)
        slowEma.push(input.value)
      },
      ready: () => slowEma.ready(),
      write: (row, place) => {
        row[place] = fastEma.value() - slowEma.value()
      },
    }
  })
}
