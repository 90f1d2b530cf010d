import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { pino } from 'pino'
import { type Log, SILENT_LOG } from '../core/log.ts'
import type { LogFilesOptions } from './log-files.ts'
import { redactLine } from './log-redact.ts'
import { lineTimes, type ZoneOfLine } from './log-times.ts'

export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  /** null: no file */
  readonly files: LogFilesOptions | null
  /** readable lines on stderr */
  readonly terminal: boolean
  /** fields that every line carries, e.g. node and boot */
  readonly base: Readonly<Record<string, unknown>>
  /** whose wall clock lines carry beside UTC and US Central; absent: no exchange's */
  readonly zoneOf?: ZoneOfLine
}

/** The process' one logger with its worker. */
export interface Logger {
  readonly log: Log
  /** Resolves when what was logged before is written. */
  flush(): Promise<void>
  /** Writes what is left and ends the worker, by force after `timeoutMs`. Nothing is logged after it. */
  close(timeoutMs?: number): Promise<void>
}

const WORKER = fileURLToPath(new URL('../../workers/log.ts', import.meta.url))
const CLOSE_MS_MAX = 2_000

/**
 * Starts the log worker: one JSON line an event, written once to the rotating file and, readable, to stderr. `time` is UTC,
 * `time_central` and, where the line is about an exchange, `time_exchange` are the same moment. Values of secret-bearing
 * keys are removed before a line leaves this thread.
 */
export function createLogger(options: LoggerOptions): Logger {
  if (options.level === 'silent' || (options.files === null && !options.terminal)) return SILENT
  const stream = pino.transport({
    target: WORKER,
    options: { files: options.files, terminal: options.terminal },
  }) as WorkerStream
  // pino asks for the time of a line before it mixes fields into it, so all of its clocks show one moment.
  let utcMs = 0
  const logger = pino(
    {
      level: options.level,
      base: options.base,
      timestamp: () => {
        utcMs = Date.now()
        return `,"time":"${new Date(utcMs).toISOString()}"`
      },
      mixin: (fields) => ({ ...lineTimes(utcMs, options.zoneOf?.(fields) ?? null) }),
      hooks: { streamWrite: redactLine },
    },
    stream,
  )
  // A worker that cannot start or has died must not end the engine: its error goes to stderr, lines are dropped.
  stream.on('error', (error: Error) => process.stderr.write(`log worker: ${error.message}\n`))
  return {
    log: logger,
    flush: () => new Promise((resolve) => stream.flush(() => resolve())),
    close: (timeoutMs = CLOSE_MS_MAX) => closeStream(stream, timeoutMs),
  }
}

const SILENT: Logger = { log: SILENT_LOG, flush: async () => {}, close: async () => {} }

/** What pino's transport has beyond its declared type. */
type WorkerStream = ReturnType<typeof pino.transport> & { readonly closed: boolean; readonly worker: Worker }

async function closeStream(stream: WorkerStream, timeoutMs: number): Promise<void> {
  if (stream.closed) return
  const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  stream.end()
  await Promise.race([closed, late])
  clearTimeout(timer)
  if (!stream.closed) await stream.worker.terminate()
}

/** Node's own warnings become lines of the log instead of text on stderr. Call once. */
export function logProcessWarnings(log: Log): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => log.warn({ name: warning.name, stack: warning.stack }, warning.message))
}
