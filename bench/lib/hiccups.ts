import { performance } from 'node:perf_hooks'
import { percentilesOf } from './stats.ts'

/** What the machine takes from a thread that only looks at the clock. */
export interface Hiccups {
  /** gaps of more than 20 µs between two looks, a second */
  readonly per_s: number
  /** share of the time that lay in those gaps */
  readonly lost_share: number
  readonly p99_us: number
  readonly max_us: number
}

const GAP_US = 20

/** Spins for `ms` on the calling thread. */
export function measureHiccups(ms: number): Hiccups {
  const gaps: number[] = []
  const end = performance.now() + ms
  let last = performance.now()
  while (last < end) {
    const now = performance.now()
    const gapUs = (now - last) * 1_000
    if (gapUs > GAP_US) gaps.push(gapUs)
    last = now
  }
  const { n, p99, max } = percentilesOf(gaps)
  const lostUs = gaps.reduce((sum, gap) => sum + gap, 0)
  return {
    per_s: Math.round((n * 1_000) / ms),
    lost_share: Math.round(lostUs / ms) / 1_000,
    p99_us: n === 0 ? 0 : Math.round(p99),
    max_us: n === 0 ? 0 : Math.round(max),
  }
}
