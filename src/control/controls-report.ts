import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { secretsOf } from '../config/load.ts'
import type { Config } from '../config/types.ts'
import type { Built, Control } from './control-row.ts'
import { CONTROLS } from './controls-table.ts'
import type { DrillReport } from './drill/report.ts'

/** A test by file and title, which begins with requirement ids. */
export interface ProvingTest {
  readonly file: string
  readonly title: string
}

/** What was seen last, and when. */
export interface Evidence {
  readonly kind: 'drill' | 'guardian' | 'tests'
  readonly utc: string
  readonly verdict: 'passed' | 'failed'
  readonly what: string
}

export interface ControlRow {
  readonly number: number
  readonly name: string
  readonly anchor: string
  readonly built: Built
  readonly rule: string
  readonly gap: string
  /** key → effective value; null values too. Empty: nothing to set, or no configuration given */
  readonly settings: Readonly<Record<string, unknown>>
  readonly tests: readonly ProvingTest[]
  readonly evidence: readonly Evidence[]
}

export interface ControlsReport {
  readonly utc: string
  readonly config: string | null
  readonly rows: readonly ControlRow[]
  readonly built: Readonly<Record<Built, number>>
  /** rows that claim something and that no test proves */
  readonly unproved: readonly number[]
}

export interface ControlsInput {
  readonly config: Config | null
  /** folder of the tests; null: they are not part of this installation */
  readonly tests: string | null
  readonly evidence: readonly DatedEvidence[]
  readonly utc: string
}

/** Evidence and the rows that it speaks for. */
export interface DatedEvidence extends Evidence {
  readonly controls: readonly number[]
}

/** A title that begins with requirement ids, in a call or in a table of cases: `'K8, K5: …'`, `'R2 R6 size'`. */
const TITLE = /[([]\s*(['"`])((?:[A-Z]\d{1,2}[ ,:]+)+(?:(?!\1)[^\n\\]|\\.)*)\1/g
const IDS = /^(?:[A-Z]\d{1,2}[ ,:]+)+/

/** Every test whose title begins with requirement ids. */
export function provingTests(folder: string): ProvingTest[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .flatMap((name) => {
      const text = readFileSync(path.join(folder, name), 'utf8')
      return [...text.matchAll(TITLE)].map((match) => ({ file: name, title: match[2] as string }))
    })
}

function proves({ requirements, words }: Control, { title }: ProvingTest): boolean {
  const ids = (IDS.exec(title) as RegExpExecArray)[0].split(/[ ,:]+/)
  if (!requirements.some((id) => ids.includes(id))) return false
  const text = title.toLowerCase().split(/[^a-z0-9-]+/)
  return words.length === 0 || words.some((word) => text.some((each) => each.startsWith(word)))
}

/** The value of a dotted key; `*` gives one entry for each venue, instrument or strategy. */
function settingsOf(config: Config, key: string): [string, unknown][] {
  const secrets = new Map(secretsOf(config).map(([at, secret]) => [at, secret.present ? 'set' : 'missing']))
  const walk = (node: unknown, parts: readonly string[], at: string): [string, unknown][] => {
    const known = secrets.get(at)
    if (known !== undefined) return [[at, known]]
    const [part, ...rest] = parts
    if (part === undefined) return [[at, Array.isArray(node) ? node.length : (node ?? null)]]
    // A key of the table goes on only below sections and mappings, which the schema never leaves out.
    const table = node as Readonly<Record<string, unknown>>
    const names = part === '*' ? Object.keys(table) : [part]
    return names.flatMap((name) => {
      const value = table[name]
      return value === undefined ? [] : walk(value, rest, at === '' ? name : `${at}.${name}`)
    })
  }
  return walk(config, key.split('.'), '')
}

/** Each control with its settings, its tests and its evidence. */
export function controlsReport({ config, tests, evidence, utc }: ControlsInput): ControlsReport {
  const proving = tests === null ? [] : provingTests(tests)
  const rows = CONTROLS.map((control): ControlRow => {
    const { number, name, anchor, built, rule, gap, keys } = control
    const settings = config === null ? [] : keys.flatMap((key) => settingsOf(config, key))
    return {
      number,
      name,
      anchor,
      built,
      rule,
      gap,
      settings: Object.fromEntries(settings),
      tests: proving.filter((test) => proves(control, test)),
      evidence: evidence
        .filter(({ controls }) => controls.includes(number))
        .map(({ kind, utc: at, verdict, what }) => ({ kind, utc: at, verdict, what })),
    }
  })
  const count = (built: Built): number => rows.filter((row) => row.built === built).length
  const unproved = rows
    .filter((row) => row.built !== 'no' && row.tests.length === 0)
    .map(({ number }) => number)
  return {
    utc,
    config: config?.facts.file ?? null,
    rows,
    built: { yes: count('yes'), partly: count('partly'), no: count('no') },
    unproved,
  }
}

/** Evidence of a drill's report (`tidegate drill --report`). @throws the file system's or JSON's error */
export function drillEvidence(file: string): DatedEvidence {
  const report = JSON.parse(readFileSync(file, 'utf8')) as DrillReport
  const tried = report.cases.filter(({ verdict }) => verdict === 'passed').length
  return {
    kind: 'drill',
    utc: report.utc,
    verdict: report.passed ? 'passed' : 'failed',
    what: `${tried} of ${report.cases.length} cases passed, ${report.target} engine, version ${report.version}`,
    controls: [12, 21],
  }
}

/** What a guardian did last in a state directory; null: it has never acted there. */
export function guardianEvidence(stateDir: string): DatedEvidence | null {
  const file = path.join(stateDir, 'guardian.json')
  try {
    const { outcome, cause } = JSON.parse(readFileSync(file, 'utf8')) as { outcome: string; cause: string }
    const verdict = outcome === 'cleared' ? 'passed' : 'failed'
    const utc = statSync(file).mtime.toISOString()
    return { kind: 'guardian', utc, verdict, what: `engine ${cause}: ${outcome}`, controls: [14] }
  } catch {
    return null
  }
}

interface TestRun {
  readonly startTime: number
  readonly numTotalTests: number
  readonly numFailedTests: number
  readonly success: boolean
}

/** Evidence of a test run (`vitest run --reporter=json --outputFile=FILE`), for every row. @throws as `drillEvidence` */
export function testRunEvidence(file: string): DatedEvidence {
  const run = JSON.parse(readFileSync(file, 'utf8')) as TestRun
  return {
    kind: 'tests',
    utc: new Date(run.startTime).toISOString(),
    verdict: run.success ? 'passed' : 'failed',
    what: `${run.numTotalTests} tests, ${run.numFailedTests} failed`,
    controls: CONTROLS.map(({ number }) => number),
  }
}
