import { type Exact, exactProduct, exactTimes } from '../core/exact.ts'
import type { DenialCode } from '../domain/denials.ts'
import type { OrderDraft } from '../domain/draft.ts'
import { BROKEN, type IncrementRange, type InstrumentRules } from '../domain/instrument-rules.ts'
import { type CheckContext, type CheckResult, deny } from './check.ts'

/** Denies by the first of the broken rules, with the value that breaks it and its limit, in the rule's unit. */
export function denyByVenue(
  broken: number,
  draft: OrderDraft,
  context: CheckContext,
  result: CheckResult,
): void {
  const rules = context.rules as InstrumentRules
  if ((broken & BROKEN.TRADING) !== 0) {
    result.unit = 'count'
    deny(result, 'VENUE_SYMBOL_HALTED', 1, 0)
  } else if ((broken & BROKEN.PRICE) !== 0) denyPrice(result, draft.price, rules.price)
  else if ((broken & BROKEN.STOP_PRICE) !== 0) denyPrice(result, draft.stopPrice, rules.price)
  else if ((broken & BROKEN.LOT) !== 0) denyQty(result, draft.qty, rules.lot)
  else if ((broken & BROKEN.MARKET_LOT) !== 0) denyQty(result, draft.qty, rules.marketLot)
  else if ((broken & BROKEN.NOTIONAL_MIN) !== 0) {
    denyNotional(result, 'VENUE_NOTIONAL_MIN', draft, rules.notionalMin, context.limits.factor)
  } else denyNotional(result, 'VENUE_NOTIONAL_MAX', draft, rules.notionalMax, context.limits.factor)
}

function denyPrice(result: CheckResult, price: number, { min, max, step }: IncrementRange): void {
  result.unit = 'price'
  if (price < min) deny(result, 'VENUE_PRICE_RANGE', price, min)
  else if (price > max) deny(result, 'VENUE_PRICE_RANGE', price, max)
  else deny(result, 'VENUE_STEP', price, step)
}

function denyQty(result: CheckResult, qty: number, { min, max, step }: IncrementRange): void {
  result.unit = 'qty'
  if (qty < min) deny(result, 'VENUE_QTY_MIN', qty, min)
  else if (qty > max) deny(result, 'VENUE_QTY_MAX', qty, max)
  else deny(result, 'VENUE_STEP', qty, step)
}

/** In units of the account's money, as every notional is; without numbers while no rate converts them. */
function denyNotional(
  result: CheckResult,
  code: DenialCode,
  { price, qty }: OrderDraft,
  limit: Exact,
  factor: number,
): void {
  result.unit = 'notional'
  if (Number.isNaN(factor)) deny(result, code, Number.NaN, Number.NaN)
  else deny(result, code, exactTimes(exactProduct(price, qty), factor), exactTimes(limit, factor))
}
