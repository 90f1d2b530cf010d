import { readPrediction } from '../action/decision.ts'
import { assertBarSeries } from '../bar/bar.ts'
import { TradingAction } from '../domain/action.ts'
import type { Bar } from '../domain/bar.ts'
import type { Prediction } from '../domain/model.ts'
import type { Acts, StrategyErrorCode, StrategyNotification } from '../domain/strategy.ts'
import { TICK, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import { ROW } from '../feature/feature-row.ts'
import type { FeatureSet } from '../feature/feature-set.ts'
import { isPromise, MODEL_DEADLINE_MS_DEFAULT } from '../model/model.ts'
import { AsyncDecisions } from './strategy-async.ts'
import { HOOK_LIMIT_MS_DEFAULT, HookRunner } from './strategy-hooks.ts'
import type { Gate1Port, StrategyModels, StrategyRunnerOptions } from './strategy-ports.ts'
import {
  describe,
  messageOf,
  RunnerCounters,
  type SymbolStatus,
  signalEvent,
  symbolStatus,
  tickEvent,
} from './strategy-status.ts'
import { createSymbolStates, type SymbolState } from './strategy-symbol.ts'

/**
 * The worker's side of the path: gate 1 → bars → features → model → action → intent. The same code and the same
 * intents in both placements. `onTick` allocates nothing while the strategy holds.
 */
export class StrategyRunner {
  readonly featureSet: FeatureSet
  /** names of the numbers in `Intent.features`: the feature set, then the model's score (NaN where it gave none) */
  readonly rowNames: readonly string[]
  readonly warmupBars: number
  readonly counters: RunnerCounters = new RunnerCounters()
  readonly hooks: HookRunner
  readonly #options: StrategyRunnerOptions
  readonly #acts: Acts
  readonly #deadlineNs: number
  /** by instrument index */
  readonly #symbols: readonly (SymbolState | undefined)[]
  readonly #async: AsyncDecisions
  readonly #position: ((instrument: number) => number) | undefined
  readonly #gate1: Gate1Port
  readonly #hearsTicks: boolean
  readonly #hearsBars: boolean
  readonly #hearsSignals: boolean
  /** symbol of the last BAR slot: its BAR_MORE follows and completes it */
  #readyMade: SymbolState | undefined
  #tickSeq = -1

  constructor(options: StrategyRunnerOptions, featureSet: FeatureSet, models: StrategyModels) {
    const { definition, params } = options
    this.#options = options
    this.featureSet = featureSet
    this.rowNames = [...featureSet.names, 'score']
    this.warmupBars = Math.max(options.warmupBars ?? 0, definition.warmupBars?.(params) ?? 0)
    this.#acts = options.acts ?? definition.acts ?? 'bar'
    const deadlineMs = options.modelDeadlineMs ?? MODEL_DEADLINE_MS_DEFAULT
    this.#deadlineNs = deadlineMs > 0 ? deadlineMs * 1e6 : Number.POSITIVE_INFINITY
    this.#position = options.position
    this.#gate1 = options.gate1
    this.#async = new AsyncDecisions(deadlineMs, {
      conclude: (state, prediction) => this.#conclude(state, prediction as Prediction),
      fail: (state, code, message) => this.#hold(state, code, 'model', message),
    })
    this.hooks = new HookRunner({
      hooks: definition.hooks ?? {},
      strategy: options.strategyId,
      limitMs: options.hookLimitMs ?? HOOK_LIMIT_MS_DEFAULT,
      schedule: options.placement === 'inline',
      monoNs: () => options.clock.monoNs(),
      onFault: (code, hook, message) => this.#error(code, hook, message, ''),
    })
    this.#hearsTicks = this.hooks.has('onTick')
    this.#hearsBars = this.hooks.has('onBar')
    this.#hearsSignals = this.hooks.has('onSignal')
    this.#symbols = createSymbolStates(options, featureSet, models, (symbol, name, error) =>
      error === undefined
        ? this.#error('FEATURE_NAN', name, 'gave NaN or an infinite value', symbol)
        : this.#error('FEATURE_THREW', name, messageOf(error), symbol),
    )
  }

  /**
   * One tick, the whole way to its intents. Slots of other symbols or kinds are passed over.
   *
   * @param tickSeq input sequence of the tick, carried by the intents that it gives birth to
   * @returns number of intents written; an async model writes its own later (`settle`)
   */
  onTick(slots: TickSlots, slot: number, tickSeq: number): number {
    const state = this.#symbolOf(slots, slot)
    if (state === undefined) return 0
    this.#tickSeq = tickSeq
    this.counters.ticks += 1

    const open = this.#gate1(state.instrument.index, state.permit)
    if (!open) this.counters.blocked += 1

    // A tick that must not be traded on leaves no trace in bars and features. Behind a shut gate they go on, so that a
    // re-arm does not decide over a hole.
    if (!state.readTick(slots, slot)) {
      this.counters.notTraded += 1
      return 0
    }

    if (state.kind === TICK.BAR_MORE && !this.#checkReadyMade(state)) return 0

    let written = 0
    while (state.closeBar(slots, slot)) {
      this.counters.bars += 1
      state.startedNs = this.#options.clock.monoNs()
      state.row.onBar()
      if (this.#hearsBars) this.hooks.fire('onBar', { ...state.bars.closed }, state.instrument.symbol)
      if (open && this.#acts === 'bar') written += this.#decide(state)
    }
    state.buildTick(slots, slot)
    if (open && this.#actsOn(state.kind)) {
      state.startedNs = this.#options.clock.monoNs()
      written += this.#decide(state)
    }

    if (this.#hearsTicks) this.hooks.fire('onTick', tickEvent(state, tickSeq), state.instrument.symbol)
    if (this.#options.placement === 'worker') this.hooks.run()
    return written
  }

  /**
   * Hands in closed bars of the past (P12): they warm bars and features up, and give no decision.
   *
   * @throws BAR_SERIES_INVALID naming the bar whose index or prices are wrong; then nothing was taken in
   */
  backfill(instrument: number, bars: readonly Readonly<Bar>[]): void {
    const state = this.#symbols[instrument]
    if (state === undefined) return
    assertBarSeries(bars, this.#options.barPeriodNs)
    for (const bar of bars) {
      state.bars.seed(bar)
      state.row.onBar()
    }
  }

  /** Tells the strategy's hooks of an order, a fill or a halt. */
  notify(notification: StrategyNotification): void {
    const state = this.#symbols[notification.instrument]
    this.hooks.fire(notification.hook, notification.event, state?.instrument.symbol ?? '')
    if (this.#options.placement === 'worker') this.hooks.run()
  }

  /** Runs the hooks that wait; inline, for an engine that does not return to the event loop between ticks. */
  runHooks(): number {
    return this.hooks.run()
  }

  /** Async predictions under way. */
  get pendingDecisions(): number {
    return this.#async.pending
  }

  /** Resolves when no prediction is under way: each has been concluded or has missed its deadline. For lock-step. */
  settle(): Promise<void> {
    return this.#async.settle()
  }

  /** What status shows of one symbol (P14). */
  status(instrument: number): SymbolStatus | undefined {
    const state = this.#symbols[instrument]
    return state === undefined ? undefined : symbolStatus(state, this.featureSet, this.warmupBars)
  }

  /** Drops what is under way; no intent is written afterwards. */
  close(): void {
    this.#async.close()
    this.hooks.close()
  }

  #symbolOf(slots: TickSlots, slot: number): SymbolState | undefined {
    const at = slot * TICK_SLOT_I32
    switch ((slots.i32[at] as number) & 0xff) {
      case TICK.TRADE:
      case TICK.QUOTE:
        return this.#symbols[slots.i32[at + 1] as number]
      case TICK.BAR:
        this.#readyMade = this.#symbols[slots.i32[at + 1] as number]
        this.#readyMade?.stashBar(slots, slot)
        return undefined
      case TICK.BAR_MORE:
        return this.#readyMade
      default:
        return undefined
    }
  }

  #actsOn(kind: number): boolean {
    switch (this.#acts) {
      case 'bar':
        return false
      case 'trade':
        return kind === TICK.TRADE
      case 'quote':
        return kind === TICK.QUOTE
      default:
        return kind !== TICK.BAR_MORE
    }
  }

  #checkReadyMade(state: SymbolState): boolean {
    const fault = state.readyMadeFault()
    if (fault === null) return true
    this.#error('BAR_INVALID', 'bar', fault, state.instrument.symbol)
    return false
  }

  /** Features → model → action → intent, for a tick that found gate 1 open. */
  #decide(state: SymbolState): number {
    if (state.bars.closedCount < this.warmupBars) {
      this.counters.warming += 1
      return 0
    }
    if (state.pending !== 0)
      return this.#hold(state, 'MODEL_BUSY', 'model', 'the last prediction is under way')
    const ready = state.row.fill()
    if (ready !== ROW.READY) {
      if (ready === ROW.WARMING) this.counters.warming += 1
      else this.counters.holds += 1
      return 0
    }

    this.counters.decisions += 1
    this.#prepare(state)
    let prediction: Prediction | Promise<Prediction>
    try {
      prediction = state.model.predict(state.row.values, state.context)
    } catch (error) {
      return this.#hold(state, 'MODEL_THREW', 'model', messageOf(error))
    }
    if (isPromise(prediction)) {
      this.#async.start(state, prediction)
      return 0
    }
    return this.#conclude(state, prediction)
  }

  /** What the model may read, and what the intent takes from this tick: an async answer comes when others have passed. */
  #prepare(state: SymbolState): void {
    const { intent, context, permit } = state
    context.closedBars = state.bars.closedCount
    context.eventNs = state.eventNs
    context.price = state.price
    if (this.#position !== undefined) context.position = this.#position(state.instrument.index)
    intent.tickSeq = this.#tickSeq
    intent.tickRecvNs = state.recvNs
    intent.tickEventNs = state.eventNs
    intent.referencePrice = state.price
    for (let i = 0; i < 5; i += 1) intent.permit[i] = permit[i] as number
  }

  /** Action → intent. Gate 2 judges the permit: nothing is asked again here. */
  #conclude(state: SymbolState, prediction: Prediction): number {
    const decidedNs = this.#options.clock.monoNs()
    if (decidedNs - state.startedNs > this.#deadlineNs) {
      const tookMs = (decidedNs - state.startedNs) / 1e6
      return this.#hold(state, 'DECISION_DEADLINE', 'model', `took ${tookMs.toFixed(1)} ms`)
    }
    const { decision, intent } = state
    const fault = readPrediction(prediction, state.instrument, decision)
    if (fault !== null) return this.#hold(state, fault, 'model', `predicted ${describe(prediction)}`)
    state.row.values[this.featureSet.names.length] = decision.score
    state.lastDecisionEventNs = intent.tickEventNs
    if (decision.action === TradingAction.HOLD) {
      this.counters.holds += 1
      return 0
    }
    intent.action = decision.action
    intent.limitPrice = decision.limitPrice
    intent.qty = decision.qty
    intent.decidedNs = decidedNs
    if (!this.#options.intents.write(intent)) {
      return this.#hold(state, 'INTENT_REFUSED', 'intent ring', 'there was no room for the intent')
    }
    this.counters.intents += 1
    if (this.#hearsSignals) this.hooks.fire('onSignal', signalEvent(state), state.instrument.symbol)
    return 1
  }

  #hold(state: SymbolState, code: StrategyErrorCode, name: string, message: string): 0 {
    state.decision.action = TradingAction.HOLD
    this.counters.holds += 1
    this.#error(code, name, message, state.instrument.symbol)
    return 0
  }

  #error(code: StrategyErrorCode, name: string, message: string, symbol: string): void {
    this.counters.countError(code, name)
    const event = { code, name, message, tickSeq: this.#tickSeq }
    // A fault of onError itself must not call onError again.
    if (name !== 'onError') this.hooks.fire('onError', event, symbol)
    this.#options.onError({ ...event, strategy: this.#options.strategyId, symbol })
  }
}
