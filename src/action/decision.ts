import { type Increment, toIncrements } from '../core/decimal.ts'
import { TradingAction, toTradingAction } from '../domain/action.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Prediction } from '../domain/model.ts'

/** A prediction as an intent takes it; one reusable object per strategy and symbol. Increments; NaN where not named. */
export interface Decision {
  action: TradingAction
  limitPrice: number
  qty: number
  score: number
}

/** Why a prediction is no decision; the runner counts it and holds (P9). */
export type DecisionFault = 'ACTION_INVALID' | 'MODEL_NAN' | 'LIMIT_PRICE_INVALID' | 'QTY_INVALID'

export function createDecision(): Decision {
  return { action: TradingAction.HOLD, limitPrice: Number.NaN, qty: Number.NaN, score: Number.NaN }
}

/**
 * Reads what a model returned into `out`. The one place where model output becomes an action: HOLD 0, BUY 1, SELL 2 or
 * their names; all else is a fault and leaves HOLD. Never throws, allocates nothing for a bare action.
 */
export function readPrediction(
  prediction: Prediction,
  instrument: Instrument,
  out: Decision,
): DecisionFault | null {
  out.action = TradingAction.HOLD
  out.limitPrice = Number.NaN
  out.qty = Number.NaN
  out.score = Number.NaN
  if (prediction === 0 || prediction === 1 || prediction === 2) {
    out.action = prediction
    return null
  }
  if (typeof prediction === 'number' && Number.isNaN(prediction)) return 'MODEL_NAN'
  if (typeof prediction !== 'object' || prediction === null) return 'ACTION_INVALID'
  return readFields(prediction, instrument, out)
}

function readFields(
  prediction: Exclude<Prediction, TradingAction>,
  instrument: Instrument,
  out: Decision,
): DecisionFault | null {
  const { limitPrice, qty, score } = prediction
  if (score !== undefined) {
    if (typeof score !== 'number' || !Number.isFinite(score)) return 'MODEL_NAN'
    out.score = score
  }
  if (limitPrice !== undefined) {
    out.limitPrice = incrementsOf(limitPrice, instrument.priceIncrement)
    const lowest = instrument.allowsNegativePrice ? Number.MIN_SAFE_INTEGER : 1
    if (!(out.limitPrice >= lowest)) return fault(out, 'LIMIT_PRICE_INVALID')
  }
  if (qty !== undefined) {
    out.qty = incrementsOf(qty, instrument.qtyIncrement)
    if (!(out.qty >= 1)) return fault(out, 'QTY_INVALID')
  }
  const action: unknown = prediction.action
  if (typeof action === 'number' && Number.isNaN(action)) return fault(out, 'MODEL_NAN')
  try {
    out.action = toTradingAction(action)
    return null
  } catch {
    return fault(out, 'ACTION_INVALID')
  }
}

function fault(out: Decision, code: DecisionFault): DecisionFault {
  out.limitPrice = Number.NaN
  out.qty = Number.NaN
  return code
}

/** Whole increments of a number (already increments) or of decimal text; NaN for anything else. */
function incrementsOf(value: unknown, increment: Increment): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : Number.NaN
  if (typeof value !== 'string') return Number.NaN
  try {
    return toIncrements(value, increment)
  } catch {
    return Number.NaN
  }
}
