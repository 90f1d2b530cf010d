// Builds native/tidegate.node with cargo, or says in one line why not. Runs on Node 20 and later, as a script or from
// setup.mjs. Nothing is done while the sources, the toolchain and the machine are those of the last build.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NATIVE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'native')
const TARGET = join(NATIVE, 'target')
const MODULE = join(NATIVE, 'tidegate.node')
const STAMP = join(TARGET, 'tidegate.stamp')
const BUILD_MS_MAX = 600_000
const PLATFORMS = ['linux-x64', 'linux-arm64']

/**
 * Runs a program to its end. Never rejects.
 * @returns {Promise<{code: number, text: string}>} exit code (-1: could not start or was ended) and both outputs
 */
function run(program, args, timeoutMs) {
  return new Promise((resolve) => {
    let text = ''
    const env = { ...process.env, CARGO_TARGET_DIR: TARGET, CARGO_NET_RETRY: '1', CARGO_HTTP_TIMEOUT: '20' }
    const child = spawn(program, args, {
      cwd: NATIVE,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    })
    const take = (chunk) => {
      text = (text + chunk).slice(-8_000)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => resolve({ code: -1, text: error.message }))
    child.on('close', (code) => resolve({ code: code ?? -1, text }))
  })
}

/** Hash of everything that goes into the module: sources, lock file, toolchain, machine. */
function fingerprint(toolchain) {
  const hash = createHash('sha256').update(`${toolchain}\n${process.platform}-${process.arch}\n`)
  const files = readdirSync(NATIVE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(rs|toml|lock)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.startsWith(TARGET))
    .sort()
  for (const file of files) hash.update(`${file.slice(NATIVE.length)}\n`).update(readFileSync(file))
  return hash.digest('hex')
}

function isCurrent(stamp) {
  return existsSync(MODULE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp
}

/** The last line of cargo's output that says what is wrong. */
function reason(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => line.startsWith('error')) ?? lines.at(-1) ?? 'no output'
}

/**
 * Builds where needed and possible.
 * @param {{quiet?: boolean}} [options] quiet: no progress line on stderr
 * @returns {Promise<{live: boolean, why: string}>} live: the module is there and current
 */
export async function buildNative({ quiet = false } = {}) {
  const platform = `${process.platform}-${process.arch}`
  if (!PLATFORMS.includes(platform)) return { live: false, why: `not built for ${platform}` }
  const version = await run('cargo', ['--version', '--verbose'], 60_000)
  if (version.code !== 0) return { live: false, why: 'cargo is not installed' }
  const stamp = fingerprint(version.text)
  if (isCurrent(stamp)) return { live: true, why: 'up to date' }
  if (!quiet) process.stderr.write('building the native module (cargo, some seconds the first time)\n')
  rmSync(MODULE, { force: true }) // a module of older sources must not be loaded when this build fails
  const build = await run(
    'cargo',
    ['build', '--release', '--locked', '--package', 'tidegate-binding'],
    BUILD_MS_MAX,
  )
  if (build.code !== 0) return { live: false, why: `cargo build failed: ${reason(build.text)}` }
  // Renamed into place: a process that has the old module mapped keeps its own copy.
  copyFileSync(join(TARGET, 'release', 'libtidegate_binding.so'), `${MODULE}.new`)
  renameSync(`${MODULE}.new`, MODULE)
  writeFileSync(STAMP, stamp)
  return { live: true, why: 'built' }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { live, why } = await buildNative()
  console.log(`native: ${live ? 'live' : 'off'} (${why})`)
  process.exitCode = live ? 0 : 1
}
