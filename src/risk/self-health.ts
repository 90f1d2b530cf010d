import { assert } from '../core/assert.ts'
import { PPM } from '../core/exact.ts'

/**
 * What the engine measures of itself: lag of the main thread's event loop, age of the worker that is furthest behind, age
 * of the oldest journal record that is not written yet.
 */
export const HEALTH_MEASURES = ['loop_lag', 'worker_age', 'journal_lag'] as const
export type HealthMeasure = (typeof HEALTH_MEASURES)[number]

/** ns; from `shrinkNs` on sizes shrink, at `haltNs` nothing is left. */
export interface HealthLimit {
  readonly shrinkNs: number
  readonly haltNs: number
}
/** null is off */
export type HealthLimits = Readonly<Record<HealthMeasure, HealthLimit | null>>

/** ns by measure; NaN where a measure that should be there is not */
export type HealthReading = Readonly<Record<HealthMeasure, number>>

/** Health went from good to worse or back: told once a change of `state`. */
export interface HealthChange {
  readonly event: 'self_health'
  readonly state: HealthState
  /** the measure that decides; null where all is well */
  readonly measure: HealthMeasure | null
  readonly value_ns: number | null
  readonly limit_ns: number | null
}
export type HealthState = 'good' | 'shrinking' | 'halt'

/** What risk asks before an order. */
export interface HealthView {
  /** share of a size that may be sent, whole millionths from 0 to 10^6 */
  readonly sizePpm: number
  /** the deciding measure's value and the limit at which nothing is left, ns; NaN where all is well or off */
  readonly valueNs: number
  readonly haltNs: number
}

/**
 * Self-health: an engine that falls behind trades less, then not at all. A size shrinks in a straight line from whole at
 * `shrinkNs` to nothing at `haltNs`; of several measures the worst decides. A measure that is not there is the worst.
 */
export class SelfHealth implements HealthView {
  sizePpm: number = PPM
  valueNs: number = Number.NaN
  haltNs: number = Number.NaN
  state: HealthState = 'good'
  measure: HealthMeasure | null = null
  readonly #limits: HealthLimits
  readonly #onChange: (change: HealthChange) => void

  /** @param onChange halts, journals and tells; must not throw */
  constructor(limits: HealthLimits, onChange: (change: HealthChange) => void) {
    for (const limit of Object.values(limits)) {
      assert(limit === null || (limit.shrinkNs >= 0 && limit.haltNs >= limit.shrinkNs), 'a health limit')
    }
    this.#limits = limits
    this.#onChange = onChange
  }

  /** Takes a reading, some times a second. */
  update(reading: HealthReading): void {
    this.sizePpm = PPM
    this.measure = null
    this.valueNs = Number.NaN
    this.haltNs = Number.NaN
    for (const measure of HEALTH_MEASURES) {
      const limit = this.#limits[measure]
      if (limit === null) continue
      const sizePpm = sizeOf(reading[measure], limit)
      if (sizePpm >= this.sizePpm) continue
      this.sizePpm = sizePpm
      this.measure = measure
      this.valueNs = reading[measure]
      this.haltNs = limit.haltNs
    }
    this.#tell()
  }

  #tell(): void {
    const state = this.sizePpm === PPM ? 'good' : this.sizePpm === 0 ? 'halt' : 'shrinking'
    if (state === this.state) return
    this.state = state
    this.#onChange({
      event: 'self_health',
      state,
      measure: this.measure,
      value_ns: Number.isNaN(this.valueNs) ? null : this.valueNs,
      limit_ns: Number.isNaN(this.haltNs) ? null : this.haltNs,
    })
  }
}

function sizeOf(valueNs: number, { shrinkNs, haltNs }: HealthLimit): number {
  if (valueNs <= shrinkNs && valueNs < haltNs) return PPM
  if (!(valueNs < haltNs)) return 0
  return Math.floor((PPM * (haltNs - valueNs)) / (haltNs - shrinkNs))
}
