// Makes a fresh clone able to run, and does nothing where it already is: installs what the lockfile names, builds the
// native module where cargo is present, and says in one line on stderr what is live. Runs on Node 20 and later.
//   node scripts/setup.mjs [--production]     --production: without the development dependencies
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildNative } from './build-native.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const LOCK = join(ROOT, '.setup.lock')
const LOCK_WAIT_MS_MAX = 900_000
const COMPILE_MS_MAX = 60_000
const NODE_NEEDED = '24.15'

const production = process.argv.includes('--production')

/** The packages of a lockfile by their path; none where there is no such file. */
function packagesOf(file) {
  if (!existsSync(file)) return {}
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
}

/** Whether this machine takes a package that names an os or a cpu. */
function suits({ os, cpu }) {
  const takes = (allowed, own) => allowed === undefined || [allowed].flat().includes(own)
  return takes(os, process.platform) && takes(cpu, process.arch)
}

/** Why an install is needed; null where node_modules has what the lockfile names (npm keeps a lockfile of it there). */
function staleness() {
  const wanted = packagesOf(join(ROOT, 'package-lock.json'))
  const present = packagesOf(join(ROOT, 'node_modules', '.package-lock.json'))
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || (production && (entry.dev === true || entry.devOptional === true))) continue
    const found = present[path]
    if (found === undefined && (entry.optional === true || entry.devOptional === true)) {
      // The runtime is optional to npm, and needed here; any other optional package may be absent.
      if (!path.includes('/node-linux-') || !suits(entry)) continue
    }
    if (found?.version !== entry.version || found?.integrity !== entry.integrity) return path
  }
  return null
}

/** `npm ci` by the npm and the Node that started this script, not by those that it is about to replace. */
function install() {
  const args = ['ci', '--loglevel=error', ...(production ? ['--omit=dev'] : [])]
  const npm = process.env.npm_execpath
  const node = process.env.npm_node_execpath ?? process.execPath
  const [program, words] = npm?.endsWith('.js') ? [node, [npm, ...args]] : ['npm', args]
  const bin = join(ROOT, 'node_modules', '.bin')
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== bin)
  process.stderr.write(`installing ${production ? 'what running needs' : 'all dependencies'} (npm ci)\n`)
  const { status, error } = spawnSync(program, words, {
    cwd: ROOT,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) fail(`npm ci failed${error === undefined ? '' : `: ${error.message}`}`)
}

function fail(message) {
  rmSync(LOCK, { force: true })
  process.stderr.write(`tidegate set-up: ${message}\n`)
  process.exit(1)
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Takes the lock file; false where another set-up that is alive has it. */
function takeLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    const owner = Number(readFileSync(LOCK, 'utf8'))
    if (owner > 0 && isAlive(owner)) return false
    rmSync(LOCK, { force: true })
    return takeLock()
  }
}

async function waitForLock() {
  for (let waitedMs = 0; !takeLock(); waitedMs += 200) {
    if (waitedMs >= LOCK_WAIT_MS_MAX) fail(`another set-up has held ${LOCK} for too long`)
    await sleep(200)
  }
}

/** Installs and builds; where only the build may be due, a set-up that is already at it is not waited for. */
async function bringUp() {
  const installNeeded = staleness() !== null
  if (installNeeded) await waitForLock()
  else if (!takeLock()) return { live: existsSync(join(ROOT, 'native', 'tidegate.node')), why: 'being built' }
  try {
    if (staleness() !== null) install()
    if (process.env.TIDEGATE_NATIVE === '0') return { live: false, why: 'TIDEGATE_NATIVE=0' }
    return await buildNative()
  } finally {
    rmSync(LOCK, { force: true })
  }
}

/** The version of the Node that run.sh will take; fails where there is none. */
function runtime() {
  const { stdout, stderr, status } = spawnSync('sh', [join(ROOT, 'scripts', 'run.sh'), '--version'], {
    encoding: 'utf8',
  })
  if (status !== 0) fail(stderr.trim() || `no Node ${NODE_NEEDED} or newer`)
  return stdout.trim()
}

/** What is new since the last time is compiled, so that the next start is as quick and as small as any other. */
function compile() {
  const folder = join(ROOT, 'node_modules', '.cache', 'tidegate')
  const stamp = join(folder, 'stamp')
  const since = existsSync(stamp) ? statSync(stamp).mtimeMs : 0
  const isNew = ['src', 'workers', 'examples/strategies'].some((name) =>
    readdirSync(join(ROOT, name), { recursive: true }).some(
      (file) => file.endsWith('.ts') && statSync(join(ROOT, name, file)).mtimeMs > since,
    ),
  )
  if (!isNew) return
  const script = join(ROOT, 'scripts', 'run.sh')
  const { status } = spawnSync('sh', [script, 'scripts/compile.mjs'], {
    stdio: 'ignore',
    timeout: COMPILE_MS_MAX,
  })
  if (status === 0 && existsSync(folder)) writeFileSync(stamp, '')
}

/** What serves the operator's door, as far as it can be told without loading it; `doctor` and the status know. */
function controlServer(nativeIsLive) {
  if (!existsSync(join(ROOT, 'node_modules', 'uWebSockets.js')) || !nativeIsLive) return 'node:http'
  process.report.excludeNetwork = true
  const [major = 0, minor = 0] = (process.report.getReport().header.glibcVersionRuntime ?? '').split('.')
  return major > 2 || (Number(major) === 2 && minor >= 38) ? 'uWebSockets.js' : 'node:http'
}

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node ${process.versions.node} is too old; 20 or newer is needed`)
const native = await bringUp()
const decoder = native.live
  ? 'decoder native (Rust)'
  : `decoder TypeScript, same results (native: ${native.why})`
compile()
process.stderr.write(
  `tidegate: Node ${runtime()} · ${decoder} · control server ${controlServer(native.live)}\n`,
)
