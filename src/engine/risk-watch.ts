import type { Instrument } from '../domain/instrument.ts'
import type { PortfolioView } from '../domain/portfolio.ts'
import { REASON, type ReasonName, reasonNames } from '../domain/reasons.ts'
import type { FillEffect } from '../ledger/ledger.ts'
import {
  type BreakerStrategy,
  type BreakerTrigger,
  CircuitBreakers,
} from '../risk/breakers/circuit-breakers.ts'
import type { ExecutionLimits } from '../risk/breakers/repeated-executions.ts'
import type { VolatilityLimits } from '../risk/breakers/volatility.ts'
import type { Conversion } from '../risk/conversion.ts'
import type { RiskGateOptions } from '../risk/gate.ts'
import { compileAccountLimits, type RiskLimits } from '../risk/limits.ts'
import { CorrelatedExposure } from '../risk/monitor/correlated-exposure.ts'
import { type PnlView, type RiskBreach, RiskMonitor } from '../risk/monitor/risk-monitor.ts'
import { RollingCorrelation } from '../risk/monitor/rolling-correlation.ts'
import { NotionalScale } from '../risk/scale.ts'
import { type HealthLimits, type HealthReading, SelfHealth } from '../risk/self-health.ts'
import type { Scope } from '../shm/control-plane.ts'
import { type HaltCause, type Halts, scopeText } from './halts.ts'
import type { RiskEvent, RiskEvents } from './risk-events.ts'

/** What the configuration says of the live watch, in the words of the steps; null is off. */
export interface RiskWatchSettings {
  readonly volatility: VolatilityLimits | null
  readonly lossesMax: number | null
  readonly executions: ExecutionLimits | null
  /** orders reach a venue, or a replay stands for a run where they do */
  readonly ordersReal: boolean
  readonly dataAgeNsMax: number
  /** samples of the rolling correlation, and the time between two of them */
  readonly correlationWindow: number
  readonly correlationSampleNs: number
  readonly health: HealthLimits
}

export interface RiskWatchOptions {
  readonly settings: RiskWatchSettings
  readonly limits: RiskLimits
  readonly instruments: readonly Instrument[]
  readonly strategies: readonly BreakerStrategy[]
  readonly portfolio: PortfolioView
  /** of quote assets into the account's currency; absent: at par */
  readonly conversion?: Conversion | null
  readonly pnl: PnlView
  readonly halts: Halts
  readonly events: RiskEvents
  /** Journals an event of risk; not called for halts, which are on record already. Must not throw. */
  readonly record: (event: RiskEvent) => void
  /** Logs that the losses of a fill could not be told (R9). Must not throw. */
  readonly onBreakerFault: (strategy: string, order: string) => void
}

/**
 * Risk while the engine runs, in one place: breakers (R9), monitor (R8), self-health, and who is told (P7). A halt comes
 * first, then its record, then the handlers. The breakers of losses and executions halt their strategy, a loss of the day beyond its limit halts
 * every strategy, both with reason BREAKER; what else is found the pre-trade checks refuse entries for while it lasts.
 */
export class RiskWatch {
  readonly breakers: CircuitBreakers
  readonly monitor: RiskMonitor
  readonly health: SelfHealth
  readonly #options: RiskWatchOptions
  readonly #correlated: CorrelatedExposure

