import { type Exact, floorPpm } from '../../core/exact.ts'
import type { DenialCode } from '../../domain/denials.ts'
import { atMost, type Check, type CheckContext, type CheckResult, deny, skip } from '../check.ts'

/** Holds a worst-case value against a share of equity; what is not known denies. */
export function judgeShare(
  result: CheckResult,
  context: CheckContext,
  code: DenialCode,
  known: boolean,
  value: Exact,
  sharePpmMax: number,
): void {
  if (sharePpmMax === Number.POSITIVE_INFINITY) skip(result)
  else if (!known) deny(result, 'VALUE_UNKNOWN', Number.NaN, Number.NaN)
  else if (context.equity === null) deny(result, 'EQUITY_UNKNOWN', value, Number.NaN)
  else atMost(result, code, value, context.equity > 0 ? floorPpm(context.equity, sharePpmMax) : 0)
}

export const symbolShare: Check = {
  name: 'symbol_share',
  unit: 'notional',
  doc: 'Worst-case exposure in the symbol as a share of equity.',
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    const { worst, limits } = context
    judgeShare(result, context, 'SYMBOL_SHARE', worst.priced, worst.sideValue, limits.symbolSharePpmMax)
  },
}

export const totalShare: Check = {
  name: 'total_share',
  unit: 'notional',
  doc: 'Worst-case exposure over all symbols as a share of equity.',
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    const { worst, account } = context
    judgeShare(result, context, 'TOTAL_SHARE', worst.known, worst.gross, account.totalSharePpmMax)
  },
}
