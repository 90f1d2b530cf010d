import { writeSync } from 'node:fs'
import type { Config } from '../config/types.ts'
import type { EngineHome } from '../control/engine-home.ts'
import type { SystemClock } from '../core/clock.ts'
import { EXIT } from '../core/errors.ts'
import type { Order } from '../domain/order.ts'
import { REASON } from '../domain/reasons.ts'
import type { VenuePort } from '../domain/venue.ts'
import { EngineEvents } from '../engine/events.ts'
import { FirstLooks } from '../engine/first-looks.ts'
import { parseScope, scopeText } from '../engine/halts.ts'
import { KillSweeps } from '../engine/kill-sweeps.ts'
import type { Live } from '../engine/live.ts'
import { shutDown } from '../engine/shutdown.ts'
import { ShutdownRequest } from '../engine/shutdown-request.ts'
import type { ShutdownSummary } from '../engine/shutdown-summary.ts'
import { type SweepResult, sweep } from '../engine/sweep.ts'
import { LastResort } from '../ops/last-resort.ts'
import type { Logger } from '../ops/log.ts'
import { threadDump } from '../ops/thread-dump.ts'
import { clientOrderIdPrefix } from '../order/client-order-id.ts'
import { ALL_SCOPE, type Scope } from '../shm/control-plane.ts'
import { leaveByForce } from './leave.ts'
import { ProcessHooks } from './process-hooks.ts'
import type { RunCommand } from './run-session.ts'
import type { StopSignals } from './stop-signals.ts'

const STDERR = 2
/** A sweep has so long whatever the drain may take: less would prove nothing, ms. */
const SWEEP_MS_MIN = 1_000

export interface RunEndOptions {
  readonly command: RunCommand
  readonly home: EngineHome
  readonly clock: SystemClock
  readonly logger: Logger
  readonly live: Live
  readonly stop: StopSignals
}

/** Everything that ends a live run, and that cancels its orders: one way down, whoever asks for it. */
export class RunEnd {
  readonly events: EngineEvents = new EngineEvents()
  readonly #options: RunEndOptions
  readonly #resort = new LastResort()
  readonly #hooks: ProcessHooks
  readonly #looks: FirstLooks
  readonly #sweeps: KillSweeps
  /** also where a start fails, which asks for no shutdown */
  readonly #closed = new AbortController()

  constructor(options: RunEndOptions) {
    this.#options = options
    const { live, logger, stop, command } = options
    const { halts, desk } = live.assembly
    const request = new ShutdownRequest(halts, desk.guard)
    const over = AbortSignal.any([stop.signal, this.#closed.signal])
    const limitMs = command.config.shutdown.drain_seconds * 1_000
    this.#looks = new FirstLooks(live.reconcilers, limitMs, over, () => this.#sweeps.wake())
    this.#sweeps = new KillSweeps({
      stands: (scope) => (halts.plane.scope(this.#scopeOf(scope)).load() & REASON.KILL) !== 0,
      isOpen: (scope) => this.#openIn(scope).length > 0,
      isDue: (scope) => this.#looks.all || this.#openIn(scope).some((order) => this.#mayAsk(order)),
      sweep: (scope, signal) => this.#cancel(scope, 'kill', signal, (venue) => this.#looks.has(venue)),
      stop: over,
    })
    halts.follow((_scope, set) => {
      if (set === null) this.#sweeps.cleared()
    })
    // In the turn of the request itself: no order leaves after a signal was taken, and the total runs from there.
    stop.onRequest = (reason) => {
      this.#resort.arm(command.config.shutdown.total_seconds * 1_000, this.#forcedCode())
      request.requestShutdown(reason)
    }
    stop.onForced = () => this.#lastWords()
    this.#hooks = new ProcessHooks({
      onFatal: (error) => {
        logger.log.error({ error: error instanceof Error ? error.stack : String(error) }, 'uncaught')
        stop.fail('uncaught error')
      },
      onExit: (code) => stop.fail(`process.exit(${JSON.stringify(code) ?? ''}) by user code`),
      onDump: () => this.dump('SIGQUIT'),
      onEndOfInput: command.endWithInput === true ? () => stop.request('end of input') : null,
    })
    this.events.subscribe((event) => {
      if (event.kind === 'shutdown_step') this.#resort.code(this.#forcedCode())
    })
  }

