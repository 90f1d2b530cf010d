import { BarClose } from './bar-close.ts'
import { LossStreak } from './loss-streak.ts'
import { type ExecutionLimits, RepeatedExecutions } from './repeated-executions.ts'
import { type VolatilityLimits, type VolatilityVerdict, VolatilityWindow } from './volatility.ts'

/** Breakers that make a decision flat for as long as they are open. */
export type FlatBreaker = 'market_data' | 'volatility'
/** The others halt their strategy until its reason BREAKER is cleared. */
export type BreakerName = FlatBreaker | 'losses' | 'executions'

/** A breaker went from closed to open. It is told once; the next time only after it has closed again. */
export interface BreakerTrigger {
  readonly event: 'circuit_breaker_triggered'
  readonly breaker: BreakerName
  readonly strategy: number
  /** null: every symbol of the strategy */
  readonly instrument: number | null
  /** age in ns, ratio, losses or executions; null where it could not be told, which opens the breaker too */
  readonly value: number | null
  readonly limit: number
}

export interface BreakerStrategy {
  /** instrument indices that it trades */
  readonly instruments: readonly number[]
  readonly barPeriodNs: number
}

export interface CircuitBreakersOptions {
  readonly strategies: readonly BreakerStrategy[]
  /** number of instruments of the run */
  readonly instruments: number
  /** null is off */
  readonly volatility: VolatilityLimits | null
  /** losses in a row that halt a strategy; null is off */
  readonly lossesMax: number | null
  /** executions that halt a strategy (R6); null is off */
  readonly executions: ExecutionLimits | null
  /** orders are real (`EXEC_DRY_RUN=0`), or a replay stands for a run where they are: else losses are not counted */
  readonly ordersReal: boolean
  /** oldest market data that a decision may be made on, ns; none at all is too old */
  readonly dataAgeNsMax: number
  /** Journals and tells the event; for `losses` and `executions` it halts the strategy (reason BREAKER). Must not throw. */
  readonly onTrigger: (trigger: BreakerTrigger) => void
  /** The losses of a fill could not be told; the fill counts for nothing and the request goes on (R9). Must not throw. */
  readonly onFault: (strategy: number, order: string) => void
}

/** What the pre-trade check asks. */
export interface BreakerView {
  /** see `CircuitBreakers.flat` */
  flat(strategy: number, instrument: number, dataNs: number, nowNs: number): FlatBreaker | null
}

/** A strategy in a symbol. */
interface Cell {
  readonly strategy: number
  readonly instrument: number
  readonly bars: BarClose
  readonly volatility: VolatilityWindow | null
  /** what was told last: the next event is the next change to the worse */
  missing: boolean
  agitated: boolean
}

/** One line of status. */
export interface BreakerStatus {
  readonly strategy: number
  readonly instrument: number
  /** the breaker that makes the decision flat, null where none does */
  readonly flat: FlatBreaker | null
  readonly volatility_ratio: number | null
  readonly volatility: VolatilityVerdict | 'off'
  /** losses in a row of the strategy */
  readonly losses: number
}

/**
 * The circuit breakers of every strategy (R9, and R6's latch on repeated executions), on the main thread and so the same in both placements. Missing market data
 * and abnormal volatility make the decision in that symbol flat (no entry) for as long as they last; losses in a row and
 * repeated executions halt the strategy until `reset`. A volatility that cannot be told, while its windows fill or over a price that makes no return,
 * is flat too. Nothing allocates per price.
 */
export class CircuitBreakers implements BreakerView {
  /** fills whose result could not be told */
  faults = 0
  readonly #options: CircuitBreakersOptions
  readonly #byInstrument: readonly (readonly Cell[])[]
  readonly #byStrategy: readonly (readonly (Cell | undefined)[])[]
  /** by strategy; null where losses are not counted */
  readonly #streaks: readonly (LossStreak | null)[]
  /** by strategy; null where executions are not counted */
  readonly #executions: readonly (RepeatedExecutions | null)[]
  readonly #tripped: boolean[]

