import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { EXIT, TidegateError } from '../core/errors.ts'
import { replaceFile } from './durable-file.ts'

const LOCK_FILE = 'lock'
const BOOT_FILE = 'boot'
const STATE_DIR_MODE = 0o750
const FILE_MODE = 0o640
const LOCK_TRIES_MAX = 5

/** How the run before ended: there was none, it said goodbye, or it did not. */
export type PreviousRun = 'none' | 'clean' | 'crashed'

interface LockHolder {
  readonly pid: number
  /** start time of the process as the kernel counts it; null where the system does not tell */
  readonly started: string | null
}

/** Start time of a process (Linux), so that a reused pid is not taken for the holder; null elsewhere or when gone. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] as string
  } catch {
    return null
  }
}

function isAlive(holder: LockHolder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return holder.started === null || startOf(holder.pid) === holder.started
}

function readHolder(file: string): LockHolder | null {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as LockHolder
    return Number.isInteger(holder.pid) && holder.pid > 0 ? holder : null
  } catch {
    return null
  }
}

/**
 * Takes the lock by linking a complete file to its name, which only one process can do. A lock whose holder is gone
 * is moved aside first, under a name of its own, so that of two finders only one removes it.
 */
function takeLock(folder: string): void {
  const lock = path.join(folder, LOCK_FILE)
  const mine = path.join(folder, `${LOCK_FILE}.${process.pid}`)
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), {
    mode: FILE_MODE,
  })
  try {
    for (let tries = 0; tries < LOCK_TRIES_MAX; tries++) {
      try {
        linkSync(mine, lock)
        return
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = readHolder(lock)
      if (holder !== null && isAlive(holder)) {
        throw new TidegateError(
          'STATE_DIR_LOCKED',
          `${folder} belongs to a running engine (process ${holder.pid})`,
          { details: { pid: holder.pid } },
        )
      }
      const stale = path.join(folder, `${LOCK_FILE}.stale.${process.pid}`)
      try {
        renameSync(lock, stale)
      } catch {
        continue
      }
      const moved = readHolder(stale)
      // Another finder may have taken the lock between the look and the move: then it is put back.
      if (moved !== null && isAlive(moved)) renameSync(stale, lock)
      else rmSync(stale, { force: true })
    }
    throw new TidegateError('STATE_DIR_LOCKED', `${folder}: several engines start at once`)
  } finally {
    rmSync(mine, { force: true })
  }
}

interface BootRecord {
  readonly boot: number
  readonly state: 'running' | 'clean'
}

/** @throws BOOT_DAMAGED: a boot number that cannot be read is never started over, as ids would repeat (O2) */
function readBoot(file: string): BootRecord | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new TidegateError('BOOT_DAMAGED', `${file} cannot be read`, { exitCode: EXIT.DATA, cause: error })
  }
  const match = /^\{"boot":([1-9]\d{0,14}),"state":"(running|clean)"\}\n$/.exec(text)
  if (match === null) {
    throw new TidegateError('BOOT_DAMAGED', `${file} is not a boot record; restore it with a higher number`, {
      exitCode: EXIT.DATA,
    })
  }
  return { boot: Number(match[1]), state: match[2] as BootRecord['state'] }
}

/** The state directory of one engine, held by a lock from `open` to `close`. */
export class StateDir {
  readonly path: string
  /** this start's number, on disk already: never used before */
  readonly boot: number
  readonly previous: PreviousRun
  #open = true

  private constructor(folder: string, boot: number, previous: PreviousRun) {
    this.path = folder
    this.boot = boot
    this.previous = previous
  }

  /**
   * Makes the folder where there is none, takes its lock, and counts and syncs this boot.
   *
   * @throws STATE_DIR_LOCKED, STATE_DIR_UNUSABLE, BOOT_DAMAGED
   */
  static open(folder: string): StateDir {
    const absolute = path.resolve(folder)
    try {
      mkdirSync(absolute, { recursive: true, mode: STATE_DIR_MODE })
      takeLock(absolute)
    } catch (error) {
      if (error instanceof TidegateError) throw error
      throw new TidegateError('STATE_DIR_UNUSABLE', `${absolute}: ${(error as Error).message}`, {
        cause: error,
      })
    }
    try {
      const file = path.join(absolute, BOOT_FILE)
      const before = readBoot(file)
      const boot = (before?.boot ?? 0) + 1
      writeBoot(absolute, { boot, state: 'running' })
      return new StateDir(
        absolute,
        boot,
        before === null ? 'none' : before.state === 'clean' ? 'clean' : 'crashed',
      )
    } catch (error) {
      rmSync(path.join(absolute, LOCK_FILE), { force: true })
      throw error
    }
  }

  file(name: string): string {
    return path.join(this.path, name)
  }

  /** Gives the lock back. @param clean the run ended as it should: the next one may arm by itself */
  close(clean: boolean): void {
    if (!this.#open) return
    this.#open = false
    try {
      if (clean) writeBoot(this.path, { boot: this.boot, state: 'clean' })
    } finally {
      rmSync(this.file(LOCK_FILE), { force: true })
    }
  }
}

function writeBoot(folder: string, record: BootRecord): void {
  replaceFile(path.join(folder, BOOT_FILE), `${JSON.stringify(record)}\n`, FILE_MODE)
}
