import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '../..')
const VERSION = '1.221.0'
const FOLDER = path.join(ROOT, 'node_modules/.cache/tidegate-bench', `nautilus-${VERSION}`)
const INSTALL_MS_MAX = 180_000
const RUN_MS_MAX = 120_000

/** What the peer said, or why there is no peer. */
export type PeerResult =
  | {
      readonly name: string
      readonly events: number
      readonly orders: number
      readonly events_per_s: readonly number[]
    }
  | { readonly missing: string }

/** Runs NautilusTrader on the same recordings with the same rule, in a virtual environment of the bench's own. */
export function runPeer(files: readonly string[], runs: number): PeerResult {
  const missing = install()
  if (missing !== null) return { missing }
  const { status, stdout, stderr } = spawnSync(
    path.join(FOLDER, 'bin/python'),
    [path.join(ROOT, 'bench/peers/nautilus.py'), String(runs), ...files],
    { encoding: 'utf8', timeout: RUN_MS_MAX },
  )
  if (status !== 0) return { missing: `the peer ended with ${status}: ${lastLine(stderr)}` }
  const results = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { events: number; orders: number; seconds: number })
  return {
    name: `NautilusTrader ${VERSION}`,
    events: results[0]?.events ?? 0,
    orders: results[0]?.orders ?? 0,
    events_per_s: results.map(({ events, seconds }) => Math.round(events / seconds)),
  }
}

/** Makes the environment where there is none; why that failed, or null. */
function install(): string | null {
  const python = path.join(FOLDER, 'bin/python')
  const has = (): boolean =>
    existsSync(python) &&
    spawnSync(python, ['-c', 'import nautilus_trader'], { stdio: 'ignore' }).status === 0
  if (has()) return null
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', FOLDER]],
    [python, ['-m', 'pip', 'install', '--quiet', `nautilus_trader==${VERSION}`]],
  ]
  for (const [program, args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: INSTALL_MS_MAX })
    if (status !== 0) return `${program} ${args.slice(0, 3).join(' ')}: ${error?.message ?? lastLine(stderr)}`
  }
  return has() ? null : 'nautilus_trader was installed and cannot be imported'
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
