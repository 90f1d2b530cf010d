import { type TradingActionName, tradingActionName } from '../domain/action.ts'
import type { Bar } from '../domain/bar.ts'
import type { SignalEvent, StrategyErrorCode, TickEvent } from '../domain/strategy.ts'
import { TICK } from '../domain/tick.ts'
import type { FeatureSet } from '../feature/feature-set.ts'
import type { SymbolState } from './strategy-symbol.ts'

/** What a runner counts over its life. */
export class RunnerCounters {
  /** trades, quotes and bars of the strategy's symbols */
  ticks = 0
  /** of those, the ones that found gate 1 shut */
  blocked = 0
  /** flagged ticks, which no bar and no feature saw */
  notTraded = 0
  bars = 0
  /** decisions that had to wait for bars or features */
  warming = 0
  /** calls of a model */
  decisions = 0
  holds = 0
  intents = 0
  readonly errors: Map<StrategyErrorCode, number> = new Map()
  /** the same errors by the name of the feature, model or hook */
  readonly errorsByName: Map<string, number> = new Map()

  countError(code: StrategyErrorCode, name: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
    this.errorsByName.set(name, (this.errorsByName.get(name) ?? 0) + 1)
  }
}

/** One symbol of a strategy as status shows it (P14); plain data. Ages are the reader's: event times are given. */
export interface SymbolStatus {
  readonly symbol: string
  readonly lastAction: TradingActionName
  /** event time of the last decision, ns from the run's event base; null before the first */
  readonly lastDecisionEventNs: number | null
  readonly lastEventNs: number | null
  readonly lastBar: Bar | null
  readonly features: Readonly<Record<string, number | null>>
  readonly closedBars: number
  readonly warmupBars: number
  /** features that are still filling */
  readonly warming: readonly string[]
  readonly lateTicks: number
  readonly pending: boolean
}

export function symbolStatus(state: SymbolState, featureSet: FeatureSet, warmupBars: number): SymbolStatus {
  const { bars, row, decision } = state
  return {
    symbol: state.instrument.symbol,
    lastAction: tradingActionName(decision.action),
    lastDecisionEventNs: orNull(state.lastDecisionEventNs),
    lastEventNs: orNull(state.eventNs),
    lastBar: bars.closedCount === 0 ? null : { ...bars.closed },
    features: Object.fromEntries(featureSet.names.map((name, i) => [name, orNull(row.values[i] as number)])),
    closedBars: bars.closedCount,
    warmupBars,
    warming: row.warming(),
    lateTicks: bars.lateTicks,
    pending: state.pending !== 0,
  }
}

/** The tick at hand as `onTick` hooks get it. */
export function tickEvent(state: SymbolState, tickSeq: number): TickEvent {
  const kind = state.kind === TICK.TRADE ? 'trade' : state.kind === TICK.QUOTE ? 'quote' : 'bar'
  const { input } = state.row
  const price = kind === 'trade' ? input.price : kind === 'quote' ? input.value : state.price
  return { kind, tickSeq, eventNs: state.eventNs, price }
}

function orNull(x: number): number | null {
  return Number.isNaN(x) ? null : x
}

/** The decision at hand as `onSignal` hooks get it. */
export function signalEvent(state: SymbolState): SignalEvent {
  const { decision, row } = state
  return {
    action: tradingActionName(decision.action),
    tickSeq: state.intent.tickSeq,
    features: Object.fromEntries(row.set.names.map((name, i) => [name, row.values[i] as number])),
    score: orNull(decision.score),
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What a model returned, as text for an error. */
export function describe(prediction: unknown): string {
  try {
    return JSON.stringify(prediction) ?? String(prediction)
  } catch {
    return String(prediction)
  }
}
