import type { Feature, FeatureInput, FeatureSpec } from '../domain/feature.ts'
import { checkWindow, type SeriesOptions, seriesFeature } from './define.ts'
import { RollingMoments, Window } from './window.ts'

/** Simple return over the last `n` steps: p / p[n] - 1. Not finite, which is an error, where p[n] is zero. */
export function ret(n = 1, options: SeriesOptions = {}): FeatureSpec {
  checkWindow('ret', 'n', n)
  return seriesFeature('ret', { n }, options, () => new Return(n, false))
}

/** Log return over the last `n` steps: ln(p / p[n]). Not finite, which is an error, where the prices are not of one sign. */
export function logReturn(n = 1, options: SeriesOptions = {}): FeatureSpec {
  checkWindow('log_ret', 'n', n)
  return seriesFeature('log_ret', { n }, options, () => new Return(n, true))
}

class Return implements Feature {
  readonly #window: Window
  readonly #log: boolean
  #last = 0

  constructor(n: number, log: boolean) {
    this.#window = new Window(n + 1)
    this.#log = log
  }

  update(input: FeatureInput): void {
    const x = input.value
    this.#last = x
    this.#window.push(x)
  }

  ready(): boolean {
    return this.#window.full
  }

  write(row: Float64Array, place: number): void {
    const ratio = this.#last / this.#window.oldest()
    row[place] = this.#log ? Math.log(ratio) : ratio - 1
  }
}

/** Volatility: sample standard deviation of the last `n` one-step log returns, not annualised. NaN with a price of 0. */
export function volatility(n: number, options: SeriesOptions = {}): FeatureSpec {
  checkWindow('volatility', 'n', n, 2)
  return seriesFeature('volatility', { n }, options, () => new Volatility(n))
}

class Volatility implements Feature {
  readonly #moments: RollingMoments
  #last = Number.NaN
  /** steps until the last one that was no number leaves the window */
  #invalidFor = 0

  constructor(n: number) {
    this.#moments = new RollingMoments(n)
  }

  update(input: FeatureInput): void {
    const x = input.value
    const before = this.#last
    this.#last = x
    if (Number.isNaN(before)) return
    const step = Math.log(x / before)
    // Kept out of the sums, where a NaN would stay for good; the window is none as long as it holds the step.
    const valid = Number.isFinite(step)
    this.#moments.push(valid ? step : 0)
    if (!valid) this.#invalidFor = this.#moments.window.size
    else if (this.#invalidFor > 0) this.#invalidFor -= 1
  }

  ready(): boolean {
    return this.#moments.window.full
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#invalidFor > 0 ? Number.NaN : Math.sqrt(this.#moments.variance())
  }
}

/** Distance from the mean of the last `n` prices in standard deviations (Bollinger); 0 where the price stood still. */
export function zScore(n: number, options: SeriesOptions = {}): FeatureSpec {
  checkWindow('z_score', 'n', n, 2)
  return seriesFeature('z_score', { n }, options, () => new ZScore(n))
}

class ZScore implements Feature {
  readonly #moments: RollingMoments
  #last = 0

  constructor(n: number) {
    this.#moments = new RollingMoments(n)
  }

  update(input: FeatureInput): void {
    const x = input.value
    this.#last = x
    this.#moments.push(x)
  }

  ready(): boolean {
    return this.#moments.window.full
  }

  write(row: Float64Array, place: number): void {
    const deviation = Math.sqrt(this.#moments.variance())
    row[place] = deviation === 0 ? 0 : (this.#last - this.#moments.mean()) / deviation
  }
}
