import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import { nativeStatus } from '../../core/native.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const NODE_MAJOR = 24
const NODE_MINOR = 15
const OPEN_FILES_MIN = 1_024
const MEMORY_BYTES_MIN = 512 * 2 ** 20
/** Largest difference between wall clock and monotonic clock over the look, ns: more is a clock that is being set. */
const CLOCK_STEP_NS_MAX = 5_000_000
const CLOCK_LOOK_MS = 100

/** Node's own version against what the engine needs. */
export function runtime(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const enough = major > NODE_MAJOR || (major === NODE_MAJOR && minor >= NODE_MINOR)
  const text = `Node ${version} on ${process.platform}-${process.arch}, V8 ${process.versions.v8}`
  return enough
    ? ok('runtime', text)
    : fail('runtime', `${text}; ${NODE_MAJOR}.${NODE_MINOR} or newer is needed`)
}

export function native(): Finding {
  const { live, why } = nativeStatus()
  if (live) return ok('native', `native decoder, SIGUSR2 latch and immediate exit are live (${why})`)
  return warn(
    'native',
    `not live: ${why}. Results are the same. Lost: decoding speed; SIGUSR2 while the main thread is blocked; ` +
      'the immediate exit (SIGKILL of self serves instead)',
  )
}

export function cores(count: number = os.availableParallelism()): Finding {
  const model = os.cpus()[0]?.model.trim() ?? 'unknown'
  const text = `${count} × ${model}`
  if (count < 2) return warn('cores', `${text}: main thread and workers share one core; no poll, no spin`)
  if (count < 4)
    return warn('cores', `${text}: poll: true takes one, a spinning worker another; use one of them at most`)
  return ok('cores', text)
}

export function memory(freeBytes: number = os.freemem(), totalBytes: number = os.totalmem()): Finding {
  const text = `${mebibytes(freeBytes)} MiB free of ${mebibytes(totalBytes)} MiB`
  return freeBytes < MEMORY_BYTES_MIN
    ? warn('memory', `${text}; less than ${mebibytes(MEMORY_BYTES_MIN)} MiB free`)
    : ok('memory', text)
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20)

/** Open files and file size, from the kernel's table of this process (Linux). */
export function limits(table: string | null = readOrNull('/proc/self/limits')): Finding {
  if (table === null) return warn('limits', 'not known on this system')
  const soft = (name: string): string => new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(table)?.[1] ?? 'unknown'
  const openFiles = soft('Max open files')
  const fileSize = soft('Max file size')
  const text = `open files ${openFiles}, file size ${fileSize}, locked memory ${soft('Max locked memory')}`
  if (Number(openFiles) < OPEN_FILES_MIN)
    return warn('limits', `${text}; at least ${OPEN_FILES_MIN} open files are advised`)
  if (fileSize !== 'unlimited')
    return warn('limits', `${text}; the journal halts the engine when a file may not grow`)
  return ok('limits', text)
}

/**
 * Whether a time service keeps the clock, and whether it is being set right now. The wall clock is read between two
 * looks at the monotonic one: a thread that is held up between its reads makes no step of a clock.
 */
export async function clock(
  wallMs: () => number = Date.now,
  hrNs: () => bigint = () => process.hrtime.bigint(),
): Promise<Finding> {
  const look = () => ({ fromNs: hrNs(), wallMs: wallMs(), toNs: hrNs() })
  const before = look()
  await new Promise((resolve) => setTimeout(resolve, CLOCK_LOOK_MS))
  const after = look()
  const wallNs = (after.wallMs - before.wallMs) * 1e6
  const [leastNs, mostNs] = [Number(after.fromNs - before.toNs), Number(after.toNs - before.fromNs)]
  const stepNs = Math.max(leastNs - wallNs, wallNs - mostNs)
  if (stepNs > CLOCK_STEP_NS_MAX)
    return fail('clock', `the wall clock moved by ${Math.round(stepNs / 1e6)} ms against the monotonic one`)
  const service = synchronisedBy()
  return service === null
    ? warn(
        'clock',
        'no time service found that says it is synchronised; signed requests and event times need one',
      )
    : ok('clock', `synchronised (${service})`)
}

function synchronisedBy(): string | null {
  if (existsSync('/run/systemd/timesync/synchronized')) return 'systemd-timesyncd'
  const answers: readonly [string, readonly string[], RegExp][] = [
    ['timedatectl', ['show', '--property', 'NTPSynchronized'], /NTPSynchronized=yes/],
    ['chronyc', ['-n', 'tracking'], /Leap status\s*:\s*Normal/],
  ]
  for (const [program, args, yes] of answers) {
    const { stdout, status } = spawnSync(program, args, { encoding: 'utf8', timeout: 2_000 })
    if (status === 0 && yes.test(stdout)) return program
  }
  return null
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
