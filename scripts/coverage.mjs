// `npm run coverage`: which branches of the safety plane the tests take. vitest counts what runs in its own processes;
// threads and child processes write V8's counts, and both are put together here. Fails where a test fails, and where a file
// of WHOLE has a branch that is not taken. Words after it go to vitest as filters.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
/** What is counted, and where every branch is taken. */
const WHOLE = ['src/gate/', 'src/risk/', 'src/engine/shutdown', 'src/control/']
/** Not here: uWebSockets.js needs a C library that many machines do not have; `scripts/test-uws.mjs` runs its tests. */
const APART = ['src/control/uws/']
/** What runs them. */
const TESTS = [
  ...[
    'test/gate',
    'test/risk',
    'test/control',
    'test/engine/shutdown',
    'test/engine/trader',
    'test/engine/risk',
    'test/engine/live-risk',
  ],
  ...['test/engine/outside-desk', 'test/engine/strategy-faults', 'test/config', 'test/cli/operate'],
  ...['drill', 'guardian', 'latch', 'live-end', 'shutdown.test', 'scenario'].map(
    (name) => `test/process/${name}`,
  ),
]

const provider = createRequire(createRequire(import.meta.url).resolve('@vitest/coverage-v8'))
const { mergeProcessCovs } = await import(provider.resolve('@bcoe/v8-coverage'))
const { convert } = await import(provider.resolve('ast-v8-to-istanbul'))

const isWhole = (file) => {
  const name = relative(ROOT, file)
  return WHOLE.some((prefix) => name.startsWith(prefix)) && !APART.some((prefix) => name.startsWith(prefix))
}

/** Runs the tests; what threads and children count lands in `folder`. */
function runTests(folder, filters) {
  const reports = join(ROOT, 'coverage')
  mkdirSync(reports, { recursive: true })
  const args = ['run', '--coverage', '--coverage.reporter=json', `--coverage.reportsDirectory=${reports}`]
  const include = WHOLE.map((prefix) => `--coverage.include=${prefix}**`)
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const { status } = spawnSync(
    process.execPath,
    [vitest, ...args, '--coverage.reportOnFailure', ...include, ...filters],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, COVERAGE_FOLDER: folder },
    },
  )
  return { status, map: JSON.parse(readFileSync(join(reports, 'coverage-final.json'), 'utf8')) }
}

/** V8's counts of all threads and children, one entry a file. */
function countsOf(folder) {
  const processes = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .map(({ result }) => ({
      result: result.filter(({ url }) => url.startsWith('file:') && isWhole(fileURLToPath(url))),
    }))
  return mergeProcessCovs(processes).result
}

/**
 * Adds a file's branches to what is known of it. A branch is named by its line, kind, place among its like on the line, and
 * arm: columns differ, as vitest counts on code that it has made anew.
 */
function add(known, { b, branchMap }) {
  const seen = new Map()
  for (const [key, { type, loc }] of Object.entries(branchMap)) {
    const like = `${loc.start.line} ${type}`
    const nth = (seen.get(like) ?? 0) + 1
    seen.set(like, nth)
    for (const [arm, count] of b[key].entries()) {
      const name = `${like}${nth === 1 ? '' : ` ${nth}`} arm ${arm}`
      known.set(name, (known.get(name) ?? 0) + count)
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tidegate-coverage-'))
const filters = process.argv.slice(2)
const { status, map } = runTests(folder, filters.length === 0 ? TESTS : filters)
const files = new Map()
const knownOf = (file) => files.get(file) ?? files.set(file, new Map()).get(file)
for (const [file, coverage] of Object.entries(map)) add(knownOf(file), coverage)
for (const coverage of countsOf(folder)) {
  // Node runs the source with its types blanked out, so places in it are those of the source.
  const code = stripTypeScriptTypes(readFileSync(fileURLToPath(coverage.url), 'utf8'))
  const converted = await convert({ ast: parseAst(code), code, wrapperLength: 0, coverage })
  for (const [file, each] of Object.entries(converted)) add(knownOf(file), each)
}
rmSync(folder, { recursive: true })

let missed = 0
for (const [file, branches] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const name = relative(ROOT, file)
  if (!isWhole(file)) continue
  const open = [...branches].flatMap(([branch, count]) => (count === 0 ? [branch] : []))
  missed += open.length
  if (open.length > 0) console.log(`${name}: ${open.length} not taken: ${open.join(', ')}`)
}
console.log(`${files.size} files, ${missed} branches not taken`)
process.exit(status === 0 && missed === 0 ? 0 : 1)
