import { createDecision, type Decision } from '../action/decision.ts'
import { createIntent, type MutableIntent } from '../action/intent.ts'
import { barPriceFault, createBar, periodStartNs } from '../bar/bar.ts'
import { BarBuilder } from '../bar/bar-builder.ts'
import type { Bar } from '../domain/bar.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Model, ModelContext } from '../domain/model.ts'
import type { BarSource } from '../domain/strategy.ts'
import { TICK, TICK_FLAG, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import { type FeatureErrorSink, FeatureRow } from '../feature/feature-row.ts'
import type { FeatureSet } from '../feature/feature-set.ts'
import type { StrategyModels, StrategyRunnerOptions } from './strategy-ports.ts'

const TWO_53 = 9_007_199_254_740_992
/** Char codes of Alpaca's `updatedBars` and `dailyBars` in a BAR_MORE slot. */
const BAR_UPDATED = 117
const BAR_OF_DAY = 100
/** Flags of ticks that no bar and no feature sees: kept for the record, not traded on (CONTRACTS, Flags). */
const NOT_TRADED = TICK_FLAG.IMPLAUSIBLE | TICK_FLAG.FUTURE | TICK_FLAG.LATE | TICK_FLAG.SYNTHETIC

export interface SymbolStateOptions {
  readonly strategyIndex: number
  readonly strategyId: string
  readonly instrument: Instrument
  readonly model: Model
  readonly featureSet: FeatureSet
  readonly bars: BarSource
  readonly barPeriodNs: number
  readonly emptyBars: boolean
  readonly acceptSynthetic: boolean
  readonly onFeatureError: FeatureErrorSink
  readonly onKill: (text: string) => void
}

/**
 * What a strategy knows of one symbol: the tick at hand, bars, features, model and the intent that it writes. All
 * state of the worker's side lies here, so that several symbols of a strategy never touch.
 */
export class SymbolState {
  readonly instrument: Instrument
  readonly model: Model
  readonly bars: BarBuilder
  readonly row: FeatureRow
  readonly decision: Decision = createDecision()
  readonly intent: MutableIntent
  readonly context: { -readonly [K in keyof ModelContext]: ModelContext[K] }
  /** control words that gate 1 saw at the present tick */
  readonly permit: Int32Array = new Int32Array(5)
  kind = 0
  eventNs: number = Number.NaN
  recvNs: number = Number.NaN
  /** last trade price, or mid where the strategy is built on quotes; in price increments */
  price: number = Number.NaN
  /** monotonic ns at which the decision at hand began */
  startedNs = 0
  /** number of the async prediction under way; 0 for none */
  pending = 0
  lastDecisionEventNs: number = Number.NaN
  readonly #source: BarSource
  readonly #notTraded: number
  readonly #readyMade: Bar
  #readyMadeMerged = false
  /** series of the first trade seen, AGGREGATE or 0: where a feed has both, the other would count every trade twice */
  #tradeSeries = -1
  /** a trade or bar has given the price; mids no longer move it */
  #priceIsTraded = false

  constructor(options: SymbolStateOptions) {
    const { instrument, strategyId } = options
    this.instrument = instrument
    this.model = options.model
    this.#source = options.bars
    this.#notTraded = options.acceptSynthetic ? NOT_TRADED & ~TICK_FLAG.SYNTHETIC : NOT_TRADED
    this.#readyMade = createBar(options.barPeriodNs)
    this.bars = new BarBuilder(options.barPeriodNs, { emptyBars: options.emptyBars })
    const barPriceUnit = options.bars === 'quotes' ? 0.5 : 1
    this.row = new FeatureRow(options.featureSet, this.bars.closed, barPriceUnit, options.onFeatureError)
    this.intent = createIntent(options.strategyIndex, instrument.index, this.row.values)
    this.context = {
      strategy: strategyId,
      symbol: instrument.symbol,
      instrument: instrument.index,
      bar: this.bars.closed,
      closedBars: 0,
      eventNs: Number.NaN,
      price: Number.NaN,
      position: Number.NaN,
      kill: options.onKill,
    }
  }

  /** Takes the tick's numbers and moves the features of trades and quotes; false where it is not to be traded on. */
  readTick(slots: TickSlots, slot: number): boolean {
    const word = slots.i32[slot * TICK_SLOT_I32] as number
    if (((word >>> 8) & this.#notTraded) !== 0) return false
    const { f64 } = slots
    const at = slot * TICK_SLOT_F64
    this.kind = word & 0xff
    if (this.kind === TICK.BAR_MORE) return this.#readBarMore(f64, at)
    if (this.kind === TICK.TRADE) {
      const series = (word >>> 8) & TICK_FLAG.AGGREGATE
      if (this.#tradeSeries === -1) this.#tradeSeries = series
      if (series !== this.#tradeSeries) return false
    }
    this.eventNs = f64[at + 1] as number
    this.recvNs = f64[at + 2] as number
    if (this.kind === TICK.TRADE) this.#readTrade(f64, at)
    else this.#readQuote(f64, at)
    return true
  }

  /** Closes the next bar that ends by the tick in `slot`; false where none is left. The bar is `bars.closed`. */
  closeBar(slots: TickSlots, slot: number): boolean {
    switch (this.#source) {
      case 'trades':
        return this.kind === TICK.TRADE && this.bars.rollTick(slots.f64, slot * TICK_SLOT_F64)
      case 'quotes':
        return this.kind === TICK.QUOTE && this.bars.rollTick(slots.f64, slot * TICK_SLOT_F64)
      default:
        return this.kind === TICK.BAR_MORE && this.#closeReadyMade()
    }
  }

  /** Builds the tick in `slot` into the running bar, after every bar that it closes is closed. */
  buildTick(slots: TickSlots, slot: number): void {
    if (this.kind === TICK.TRADE) {
      if (this.#source === 'trades') this.bars.addTradeTick(slots.f64, slot * TICK_SLOT_F64)
    } else if (this.kind === TICK.QUOTE && this.#source === 'quotes' && this.#twoSided()) {
      this.bars.addMidTick(slots.f64, slot * TICK_SLOT_F64)
    }
  }

  /** First half of a ready-made bar; BAR_MORE brings the rest. Its event time is the start of its period. */
  stashBar(slots: TickSlots, slot: number): void {
    const at = slot * TICK_SLOT_F64
    const bar = this.#readyMade
    this.eventNs = slots.f64[at + 1] as number
    this.recvNs = slots.f64[at + 2] as number
    bar.startNs = this.eventNs
    bar.open = slots.f64[at + 3] as number
    bar.high = slots.f64[at + 4] as number
    bar.low = slots.f64[at + 5] as number
    bar.close = slots.f64[at + 6] as number
    bar.volume = slots.f64[at + 7] as number
  }

  /** Why the ready-made bar at hand cannot be built in; null where it can. */
  readyMadeFault(): string | null {
    const bar = this.#readyMade
    if (!(bar.periodNs > 0) || this.bars.periodNs % bar.periodNs !== 0) {
      return `bars of ${bar.periodNs} ns do not fill a period of ${this.bars.periodNs} ns`
    }
    if (periodStartNs(bar.startNs, bar.periodNs) !== bar.startNs)
      return `start ${bar.startNs} is not on a period`
    return barPriceFault(bar)
  }

  #readTrade(f64: Float64Array, at: number): void {
    this.row.onTrade(f64, at)
    if (this.#source === 'quotes') return
    this.price = f64[at + 3] as number
    this.#priceIsTraded = true
  }

  #readQuote(f64: Float64Array, at: number): void {
    this.row.onQuote(f64, at)
    if (!this.#priceIsTraded && this.#twoSided()) this.price = this.row.input.value
  }

  /** False for a correction of a closed bar, counted as late, and for the running bar of a day. */
  #readBarMore(f64: Float64Array, at: number): boolean {
    const bar = this.#readyMade
    const source = f64[at + 6] as number
    if (source === BAR_OF_DAY) return false
    if (source === BAR_UPDATED) {
      this.bars.lateTicks += 1
      return false
    }
    bar.count = f64[at + 3] as number
    bar.periodNs = (f64[at + 5] as number) * 1e9
    const notional = Math.round((f64[at + 4] as number) * bar.volume)
    bar.notionalHigh = Number.isFinite(notional) ? Math.floor(notional / TWO_53) : 0
    bar.notionalLow = Number.isFinite(notional) ? notional - bar.notionalHigh * TWO_53 : 0
    this.#readyMadeMerged = false
    this.price = bar.close
    this.#priceIsTraded = true
    return true
  }

  /** Bars before the ready-made one close first; then it is built in, and closes its period if it fills it. */
  #closeReadyMade(): boolean {
    const bar = this.#readyMade
    if (!this.#readyMadeMerged) {
      if (this.bars.roll(bar.startNs)) return true
      this.#readyMadeMerged = true
      this.bars.addBar(bar)
    }
    return this.bars.roll(bar.startNs + bar.periodNs)
  }

  /** False where a side of the quote is missing: its price and size are zero. */
  #twoSided(): boolean {
    const { bidPrice, bidQty, askPrice, askQty } = this.row.input
    return (bidPrice !== 0 || bidQty !== 0) && (askPrice !== 0 || askQty !== 0)
  }
}

/** One state for each of the strategy's instruments, at its index. */
export function createSymbolStates(
  options: StrategyRunnerOptions,
  featureSet: FeatureSet,
  models: StrategyModels,
  onFeatureError: (symbol: string, name: string, error: unknown) => void,
): (SymbolState | undefined)[] {
  const { definition } = options
  const states: (SymbolState | undefined)[] = []
  options.instruments.forEach((instrument, i) => {
    states[instrument.index] = new SymbolState({
      strategyIndex: options.strategyIndex,
      strategyId: options.strategyId,
      instrument,
      model: models[i] as Model,
      featureSet,
      bars: options.barSource ?? definition.bars ?? 'trades',
      barPeriodNs: options.barPeriodNs,
      emptyBars: definition.emptyBars ?? false,
      acceptSynthetic: options.acceptSynthetic ?? false,
      onFeatureError: (name, error) => onFeatureError(instrument.symbol, name, error),
      onKill: (text) => options.onKill?.(text),
    })
  })
  return states
}
