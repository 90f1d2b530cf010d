import { TidegateError } from '../core/errors.ts'
import { TradingAction } from '../domain/action.ts'

/** BUY at `buyAbove` and beyond, SELL at `sellBelow` and below, HOLD between. */
export interface ScoreThresholds {
  readonly buyAbove: number
  readonly sellBelow: number
}

/** @throws MODEL_PARAM_INVALID unless sellBelow < buyAbove, both finite */
export function checkThresholds(thresholds: ScoreThresholds): ScoreThresholds {
  const { buyAbove, sellBelow } = thresholds
  if (!(Number.isFinite(buyAbove) && Number.isFinite(sellBelow) && sellBelow < buyAbove)) {
    throw new TidegateError(
      'MODEL_PARAM_INVALID',
      `sellBelow ${String(sellBelow)} must be a number below buyAbove ${String(buyAbove)}`,
    )
  }
  return thresholds
}

export function actionOfScore(score: number, thresholds: ScoreThresholds): TradingAction {
  if (score >= thresholds.buyAbove) return TradingAction.BUY
  return score <= thresholds.sellBelow ? TradingAction.SELL : TradingAction.HOLD
}