  /** S10: threads, handles and orders as one line of the log. */
  dump(occasion: string): void {
    const { live, clock, logger, command } = this.#options
    const workers = command.config.strategies
      .filter(({ placement }) => placement === 'worker')
      .map(({ id }) => id)
    const { halts, desk } = live.assembly
    const source = { plane: halts.plane, desk, workers, nowMs: clock.monoNs() / 1e6 }
    logger.log.info({ ...threadDump(occasion, source) }, `THREAD_DUMP ${occasion}`)
  }

  async shutDown(reason: string): Promise<ShutdownSummary> {
    const { live, home, clock, logger, stop, command } = this.#options
    const { config } = command
    const ended = await shutDown({
      engine: live.end,
      journal: home.journal,
      clock,
      events: this.events,
      reason,
      dryRun: this.#dryRun,
      prefix: this.#prefix,
      totalMs: config.shutdown.total_seconds * 1_000,
      drainMs: config.shutdown.drain_seconds * 1_000,
      hurry: stop.hurry,
      runs: home.before.runs,
      otherwise: () => (stop.failed ? EXIT.FAILURE : EXIT.OK),
      dump: (occasion) => this.dump(occasion),
      onLine: (level, text, details) => logger.log[level]({ ...details }, text),
    })
    const closed = this.#closeHome(ended.exit_code === EXIT.OK)
    const summary = closed || ended.exit_code !== EXIT.OK ? ended : { ...ended, exit_code: EXIT.FAILURE }
    if (summary.workers_stuck.length > 0) leaveByForce()
    else if (summary.orders_left.length === 0) this.#resort.code(summary.exit_code)
    logger.log[summary.exit_code === EXIT.OK ? 'info' : 'error']({ ...summary }, 'shutdown summary')
    if (summary.exit_code !== EXIT.OK) sayLeft(summary)
    return summary
  }

