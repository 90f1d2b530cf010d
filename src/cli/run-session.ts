import path from 'node:path'
import type { Config } from '../config/types.ts'
import { EngineHome } from '../control/engine-home.ts'
import { ProgressWriter } from '../control/guardian/progress-file.ts'
import { SystemClock } from '../core/clock.ts'
import type { ExitCode } from '../core/errors.ts'
import type { Percentiles } from '../core/histogram.ts'
import type { Acceptance } from '../engine/acceptance.ts'
import { instrumentTable } from '../engine/from-config.ts'
import type { PnlDocument } from '../engine/results.ts'
import type { OrdersDocument } from '../engine/run-counters.ts'
import type { ShutdownSummary } from '../engine/shutdown-summary.ts'
import type { TapeBook } from '../engine/tape-symbol.ts'
import { createLogger, logProcessWarnings } from '../ops/log.ts'
import { zonesOfLines } from '../ops/log-times.ts'
import { ExchangeCalendars } from '../risk/calendar/exchange-calendars.ts'
import { RunEngine } from './run-engine.ts'
import { openLive } from './run-wiring.ts'
import { StopSignals } from './stop-signals.ts'

/** What `run --json` prints when the engine has ended. */
export interface RunDocument {
  readonly mode: string
  readonly ticks: number
  readonly frames: number
  readonly errors: Readonly<Record<string, number>>
  readonly orders: OrdersDocument
  readonly fills: { readonly count: number; readonly sha256: string }
  readonly pnl: Readonly<Record<string, PnlDocument>>
  readonly books: Readonly<Record<string, TapeBook>>
  readonly balances: Readonly<Record<string, string>>
  readonly journal: { readonly events: number; readonly head: string; readonly content_sha256: string }
  readonly latency_ns: Readonly<Record<string, Percentiles>>
  readonly acceptance: Acceptance | null
  readonly shutdown: ShutdownSummary
  readonly exit_code: ExitCode
}

export interface RunCommand {
  readonly config: Config
  readonly once: boolean
  readonly acceptanceTicks: number | null
  /** ends when standard input ends */
  readonly endWithInput?: boolean
  /** ends by itself after so long; for the demo */
  readonly endAfterMs?: number
}

/** The log's worker has what is left of the end's total, but for this, which the leaving itself needs. */
const LEAVE_MS = 500
const LOG_CLOSE_MS_MIN = 1_000

/**
 * The `run` command: recovers, connects, reconciles, arms by policy, trades until it is told to end, and ends by the one
 * shutdown procedure.
 *
 * @throws configuration and state directory errors; nothing is left running then
 */
export async function runLive(command: RunCommand): Promise<RunDocument> {
  const { config } = command
  const clock = new SystemClock()
  const table = instrumentTable(config)
  const folder = path.resolve(config.state_dir)
  const home = EngineHome.open({
    folder,
    clock,
    segmentBytesMax: config.journal.segment_bytes,
    table,
    strategies: config.strategies.map(({ id }) => id),
  })
  const calendars = new ExchangeCalendars(config.instruments.map(({ calendar }) => calendar))
  const logger = createLogger({
    level: config.log.level,
    files: {
      directory: home.dir.file('logs'),
      bytesMax: config.log.file_bytes_max,
      kept: config.log.files_kept,
    },
    terminal: config.log.terminal,
    base: { node: config.node.id, boot: home.dir.boot },
    zoneOf: zonesOfLines(config.instruments, (calendar) => calendars.zone(calendar)),
  })
  logProcessWarnings(logger.log)
  const stop = new StopSignals()
  const progress = new ProgressWriter(home.dir.path, home.dir.boot, (message) =>
    logger.log.error({ code: 'HEARTBEAT_NOT_WRITTEN' }, message),
  )
  let logCloseMs = LOG_CLOSE_MS_MIN
  try {
    const live = await openLive(config, home, clock, table, logger, stop)
    try {
      const document = await new RunEngine(command, home, clock, logger, live).run(stop)
      const leftMs = config.shutdown.total_seconds * 1_000 - document.shutdown.duration_ms
      logCloseMs = Math.max(LOG_CLOSE_MS_MIN, leftMs - LEAVE_MS)
      return document
    } finally {
      await live.close()
    }
  } catch (error) {
    home.close(false)
    throw error
  } finally {
    progress.close()
    stop.close()
    await logger.close(logCloseMs)
  }
}
