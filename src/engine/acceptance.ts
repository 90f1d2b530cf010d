import type { Percentiles } from '../core/histogram.ts'
import type { RunCounters } from './run-counters.ts'

/** L4: what the first ticks of a deployment showed. */
export interface Acceptance {
  readonly ticks: number
  readonly tick_to_order_ns: Percentiles | null
  readonly ticks_dropped: number
  readonly blocked_gate1: number
  readonly blocked_gate2: number
  readonly quarantined: number
  readonly journal_failure: string | null
  readonly rss_mb: number
  readonly passed: boolean
  /** one line for each thing that is not as it should be */
  readonly findings: readonly string[]
}

/** Slowest order of a burn-in: 10 ms (L2). */
const TICK_TO_ORDER_NS_MAX = 10_000_000
/** Resident memory of a burn-in, MB (DESIGN 9). */
const RSS_MB_MAX = 250

export function acceptanceOf(
  counters: RunCounters,
  journalFailure: string | null,
  rssBytes: number,
): Acceptance {
  const latency = counters.latencyDocument().tick_to_order ?? null
  const rssMb = Math.round(rssBytes / 1_048_576)
  const findings: string[] = []
  if (latency !== null && latency.max > TICK_TO_ORDER_NS_MAX) {
    findings.push(`slowest order took ${(latency.max / 1e6).toFixed(1)} ms, at most 10 ms are allowed`)
  }
  if (counters.ticksDropped > 0) findings.push(`${counters.ticksDropped} ticks were dropped: a ring was full`)
  if (counters.blockedGate1 > 0) findings.push(`${counters.blockedGate1} ticks found gate 1 shut`)
  if (counters.blockedGate2 > 0) findings.push(`${counters.blockedGate2} orders were stopped at gate 2`)
  if (counters.quarantined > 0) findings.push(`${counters.quarantined} execution reports were put aside`)
  if (journalFailure !== null) findings.push(`the journal failed: ${journalFailure}`)
  if (rssMb > RSS_MB_MAX) findings.push(`${rssMb} MB are resident, at most ${RSS_MB_MAX} are allowed`)
  return {
    ticks: counters.ticks,
    tick_to_order_ns: latency,
    ticks_dropped: counters.ticksDropped,
    blocked_gate1: counters.blockedGate1,
    blocked_gate2: counters.blockedGate2,
    quarantined: counters.quarantined,
    journal_failure: journalFailure,
    rss_mb: rssMb,
    passed: findings.length === 0,
    findings,
  }
}
