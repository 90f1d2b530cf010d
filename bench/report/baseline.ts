import path from 'node:path'
import type { Facts } from './machine.ts'
import type { SectionResult } from './markdown.ts'
import type { Row } from './rows.ts'

/** Figures of one run, as baselines in git and the last run keep them. */
export interface Snapshot {
  readonly facts: Pick<Facts, 'date' | 'commit' | 'node' | 'machine' | 'cores'>
  readonly rows: Readonly<Record<string, Pick<Row, 'unit' | 'better'> & { readonly value: number }>>
}

/** Where the last run is kept; not in git. */
export const LAST_RUN: string = path.resolve(
  import.meta.dirname,
  '../../node_modules/.cache/tidegate-bench/last.json',
)

export function snapshotOf(facts: Facts, results: readonly SectionResult[]): Snapshot {
  const { date, commit, node, machine, cores } = facts
  const rows: Record<string, Snapshot['rows'][string]> = {}
  for (const { id, unit, better, value } of results.flatMap((result) => result.rows)) {
    if (value !== null && Number.isFinite(value))
      rows[id] = { value: Math.round(value * 100) / 100, unit, better }
  }
  return { facts: { date, commit, node, machine, cores }, rows }
}

/** How a figure stands to its baseline; above 1 is better, whichever way the figure counts. */
export interface Comparison {
  readonly id: string
  readonly before: number
  readonly now: number
  readonly unit: string
  readonly ratio: number
  readonly verdict: 'same' | 'better' | 'worse'
}

/** A throughput below 0.85 of its baseline is worse, and a latency above 1.20 of it. */
const THROUGHPUT_RATIO_MIN = 0.85
const LATENCY_RATIO_MAX = 1.2
/** Differences between two latencies may be negative or near zero: no ratio tells anything there. */
const VALUE_MIN = 0.5

export function compare(baseline: Snapshot, now: Snapshot): Comparison[] {
  return Object.entries(baseline.rows).flatMap(([id, { value: before, unit, better }]) => {
    const value = now.rows[id]?.value
    if (value === undefined || before < VALUE_MIN || value < VALUE_MIN) return []
    const ratio = better === 'higher' ? value / before : before / value
    const worst = better === 'higher' ? THROUGHPUT_RATIO_MIN : 1 / LATENCY_RATIO_MAX
    const verdict = ratio < worst ? 'worse' : ratio > 1 / worst ? 'better' : 'same'
    return [{ id, before, now: value, unit, ratio: Math.round(ratio * 100) / 100, verdict }]
  })
}
