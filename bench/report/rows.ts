/** What became of a bound. A row that could not be measured as its bound wants it is never met. */
export type Verdict = 'met' | 'missed' | 'not measured' | 'no bound'

/** One figure of the report. */
export interface Row {
  /** stable name, by which baselines compare */
  readonly id: string
  readonly what: string
  /** `ns`, `µs`, `MB`, `events/s`, … */
  readonly unit: string
  /** the figure that the bound and baselines look at; null where there is none */
  readonly value: number | null
  readonly better: 'lower' | 'higher'
  /** percentiles, where the row has them; in the unit */
  readonly p50?: number
  readonly p99?: number
  readonly p999?: number
  readonly max?: number
  readonly n?: number
  /** open-loop rate, where there is one */
  readonly offered?: string
  /** the bound in words; null where DESIGN has none */
  readonly bound: string | null
  readonly verdict: Verdict
  /** what else must be said: conditions, parts, what bounds a missed row */
  readonly note: string
}

/** One script's part of the report. */
export interface Section {
  readonly name: string
  readonly title: string
  readonly script: string
  readonly args: readonly string[]
  /** longest time, ms */
  readonly limitMs: number
  /** how the figures are taken, in a sentence or two */
  readonly method: string
  /** from the script's JSON to rows; throws where it is not as expected */
  readonly rows: (json: never, machine: RowContext) => Row[]
}

export interface RowContext {
  readonly cores: number
}

/** `met` or `missed`. */
export function judge(good: boolean): Verdict {
  return good ? 'met' : 'missed'
}

/** A number as a person reads it: three to four digits that matter. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '-'
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US')
  if (Math.abs(value) >= 100) return String(Math.round(value))
  return String(
    Math.round(value * 10 ** (Math.abs(value) >= 10 ? 1 : 2)) / 10 ** (Math.abs(value) >= 10 ? 1 : 2),
  )
}
