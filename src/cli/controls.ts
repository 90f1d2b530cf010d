import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../config/load.ts'
import {
  type ControlRow,
  type ControlsReport,
  controlsReport,
  type DatedEvidence,
  drillEvidence,
  guardianEvidence,
  testRunEvidence,
} from '../control/controls-report.ts'
import { SystemClock } from '../core/clock.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand, usageError } from './args.ts'
import { print, printJson } from './output.ts'

const OVERVIEW: CommandSpec = {
  name: 'controls report',
  summary: 'Shows the evidence for each control of automated trading.',
  options: {},
}

const REPORT = {
  name: 'controls report',
  summary:
    'Shows each control with what is built, its settings, the tests that prove it, and its last evidence.',
  options: {
    config: { value: 'FILE', help: 'the configuration whose effective values are shown' },
    drill: { value: 'FILE', help: 'a report of `tidegate drill --report`' },
    'test-run': { value: 'FILE', help: 'a test run: `vitest run --reporter=json --outputFile=FILE`' },
    json: { help: 'one JSON document on stdout' },
  },
  notes: ['Rows that are not built, or only in part, say what is missing. The anchors are not legal advice.'],
} as const satisfies CommandSpec<Record<string, Option>>

const TESTS = fileURLToPath(new URL('../../test', import.meta.url))
const TITLES_SHOWN = 3

/** `tidegate controls report` */
export async function run(args: string[]): Promise<number> {
  const [part, ...rest] = args
  if (part !== 'report') {
    if (parseCommand(OVERVIEW, part?.startsWith('-') === true ? args : []) === null) return EXIT.OK
    throw usageError(part === undefined ? 'controls: report is missing' : `controls: "${part}" is not report`)
  }
  const parsed = parseCommand(REPORT, rest)
  if (parsed === null) return EXIT.OK
  const { config: file, drill, 'test-run': testRun, json } = parsed.options
  const config = file === undefined ? null : loadConfig(file)
  const guardian = config === null ? null : guardianEvidence(path.resolve(config.state_dir))
  const evidence = [
    ...(drill === undefined ? [] : [read(drill, drillEvidence)]),
    ...(testRun === undefined ? [] : [read(testRun, testRunEvidence)]),
    ...(guardian === null ? [] : [guardian]),
  ]
  const utc = new Date(Number(new SystemClock().utcNs() / 1_000_000n)).toISOString()
  const report = controlsReport({ config, tests: existsSync(TESTS) ? TESTS : null, evidence, utc })
  if (json) printJson(report)
  else print(...readable(report))
  return EXIT.OK
}

/** @throws EVIDENCE_UNREADABLE, exit 4 */
function read(file: string, evidenceOf: (file: string) => DatedEvidence): DatedEvidence {
  try {
    return evidenceOf(file)
  } catch (cause) {
    throw new TidegateError('EVIDENCE_UNREADABLE', `${file}: ${(cause as Error).message}`, {
      exitCode: EXIT.DATA,
      cause,
    })
  }
}

function readable({ rows, built, unproved, config }: ControlsReport): string[] {
  return [
    ...rows.flatMap(rowLines),
    `${built.yes} built, ${built.partly} in part, ${built.no} not; ${
      unproved.length === 0 ? 'each has a test' : `no test names ${unproved.join(', ')}`
    }${config === null ? '; name --config to see the settings' : ''}`,
  ]
}

const STATE = { yes: 'built', partly: 'built in part', no: 'NOT BUILT' } as const

function rowLines(row: ControlRow): string[] {
  const settings = Object.entries(row.settings).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const titles = row.tests.slice(0, TITLES_SHOWN).map(({ title }) => title)
  const more = row.tests.length > titles.length ? ` and ${row.tests.length - titles.length} more` : ''
  return [
    `${row.number}. ${row.name}: ${STATE[row.built]} (${row.anchor})`,
    `   ${row.rule}`,
    ...(row.gap === '' ? [] : [`   missing: ${row.gap}`]),
    ...(settings.length === 0 ? [] : [`   settings: ${settings.join(', ')}`]),
    `   tests: ${titles.length === 0 ? 'none' : `${titles.join(' | ')}${more}`}`,
    ...(row.evidence.length === 0
      ? ['   evidence: none given']
      : row.evidence.map(
          ({ kind, utc, verdict, what }) => `   evidence: ${kind} ${utc} ${verdict}: ${what}`,
        )),
    '',
  ]
}
