import type { Feature, FeatureInput, FeatureSpec, FeatureTrigger } from '../domain/feature.ts'
import { featureName, type SeriesOptions } from './define.ts'

const DAY_NS = 86_400e9

/** Sine of the time of day (UTC) as an angle; with `timeOfDayCos` it tells the time without a jump at midnight. */
export function timeOfDaySin(options: SeriesOptions = {}): FeatureSpec {
  return ofTime('time_of_day_sin', options.on ?? 'bar', (ns) => Math.sin(angle(ns)))
}

export function timeOfDayCos(options: SeriesOptions = {}): FeatureSpec {
  return ofTime('time_of_day_cos', options.on ?? 'bar', (ns) => Math.cos(angle(ns)))
}

/** Seconds since UTC midnight by event time (for a bar, of its end). */
export function secondOfDay(options: SeriesOptions = {}): FeatureSpec {
  return ofTime('second_of_day', options.on ?? 'bar', (ns) => dayNs(ns) / 1e9)
}

/** The event base is a UTC midnight, so offsets from it tell the time of day. */
function dayNs(eventNs: number): number {
  const rest = eventNs % DAY_NS
  return rest < 0 ? rest + DAY_NS : rest
}

function angle(eventNs: number): number {
  return (2 * Math.PI * dayNs(eventNs)) / DAY_NS
}

function ofTime(kind: string, on: FeatureTrigger, of: (eventNs: number) => number): FeatureSpec {
  return { name: featureName(kind, [], on), kind, on, params: {}, create: () => new OfTime(of) }
}

class OfTime implements Feature {
  readonly #of: (eventNs: number) => number
  #eventNs = Number.NaN
  #ready = false

  constructor(of: (eventNs: number) => number) {
    this.#of = of
  }

  update(input: FeatureInput): void {
    this.#eventNs = input.eventNs
    this.#ready = true
  }

  ready(): boolean {
    return this.#ready
  }

  write(row: Float64Array, place: number): void {
    row[place] = this.#of(this.#eventNs)
  }
}
