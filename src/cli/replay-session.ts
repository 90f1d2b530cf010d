import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config/types.ts'
import { EngineHome } from '../control/engine-home.ts'
import { levelSourcesOf } from '../control/level-sources.ts'
import { startOperatorPlane } from '../control/operator-plane.ts'
import { restoreLatch } from '../control/restore-latch.ts'
import type { StatusDocument } from '../control/status.ts'
import { SystemClock, VirtualClock } from '../core/clock.ts'
import { incrementsToText } from '../core/decimal.ts'
import { EXIT, type ExitCode } from '../core/errors.ts'
import type { Percentiles } from '../core/histogram.ts'
import { VERSION } from '../core/version.ts'
import type { JournalPort } from '../domain/journal.ts'
import { clearBoot } from '../engine/boot.ts'
import { feedLimits, instrumentTable } from '../engine/from-config.ts'
import { isPathTick } from '../engine/path.ts'
import { replayJournal, stateSha256 } from '../engine/recovery.ts'
import { type ReplayRunResult, runRecording } from '../engine/replay-run.ts'
import { isArmed, ReplaySession } from '../engine/replay-session.ts'
import { type PnlDocument, pnlDocument } from '../engine/results.ts'
import type { OrdersDocument } from '../engine/run-counters.ts'
import { engineStatus } from '../engine/status.ts'
import { runTape, type TapeDocument } from '../engine/tape.ts'
import { createDecoder } from '../feed/decode/create.ts'
import { MarketFeed } from '../feed/market-feed.ts'
import { openRecording } from '../feed/recording/open.ts'
import type { Recording } from '../feed/recording/recording.ts'
import { readJournal } from '../journal/read.ts'
import { ResumedJournal } from '../journal/resume.ts'
import { ExchangeCalendars } from '../risk/calendar/exchange-calendars.ts'
import { ControlPlane } from '../shm/control-plane.ts'
import { StopSignals } from './stop-signals.ts'
import { StrategyNotes } from './strategy-notes.ts'

/** What `replay --json` prints (CONTRACTS). */
export interface ReplayDocument extends TapeDocument {
  readonly orders: OrdersDocument
  readonly fills: { readonly count: number; readonly sha256: string }
  readonly pnl: Readonly<Record<string, PnlDocument>>
  readonly journal: { readonly events: number; readonly head: string; readonly content_sha256: string }
  readonly latency_ns: Readonly<Record<string, Percentiles>>
  readonly wall_s: number
  readonly events_per_s: number
}

export interface ReplayCommand {
  readonly config: Config
  readonly files: readonly string[]
  /** the state directory */
  readonly folder: string
  readonly speed: number | 'max'
  readonly onNote: (line: string) => void
}

const ARM_POLL_MS = 20

/** Exact text for a person: at most eight places, marked where it was cut. */
export function moneyText(exact: string): string {
  const [whole, fraction = ''] = exact.split('.')
  return fraction.length <= 8 ? exact : `${whole}.${fraction.slice(0, 8)}…`
}

/**
 * The `replay` command: opens the state directory, recovers what it holds, replays, and leaves it closed.
 *
 * @throws DATA_* (exit 4), configuration and state directory errors; nothing is left running then
 */
