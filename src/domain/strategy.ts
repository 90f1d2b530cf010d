import type { TradingActionName } from './action.ts'
import type { Bar } from './bar.ts'
import type { FeatureSpec } from './feature.ts'
import type { Model, ModelFactoryContext } from './model.ts'

export type ParamValue = number | string | boolean
export type StrategyParams = Record<string, ParamValue>

/** What bars are built from: trades, quotes (mids), or taken ready-made from a bar feed. */
export const BAR_SOURCES = ['trades', 'quotes', 'bars'] as const
export type BarSource = (typeof BAR_SOURCES)[number]

/** When a decision is taken: at each closed bar, at each trade, at each quote, or at both (`tick`). */
export const ACTS = ['bar', 'tick', 'trade', 'quote'] as const
export type Acts = (typeof ACTS)[number]

export const HOOK_NAMES = ['onTick', 'onBar', 'onSignal', 'onOrder', 'onFill', 'onHalt', 'onError'] as const
export type HookName = (typeof HOOK_NAMES)[number]

/** Where an event of a hook belongs. */
export interface HookContext {
  readonly strategy: string
  readonly symbol: string
}

export interface TickEvent {
  readonly kind: 'trade' | 'quote' | 'bar'
  readonly tickSeq: number
  readonly eventNs: number
  /** trade price or mid, in price increments */
  readonly price: number
}

export interface SignalEvent {
  readonly action: TradingActionName
  readonly tickSeq: number
  /** by name, in the order of the feature set */
  readonly features: Readonly<Record<string, number>>
  readonly score: number | null
}

/** A change of one of the strategy's orders, as the engine tells it. Quantities in increments. */
export interface OrderEvent {
  readonly clientOrderId: string
  readonly state: string
  readonly cumQty: number
  readonly reason: string | null
}

export interface FillEvent {
  readonly clientOrderId: string
  readonly tradeId: string
  readonly side: 'buy' | 'sell'
  readonly qty: number
  readonly price: number
}

export interface HaltEvent {
  readonly reason: string
  readonly text: string
  readonly scope: string
}

/** A counted error of the strategy's own code (P9, P6). */
export interface StrategyErrorEvent {
  readonly code: StrategyErrorCode
  /** the feature, model or hook at fault */
  readonly name: string
  readonly message: string
  readonly tickSeq: number
}

export const STRATEGY_ERROR_CODES = [
  'FEATURE_THREW',
  'FEATURE_NAN',
  'MODEL_THREW',
  'MODEL_NAN',
  'MODEL_BUSY',
  'ACTION_INVALID',
  'LIMIT_PRICE_INVALID',
  'QTY_INVALID',
  'DECISION_DEADLINE',
  'BAR_INVALID',
  'INTENT_REFUSED',
  'HOOK_THREW',
  'HOOK_TIMEOUT',
  'HOOK_BACKLOG',
] as const
export type StrategyErrorCode = (typeof STRATEGY_ERROR_CODES)[number]

/** Hooks may be sync or async; see `HookRunner` for where and when they run. */
export interface StrategyHooks {
  onTick?(event: TickEvent, context: HookContext): void | Promise<void>
  onBar?(event: Readonly<Bar>, context: HookContext): void | Promise<void>
  onSignal?(event: SignalEvent, context: HookContext): void | Promise<void>
  onOrder?(event: OrderEvent, context: HookContext): void | Promise<void>
  onFill?(event: FillEvent, context: HookContext): void | Promise<void>
  onHalt?(event: HaltEvent, context: HookContext): void | Promise<void>
  onError?(event: StrategyErrorEvent, context: HookContext): void | Promise<void>
}

/** What the engine tells a running strategy; `instrument` -1 where no symbol is meant. */
export type StrategyNotification =
  | { readonly hook: 'onOrder'; readonly instrument: number; readonly event: OrderEvent }
  | { readonly hook: 'onFill'; readonly instrument: number; readonly event: FillEvent }
  | { readonly hook: 'onHalt'; readonly instrument: number; readonly event: HaltEvent }

/** A strategy as its file gives it. */
export interface StrategyDefinition<P extends StrategyParams = StrategyParams> {
  readonly name: string
  /** parameters with their defaults; the configuration may set these and no others */
  readonly params?: P
  /** default `trades` */
  readonly bars?: BarSource
  /** also close a bar for each period without ticks, at the last close; default false */
  readonly emptyBars?: boolean
  /** default `bar` */
  readonly acts?: Acts
  /** closed bars that a symbol needs before the first intent (P12) */
  warmupBars?(params: P): number
  /** the features of a decision, in order */
  features(params: P): readonly FeatureSpec[]
  /** Makes the model, once per symbol; may be async (to load a file). A function is taken as `predict`. */
  model(params: P, context: ModelFactoryContext): Model | Model['predict'] | Promise<Model | Model['predict']>
  readonly hooks?: StrategyHooks
}

/** Types a strategy; the default export of a strategy file. Validation is the loader's. */
export function defineStrategy<P extends StrategyParams>(
  definition: StrategyDefinition<P>,
): StrategyDefinition<P> {
  return definition
}
