import type { Instrument } from '../domain/instrument.ts'
import type { Intent } from '../domain/intent.ts'
import type { Model } from '../domain/model.ts'
import type {
  Acts,
  BarSource,
  StrategyDefinition,
  StrategyErrorEvent,
  StrategyParams,
} from '../domain/strategy.ts'

/**
 * Gate 1: may this strategy trade this instrument? Writes the five control words (all, venue, account, strategy,
 * symbol) into `permit`, also where it is shut. Called once a tick; allocates nothing.
 */
export type Gate1Port = (instrument: number, permit: Int32Array) => boolean

/** Takes an intent; must copy what it keeps. False: there was no room, and the intent is lost and counted. */
export interface IntentSink {
  write(intent: Intent): boolean
}

/** A counted error of a strategy's code, with the strategy and symbol it belongs to. */
export interface StrategyError extends StrategyErrorEvent {
  readonly strategy: string
  readonly symbol: string
}

/** What a strategy runner is built from. Everything that differs between placements and modes is a port. */
export interface StrategyRunnerOptions {
  readonly strategyIndex: number
  readonly strategyId: string
  readonly definition: StrategyDefinition
  /** resolved parameters (`resolveParams`) */
  readonly params: StrategyParams
  /** the symbols that the strategy trades, one model each */
  readonly instruments: readonly Instrument[]
  readonly barPeriodNs: number
  /** `bar_source` of the configuration, where it is to hold over the definition's `bars` */
  readonly barSource?: BarSource
  /** `decide_on` of the configuration, where it is to hold over the definition's `acts` */
  readonly acts?: Acts
  /** `warmup_bars` of the configuration; the larger of it and the definition's holds */
  readonly warmupBars?: number
  /** longest time from a closed bar (or an acted-on tick) to the model's answer; 0 for none */
  readonly modelDeadlineMs?: number
  /** longest time of one hook call */
  readonly hookLimitMs?: number
  readonly placement: 'worker' | 'inline'
  readonly gate1: Gate1Port
  readonly intents: IntentSink
  readonly clock: { monoNs(): number }
  /** filled position of this strategy in an instrument, in quantity increments */
  readonly position?: (instrument: number) => number
  /** told of every counted error, up to one a tick: the receiver limits what it logs. INTENT_REFUSED asks for a halt. */
  readonly onError: (error: StrategyError) => void
  /** `kill()` of strategy code: halts the strategy (K6) */
  readonly onKill?: (text: string) => void
  /** builds synthetic ticks in: only for a twin that warms the code up and whose state is thrown away */
  readonly acceptSynthetic?: boolean
}

/** A model per instrument, in the order of `instruments`. */
export type StrategyModels = readonly Model[]
