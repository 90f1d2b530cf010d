/**
 * Holds the last `npm run bench` against a baseline in git, row by row: ratios above 1 are better. A machine that is
 * shared is noisy, so a worse row only warns, unless `--strict` is given.
 * Usage: npm run bench:compare -- [BASELINE] [--strict]     BASELINE: a name in bench/baselines, `main` by default
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { compare, LAST_RUN, type Snapshot } from './report/baseline.ts'

const FOLDER = path.join(import.meta.dirname, 'baselines')

function read(file: string, what: string): Snapshot {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Snapshot
  const known = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  process.stderr.write(
    `bench:compare: there is no ${what} (${file}); baselines: ${known.join(', ') || 'none'}\n`,
  )
  process.exit(2)
}

const { values, positionals } = parseArgs({
  options: { strict: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const baseline = read(path.join(FOLDER, `${positionals[0] ?? 'main'}.json`), 'such baseline')
const last = read(LAST_RUN, 'last run: npm run bench')
const rows = compare(baseline, last)
const place = ({ commit, date, machine, cores }: Snapshot['facts']): string =>
  `${commit}, ${date}, ${machine} × ${cores}`
console.log(`baseline: ${place(baseline.facts)}\nlast run: ${place(last.facts)}`)
if (baseline.facts.machine !== last.facts.machine) console.log('warning: not the same kind of machine')
console.table(Object.fromEntries(rows.map(({ id, ...row }) => [id, row])))
const worse = rows.filter(({ verdict }) => verdict === 'worse')
for (const { id, ratio } of worse) console.log(`warning: ${id} is at ${ratio} of its baseline`)
if (values.strict && worse.length > 0) process.exitCode = 1
