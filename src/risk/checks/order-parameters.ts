import { type DenialCode } from '../../domain/denials.ts'
import type { OrderDraft } from '../../domain/draft.ts'
import { BROKEN, brokenRules } from '../../domain/instrument-rules.ts'
import { type Check, type CheckContext, deny, pass } from '../check.ts'
import { denyByVenue } from '../venue-rules.ts'

const QTY_MAX = Number.MAX_SAFE_INTEGER

function priceIsValid(price: number, needed: boolean, allowsNegative: boolean): boolean {
  if (!needed) return Number.isNaN(price)
  return Number.isSafeInteger(price) && (price > 0 || allowsNegative)
}

function firstFault(draft: OrderDraft, context: CheckContext): DenialCode | null {
  const { type } = draft
  const { allowsNegativePrice } = context.instrument
  const { capabilities } = context
  if (!Number.isSafeInteger(draft.qty) || draft.qty <= 0) return 'ORDER_QTY_INVALID'
  if (!priceIsValid(draft.price, type === 'limit' || type === 'stop_limit', allowsNegativePrice)) {
    return 'ORDER_PRICE_INVALID'
  }
  if (!priceIsValid(draft.stopPrice, type === 'stop' || type === 'stop_limit', allowsNegativePrice)) {
    return 'ORDER_STOP_INVALID'
  }
  if (!capabilities.orderTypes.includes(type)) return 'ORDER_TYPE_UNSUPPORTED'
  if (!capabilities.timesInForce.includes(draft.timeInForce)) return 'TIME_IN_FORCE_UNSUPPORTED'
  if (!capabilities.fractional && draft.qty % context.limits.wholeUnitQty !== 0)
    return 'FRACTIONAL_UNSUPPORTED'
  return null
}

/**
 * Bits of the venue's rules that the order breaks. Its status may be as old as the last look at it, so a reducing order
 * (R12) is left to the venue there; a price, quantity or value that the venue does not take is denied to every order.
 */
function brokenByVenue(draft: OrderDraft, { rules, reducing }: CheckContext): number {
  if (rules === null) return 0
  const broken = brokenRules(rules, draft, Number.NaN)
  return reducing ? broken & ~BROKEN.TRADING : broken
}

export const orderParameters: Check = {
  name: 'order_parameters',
  unit: 'qty',
  doc: "The order is well formed, in increments, and of a kind that the venue takes; where the venue's rules of the symbol are known, its status is TRADING and prices, quantity and value are within them. A reducing order is left to the venue where only the status is against it, which may have changed since it was read; every other rule denies it too, for the venue would refuse it.",
  reducing: 'apply',
  run(draft, _portfolio, context, result) {
    const fault = firstFault(draft, context)
    if (fault !== null) {
      deny(result, fault, draft.qty, QTY_MAX)
      return
    }
    const broken = brokenByVenue(draft, context)
    if (broken === 0) pass(result, draft.qty, QTY_MAX)
    else denyByVenue(broken, draft, context, result)
  },
}
