import { readFileSync } from 'node:fs'
import path from 'node:path'
import { KILL_CODES, type KillCode } from '../domain/reasons.ts'
import { removeFile, replaceFile } from './durable-file.ts'

export const LATCH_FILE = 'latch.json'
const LATCH_MODE = 0o640

/**
 * Acknowledgement of a kill (CONTRACTS, Control). Times are ns of the machine's monotonic clock, comparable between
 * processes until it restarts. `effective_ns`: no submission was under way any more; null where that was not seen in
 * time. `latched_ns`: the latch was written and synced; null where it could not be.
 */
export interface KillAck {
  readonly generation: number
  readonly set_ns: number
  readonly effective_ns: number | null
  readonly latched_ns: number | null
}

/** A kill as the latch keeps it. */
export interface LatchedKill extends KillAck {
  readonly code: KillCode
  readonly text: string
  readonly actor: string
  readonly source: string
  /** "all", "venue:ID", "account:ID", "strategy:ID" or "symbol:SYMBOL" */
  readonly scope: string
  readonly utc_ns: string
}

/** `latch.json`: the last kill, and every one that no re-arm has ended, oldest first. */
interface LatchDocument extends LatchedKill {
  readonly kills: readonly LatchedKill[]
}

/** What a boot finds. `damaged`: there is a latch and it cannot be read, which counts as a kill of everything. */
export interface LatchState {
  readonly kills: readonly LatchedKill[]
  readonly damaged: string | null
}

function isKill(value: unknown): value is LatchedKill {
  const kill = value as LatchedKill | null
  return (
    typeof kill === 'object' &&
    kill !== null &&
    typeof kill.scope === 'string' &&
    typeof kill.generation === 'number' &&
    KILL_CODES.includes(kill.code)
  )
}

/** Reads the latch of a state directory. Never throws: what cannot be read counts as latched. */
export function readLatch(stateDir: string): LatchState {
  let text: string
  try {
    text = readFileSync(path.join(stateDir, LATCH_FILE), 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { kills: [], damaged: code === 'ENOENT' ? null : message }
  }
  try {
    const { kills } = JSON.parse(text) as LatchDocument
    if (!Array.isArray(kills) || kills.length === 0 || !kills.every(isKill)) throw new Error('no kills in it')
    return { kills, damaged: null }
  } catch (error) {
    return { kills: [], damaged: `${LATCH_FILE} is damaged: ${(error as Error).message}` }
  }
}

/**
 * Writes the latch whole; without kills the file goes away.
 *
 * @throws the file system's error; the file is then as it was
 */
export function writeLatch(stateDir: string, kills: readonly LatchedKill[], sync: boolean): void {
  const file = path.join(stateDir, LATCH_FILE)
  const last = kills.at(-1)
  if (last === undefined) removeFile(file, sync)
  else replaceFile(file, `${JSON.stringify({ ...last, kills }, null, 1)}\n`, LATCH_MODE, sync)
}
