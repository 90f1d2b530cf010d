import { sideSign, TradingAction } from '../domain/action.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Intent } from '../domain/intent.ts'
import type { OrderType, TimeInForce } from '../domain/order.ts'
import type { PortfolioView } from '../domain/portfolio.ts'
import { type CompiledSizing, compileSizing, computeSize, type Sizing, type SizingOutcome } from './sizing.ts'

/**
 * How a strategy's actions become orders (P13). Offsets are in price increments in the order's direction: a positive
 * limit offset pays up to that much more than the reference, a negative one rests behind it; a stop lies its offset
 * beyond the reference, and a stop-limit's limit its offset beyond the stop.
 */
export interface OrderTemplate {
  readonly sizing: Sizing
  readonly type: OrderType
  readonly timeInForce: TimeInForce
  readonly limitOffset: number
  readonly stopOffset: number
  readonly workingOrdersPerSide: number
}

/** A template of one instrument, in increments. */
export interface CompiledTemplate {
  readonly instrument: number
  readonly sizing: CompiledSizing
  readonly type: OrderType
  readonly timeInForce: TimeInForce
  readonly limitOffset: number
  readonly stopOffset: number
  readonly workingOrdersPerSide: number
}

/** @throws SIZING_INVALID, DECIMAL_INVALID, OFF_INCREMENT */
export function compileTemplate(template: OrderTemplate, instrument: Instrument): CompiledTemplate {
  return {
    instrument: instrument.index,
    sizing: compileSizing(template.sizing, instrument),
    type: template.type,
    timeInForce: template.timeInForce,
    limitOffset: template.limitOffset,
    stopOffset: template.stopOffset,
    workingOrdersPerSide: template.workingOrdersPerSide,
  }
}

/** What an intent became. `SIZED`: the draft is filled; anything else: there is no order, and why. */
export type DraftOutcome = SizingOutcome

/** A price that is not a whole increment goes to the passive side: a buy never pays, a sell never gets, worse. */
function passive(price: number, buys: boolean): number {
  return buys ? Math.floor(price) : Math.ceil(price)
}

/** Prices of the draft from reference, offsets and the model's own limit; NaN stands for "none". */
function price(template: CompiledTemplate, intent: Intent, draft: OrderDraft): boolean {
  const { type } = template
  const buys = draft.side === 'buy'
  const sign = sideSign(draft.side)
  draft.price = Number.NaN
  draft.stopPrice = Number.NaN
  if (type === 'market') return true
  if (type !== 'limit') {
    draft.stopPrice = passive(intent.referencePrice + sign * template.stopOffset, buys)
    if (Number.isNaN(draft.stopPrice)) return false
    if (type === 'stop') return true
  }
  const base = type === 'limit' ? intent.referencePrice : draft.stopPrice
  const named = Number.isNaN(intent.limitPrice) ? base + sign * template.limitOffset : intent.limitPrice
  draft.price = passive(named, buys)
  return !Number.isNaN(draft.price)
}

/**
 * A sell of what was bought: the part that fees in the base asset took of it is not there to be sold, and must not lock
 * the rest in. What is larger than that too many is left as it is, for the checks to refuse.
 */
function leaveFees(draft: OrderDraft, portfolio: PortfolioView): void {
  const taken = portfolio.feesTaken(draft.strategy, draft.instrument)
  if (taken === 0) return
  const free =
    portfolio.strategyPosition(draft.strategy, draft.instrument) -
    portfolio.strategyOpenQty(draft.strategy, draft.instrument, 'sell')
  if (free > 0 && draft.qty > free && draft.qty - taken <= free) draft.qty = free
}

/**
 * Fills `draft` from an intent. A quantity that the model named replaces the sizing rule, and its limit price the
 * offset.
 */
export function draftOrder(
  template: CompiledTemplate,
  intent: Intent,
  portfolio: PortfolioView,
  draft: OrderDraft,
): DraftOutcome {
  const { action, strategy, referencePrice } = intent
  draft.instrument = template.instrument
  draft.strategy = strategy
  draft.type = template.type
  draft.timeInForce = template.timeInForce
  draft.signalNs = intent.tickRecvNs
  draft.referencePrice = referencePrice
  draft.workingOrdersPerSide = template.workingOrdersPerSide
  let outcome: SizingOutcome
  if (Number.isNaN(intent.qty) || action === TradingAction.HOLD) {
    const { instrument, sizing } = template
    outcome = computeSize(sizing, action, strategy, instrument, referencePrice, portfolio, draft)
  } else {
    draft.side = action === TradingAction.BUY ? 'buy' : 'sell'
    draft.qty = Math.floor(intent.qty)
    outcome =
      draft.qty === 0
        ? 'SIZE_ZERO'
        : Number.isSafeInteger(draft.qty) && draft.qty > 0
          ? 'SIZED'
          : 'SIZE_INVALID'
  }
  if (outcome !== 'SIZED') return outcome
  if (draft.side === 'sell') leaveFees(draft, portfolio)
  return price(template, intent, draft) ? 'SIZED' : 'SIZE_REFERENCE_MISSING'
}
