import { writeSync } from 'node:fs'
import type { Config } from '../config/types.ts'
import type { EngineHome } from '../control/engine-home.ts'
import type { SystemClock } from '../core/clock.ts'
import { EXIT } from '../core/errors.ts'
import type { Order } from '../domain/order.ts'
import { type CancelSummary, cancelOrders } from '../engine/cancel-all.ts'
import { EngineEvents } from '../engine/events.ts'
import { parseScope } from '../engine/halts.ts'
import type { Live } from '../engine/live.ts'
import { shutDown } from '../engine/shutdown.ts'
import { ShutdownRequest } from '../engine/shutdown-request.ts'
import type { ShutdownSummary } from '../engine/shutdown-summary.ts'
import { sleep } from '../engine/steps.ts'
import { verifyNoneOpen } from '../engine/verify-open.ts'
import { LastResort } from '../ops/last-resort.ts'
import type { Logger } from '../ops/log.ts'
import { threadDump } from '../ops/thread-dump.ts'
import { clientOrderIdPrefix } from '../order/client-order-id.ts'
import type { Scope } from '../shm/control-plane.ts'
import { leaveByForce } from './leave.ts'
import { ProcessHooks } from './process-hooks.ts'
import type { RunCommand } from './run-session.ts'
import type { StopSignals } from './stop-signals.ts'

const STDERR = 2

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
  /** every venue is connected and was looked at once */
  readonly #looked: Promise<unknown>
  #connected = false

  constructor(options: RunEndOptions) {
    this.#options = options
    const { live, logger, stop, command } = options
    const { halts, desk } = live.assembly
    const request = new ShutdownRequest(halts, desk.guard)
    this.#looked = Promise.all(live.reconcilers.map(({ looked }) => looked))
    void this.#looked.then(() => {
      this.#connected = true
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
   * K13: what a kill does beside blocking. One that comes before the venues are connected acts when they are, for what an
   * earlier run left open can be cancelled only then; for a shutdown they are waited for as long as for a drain.
   */
  onKill(scope: string): void {
    const { logger, stop, command } = this.#options
    const { action } = command.config.kill
    logger.log.warn({ scope, action, connected: this.#connected }, 'killed')
    if (action === 'block') return
    const act = (): void => {
      if (stop.signal.aborted) return
      if (action === 'shutdown') stop.request(`kill of ${scope}`)
      else void this.cancelAll(scope, 'kill')
    }
    if (this.#connected) return act()
    const late = sleep(command.config.shutdown.drain_seconds * 1_000, stop.signal)
    void Promise.race(action === 'shutdown' ? [this.#looked, late] : [this.#looked]).then(act)
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
  async cancelAll(scope: string, reason: string): Promise<CancelSummary & { readonly verified: boolean }> {
    const { live, stop, logger, command } = this.#options
    const { assembly } = live
    const { desk } = assembly
    const late = AbortSignal.timeout(command.config.shutdown.drain_seconds * 1_000)
    const signal = AbortSignal.any([late, stop.signal])
    const include = inScope(parseScope(scope, assembly.halts.names), live, command.config)
    const summary = await cancelOrders(assembly, { reason, signal, include })
    const everything = scope === 'all' && !this.#dryRun
    const found = everything ? await verifyNoneOpen(desk.venues, { prefix: this.#prefix, signal }) : null
    const left = [...new Set([...summary.left, ...(found?.open ?? [])])]
    const verified = left.length === 0 && (found === null || found.silent.length === 0)
    const result = { ...summary, left, verified }
    const { canceled, ended, errors } = summary
    desk.recorder.note('CANCEL_ALL', 'engine', { scope, reason, canceled, ended, left, errors, verified })
    logger.log[verified ? 'info' : 'error']({ scope, reason, ...result }, 'orders cancelled')
    this.events.emit({ kind: 'cancel_all', reason, left })
    return result
  }

  /** After this the process may go on, e.g. to print; the last resort stays only where a thread holds it up. */
  close(held: boolean): void {
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
    const open = [...this.#options.live.assembly.desk.orders.open()].map(
      ({ request }) => request.clientOrderId,
    )
    say(
      `ended by force; orders that may be open: ${this.#dryRun || open.length === 0 ? 'none' : open.join(', ')}`,
    )
  }
}

/** Orders of a scope, those of no strategy included; all of them where it is "all". */
function inScope(scope: Scope | null, live: Live, config: Config): (order: Order) => boolean {
  if (scope === null || scope.kind === 'all') return () => true
  const { desk, halts } = live.assembly
  return ({ request }) => {
    const venue = desk.instruments[request.instrument]?.venue ?? ''
    if (scope.kind === 'strategy') return request.strategy === scope.index
    if (scope.kind === 'symbol') return request.instrument === scope.index
    if (scope.kind === 'venue') return halts.names.venue[scope.index] === venue
    return halts.names.account[scope.index] === config.venues[venue]?.account
  }
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
