import type { Facts } from './machine.ts'
import { figure, type Row, type Section } from './rows.ts'

/** What a run gave for one section. */
export interface SectionResult {
  readonly section: Section
  readonly rows: readonly Row[]
  /** why there are no rows; null where there are */
  readonly failure: string | null
  readonly seconds: number
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...lines.map(row)].join('\n')
}

/** p50 where a row has percentiles, else its figure. */
function mainFigure(row: Row): string {
  return `${figure(row.p50 ?? row.value)} ${row.unit}`
}

function summary(results: readonly SectionResult[]): string {
  const rows = results.flatMap((result) => result.rows).filter(({ bound }) => bound !== null)
  return table(
    ['what', 'bound', 'measured', 'p99', 'verdict'],
    rows.map((row) => [row.what, row.bound ?? '', measured(row), figure(row.p99), verdictText(row)]),
  )
}

function measured(row: Row): string {
  const wire = row.id.endsWith('.wire') ? ` (echo + ${figure(row.value)})` : ''
  return `${mainFigure(row)}${wire}`
}

function verdictText({ verdict }: Row): string {
  return verdict === 'missed' ? '**missed**' : verdict
}

function detail({ section, rows, failure, seconds }: SectionResult): string {
  const head = `## ${section.title}\n\n${section.method} \`node bench/${section.script}\`, ${Math.round(seconds)} s.\n`
  if (failure !== null) return `${head}\nNot measured: ${failure}\n`
  const lines = rows.map((row) => [
    row.what,
    row.unit,
    figure(row.p50 ?? row.value),
    figure(row.p99),
    figure(row.p999),
    figure(row.max),
    row.offered ?? '-',
    figure(row.n),
    [row.bound === null ? '' : `bound ${row.bound}: ${verdictText(row)}`, row.note]
      .filter((s) => s !== '')
      .join('; '),
  ])
  return `${head}\n${table(['what', 'unit', 'p50 or figure', 'p99', 'p99.9', 'max', 'offered', 'n', 'notes'], lines)}\n`
}

/** The whole report; nothing in it is written by hand. */
export function reportText(facts: Facts, results: readonly SectionResult[]): string {
  const { hiccups_before: hiccups } = facts
  const rows = results.flatMap((result) => result.rows)
  const count = (verdict: Row['verdict']): number => rows.filter((row) => row.verdict === verdict).length
  const failed = results.filter(({ failure }) => failure !== null).map(({ section }) => section.name)
  return [
    '# Results',
    '',
    'Written by `npm run bench`; change nothing by hand.',
    '',
    table(
      ['', ''],
      [
        ['date', `${facts.date} UTC`],
        ['commit', facts.commit],
        ['command', `\`${facts.command}\``],
        ['machine', `${facts.machine}, ${facts.cores} cores, ${facts.system}`],
        ['Node', `${facts.node}; ${facts.native}`],
        [
          'host',
          `a thread that only looks at the clock, before the run: ${hiccups.per_s} gaps over 20 µs a second, ${figure(hiccups.lost_share * 100)} % of its time lost, p99 of the gaps ${hiccups.p99_us} µs, longest ${hiccups.max_us} µs`,
        ],
        [
          'bounds',
          `${count('met')} met, ${count('missed')} missed, ${count('not measured')} not measured${failed.length === 0 ? '' : `; failed: ${failed.join(', ')}`}`,
        ],
      ],
    ),
    '',
    'A row that needs more cores than there are, or another length than it had, is not measured, never met.',
    '',
    '## Bounds',
    '',
    summary(results),
    '',
    ...results.map(detail),
  ].join('\n')
}
