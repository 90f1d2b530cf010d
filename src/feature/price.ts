import type { Feature, FeatureInput, FeatureSpec } from '../domain/feature.ts'
import { checkWindow, type SeriesOptions, seriesFeature } from './define.ts'
import { Window } from './window.ts'

/** The price itself: close of the last bar, last trade (`on: 'trade'`), or mid (`on: 'quote'`), in price increments. */
export function price(options: SeriesOptions = {}): FeatureSpec {
  return seriesFeature('price', {}, options, () => new Last())
}

class Last implements Feature {
  #value = Number.NaN
  #ready = false

  update(input: FeatureInput): void {
    this.#value = input.value
    this.#ready = true
  }

  ready(): boolean {
    return this.#ready
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#value
  }
}

/** What `spec` was `n` of its own updates ago: `lag(sma(20))` is the SMA at the previous close. */
export function lag(spec: FeatureSpec, n = 1): FeatureSpec {
  checkWindow('lag', 'n', n)
  return {
    name: `lag(${spec.name},${n})`,
    kind: 'lag',
    on: spec.on,
    params: { n, of: spec.name },
    create: (context) => new Lag(spec.create(context), n),
  }
}

class Lag implements Feature {
  readonly #inner: Feature
  readonly #window: Window
  readonly #scratch = new Float64Array(1)

  constructor(inner: Feature, n: number) {
    this.#inner = inner
    this.#window = new Window(n + 1)
  }

  update(input: FeatureInput): void {
    this.#inner.update(input)
    if (!this.#inner.ready()) return
    this.#inner.write(this.#scratch, 0)
    this.#window.push(this.#scratch[0] as number)
  }

  ready(): boolean {
    return this.#window.full
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#window.oldest()
  }
}
