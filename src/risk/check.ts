import type { Exact } from '../core/exact.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { DenialCode } from '../domain/denials.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { InstrumentRules } from '../domain/instrument-rules.ts'
import type { MarketView } from '../domain/market.ts'
import type { PortfolioView } from '../domain/portfolio.ts'
import type { VenueCapabilities } from '../domain/venue.ts'
import type { BreakerView } from './breakers/circuit-breakers.ts'
import type { Conversion } from './conversion.ts'
import type { AccountLimits, InstrumentLimits } from './limits.ts'
import type { CorrelatedExposure } from './monitor/correlated-exposure.ts'
import type { OrderHistory } from './order-history.ts'
import type { HealthView } from './self-health.ts'
import type { SplitSchedule } from './splits.ts'
import type { ThrottleResult } from './throttle.ts'
import type { WorstCase } from './worst-case.ts'

/**
 * What a value and its limit count: `qty` and `price` in the instrument's increments, `notional` in units of the
 * notional scale, `ns`, `count`, and `bits` of halt reasons; `session` is a `MARKET_SESSION`.
 */
export type CheckUnit = 'qty' | 'price' | 'notional' | 'ns' | 'count' | 'bits' | 'session'

/**
 * The outcome of one check, reused from order to order. `value` was held against `limit` (NaN: nothing to compare,
 * ±Infinity: off); where a number is 2^53 or more it stands exactly in `exactValue` or `exactLimit`.
 */
export interface CheckResult {
  readonly check: CheckName
  unit: CheckUnit
  /** false: the check does not apply to this order (reducing set, or nothing to compare) and passes */
  applied: boolean
  passed: boolean
  code: DenialCode | null
  value: number
  limit: number
  exactValue: bigint | null
  exactLimit: bigint | null
}

/** What checks know beside the order and the portfolio; filled by the gate, reused. */
export interface CheckContext {
  instrument: Instrument
  limits: InstrumentLimits
  capabilities: VenueCapabilities
  /** what the venue says that it takes of the instrument; null: not known, left to the venue */
  rules: InstrumentRules | null
  readonly account: AccountLimits
  readonly market: MarketView
  readonly calendar: CalendarPort
  readonly history: OrderHistory
  readonly splits: SplitSchedule
  /** null: every value counts at par */
  readonly conversion: Conversion | null
  /** null: the run has none */
  readonly breakers: BreakerView | null
  readonly correlated: CorrelatedExposure | null
  readonly health: HealthView | null
  /** time of the checks, on the clock of `OrderDraft.signalNs` and of the market view */
  nowNs: number
  /** UTC ms since 1970 */
  utcMs: number
  /** halt reasons of all scopes of the order, or-ed */
  haltReasons: number
  /** the order is proved to only reduce the position (R12) */
  reducing: boolean
  readonly worst: WorstCase
  /** what the worst case ties up, in notional units; null while it is not known */
  margin: Exact | null
  readonly throttle: ThrottleResult
  /** equity in notional units, rounded down; null while unknown */
  equity: Exact | null
  /** loss of the trading day in notional units, rounded up; negative is a profit; null while unknown */
  dailyLoss: Exact | null
}

/** Pure but for `result`, which it fills by `pass`, `deny`, `judge` or `skip`. */
export type CheckFunction = (
  draft: OrderDraft,
  portfolio: PortfolioView,
  context: CheckContext,
  result: CheckResult,
) => void

/** A check with its place in the reducing set: `skip` leaves it out for orders proved to reduce (R12). */
export interface Check {
  readonly name: CheckName
  readonly unit: CheckUnit
  /** what holds where the check passes, for the documentation's table */
  readonly doc: string
  readonly reducing: 'apply' | 'skip'
  readonly run: CheckFunction
}

export const CHECK_NAMES = [
  'self_health',
  'throttle',
  'order_parameters',
  'authorisation',
  'unknown_outcome',
  'restricted_list',
  'market_hours',
  'trading_status',
  'signal_freshness',
  'data_staleness',
  'circuit_breaker',
  'price_collar',
  'conversion',
  'order_qty',
  'order_value_min',
  'order_value_max',
  'long_only',
  'position_size',
  'position_value',
  'symbol_share',
  'total_share',
  'buying_power',
  'concentration',
  'gross_exposure',
  'net_exposure',
  'correlated_exposure',
  'open_orders',
  'duplicate_order',
  'self_trade',
  'daily_loss',
  'message_rate',
] as const
export type CheckName = (typeof CHECK_NAMES)[number]

export function createCheckResult(check: CheckName, unit: CheckUnit): CheckResult {
  return {
    check,
    unit,
    applied: false,
    passed: false,
    code: null,
    value: Number.NaN,
    limit: Number.NaN,
    exactValue: null,
    exactLimit: null,
  }
}

function record(result: CheckResult, value: Exact, limit: Exact): void {
  result.applied = true
  if (typeof value === 'number') {
    result.value = value
    result.exactValue = null
  } else {
    result.value = Number(value)
    result.exactValue = value
  }
  if (typeof limit === 'number') {
    result.limit = limit
    result.exactLimit = null
  } else {
    result.limit = Number(limit)
    result.exactLimit = limit
  }
}

export function pass(result: CheckResult, value: Exact, limit: Exact): void {
  record(result, value, limit)
  result.passed = true
  result.code = null
}

export function deny(result: CheckResult, code: DenialCode, value: Exact, limit: Exact): void {
  record(result, value, limit)
  result.passed = false
  result.code = code
}

/** Passes where `value` ≤ `limit`; a NaN on either side denies. */
export function atMost(result: CheckResult, code: DenialCode, value: Exact, limit: Exact): void {
  if (value <= limit) pass(result, value, limit)
  else deny(result, code, value, limit)
}

/** Does not apply to this order: passes without a comparison. */
export function skip(result: CheckResult): void {
  result.applied = false
  result.passed = true
  result.code = null
  result.value = Number.NaN
  result.limit = Number.NaN
  result.exactValue = null
  result.exactLimit = null
}
