import type { OrderType, TimeInForce } from '../domain/order.ts'
import type { ReasonName } from '../domain/reasons.ts'
import type { Secret } from './secret.ts'
import type { AccountConfig } from './types-account.ts'

/*
 * The configuration as the engine reads it: one property per YAML key, defaults filled in, decimals as exact text,
 * `null` where a limit is off. Meaning, unit, bounds and default of every key stand in the schema files beside this
 * one, and from there in docs/reference/configuration.md.
 */

export const MODES = ['dry-run', 'paper', 'live'] as const
export type Mode = (typeof MODES)[number]

export interface InstrumentConfig {
  readonly symbol: string
  readonly venue: string
  readonly price_increment: string
  readonly qty_increment: string
  readonly multiplier: string
  readonly base_asset: string | null
  readonly quote_asset: string | null
  readonly calendar: string
  readonly extended_hours: boolean
  readonly allows_negative_price: boolean
  readonly shortable: boolean
  readonly settlement: 'full' | 'margin'
  readonly margin_rate: string
  readonly splits: readonly { readonly date: string; readonly ratio: string }[]
  /** limits of this symbol alone, over those of `risk`; absent: as there */
  readonly limits: SymbolLimitsConfig
}

export interface SymbolLimitsConfig {
  readonly order_value_min?: string | undefined
  readonly order_value_max?: string | undefined
  readonly order_qty_max?: string | null | undefined
  readonly position_qty_max?: string | null | undefined
  readonly position_value_max?: string | null | undefined
  readonly symbol_share_max?: string | undefined
  readonly collar_bps?: number | null | undefined
  readonly reducing_collar_bps?: number | null | undefined
}

export interface BinanceSpotConfig {
  readonly kind: 'binance-spot'
  readonly environment: 'paper' | 'live' | null
  readonly account: string
  readonly rest_url: string
  readonly ws_url: string
  /** WebSocket order entry; null: `/ws-api/v3` of `ws_url` */
  readonly ws_api_url: string | null
  readonly api_key: Secret | null
  readonly api_secret: Secret | null
  readonly key_type: 'hmac' | 'ed25519'
  readonly recv_window_ms: number
  readonly request_timeout_ms: number
}

export interface SimVenueConfig {
  readonly kind: 'sim'
  readonly account: string
}

export type VenueConfig = BinanceSpotConfig | SimVenueConfig

/** How much an action buys or sells; exactly one form. Quantities in the base asset, values in the quote asset. */
export type SizingConfig =
  | { readonly fixed: string }
  | { readonly notional: string }
  | { readonly equity_share: string }
  | { readonly target: { readonly long: string; readonly short: string } }

export interface OrderTemplateConfig {
  readonly sizing: SizingConfig
  readonly type: OrderType
  readonly time_in_force: TimeInForce
  readonly working_orders_per_side: number
  readonly limit_offset_increments: number
  readonly stop_offset_increments: number
}

export interface StrategyConfig {
  readonly id: string
  readonly file: string
  readonly symbols: readonly string[]
  readonly placement: 'worker' | 'inline'
  readonly bar_period_seconds: number
  readonly bar_source: 'trades' | 'quotes' | 'bars' | null
  readonly decide_on: 'bar' | 'tick' | null
  readonly warmup_bars: number
  readonly deadline_ms: number
  readonly params: Readonly<Record<string, unknown>>
  readonly order: OrderTemplateConfig
}

export interface RiskConfig {
  readonly order_value_min: string
  readonly order_value_max: string
  readonly order_qty_max: string | null
  readonly position_qty_max: string | null
  readonly position_value_max: string | null
  readonly symbol_share_max: string
  readonly total_share_max: string
  readonly concentration_max: string
  readonly gross_value_max: string | null
  readonly net_value_max: string | null
  readonly correlated_share_max: string | null
  readonly correlation_min: number
  readonly correlation_samples: number
  readonly correlation_sample_seconds: number
  readonly signal_age_max_seconds: number
  readonly data_age_max_seconds: number
  readonly long_only: boolean
  readonly duplicate_window_ms: number
  readonly daily_loss_share_max: string
  readonly collar_bps: number | null
  readonly reducing_collar_bps: number | null
  readonly orders_per_second_max: number
  readonly open_orders_max: number
  readonly restricted: readonly string[]
  readonly throttle: ThrottleConfig
}

/** What reduces a size before the checks; null is off. */
export interface ThrottleConfig {
  readonly qty_max: string | null
  readonly value_max: string | null
  readonly participation_max: string | null
  readonly spread_bps_max: number | null
  readonly volatility_ratio_max: number | null
}

export interface BreakersConfig {
  readonly vol_ratio_threshold: number | null
  readonly vol_recent_n: number
  readonly vol_baseline_n: number
  readonly consecutive_losses_max: number | null
  readonly executions_max: number | null
  readonly executions_window_seconds: number
  readonly action: 'block' | 'cancel' | 'shutdown'
}

