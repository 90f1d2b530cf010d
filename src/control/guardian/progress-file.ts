import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'

export const PROGRESS_FILE = 'heartbeat'
/** How often the engine's main thread says that it lives, ms; a guardian's limit is several of these. */
export const PROGRESS_MS = 250

const FILE_MODE = 0o640
/** Every record has this length, so that one write in place replaces the one before, also on a full disk. */
const RECORD_BYTES = 80

/** The last sign of life of an engine. */
export interface Progress {
  readonly pid: number
  readonly boot: number
  readonly beats: number
}

/**
 * The heartbeat that a guardian watches. The main thread's event loop alone renews it: no other thread and no signal
 * handler writes it, so a main thread that hangs or is stopped cannot look alive.
 */
export class ProgressWriter {
  readonly #handle: number
  readonly #boot: number
  readonly #onProblem: (message: string) => void
  readonly #timer: NodeJS.Timeout
  #beats = 0
  #failed = false

  /** @throws the file system's error where the file cannot be opened */
  constructor(stateDir: string, boot: number, onProblem: (message: string) => void) {
    this.#handle = openSync(path.join(stateDir, PROGRESS_FILE), 'w', FILE_MODE)
    this.#boot = boot
    this.#onProblem = onProblem
    this.beat()
    this.#timer = setInterval(() => this.beat(), PROGRESS_MS)
  }

  /** One sign of life. A write that fails is told once: the guardian then takes this engine for a stalled one. */
  beat(): void {
    this.#beats++
    const record = JSON.stringify({ pid: process.pid, boot: this.#boot, beats: this.#beats })
    try {
      writeSync(this.#handle, `${record.padEnd(RECORD_BYTES - 1)}\n`, 0)
      this.#failed = false
    } catch (error) {
      if (!this.#failed) this.#onProblem((error as Error).message)
      this.#failed = true
    }
  }

  close(): void {
    clearInterval(this.#timer)
    closeSync(this.#handle)
  }
}

/** The last sign of life in a state directory; null: there is none that can be read. */
export function readProgress(stateDir: string): Progress | null {
  try {
    const { pid, boot, beats } = JSON.parse(
      readFileSync(path.join(stateDir, PROGRESS_FILE), 'utf8'),
    ) as Progress
    return Number.isInteger(pid) && Number.isInteger(beats) ? { pid, boot, beats } : null
  } catch {
    // Between the truncation and the first write there is nothing, and half a record is none.
    return null
  }
}
