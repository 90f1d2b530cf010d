import type { Check } from '../check.ts'
import { judgeShare } from './equity-share.ts'

/**
 * Worst-case exposure of the symbol and of all that would lose with it, as a share of equity (R8). A limit without a
 * monitor of correlations denies: it cannot be told.
 */
export const correlatedExposure: Check = {
  name: 'correlated_exposure',
  unit: 'notional',
  doc: 'Worst-case exposure of the symbol and of all that would lose with it as a share of equity; an unknown correlation counts.',
  reducing: 'skip',
  run(draft, portfolio, context, result) {
    const { worst, account, correlated } = context
    const value =
      account.correlatedSharePpmMax === Number.POSITIVE_INFINITY || correlated === null || !worst.priced
        ? null
        : correlated.together(draft.instrument, draft.side, worst.sideValue, portfolio)
    judgeShare(
      result,
      context,
      'CORRELATED_EXPOSURE',
      value !== null,
      value ?? Number.NaN,
      account.correlatedSharePpmMax,
    )
  },
}
