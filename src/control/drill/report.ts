/** Sources of a kill that a drill tries, in the order of its table. */
export const DRILL_SOURCES = [
  'unix_socket',
  'http',
  'cli',
  'halt_file',
  'lock_file',
  'signal',
  'environment',
  'strategy',
  'watchdog',
] as const
export type DrillSource = (typeof DRILL_SOURCES)[number]

/** One source, with the main thread free or blocked. Durations in µs; null: it did not happen, or nothing tells. */
export interface DrillCase {
  readonly source: DrillSource
  readonly main: 'free' | 'blocked'
  readonly verdict: 'passed' | 'failed' | 'not_applicable'
  /** what is wrong, or why it does not apply */
  readonly findings: readonly string[]
  readonly trigger_to_set_us: number | null
  readonly set_to_effective_us: number | null
  readonly effective_to_latched_us: number | null
  /** orders that arrived at the venue after the store; null where there is no venue's log */
  readonly orders_after_set: number | null
}

export interface DrillReport {
  readonly target: 'own' | 'running'
  readonly node: string
  readonly utc: string
  readonly version: string
  readonly runtime: string
  readonly passed: boolean
  readonly cases: readonly DrillCase[]
  /** what the drill could not undo; empty: the engine is as it was found */
  readonly left_behind: readonly string[]
}

/** A case without measures. */
export function caseWithout(
  source: DrillSource,
  main: DrillCase['main'],
  verdict: DrillCase['verdict'],
  finding: string,
): DrillCase {
  return {
    source,
    main,
    verdict,
    findings: [finding],
    trigger_to_set_us: null,
    set_to_effective_us: null,
    effective_to_latched_us: null,
    orders_after_set: null,
  }
}

/** A drill passes when every source that applies has passed. */
export function passed(cases: readonly DrillCase[]): boolean {
  return (
    cases.length > 0 && cases.every(({ verdict }) => verdict === 'passed' || verdict === 'not_applicable')
  )
}

/** The table for people. */
export function drillTable(report: DrillReport): string[] {
  const us = (value: number | null): string => (value === null ? '-' : value.toFixed(0))
  const rows = report.cases.map((each) => [
    each.source,
    each.main,
    us(each.trigger_to_set_us),
    us(each.set_to_effective_us),
    us(each.effective_to_latched_us),
    each.orders_after_set === null ? '-' : String(each.orders_after_set),
    each.verdict,
    each.findings.join('; '),
  ])
  const head = [
    'source',
    'main thread',
    'set µs',
    'effective µs',
    'latched µs',
    'orders after',
    'verdict',
    '',
  ]
  const widths = head.map((cell, at) =>
    Math.max(cell.length, ...rows.map((row) => (row[at] as string).length)),
  )
  const isNumber = (at: number): boolean => at >= 2 && at <= 5
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) =>
        isNumber(at) ? cell.padStart(widths[at] as number) : cell.padEnd(widths[at] as number),
      )
      .join('  ')
      .trimEnd()
  return [line(head), ...rows.map(line)]
}