  /**
   * K13: what a kill does beside blocking. One that comes before a venue was looked at acts there when it is, for what an
   * earlier run left open is known then; but it waits no longer than for a drain.
   */
  onKill(scope: string): void {
    const { logger, stop, command } = this.#options
    const { action } = command.config.kill
    logger.log.warn({ scope, action, connected: this.#looks.all }, 'killed')
    if (action === 'cancel') return this.#sweeps.follow(scope)
    if (action === 'block') return
    const act = (): void => stop.request(`kill of ${scope}`)
    if (this.#looks.all) act()
    else void this.#looks.over.then(act)
  }

  /**
   * K13, K8: the kills that an earlier run has left cancel what is open as they did then. They do not end this run, or no
   * operator could ever re-arm it.
   */
  followLatched(): void {
    const { home, live, command } = this.#options
    if (command.config.kill.action === 'block' || this.#dryRun) return
    const { kills, damaged } = home.latch
    const { names } = live.assembly.halts
    const scopes = kills.map(({ scope }) => scopeText(this.#scopeOf(scope), names))
    if (damaged !== null) scopes.push('all')
    for (const scope of scopes) this.#sweeps.follow(scope)
  }

  /** What a breaker that halts does beside it (S1). `scope` as in `kill`. */
  onBreaker(scope: string): void {
    const { config } = this.#options.command
    const { action } = config.breakers
    this.#options.logger.log.warn({ scope, action }, 'halted by a breaker')
    if (action === 'block' || this.#options.stop.signal.aborted) return
    if (action === 'shutdown') return this.#options.stop.request(`breaker of ${scope}`)
    void this.cancelAll(scope, 'breaker')
  }

  /** Cancels every order of ours in a scope, then asks the venues until none is open; journaled and logged. */
  cancelAll(scope: string, reason: string): Promise<SweepResult> {
    return this.#cancel(scope, reason, this.#options.stop.signal, () => true)
  }

  /** @param mayAsk of a venue's id: the others' orders are left, and nothing is verified there */
  async #cancel(
    scope: string,
    reason: string,
    end: AbortSignal,
    mayAsk: (venue: string) => boolean,
  ): Promise<SweepResult> {
    const { live, logger, command } = this.#options
    const limitMs = Math.max(SWEEP_MS_MIN, command.config.shutdown.drain_seconds * 1_000)
    const signal = AbortSignal.any([AbortSignal.timeout(limitMs), end])
    const result = await sweep(live.assembly, {
      ...{ reason, mayAsk, signal },
      include: inScope(this.#scopeOf(scope), live, command.config),
      prefix: scope === 'all' && !this.#dryRun ? this.#prefix : null,
    })
    const { canceled, ended, left, errors, verified } = result
    const told = { scope, reason, canceled, ended, left, errors, verified }
    live.assembly.desk.recorder.note('CANCEL_ALL', 'engine', told)
    logger.log[verified ? 'info' : 'error']({ scope, reason, ...result }, 'orders cancelled')
    this.events.emit({ kind: 'cancel_all', reason, left })
    return result
  }

  #openIn(scope: string): Order[] {
    const { live, command } = this.#options
    return [...live.assembly.desk.orders.open()].filter(inScope(this.#scopeOf(scope), live, command.config))
  }

  #mayAsk({ request }: Order): boolean {
    const { venues } = this.#options.live.assembly.desk
    return this.#looks.has((venues[request.instrument] as VenuePort).id)
  }

  /** A scope that this run does not have counts as everything, as its latched kill does. */
  #scopeOf(scope: string): Scope {
    return parseScope(scope, this.#options.live.assembly.halts.names) ?? ALL_SCOPE
  }

  /** After this the process may go on, e.g. to print; the last resort stays only where a thread holds it up. */
  close(held: boolean): void {
    this.#closed.abort()
    this.#hooks.close()
    if (!held) this.#resort.disarm()
  }

  /** False: the run is not on record as clean, and the next start waits for an operator. */
  #closeHome(clean: boolean): boolean {
    try {
      this.#options.home.close(clean)
      return true
    } catch (error) {
      this.#options.logger.log.error({ error: String(error) }, 'the state directory was not closed')
      return false
    }
  }

  get #dryRun(): boolean {
    return this.#options.command.config.mode === 'dry-run'
  }

  get #prefix(): string {
    const { shutdown, node } = this.#options.command.config
    return shutdown.scope === 'account' ? '' : clientOrderIdPrefix(node.id)
  }

  #forcedCode(): number {
    const left = !this.#dryRun && this.#options.live.assembly.desk.orders.openCount > 0
    return left ? EXIT.ORDERS_LEFT : EXIT.FORCED
  }

  /** The third signal: nothing is waited for, but what may be open is said. */
  #lastWords(): void {
    const open = [...this.#options.live.assembly.desk.orders.open()].map(idOf)
    say(
      `ended by force; orders that may be open: ${this.#dryRun || open.length === 0 ? 'none' : open.join(', ')}`,
    )
  }
}

/** Orders of a scope, those of no strategy included; all of them where it is "all". */
function inScope(scope: Scope, live: Live, config: Config): (order: Order) => boolean {
  if (scope.kind === 'all') return () => true
  const { desk, halts } = live.assembly
  return ({ request }) => {
    const venue = desk.instruments[request.instrument]?.venue ?? ''
    if (scope.kind === 'strategy') return request.strategy === scope.index
    if (scope.kind === 'symbol') return request.instrument === scope.index
    if (scope.kind === 'venue') return halts.names.venue[scope.index] === venue
    return halts.names.account[scope.index] === config.venues[venue]?.account
  }
}

function idOf({ request }: Order): string {
  return request.clientOrderId
}

/** To stderr, so that it is told where the disk is full. */
function sayLeft({ exit_code, orders_left, steps }: ShutdownSummary): void {
  const failed = steps.flatMap(({ name, outcome, error }) =>
    outcome === 'done' ? [] : [`${name}: ${error}`],
  )
  say(`shutdown ended with ${exit_code}; orders left: ${orders_left.join(', ') || 'none'}`, ...failed)
}

function say(...lines: string[]): void {
  try {
    writeSync(STDERR, lines.map((line) => `tidegate: ${line}\n`).join(''))
  } catch {
    // Nobody reads; the log and the journal have it.
  }
}
