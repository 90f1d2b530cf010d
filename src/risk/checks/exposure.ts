import { type Exact, floorPpm, PPM } from '../../core/exact.ts'
import type { DenialCode } from '../../domain/denials.ts'
import { atMost, type Check, type CheckContext, type CheckResult, deny, skip } from '../check.ts'

function judgeExposure(
  result: CheckResult,
  context: CheckContext,
  code: DenialCode,
  value: Exact,
  limit: Exact,
): void {
  if (limit === Number.POSITIVE_INFINITY) skip(result)
  else if (!context.worst.known) deny(result, 'VALUE_UNKNOWN', Number.NaN, limit)
  else atMost(result, code, value, limit)
}

export const concentration: Check = {
  name: 'concentration',
  unit: 'notional',
  doc: "The symbol's share of the worst-case gross exposure after the order; one (100 %) and above is off.",
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    const { worst } = context
    const ppmMax = context.account.concentrationPpmMax
    if (ppmMax >= PPM) skip(result)
    else if (!worst.known) deny(result, 'VALUE_UNKNOWN', Number.NaN, Number.NaN)
    else atMost(result, 'CONCENTRATION', worst.sideValue, floorPpm(worst.gross, ppmMax))
  },
}

export const grossExposure: Check = {
  name: 'gross_exposure',
  unit: 'notional',
  doc: 'Worst-case gross exposure against its absolute limit.',
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    judgeExposure(result, context, 'GROSS_EXPOSURE', context.worst.gross, context.account.grossMax)
  },
}

/** Closing a hedge raises the net; as an order that only reduces it is not held against the limit (R12). */
export const netExposure: Check = {
  name: 'net_exposure',
  unit: 'notional',
  doc: "Worst-case net exposure in the order's direction against its absolute limit.",
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    judgeExposure(result, context, 'NET_EXPOSURE', context.worst.net, context.account.netMax)
  },
}