export async function runReplay(
  command: ReplayCommand,
): Promise<{ document: ReplayDocument; exitCode: ExitCode }> {
  const { config, files } = command
  const defined = { instruments: instrumentTable(config), limits: feedLimits(config) }
  const tape = await runTape(files, { native: config.native, ...defined })
  for (const { symbol } of config.instruments) {
    if (!Object.hasOwn(tape.symbols, symbol)) command.onNote(`replay: the recording has nothing of ${symbol}`)
  }
  const recording = await openRecording(files)
  const table = instrumentTable(config)
  const clock = new VirtualClock(recording.eventBaseUtcNs)
  const home = EngineHome.open({
    folder: command.folder,
    clock,
    segmentBytesMax: config.journal.segment_bytes,
    table: instrumentTable(config),
    strategies: config.strategies.map(({ id }) => id),
  })
  const stop = new StopSignals()
  let clean = false
  try {
    const journal = home.used ? new ResumedJournal(home.journal) : home.journal
    const baseHrNs = process.hrtime.bigint()
    const notes = new StrategyNotes(command.onNote)
    const plane = ControlPlane.create()
    const session = await ReplaySession.open({
      config,
      table,
      plane,
      journal,
      clock,
      calendar: new ExchangeCalendars(config.instruments.map(({ calendar }) => calendar)),
      eventBaseUtcNs: recording.eventBaseUtcNs,
      baseHrNs,
      version: VERSION,
      onStrategyError: (error) => notes.error(error),
      onStrategyHalted: (strategy, text) => notes.haltedStrategy(strategy, text),
    })
    try {
      const result = await driveSession(command, { home, journal, plane, session, recording, baseHrNs, stop })
      clean = result.complete && journal.failure === null
      if (!result.complete) command.onNote(`replay: stopped by ${await stop.asked} before the end`)
      const document = documentOf(tape, session, journal, result)
      const exitCode = exitCodeOf(command, home, journal, session)
      return { document, exitCode: exitCode === EXIT.OK && notes.halted > 0 ? EXIT.FAILURE : exitCode }
    } finally {
      await session.close()
      notes.close()
    }
  } finally {
    stop.close()
    home.close(clean)
  }
}

interface Opened {
  readonly home: EngineHome
  readonly journal: JournalPort
  readonly plane: ControlPlane
  readonly session: ReplaySession
  readonly recording: Recording
  readonly baseHrNs: bigint
  readonly stop: StopSignals
}

/** Operator's plane up, armed by policy or by an operator, recording through, summary written. */
async function driveSession(command: ReplayCommand, opened: Opened): Promise<ReplayRunResult> {
  const { home, journal, session, recording, stop } = opened
  const { halts } = session.replay.assembly
  journal.onFailure = (failure) => {
    command.onNote(`journal: ${failure.code}: ${failure.message}`)
    const cause = { code: 'JOURNAL', text: failure.message, source: 'journal' } as const
    halts.halt({ kind: 'all', index: 0 }, 'JOURNAL', 'journal', cause)
    stop.request('the journal failed')
  }
  const control = await startOperatorPlane(
    {
      stateDir: home.dir.path,
      socket: home.socket,
      baseHrNs: opened.baseHrNs,
      latchSync: command.config.journal.latch === 'power',
      levels: levelSourcesOf(command.config, home.dir.path),
      server: command.config.control.server,
    },
    {
      halts,
      status: () => statusOf(command.config, opened),
      cannotArm: () => (journal.failure === null ? null : `the journal has failed: ${journal.failure.code}`),
      onKill: (event) => command.onNote(`killed: ${event.scope} ${event.code ?? ''} ${event.text}`),
      onShutdown: () => stop.request('an operator'),
      onArmed: () => command.onNote('armed by the operator'),
      cancelAll: () => Promise.resolve({ canceled: [], left: [] }),
      onProblem: (code, message) => command.onNote(`${code}: ${message}`),
    },
  )
  try {
    await armSession(command, opened, stop.signal)
    const result = await runRecording({
      recording,
      replay: session.replay,
      feed: createFeed(command.config, recording, session),
      speed: command.speed,
      stopwatch: new SystemClock(),
      signal: stop.signal,
      onBatch: () => journal.maintain(),
    })
    session.replay.finish()
    journal.flush()
    return result
  } finally {
    await control.close()
  }
}

/** A fresh run arms by its policy; a used directory stays halted until an operator re-arms. */
async function armSession(command: ReplayCommand, opened: Opened, signal: AbortSignal): Promise<void> {
  const { home, plane, session } = opened
  const { halts, desk } = session.replay.assembly
  const kills = restoreLatch(plane, halts.names, home.latch, BigInt(desk.time.utcNsText()))
  for (const kill of kills)
    command.onNote(`latched kill of an earlier run: ${kill.scope} ${kill.code} ${kill.text}`)
  if (!home.used && command.config.arm === 'auto' && home.mayArmItself) {
    clearBoot(halts, plane.all.load(), true, { code: 'OTHER', text: 'first start', source: 'arm: auto' })
    return
  }
  if (home.used) desk.recorder.recovery({ ...home.recoveryData(), unknown: [] })
  command.onNote(`halted: re-arm with  tidegate rearm --state-dir ${home.dir.path} --reason TEXT`)
  while (!isArmed(plane) && !signal.aborted) await delay(ARM_POLL_MS)
}

