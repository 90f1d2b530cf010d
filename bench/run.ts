/**
 * Runs every bench and writes `bench/RESULTS.md`: each script in a process of its own, one after another, then one
 * report with the bounds and what became of them.
 * Usage: npm run bench -- [--only NAME]… [--flat FILE] [--json] [--baseline NAME]
 *   --only NAME      only these sections; the report is printed, RESULTS.md stays as it is
 *   --flat FILE      the replay of the memory bench as `node bench/memory.ts --flat FILE --seconds 3600` has written it,
 *                    an hour long as its bound wants it; else two minutes of it are run
 *   --json           one JSON document on stdout
 *   --baseline NAME  keeps the figures as bench/baselines/NAME.json, for `npm run bench:compare`
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { LAST_RUN, snapshotOf } from './report/baseline.ts'
import { floodSection } from './report/flood-section.ts'
import { decodeSection, memorySection, replaySection, withFlat } from './report/load-sections.ts'
import { type Facts, machineFacts } from './report/machine.ts'
import { reportText, type SectionResult } from './report/markdown.ts'
import {
  gateSection,
  journalSection,
  killSection,
  ringSection,
  riskSection,
  strategySection,
  submitSection,
} from './report/micro-sections.ts'
import { pathSection } from './report/path-section.ts'
import type { Section } from './report/rows.ts'
import { shutdownSection } from './report/shutdown-section.ts'

const SECTIONS: readonly Section[] = [
  ...[gateSection, ringSection, pathSection, floodSection, submitSection, decodeSection, replaySection],
  ...[riskSection, journalSection, strategySection, killSection, shutdownSection, memorySection],
]
const STDERR_KEPT = 2_000

/** One script to its end. */
function outputOf(section: Section): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = path.join(import.meta.dirname, section.script)
    const child = spawn(process.execPath, [script, '--json', ...section.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [text, errors] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-STDERR_KEPT)))
    const limit = setTimeout(() => child.kill('SIGKILL'), section.limitMs)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      if (code === 0) return resolve(text)
      const why = signal === 'SIGKILL' ? `not done within ${section.limitMs / 1e3} s` : `exit code ${code}`
      reject(new Error(`${why}: ${errors.trim().split('\n').slice(-3).join(' ')}`))
    })
  })
}

async function runSection(section: Section, facts: Facts): Promise<SectionResult> {
  process.stderr.write(`${section.name} …`)
  const startNs = process.hrtime.bigint()
  const seconds = (): number => Number(process.hrtime.bigint() - startNs) / 1e9
  try {
    const rows = section.rows(JSON.parse(await outputOf(section)) as never, facts)
    process.stderr.write(` ${Math.round(seconds())} s\n`)
    return { section, rows, failure: null, seconds: seconds() }
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    process.stderr.write(` failed: ${failure}\n`)
    return { section, rows: [], failure, seconds: seconds() }
  }
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    flat: { type: 'string' },
    json: { type: 'boolean', default: false },
    baseline: { type: 'string' },
  },
})
const chosen = SECTIONS.filter(({ name }) => values.only?.includes(name) ?? true).map((section) =>
  section === memorySection && values.flat !== undefined
    ? withFlat(section, JSON.parse(readFileSync(values.flat, 'utf8')))
    : section,
)
if (chosen.length === 0) {
  process.stderr.write(`bench: no such section; there are ${SECTIONS.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}
const facts = machineFacts(['npm run bench', ...process.argv.slice(2)].join(' ').replace(' --', ' -- --'))
const results: SectionResult[] = []
for (const section of chosen) results.push(await runSection(section, facts))

const report = reportText(facts, results)
const snapshot = snapshotOf(facts, results)
const keep = (file: string): void => {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(snapshot, null, 2)}\n`)
}
keep(LAST_RUN)
if (values.baseline !== undefined)
  keep(path.join(import.meta.dirname, 'baselines', `${values.baseline}.json`))
if (values.only === undefined) writeFileSync(path.join(import.meta.dirname, 'RESULTS.md'), report)
if (values.json) {
  const sections = results.map(({ section, rows, failure }) => ({ name: section.name, failure, rows }))
  process.stdout.write(`${JSON.stringify({ facts, sections }, null, 2)}\n`)
} else process.stdout.write(report)
process.exitCode = results.some(({ failure }) => failure !== null) ? 1 : 0
