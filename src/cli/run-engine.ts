import type { ControlHost } from '../control/control-host.ts'
import type { EngineHome } from '../control/engine-home.ts'
import { startOperatorPlane } from '../control/operator-plane.ts'
import type { StatusDocument } from '../control/status.ts'
import type { SystemClock } from '../core/clock.ts'
import { EXIT } from '../core/errors.ts'
import { Timers } from '../core/timers.ts'
import { VERSION } from '../core/version.ts'
import { type Acceptance, acceptanceOf } from '../engine/acceptance.ts'
import { clearBoot } from '../engine/boot.ts'
import type { Live } from '../engine/live.ts'
import { MainBeat } from '../engine/main-beat.ts'
import { pnlDocument } from '../engine/results.ts'
import type { ShutdownSummary } from '../engine/shutdown-summary.ts'
import { engineStatus } from '../engine/status.ts'
import { sleep } from '../engine/steps.ts'
import { bookDocument, type TapeBook } from '../engine/tape-symbol.ts'
import type { Logger } from '../ops/log.ts'
import { ALL_SCOPE, type ControlPlane, type Scope } from '../shm/control-plane.ts'
import { operatorPlaneOptions, outsideHandlers } from './run-control.ts'
import { RunEnd } from './run-end.ts'
import type { RunCommand, RunDocument } from './run-session.ts'
import type { StopSignals } from './stop-signals.ts'

const STATUS_MS = 500
/** Rows of a status that are gathered each STATUS_MS: one of more rows comes less often, for it holds up the ticks. */
const STATUS_ROWS = 50
const WATCH_MS = 50

/** A live engine from its first connection to its summary. */
export class RunEngine {
  readonly #command: RunCommand
  readonly #home: EngineHome
  readonly #clock: SystemClock
  readonly #logger: Logger
  readonly #live: Live
  readonly #plane: ControlPlane
  #control: ControlHost | null = null
  #ready = false
  /** chores since the last status */
  #turns = 0

  constructor(command: RunCommand, home: EngineHome, clock: SystemClock, logger: Logger, live: Live) {
    this.#command = command
    this.#home = home
    this.#clock = clock
    this.#logger = logger
    this.#live = live
    this.#plane = live.assembly.halts.plane
  }

