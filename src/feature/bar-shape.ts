import type { Bar } from '../domain/bar.ts'
import type { Feature, FeatureInput, FeatureSpec } from '../domain/feature.ts'
import { Ema } from './average.ts'
import { checkWindow } from './define.ts'
import { RollingSum } from './window.ts'

/** Volume of the last bar in quantity increments. */
export function barVolume(): FeatureSpec {
  return ofBar('bar_volume', (bar) => bar.volume)
}

/** Number of trades (or quotes) in the last bar. */
export function barCount(): FeatureSpec {
  return ofBar('bar_count', (bar) => bar.count)
}

/** Where the close lies in the bar's range, 0 (low) to 1 (high); 0.5 where the bar has none. */
export function closeInRange(): FeatureSpec {
  return ofBar('close_in_range', (bar) =>
    bar.high === bar.low ? 0.5 : (bar.close - bar.low) / (bar.high - bar.low),
  )
}

function ofBar(kind: string, of: (bar: Readonly<Bar>) => number): FeatureSpec {
  return { name: kind, kind, on: 'bar', params: {}, create: () => new OfBar(of) }
}

class OfBar implements Feature {
  readonly #of: (bar: Readonly<Bar>) => number
  #value = Number.NaN
  #ready = false

  constructor(of: (bar: Readonly<Bar>) => number) {
    this.#of = of
  }

  update(input: FeatureInput): void {
    this.#value = this.#of(input.bar)
    this.#ready = true
  }

  ready(): boolean {
    return this.#ready
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#value
  }
}

/** Volume of the last bar over the mean of the last `n` (itself included); 1 where nothing traded in any of them. */
export function relativeVolume(n: number): FeatureSpec {
  checkWindow('relative_volume', 'n', n)
  return {
    name: `relative_volume(${n})`,
    kind: 'relative_volume',
    on: 'bar',
    params: { n },
    create: () => new RelativeVolume(n),
  }
}

class RelativeVolume implements Feature {
  readonly #sum: RollingSum
  #last = 0

  constructor(n: number) {
    this.#sum = new RollingSum(n)
  }

  update(input: FeatureInput): void {
    this.#last = input.bar.volume
    this.#sum.push(this.#last)
  }

  ready(): boolean {
    return this.#sum.full
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#sum.sum === 0 ? 1 : (this.#last * this.#sum.size) / this.#sum.sum
  }
}

/** Average true range over `n` bars with Wilder's smoothing, in price increments. */
export function atr(n = 14): FeatureSpec {
  checkWindow('atr', 'n', n)
  return { name: `atr(${n})`, kind: 'atr', on: 'bar', params: { n }, create: () => new Atr(n) }
}

class Atr implements Feature {
  readonly #smoothed: Ema
  #close = Number.NaN

  constructor(n: number) {
    this.#smoothed = new Ema(n, 1 / n)
  }

  update(input: FeatureInput): void {
    const high = input.bar.high * input.barPriceUnit
    const low = input.bar.low * input.barPriceUnit
    // The first bar has no close before it: its true range is its range.
    const top = Number.isNaN(this.#close) ? high : Math.max(high, this.#close)
    const bottom = Number.isNaN(this.#close) ? low : Math.min(low, this.#close)
    this.#smoothed.push(top - bottom)
    this.#close = input.bar.close * input.barPriceUnit
  }

  ready(): boolean {
    return this.#smoothed.ready()
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#smoothed.value()
  }
}
