import { floorDivide, PPM } from '../core/exact.ts'
import { moneyFromText } from '../core/money.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { MarketView } from '../domain/market.ts'
import { quantity, sharePpm } from './limits.ts'
import { orderPrice } from './worst-case.ts'

/** What reduces a size before the checks (R5); null is off. Decimals are exact text as in `RiskLimits`. */
export interface ThrottleLimits {
  /** largest quantity of one order, base asset */
  readonly qtyMax: string | null
  /** largest value of one order, quote asset */
  readonly valueMax: string | null
  /** largest share of the volume that the market traded in the window of the market view */
  readonly participationMax: string | null
  /** beyond this spread, in basis points of the mid, the size shrinks in proportion */
  readonly spreadBpsMax: number | null
  /** beyond this ratio of recent to baseline volatility the size shrinks in proportion */
  readonly volatilityRatioMax: number | null
}

export const NO_THROTTLE: ThrottleLimits = {
  qtyMax: null,
  valueMax: null,
  participationMax: null,
  spreadBpsMax: null,
  volatilityRatioMax: null,
}

/**
 * In the order in which they are tried; the one that leaves the least is named. `reduce_only` is the gate's: under a halt
 * that reducing orders pass, the part that closes the position is left.
 */
export const THROTTLE_RULES = [
  'reduce_only',
  'qty',
  'value',
  'participation',
  'spread',
  'volatility',
  'health',
] as const
export type ThrottleRule = (typeof THROTTLE_RULES)[number]

/** What the throttle made of a size; reused. `rule` is null where nothing was reduced. Quantities in increments. */
export interface ThrottleResult {
  rule: ThrottleRule | null
  from: number
  to: number
}

export interface CompiledThrottle {
  readonly qtyMax: number
  /** in units of price increments × quantity increments */
  readonly valueMax: number
  readonly participationPpmMax: number
  readonly spreadBpsMax: number
  readonly volatilityRatioMax: number
}

/** @throws RISK_LIMIT_INVALID, DECIMAL_INVALID */
export function compileThrottle(limits: ThrottleLimits, instrument: Instrument): CompiledThrottle {
  const off = Number.POSITIVE_INFINITY
  const { valueMax } = limits
  return {
    qtyMax: quantity('throttle qty_max', limits.qtyMax, instrument),
    valueMax: valueMax === null ? off : Number(moneyFromText(valueMax) / instrument.moneyPerIncrements),
    participationPpmMax: sharePpm('throttle participation_max', limits.participationMax),
    spreadBpsMax: limits.spreadBpsMax ?? off,
    volatilityRatioMax: limits.volatilityRatioMax ?? off,
  }
}

function reduce(out: ThrottleResult, rule: ThrottleRule, most: number): void {
  const whole = Math.max(0, Math.floor(most))
  if (whole >= out.to) return
  out.to = whole
  out.rule = rule
}

/**
 * Fills `out` with the size that every rule allows. A rule whose input is missing (no volume, no quote, no volatility
 * yet) fails safe: participation leaves nothing, the two ratios do nothing until they can be computed. `sizePpm` is what
 * self-health leaves of a size, in millionths.
 */
export function throttleSize(
  draft: OrderDraft,
  market: MarketView,
  mark: number | null,
  limits: CompiledThrottle,
  out: ThrottleResult,
  sizePpm: number = PPM,
): void {
  const { instrument, qty } = draft
  out.rule = null
  out.from = qty
  out.to = qty
  if (qty > limits.qtyMax) reduce(out, 'qty', limits.qtyMax)
  if (limits.valueMax !== Number.POSITIVE_INFINITY) {
    const price = orderPrice(draft, mark)
    if (price > 0) reduce(out, 'value', Number(floorDivide(limits.valueMax, price)))
  }
  if (limits.participationPpmMax !== Number.POSITIVE_INFINITY) {
    const volume = market.volume(instrument)
    reduce(out, 'participation', Number.isNaN(volume) ? 0 : (volume * limits.participationPpmMax) / 1e6)
  }
  const bid = market.bidPrice(instrument)
  const ask = market.askPrice(instrument)
  const spreadBps = ((ask - bid) / ((ask + bid) / 2)) * 10_000
  if (spreadBps > limits.spreadBpsMax) reduce(out, 'spread', (qty * limits.spreadBpsMax) / spreadBps)
  if (limits.volatilityRatioMax !== Number.POSITIVE_INFINITY) {
    const ratio = market.volatilityRatio(instrument)
    if (ratio > limits.volatilityRatioMax) {
      reduce(out, 'volatility', (qty * limits.volatilityRatioMax) / ratio)
    }
  }
  if (sizePpm < PPM) reduce(out, 'health', (qty * sizePpm) / PPM)
}
