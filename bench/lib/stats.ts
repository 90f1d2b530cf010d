/** What a row of figures holds; all in the unit of the samples. */
export interface Percentiles {
  readonly n: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Exact percentiles (nearest rank) of all samples; NaN where there is none. */
export function percentilesOf(samples: Iterable<number>): Percentiles {
  const sorted = Float64Array.from(samples).sort()
  const n = sorted.length
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * n) - 1)] ?? Number.NaN
  return { n, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }
}

export function medianOf(samples: Iterable<number>): number {
  return percentilesOf(samples).p50
}
