import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

export interface LogFilesOptions {
  readonly directory: string
  /** size at which the file is closed; what arrives at once is not cut */
  readonly bytesMax: number
  /** closed files that are kept: `engine.1.log` is the newest of them */
  readonly kept: number
}

/** `engine.log` in a folder, moved aside when it is full. One writer only: the log worker. */
export class LogFiles {
  readonly #options: LogFilesOptions
  #fd: number
  #bytes: number
  /** a write ended inside of a line (full disk): the next one begins on a new line */
  #torn = false

  /** @throws the system's error where the folder cannot be made or the file not opened */
  constructor(options: LogFilesOptions) {
    this.#options = options
    mkdirSync(options.directory, { recursive: true })
    this.#fd = openSync(this.#name(0), 'a', 0o640)
    this.#bytes = fstatSync(this.#fd).size
  }

  /**
   * Appends whole lines.
   *
   * @throws the system's error, e.g. ENOSPC; the lines are then lost for the file, and the next write tries again
   */
  write(lines: string): void {
    const bytes = Buffer.from(this.#torn ? `\n${lines}` : lines)
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#options.bytesMax) this.#rotate()
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written)
    } finally {
      this.#bytes += written
      this.#torn = written > 0 ? written < bytes.length : this.#torn
    }
  }

  close(): void {
    closeSync(this.#fd)
  }

  #name(age: number): string {
    return path.join(this.#options.directory, age === 0 ? 'engine.log' : `engine.${age}.log`)
  }

  #rotate(): void {
    closeSync(this.#fd)
    rmSync(this.#name(this.#options.kept), { force: true })
    for (let age = this.#options.kept - 1; age >= 0; age -= 1) {
      if (existsSync(this.#name(age))) renameSync(this.#name(age), this.#name(age + 1))
    }
    this.#fd = openSync(this.#name(0), 'a', 0o640)
    this.#bytes = 0
  }
}
