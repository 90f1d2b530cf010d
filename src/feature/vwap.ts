import type { Feature, FeatureInput, FeatureSpec } from '../domain/feature.ts'
import { checkWindow } from './define.ts'
import { RollingSum } from './window.ts'

const TWO_53 = 9_007_199_254_740_992

/**
 * Close over the volume-weighted average price of the last `n` bars, less one. Needs bars from trades (bars of quotes have no
 * volume); 0 where nothing traded. The sums are exact while the notional of `n` bars is below 2^53 increments.
 */
export function vwapDistance(n: number): FeatureSpec {
  checkWindow('vwap_distance', 'n', n)
  return {
    name: `vwap_distance(${n})`,
    kind: 'vwap_distance',
    on: 'bar',
    params: { n },
    create: () => new VwapDistance(n),
  }
}

class VwapDistance implements Feature {
  readonly #volume: RollingSum
  readonly #notional: RollingSum
  #close = 0

  constructor(n: number) {
    this.#volume = new RollingSum(n)
    this.#notional = new RollingSum(n)
  }

  update(input: FeatureInput): void {
    const { bar } = input
    this.#close = bar.close
    this.#volume.push(bar.volume)
    this.#notional.push(bar.notionalHigh * TWO_53 + bar.notionalLow)
  }

  ready(): boolean {
    return this.#volume.full
  }

  write(row: Float64Array, place: number): void {
    const volume = this.#volume.sum
    row[place] = volume === 0 ? 0 : (this.#close * volume) / this.#notional.sum - 1
  }
}