/** From `shrink_ms` on sizes shrink, at `halt_ms` nothing is left; null is off. */
export type LagConfig = { readonly shrink_ms: number; readonly halt_ms: number } | null

export interface HealthConfig {
  readonly loop_lag: LagConfig
  readonly worker_age: LagConfig
  readonly journal_lag: LagConfig
}

export interface FeedConfig {
  readonly spike_ratio: number
  readonly late_ms: number
  readonly stale_ms: number
  readonly silence_ms: number
  readonly reconnect_min_ms: number
  readonly reconnect_max_ms: number
}

export interface WorkersConfig {
  readonly wait: 'spin' | 'spin-then-park' | 'park'
  readonly spin_us: number
  readonly tick_ring_slots: number
  readonly intent_ring_slots: number
  readonly hang_ms: number
  readonly stop_ms: number
}

export interface SimConfig {
  readonly listen: string
  readonly data: readonly string[]
  /** times real time; max: as fast as the clients take it */
  readonly speed: number | 'max'
  readonly start_on: 'subscribe' | 'listen' | 'request'
  readonly latency_ms: number
  readonly fill_model: FillModel
  readonly cash: Readonly<Record<string, string>>
  readonly seed: number
  readonly reject_share: number
  readonly api_key: Secret | null
  readonly api_secret: Secret | null
}

export interface GuardianConfig {
  readonly api_key: Secret | null
  readonly api_secret: Secret | null
  readonly key_type: 'hmac' | 'ed25519'
  readonly stall_ms: number
  readonly fence_ms: number
}

export const TOKEN_ROLES = ['viewer', 'operator', 'admin'] as const
export type TokenRole = (typeof TOKEN_ROLES)[number]

/** Who may use the operator's door; exactly one of `sha256` and `secret`. */
export interface TokenConfig {
  readonly id: string
  readonly role: TokenRole
  readonly sha256: string | null
  readonly secret: Secret | null
}

export interface ControlConfig {
  readonly listen: string | null
  readonly tls: { readonly cert_file: string; readonly key_file: string } | null
  readonly tokens: readonly TokenConfig[]
  readonly two_person: boolean
  readonly server: 'auto' | 'node' | 'uws'
  readonly stall_ms: number
}

export const FILL_MODELS = ['next-trade', 'top-of-book'] as const
export type FillModel = (typeof FILL_MODELS)[number]

export interface ConfigFile {
  readonly node: { readonly id: string }
  readonly mode: Mode
  readonly state_dir: string
  readonly arm: 'auto' | 'operator'
  readonly poll: boolean
  readonly native: 'auto' | 'off'
  readonly instruments: readonly InstrumentConfig[]
  readonly venues: Readonly<Record<string, VenueConfig>>
  readonly account: AccountConfig
  readonly strategies: readonly StrategyConfig[]
  readonly fees: { readonly bps: string; readonly asset: 'quote' | 'received' }
  readonly risk: RiskConfig
  readonly breakers: BreakersConfig
  readonly health: HealthConfig
  readonly feed: FeedConfig
  readonly clock: { readonly future_ms: number }
  readonly workers: WorkersConfig
  readonly kill: {
    readonly lock_file: string
    readonly halted_file: string | null
    readonly poll_ms: number
    readonly action: 'block' | 'cancel' | 'shutdown'
    readonly reducible: readonly ReasonName[]
  }
  readonly guardian: GuardianConfig
  readonly control: ControlConfig
  readonly shutdown: {
    readonly total_seconds: number
    readonly drain_seconds: number
    readonly scope: 'own' | 'account'
  }
  readonly journal: {
    readonly intent: 'process' | 'power'
    readonly latch: 'process' | 'power'
    readonly segment_bytes: number
  }
  readonly replay: {
    readonly fill_model: FillModel
    readonly latency_ms: number
    readonly data: readonly string[]
  }
  readonly sim: SimConfig
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
    readonly terminal: boolean
    readonly file_bytes_max: number
    readonly files_kept: number
  }
}

/** What loading found out beside the keys. */
export interface ConfigFacts {
  /** path of the file as given */
  readonly file: string
  /** absolute folder of the file */
  readonly directory: string
  /** why `mode` is what it is, one sentence */
  readonly modeReason: string
  /** `AGENT_MODE=LIVE`: orders may reach a live venue */
  readonly authorised: boolean
  /** `KILL_SWITCH` asserts */
  readonly killSwitch: boolean
  /** `EXECUTION_HALTED` asserts */
  readonly executionHalted: boolean
  /** see `configSha256` */
  readonly sha256: string
}

/** A loaded configuration: deeply frozen; `mode` is the effective one. */
export interface Config extends ConfigFile {
  readonly facts: ConfigFacts
}