  /** @throws RISK_LIMIT_INVALID, DECIMAL_INVALID, NOTIONAL_SCALE, ASSERTION for windows out of bounds */
  constructor(options: RiskWatchOptions) {
    const { settings, instruments, limits, strategies } = options
    this.#options = options
    const correlation = new RollingCorrelation(instruments.length, settings.correlationWindow)
    const { conversion = null } = options
    this.#correlated = new CorrelatedExposure(instruments, correlation, limits.correlationMin, conversion)
    this.breakers = new CircuitBreakers({
      strategies,
      instruments: instruments.length,
      volatility: settings.volatility,
      lossesMax: settings.lossesMax,
      executions: settings.executions,
      ordersReal: settings.ordersReal,
      dataAgeNsMax: settings.dataAgeNsMax,
      onTrigger: (trigger) => this.#onTrigger(trigger),
      onFault: (strategy, order) => options.onBreakerFault(this.#strategy(strategy), order),
    })
    this.monitor = new RiskMonitor({
      instruments,
      portfolio: options.portfolio,
      pnl: options.pnl,
      limits: compileAccountLimits(limits, new NotionalScale(instruments, conversion)),
      correlation,
      correlated: this.#correlated,
      conversion,
      sampleNs: settings.correlationSampleNs,
      onBreach: (breach) => this.#onBreach(breach),
    })
    this.health = new SelfHealth(settings.health, (change) => this.#tell(change))
  }

  /** What the pre-trade gate asks of the watch; of health only where it is `measured`. */
  gate(measured: boolean): Pick<RiskGateOptions, 'breakers' | 'correlated' | 'health'> {
    const gate = { breakers: this.breakers, correlated: this.#correlated }
    return measured ? { ...gate, health: this.health } : gate
  }

  /** What a fill did, once it is booked and on record. `first`: the order's first; `nowNs` on the clock of the checks. */
  onFill(strategy: number, order: string, effect: FillEffect | null, first: boolean, nowNs: number): void {
    this.breakers.onFill(strategy, order, effect)
    if (first) this.breakers.onExecution(strategy, nowNs)
    this.monitor.evaluate()
  }

  /** An accepted tick has moved the symbol's price (last trade or mid). Times ns from the event base. */
  onPrice(instrument: number, price: number, timeNs: number): void {
    this.breakers.onPrice(instrument, price, timeNs)
    this.monitor.onTime(timeNs)
  }

  /** Some times a second: ages of data, limits on what is held, and how the engine keeps up. */
  onTimer(dataNs: (instrument: number) => number, nowNs: number, reading: HealthReading): void {
    for (const { index } of this.#options.instruments) this.breakers.watch(index, dataNs(index), nowNs)
    this.health.update(reading)
    this.monitor.evaluate()
  }

  /** A control word has changed (`Halts.follow`): handlers hear of it, and a breaker that was cleared counts anew. */
  onHaltChange(scope: Scope, set: ReasonName | null, cause: HaltCause | null): void {
    const { halts, events } = this.#options
    const text = scopeText(scope, halts.names)
    if (set !== null && cause !== null) {
      events.emit({ event: 'halted', scope: text, reason: set, cause })
      return
    }
    const word = halts.plane.scope(scope).load()
    if (scope.kind === 'strategy' && (word & REASON.BREAKER) === 0 && this.breakers.tripped(scope.index)) {
      this.breakers.reset(scope.index)
    }
    events.emit({ event: 'cleared', scope: text, standing: reasonNames(word) })
  }

  #onTrigger({ strategy, instrument, breaker, value, limit, event }: BreakerTrigger): void {
    if (breaker === 'losses' || breaker === 'executions') {
      const what = breaker === 'losses' ? 'realised losses in a row' : 'orders executed within the window'
      const text = `${limit} ${what}`
      this.#halt(strategy, 'breaker', { code: 'RISK_LIMIT', text, source: 'circuit breaker' })
    }
    const symbol = instrument === null ? null : (this.#options.instruments[instrument] as Instrument).symbol
    this.#tell({ event, breaker, strategy: this.#strategy(strategy), symbol, value, limit })
  }

  #onBreach(breach: RiskBreach): void {
    const { value, max, limit } = breach
    if (limit === 'daily_loss' && value !== null && max !== null) {
      const cause = { code: 'DAILY_LOSS', text: `lost ${value} of ${max}`, source: 'risk monitor' } as const
      for (const index of this.#options.strategies.keys()) this.#halt(index, 'risk', cause)
    }
    this.#tell(breach)
  }

  #halt(index: number, actor: 'breaker' | 'risk', cause: HaltCause): void {
    this.#options.halts.halt({ kind: 'strategy', index }, 'BREAKER', actor, cause)
  }

  #tell(event: RiskEvent): void {
    this.#options.record(event)
    this.#options.events.emit(event)
  }

  #strategy(index: number): string {
    return this.#options.halts.names.strategy[index] as string
  }
}
