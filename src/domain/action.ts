import { TidegateError } from '../core/errors.ts'

/** What a model decides (P2). */
export const TradingAction = { HOLD: 0, BUY: 1, SELL: 2 } as const
export type TradingAction = (typeof TradingAction)[keyof typeof TradingAction]

export const SIDES = ['buy', 'sell'] as const
export type Side = (typeof SIDES)[number]

const ACTION_NAMES = ['HOLD', 'BUY', 'SELL'] as const
export type TradingActionName = (typeof ACTION_NAMES)[number]

/** @throws ACTION_INVALID for anything but 0, 1, 2 or their names */
export function toTradingAction(value: unknown): TradingAction {
  if (value === 0 || value === 1 || value === 2) return value
  const index = ACTION_NAMES.indexOf(value as TradingActionName)
  if (index >= 0) return index as TradingAction
  throw new TidegateError('ACTION_INVALID', `"${String(value)}" is not HOLD (0), BUY (1) or SELL (2)`)
}

export function tradingActionName(action: TradingAction): TradingActionName {
  return ACTION_NAMES[action]
}

/** The order side of an action; null for HOLD. */
export function actionToSide(action: TradingAction): Side | null {
  return action === TradingAction.BUY ? 'buy' : action === TradingAction.SELL ? 'sell' : null
}

/** @throws SIDE_INVALID for anything but "buy" and "sell" (any case) */
export function sideToAction(side: string): TradingAction {
  const lower = side.toLowerCase()
  if (lower === 'buy') return TradingAction.BUY
  if (lower === 'sell') return TradingAction.SELL
  throw new TidegateError('SIDE_INVALID', `"${side}" is not buy or sell`)
}

/** +1 for buy, -1 for sell. */
export function sideSign(side: Side): 1 | -1 {
  return side === 'buy' ? 1 : -1
}
