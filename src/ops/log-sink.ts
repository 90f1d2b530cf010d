import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { LogFiles, type LogFilesOptions } from './log-files.ts'
import { readableLine } from './log-readable.ts'

export interface LogSinkOptions {
  /** null: no file */
  readonly files: LogFilesOptions | null
  /** readable lines on stderr */
  readonly terminal: boolean
}

const STDERR = 2
/** How often a terminal that is not ready is tried again, 1 ms apart, before its lines are dropped. */
const TERMINAL_TRIES_MAX = 1_000

/** The log worker's side: takes JSON lines in pieces of any size, writes each line once to file and terminal. */
export class LogSink extends Writable {
  readonly #files: LogFiles | null
  #terminal: boolean
  #rest = ''
  #fileBroken = false

  constructor(options: LogSinkOptions) {
    super({ decodeStrings: false })
    this.#files = options.files === null ? null : new LogFiles(options.files)
    this.#terminal = options.terminal
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const text = this.#rest + chunk.toString()
    const end = text.lastIndexOf('\n') + 1
    this.#rest = text.slice(end)
    this.#put(text.slice(0, end), done)
  }

  override _final(done: () => void): void {
    this.#put(this.#rest === '' ? '' : `${this.#rest}\n`, () => {
      this.#files?.close()
      done()
    })
  }

  #put(lines: string, done: () => void): void {
    if (lines === '') return done()
    const complaint = this.#toFile(lines)
    const readable = this.#terminal ? `${lines.trimEnd().split('\n').map(readableLine).join('\n')}\n` : ''
    this.#toTerminal(Buffer.from(complaint + readable), 0, 0, done)
  }

  /** What to say on the terminal, even where it is off, when the file cannot be written: once per outage. */
  #toFile(lines: string): string {
    try {
      this.#files?.write(lines)
      this.#fileBroken = false
      return ''
    } catch (error) {
      const said = this.#fileBroken
      this.#fileBroken = true
      return said ? '' : `log file cannot be written: ${(error as Error).message}\n`
    }
  }

  /** A terminal that is not ready is tried again a millisecond later; one that is gone is given up. */
  #toTerminal(bytes: Buffer, from: number, tries: number, done: () => void): void {
    let written = from
    try {
      while (written < bytes.length) written += writeSync(STDERR, bytes, written)
      done()
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code !== 'EAGAIN'
      if (gone) this.#terminal = false
      if (gone || tries >= TERMINAL_TRIES_MAX) done()
      else setTimeout(() => this.#toTerminal(bytes, written, tries + 1, done), 1)
    }
  }
}
