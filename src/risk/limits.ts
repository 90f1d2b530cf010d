import { parseDecimal, roundToIncrements } from '../core/decimal.ts'
import { TidegateError } from '../core/errors.ts'
import { type Exact, narrow, PPM } from '../core/exact.ts'
import { moneyFromText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { NotionalScale } from './scale.ts'

/**
 * The limits as configured. Values are exact decimal text in the account currency, quantities in the base asset, shares
 * are fractions of equity ("0.05"), null is off. Gross and net exposure, position and symbol limits hold for the worst
 * case (R4); the ones with a `reducing` twin are replaced by it for reducing orders (R12).
 */
export interface RiskLimits {
  readonly orderValueMin: string | null
  readonly orderValueMax: string | null
  readonly orderQtyMax: string | null
  readonly positionQtyMax: string | null
  readonly positionValueMax: string | null
  readonly symbolShareMax: string | null
  readonly totalShareMax: string | null
  /** largest share of one symbol in the gross exposure */
  readonly concentrationMax: string | null
  readonly grossValueMax: string | null
  readonly netValueMax: string | null
  /** largest share of equity in all that would lose together */
  readonly correlatedShareMax: string | null
  /** correlation of returns from which on two symbols count as one, 0 to 1 */
  readonly correlationMin: number
  readonly dailyLossShareMax: string | null
  readonly signalAgeMaxSeconds: number
  /** age of the last market data of the symbol, and of the collar's reference */
  readonly dataAgeMaxSeconds: number
  readonly longOnly: boolean
  /** the same order again within this time is a duplicate; 0 is off */
  readonly duplicateWindowMs: number
  readonly collarBps: number | null
  readonly reducingCollarBps: number | null
  /** entries, and separately reducing orders, in any one second; cancels have their own count and are never refused */
  readonly ordersPerSecondMax: number
  readonly openOrdersMax: number
  readonly restricted: readonly string[]
  /** orders in extended hours pass the market hours check */
  readonly extendedHours: boolean
  /** halt reasons (bits of `domain/reasons`) under which reducing orders pass */
  readonly reducibleReasons: number
  /** limits of single symbols, over the ones above */
  readonly symbols: Readonly<Record<string, SymbolLimits>>
}

export type SymbolLimits = Partial<
  Pick<
    RiskLimits,
    | 'orderValueMin'
    | 'orderValueMax'
    | 'orderQtyMax'
    | 'positionQtyMax'
    | 'positionValueMax'
    | 'symbolShareMax'
    | 'collarBps'
    | 'reducingCollarBps'
    | 'extendedHours'
  >
>

export const DEFAULT_LIMITS: RiskLimits = {
  orderValueMin: '50',
  orderValueMax: '10000',
  orderQtyMax: null,
  positionQtyMax: null,
  positionValueMax: null,
  symbolShareMax: '0.05',
  totalShareMax: '0.60',
  concentrationMax: '1',
  grossValueMax: null,
  netValueMax: null,
  correlatedShareMax: null,
  correlationMin: 0.7,
  dailyLossShareMax: '0.02',
  signalAgeMaxSeconds: 120,
  dataAgeMaxSeconds: 120,
  longOnly: true,
  duplicateWindowMs: 1_000,
  collarBps: 500,
  reducingCollarBps: 2_000,
  ordersPerSecondMax: 100,
  openOrdersMax: 200,
  restricted: [],
  extendedHours: false,
  reducibleReasons: 0,
  symbols: {},
}

/** The limits that hold for every instrument, ready to compare; Infinity is off. Money in notional units of the scale. */
export interface AccountLimits {
  readonly totalSharePpmMax: number
  readonly concentrationPpmMax: number
  readonly grossMax: Exact
  readonly netMax: Exact
  readonly correlatedSharePpmMax: number
  readonly dailyLossPpmMax: number
  readonly signalAgeNsMax: number
  readonly dataAgeNsMax: number
  readonly longOnly: boolean
  readonly duplicateWindowNs: number
  readonly openOrdersMax: number
  readonly reducibleReasons: number
}

/** The limits of one instrument, ready to compare; quantities in increments, money in notional units of the scale. */
export interface InstrumentLimits {
  readonly orderValueMin: Exact
  readonly orderValueMax: Exact
  readonly orderQtyMax: number
  readonly positionQtyMax: number
  readonly positionValueMax: Exact
  readonly symbolSharePpmMax: number
  readonly collarBps: number
  readonly reducingCollarBps: number
  readonly restricted: boolean
  readonly extendedHours: boolean
  /**
   * notional units of one price increment times one quantity increment; where a rate converts them the gate renews it, NaN
   * while there is none
   */
  factor: number
  /** share of its worth that a position ties up, whole millionths */
  readonly marginPpm: number
  /** quantity increments of one whole unit, for venues without fractions */
  readonly wholeUnitQty: number
}

function invalid(key: string, value: unknown, allowed: string): TidegateError {
  return new TidegateError(
    'RISK_LIMIT_INVALID',
    `risk limit ${key} is ${String(value)}; allowed is ${allowed}`,
  )
}

/** A non-negative share in whole millionths; null is off. @throws RISK_LIMIT_INVALID, DECIMAL_INVALID */
export function sharePpm(key: string, text: string | null): number {
  if (text === null) return Number.POSITIVE_INFINITY
  const { units, scale } = parseDecimal(text)
  const ppm = (units * BigInt(PPM)) / 10n ** BigInt(scale)
  if (units < 0n || ppm * 10n ** BigInt(scale) !== units * BigInt(PPM) || ppm > 1_000_000_000n) {
    throw invalid(key, text, 'a share from 0 to 1000 with at most six decimal places')
  }
  return Number(ppm)
}

function money(key: string, text: string | null, scale: NotionalScale, up: boolean): Exact {
  if (text === null) return up ? 0 : Number.POSITIVE_INFINITY
  const value = moneyFromText(text)
  if (value < 0n) throw invalid(key, text, 'zero or more')
  return narrow((value + (up ? scale.unitMoney - 1n : 0n)) / scale.unitMoney)
}

/** Rounded down to the instrument's increments: one limit may hold for instruments of different lots. */
export function quantity(key: string, text: string | null, instrument: Instrument): number {
  if (text === null) return Number.POSITIVE_INFINITY
  const increments = Number(roundToIncrements(text, instrument.qtyIncrement, 'floor'))
  if (increments < 0) throw invalid(key, text, 'zero or more')
  return increments
}

function amount(key: string, value: number | null, factor: number): number {
  if (value === null) return Number.POSITIVE_INFINITY
  if (!(value >= 0)) throw invalid(key, value, 'zero or more')
  return Math.round(value * factor)
}

/** @throws RISK_LIMIT_INVALID, DECIMAL_INVALID */
export function compileAccountLimits(limits: RiskLimits, scale: NotionalScale): AccountLimits {
  return {
    totalSharePpmMax: sharePpm('total_share_max', limits.totalShareMax),
    concentrationPpmMax: sharePpm('concentration_max', limits.concentrationMax),
    grossMax: money('gross_value_max', limits.grossValueMax, scale, false),
    netMax: money('net_value_max', limits.netValueMax, scale, false),
    correlatedSharePpmMax: sharePpm('correlated_share_max', limits.correlatedShareMax),
    dailyLossPpmMax: sharePpm('daily_loss_share_max', limits.dailyLossShareMax),
    signalAgeNsMax: amount('signal_age_max_seconds', limits.signalAgeMaxSeconds, 1e9),
    dataAgeNsMax: amount('data_age_max_seconds', limits.dataAgeMaxSeconds, 1e9),
    longOnly: limits.longOnly,
    duplicateWindowNs: amount('duplicate_window_ms', limits.duplicateWindowMs, 1e6),
    openOrdersMax: amount('open_orders_max', limits.openOrdersMax, 1),
    reducibleReasons: limits.reducibleReasons,
  }
}

/** @throws RISK_LIMIT_INVALID, DECIMAL_INVALID */
export function compileInstrumentLimits(
  account: RiskLimits,
  instrument: Instrument,
  scale: NotionalScale,
): InstrumentLimits {
  const limits = { ...account, ...account.symbols[instrument.symbol] }
  return {
    orderValueMin: money('order_value_min', limits.orderValueMin, scale, true),
    orderValueMax: money('order_value_max', limits.orderValueMax, scale, false),
    orderQtyMax: quantity('order_qty_max', limits.orderQtyMax, instrument),
    positionQtyMax: quantity('position_qty_max', limits.positionQtyMax, instrument),
    positionValueMax: money('position_value_max', limits.positionValueMax, scale, false),
    symbolSharePpmMax: sharePpm('symbol_share_max', limits.symbolShareMax),
    collarBps: amount('collar_bps', limits.collarBps, 1),
    reducingCollarBps: amount('reducing_collar_bps', limits.reducingCollarBps, 1),
    restricted: limits.restricted.includes(instrument.symbol),
    extendedHours: limits.extendedHours,
    factor: scale.factor(instrument),
    marginPpm: sharePpm('margin_rate', instrument.marginRate),
    wholeUnitQty: wholeUnitQty(instrument),
  }
}

/** Smallest count of quantity increments that is a whole number of units. */
function wholeUnitQty(instrument: Instrument): number {
  const { unitsPerIncrement, scale } = instrument.qtyIncrement
  let a = 10n ** BigInt(scale)
  let b = BigInt(unitsPerIncrement)
  const unit = a
  while (b !== 0n) [a, b] = [b, a % b]
  return Number(unit / a)
}