  constructor(options: CircuitBreakersOptions) {
    const { strategies, volatility, lossesMax, ordersReal, executions } = options
    this.#options = options
    const cells = strategies.flatMap(({ instruments, barPeriodNs }, strategy) =>
      instruments.map(
        (instrument): Cell => ({
          strategy,
          instrument,
          bars: new BarClose(barPeriodNs),
          volatility: volatility === null ? null : new VolatilityWindow(volatility),
          missing: false,
          agitated: false,
        }),
      ),
    )
    const all = Array.from({ length: options.instruments }, (_, index) => index)
    this.#byInstrument = all.map((index) => cells.filter(({ instrument }) => instrument === index))
    this.#byStrategy = strategies.map((_, index) =>
      all.map((instrument) =>
        cells.find((cell) => cell.strategy === index && cell.instrument === instrument),
      ),
    )
    const counted = lossesMax !== null && ordersReal
    this.#streaks = strategies.map(() => (counted ? new LossStreak(lossesMax) : null))
    this.#executions = strategies.map(() => (executions === null ? null : new RepeatedExecutions(executions)))
    this.#tripped = strategies.map(() => false)
  }

  /** The symbol's newest price (trade or mid) of an accepted tick; `timeNs` on the clock of the bars. */
  onPrice(instrument: number, price: number, timeNs: number): void {
    if (this.#options.volatility === null) return
    for (const cell of this.#byInstrument[instrument] as readonly Cell[]) {
      if (cell.bars.push(price, timeNs)) this.#onClose(cell, cell.bars.close)
    }
  }

  /** A closed bar that is not built from `onPrice`: backfilled, or ready-made by the feed. */
  onBar(strategy: number, instrument: number, close: number): void {
    const cell = this.#byStrategy[strategy]?.[instrument]
    if (cell !== undefined) this.#onClose(cell, close)
  }

  /**
   * A fill was booked. `effect` is what the ledger says that it did to the strategy's position (`FillEffect`); null where
   * the ledger could not tell.
   */
  onFill(
    strategy: number,
    order: string,
    effect: { readonly closedQty: number; readonly realized: bigint } | null,
  ): void {
    const streak = this.#streaks[strategy]
    if (streak === null || streak === undefined) return
    if (effect === null || typeof effect.realized !== 'bigint') {
      this.faults += 1
      this.#options.onFault(strategy, order)
      return
    }
    if (effect.closedQty === 0) return
    streak.add(order, effect.realized)
    if (streak.losses >= streak.lossesMax) this.#trip('losses', strategy, streak.losses, streak.lossesMax)
  }

  /** An order of the strategy was executed for the first time; on the clock of the checks. */
  onExecution(strategy: number, nowNs: number): void {
    if (this.#executions[strategy]?.add(nowNs) !== true) return
    const { max } = this.#options.executions as ExecutionLimits
    this.#trip('executions', strategy, max, max)
  }

  /** The venue took trades of an order back. */
  onBust(strategy: number, order: string): void {
    this.#streaks[strategy]?.remove(order)
  }

  /** Losses or executions of a strategy have reached their limit since the last `reset`. */
  tripped(strategy: number): boolean {
    return this.#tripped[strategy] === true
  }

  /** The halt of a strategy was cleared: its losses and executions count from zero. */
  reset(strategy: number): void {
    this.#streaks[strategy]?.clear()
    this.#executions[strategy]?.clear()
    this.#tripped[strategy] = false
  }

  /**
   * The breaker that allows no entry of a strategy in a symbol now, null where none does. `dataNs` is the receive time of
   * the symbol's last market data, on the clock of `nowNs`; NaN where there was none.
   */
  flat(strategy: number, instrument: number, dataNs: number, nowNs: number): FlatBreaker | null {
    const cell = this.#byStrategy[strategy]?.[instrument]
    if (cell === undefined) return null
    this.#judgeData(cell, dataNs, nowNs)
    return this.#openOf(cell, dataNs, nowNs)
  }

  /**
   * Looks at the age of a symbol's data, so that an outage is told when it happens and not with the next order. Before the
   * first data (NaN) nothing is told.
   */
  watch(instrument: number, dataNs: number, nowNs: number): void {
    if (Number.isNaN(dataNs)) return
    for (const cell of this.#byInstrument[instrument] as readonly Cell[]) this.#judgeData(cell, dataNs, nowNs)
  }

  /** What stands now. Tells nobody: a look at the status changes nothing. */
  status(dataNs: (instrument: number) => number, nowNs: number): BreakerStatus[] {
    return this.#byInstrument.flat().map((cell) => this.#statusOf(cell, dataNs(cell.instrument), nowNs))
  }

  #statusOf(cell: Cell, dataNs: number, nowNs: number): BreakerStatus {
    const { strategy, instrument, volatility } = cell
    return {
      strategy,
      instrument,
      flat: this.#openOf(cell, dataNs, nowNs),
      volatility_ratio: volatility === null || Number.isNaN(volatility.ratio) ? null : volatility.ratio,
      volatility: volatility?.verdict ?? 'off',
      losses: this.#streaks[strategy]?.losses ?? 0,
    }
  }

  #openOf({ volatility }: Cell, dataNs: number, nowNs: number): FlatBreaker | null {
    if (this.#isMissing(dataNs, nowNs)) return 'market_data'
    return volatility === null || volatility.verdict === 'normal' ? null : 'volatility'
  }

  #isMissing(dataNs: number, nowNs: number): boolean {
    return !(nowNs - dataNs <= this.#options.dataAgeNsMax)
  }

  #onClose(cell: Cell, close: number): void {
    const { volatility } = cell
    if (volatility === null) return
    volatility.push(close)
    const agitated = volatility.verdict === 'high' || volatility.verdict === 'unknown'
    if (agitated && !cell.agitated) {
      const { ratioMax } = this.#options.volatility as VolatilityLimits
      this.#trigger('volatility', cell.strategy, cell.instrument, volatility.ratio, ratioMax)
    }
    cell.agitated = agitated
  }

  #judgeData(cell: Cell, dataNs: number, nowNs: number): void {
    const missing = this.#isMissing(dataNs, nowNs)
    if (missing === cell.missing) return
    cell.missing = missing
    const { dataAgeNsMax } = this.#options
    if (missing) this.#trigger('market_data', cell.strategy, cell.instrument, nowNs - dataNs, dataAgeNsMax)
  }

  #trip(breaker: 'losses' | 'executions', strategy: number, value: number, limit: number): void {
    if (this.tripped(strategy)) return
    this.#tripped[strategy] = true
    this.#trigger(breaker, strategy, null, value, limit)
  }

  #trigger(
    breaker: BreakerName,
    strategy: number,
    instrument: number | null,
    value: number,
    limit: number,
  ): void {
    this.#options.onTrigger({
      event: 'circuit_breaker_triggered',
      breaker,
      strategy,
      instrument,
      value: Number.isNaN(value) ? null : value,
      limit,
    })
  }
}