function createFeed(config: Config, recording: Recording, session: ReplaySession): MarketFeed {
  const { kind, eventBaseUtcNs } = recording
  const { queue } = session.replay
  return new MarketFeed({
    kind,
    decoder: createDecoder(kind, session.table, eventBaseUtcNs, config.native),
    instruments: session.table,
    snapshotSymbol: recording.symbol,
    limits: feedLimits(config),
    sink: {
      onTick: (slots, slot) => {
        if (isPathTick(slots, slot)) queue.push(slots, slot)
      },
      onBookBroken: () => {},
      onResync: () => {},
    },
  })
}

function documentOf(
  tape: TapeDocument,
  session: ReplaySession,
  journal: JournalPort,
  result: ReplayRunResult,
): ReplayDocument {
  const { desk } = session.replay.assembly
  desk.counters.blockedGate1 = session.blockedGate1()
  return {
    ...tape,
    orders: desk.counters.ordersDocument(),
    fills: session.replay.fills.document(),
    pnl: pnlDocument(desk.instruments, desk.ledger, desk.portfolio),
    journal: { events: journal.events, head: journal.head, content_sha256: journal.contentHead },
    latency_ns: desk.counters.latencyDocument(),
    wall_s: Math.round(result.seconds * 1e6) / 1e6,
    events_per_s: Math.round(result.frames / result.seconds),
  }
}

/** A run that went on from a stored journal is held against a replay of the whole of it: state = replay(journal) (O9). */
function exitCodeOf(
  command: ReplayCommand,
  home: EngineHome,
  journal: JournalPort,
  session: ReplaySession,
): ExitCode {
  if (journal.failure !== null) {
    command.onNote(`replay: stopped, because the journal failed (${journal.failure.code})`)
    return journal.failure.code === 'RECOVERY_DIVERGED' ? EXIT.VERIFICATION : EXIT.FAILURE
  }
  if (!home.used) return EXIT.OK
  const { orders, ledger } = session.replay.assembly.desk
  const told = replayJournal(readJournal(home.journal.dir), {
    instruments: instrumentTable(command.config),
    strategies: command.config.strategies.map(({ id }) => id),
  })
  if (stateSha256(told.orders, told.ledger) === stateSha256(orders, ledger)) return EXIT.OK
  command.onNote('replay: the state of the run is not what its journal tells')
  return EXIT.VERIFICATION
}

/** What the stored journal says: the books that the run goes on from. */
function recoveredStatus(home: EngineHome): object {
  const { ledger, index } = home.before
  const instruments = index.instruments.all()
  const positions = instruments.map((instrument) => [
    instrument.symbol,
    incrementsToText(ledger.position(instrument), instrument.qtyIncrement),
  ])
  return { ...home.recoveryData(), positions: Object.fromEntries(positions) }
}

function statusOf(config: Config, opened: Opened): StatusDocument {
  const { session, journal, plane, home } = opened
  const armed = isArmed(plane)
  session.replay.assembly.desk.counters.blockedGate1 = session.blockedGate1()
  return {
    node: config.node.id,
    boot: 0,
    version: VERSION,
    mode: 'replay',
    mode_reason: 'the replay command',
    started_utc_ns: String(opened.baseHrNs),
    uptime_s: Number(process.hrtime.bigint() - opened.baseHrNs) / 1e9,
    ready: true,
    not_ready: null,
    state_dir: home.dir.path,
    armed,
    recovered: home.used ? recoveredStatus(home) : null,
    threads: [],
    ...engineStatus({
      assembly: session.replay.assembly,
      journal,
      plane,
      eventNowNs: () => session.replay.nowNs,
      symbolStatus: (strategy, instrument) => session.replay.assembly.inline[strategy]?.status(instrument),
    }),
  } as unknown as StatusDocument
}