  async run(stop: StopSignals): Promise<RunDocument> {
    const { config } = this.#command
    const live = this.#live
    const { journal } = this.#home
    journal.onFailure = (failure) => {
      const cause = { code: 'JOURNAL', text: failure.message, source: 'journal' } as const
      live.assembly.halts.halt(ALL_SCOPE, 'JOURNAL', 'journal', cause)
      this.#logger.log.error({ ...failure }, 'journal failed: halted')
    }
    const end = new RunEnd({
      ...{ command: this.#command, home: this.#home, clock: this.#clock },
      ...{ logger: this.#logger, live, stop },
    })
    live.assembly.riskEvents.subscribe('breakers.action', (event) => {
      if (event.event === 'halted' && event.reason === 'BREAKER') end.onBreaker(event.scope)
    })
    const beat = new MainBeat(this.#plane, this.#clock)
    const chores = new Timers('status, journal upkeep')
    let held = true
    try {
      this.#control = await this.#startControl(stop, end)
      end.followLatched()
      chores.every(STATUS_MS, () => this.#chores())
      const started = live.start(stop.signal)
      // A venue that cannot be reached must not hold up the end.
      await Promise.race([started, stop.asked])
      if (!stop.signal.aborted) {
        beat.start()
        this.#ready = true
        this.#control.ready(true, null)
        this.#arm()
        this.#logger.log.info(
          { mode: config.mode, why: config.facts.modeReason },
          'engine ready (awaiting data)',
        )
      }
      const acceptance = await this.#untilStopped(stop)
      const reason = await stop.asked
      beat.stop()
      this.#control.ready(false, 'shutting_down')
      const shutdown = await end.shutDown(reason)
      held = shutdown.workers_stuck.length > 0
      await live.assembly.riskEvents.drain()
      return this.#document(acceptance, shutdown)
    } finally {
      beat.stop()
      chores.close()
      await this.#control?.close()
      end.close(held)
    }
  }

  #startControl(stop: StopSignals, end: RunEnd): Promise<ControlHost> {
    const { halts } = this.#live.assembly
    const { config } = this.#command
    return startOperatorPlane(operatorPlaneOptions(config, this.#home, this.#clock), {
      halts,
      ...outsideHandlers(config, this.#live, this.#clock),
      status: () => this.#status(),
      cannotArm: (scope) => this.#cannotArm(scope),
      onKill: ({ scope }) => end.onKill(scope),
      onShutdown: (event) => stop.request(`operator: ${event.text || event.actor}`),
      onArmed: () => this.#logger.log.info({}, 'armed by the operator'),
      cancelAll: (scope, text) => end.cancelAll(scope, `cancel-all ${scope} ${text}`.trim()),
      onProblem: (code, message) => this.#logger.log.error({ code }, message),
      onNote: (text) => this.#logger.log.info({}, text),
    })
  }

  /**
   * What keeps a scope shut. Only everything waits for its venues: a difference ends when the operator re-arms the account
   * or the symbol that it halted, and the venue is reconciled by that.
   */
  #cannotArm(scope: Scope = ALL_SCOPE): string | null {
    const { failure } = this.#home.journal
    if (failure !== null) return `the journal has failed: ${failure.code}`
    if (scope.kind === 'strategy' && this.#live.lanes.hasEnded(scope.index)) {
      return 'its worker has ended: start the engine again'
    }
    if (this.#ready || scope.kind !== 'all') return null
    const open = this.#live.reconcilers.flatMap(({ obstacles }) => obstacles)
    return ['the venues are not connected and reconciled yet', ...open].join('; ')
  }

  #arm(): void {
    const { config } = this.#command
    if (config.arm !== 'auto' || !this.#home.mayArmItself) {
      const details = { state_dir: this.#home.dir.path, standing: this.#home.before.standing() }
      this.#logger.log.warn(details, 'halted: an operator must re-arm')
      return
    }
    const cause = {
      code: 'OTHER',
      text: 'journal, venues and configuration are good',
      source: 'arm: auto',
    } as const
    const change = clearBoot(this.#live.assembly.halts, this.#plane.all.load(), true, cause)
    if (!change.done) this.#logger.log.warn({ ...change }, 'not armed')
  }

  #chores(): void {
    this.#home.journal.maintain()
    const { strategies } = this.#live.assembly.desk
    const rows = strategies.reduce((sum, { instruments }) => sum + instruments.length, 0)
    if (++this.#turns < rows / STATUS_ROWS) return
    this.#turns = 0
    this.#live.lanes.askStatus()
    this.#control?.publish(this.#status())
  }

  /** Until something asks for the end: a signal, an operator, one decision each, or the burn-in's ticks. */
  async #untilStopped(stop: StopSignals): Promise<Acceptance | null> {
    const { once, acceptanceTicks } = this.#command
    const { counters } = this.#live.assembly.desk
    if (once) this.#logger.log.info({}, 'one decision per symbol, then the end: no loop is running')
    const { endAfterMs } = this.#command
    const ending =
      endAfterMs === undefined ? undefined : setTimeout(() => stop.request('time is up'), endAfterMs)
    while (!stop.signal.aborted) {
      if (acceptanceTicks !== null && counters.ticks >= acceptanceTicks) stop.request('acceptance')
      else if (once && this.#live.allDecided()) stop.request('once')
      else if (!once && acceptanceTicks === null) await stop.asked
      else await sleep(WATCH_MS, stop.signal)
    }
    clearTimeout(ending)
    if (acceptanceTicks === null) return null
    counters.blockedGate1 = this.#live.blockedGate1()
    return acceptanceOf(counters, this.#home.journal.failure?.code ?? null, process.memoryUsage.rss())
  }

  #document(acceptance: Acceptance | null, shutdown: ShutdownSummary): RunDocument {
    const { desk } = this.#live.assembly
    const { journal } = this.#home
    desk.counters.blockedGate1 = this.#live.blockedGate1()
    const failed = acceptance !== null && !acceptance.passed && shutdown.exit_code === EXIT.OK
    return {
      mode: this.#command.config.mode,
      ticks: desk.counters.ticks,
      frames: this.#live.frames,
      errors: Object.fromEntries(this.#live.feed.errors),
      orders: desk.counters.ordersDocument(),
      fills: this.#live.fills.document(),
      pnl: pnlDocument(desk.instruments, desk.ledger, desk.portfolio),
      books: booksOf(this.#live),
      balances: desk.ledger.balancesText(),
      journal: { events: journal.events, head: journal.head, content_sha256: journal.contentHead },
      latency_ns: desk.counters.latencyDocument(),
      acceptance,
      shutdown,
      exit_code: failed ? EXIT.VERIFICATION : shutdown.exit_code,
    }
  }

  #status(): StatusDocument {
    const { config } = this.#command
    const why = this.#cannotArm()
    this.#live.assembly.desk.counters.blockedGate1 = this.#live.blockedGate1()
    return {
      node: config.node.id,
      boot: this.#home.dir.boot,
      version: VERSION,
      mode: config.mode,
      mode_reason: config.facts.modeReason,
      started_utc_ns: String(this.#clock.utcNs() - BigInt(this.#clock.monoNs())),
      uptime_s: this.#clock.monoNs() / 1e9,
      ready: why === null,
      not_ready: why,
      threads: [],
      frames: this.#live.frames,
      books: bookStates(this.#live),
      ...engineStatus({
        assembly: this.#live.assembly,
        journal: this.#home.journal,
        plane: this.#plane,
        eventNowNs: () => this.#live.eventNowNs,
        symbolStatus: (strategy, instrument) => this.#live.symbolStatus(strategy, instrument),
      }),
    } as unknown as StatusDocument
  }
}

/** The books of the symbols that have one, as they were at the end. */
function booksOf(live: Live): Record<string, TapeBook> {
  const books: Record<string, TapeBook> = {}
  for (const instrument of live.assembly.desk.instruments) {
    const sync = live.feed.bookSync(instrument.index)
    if (sync !== undefined) books[instrument.symbol] = bookDocument(sync, instrument)
  }
  return books
}

/** How each book stands now, for the status. */
function bookStates(live: Live): Record<string, object> {
  const states: Record<string, object> = {}
  for (const { index, symbol } of live.assembly.desk.instruments) {
    const sync = live.feed.bookSync(index)
    if (sync === undefined) continue
    const { book, lastUpdateId, breaks, resyncs } = sync
    states[symbol] = { live: book.live, last_update_id: lastUpdateId, breaks, resyncs }
  }
  return states
}
