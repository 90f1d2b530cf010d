import type { DenialCode } from '../../domain/denials.ts'
import type { OrderDraft } from '../../domain/draft.ts'
import { type Check, type CheckContext, deny, pass } from '../check.ts'

const BPS = 10_000

function referenceFault(draft: OrderDraft, context: CheckContext): DenialCode | null {
  const { market } = context
  if (Number.isNaN(market.referencePrice(draft.instrument))) return 'REFERENCE_MISSING'
  const ageNs = context.nowNs - market.referenceNs(draft.instrument)
  if (!(ageNs <= context.account.dataAgeNsMax)) return 'REFERENCE_STALE'
  if (market.bidPrice(draft.instrument) > market.askPrice(draft.instrument)) return 'REFERENCE_CROSSED'
  return null
}

/**
 * The limit price lies within the collar around a fresh reference, on both sides; a stop-limit's within the collar
 * around its own stop. No, stale, crossed or NaN reference denies every type of order, because nothing else bounds what
 * a market order pays. The limit that is recorded is the bound on the price's side of the reference, a whole increment.
 */
export const priceCollar: Check = {
  name: 'price_collar',
  unit: 'price',
  doc: "The limit price lies within the collar around a fresh reference, on both sides; a stop-limit's within the collar around its own stop.",
  reducing: 'apply',
  run(draft, _portfolio, context, result) {
    const fault = referenceFault(draft, context)
    const { price } = draft
    const last = context.market.referencePrice(draft.instrument)
    if (fault !== null) {
      deny(result, fault, price, last)
      return
    }
    const bps = context.reducing ? context.limits.reducingCollarBps : context.limits.collarBps
    if (Number.isNaN(price) || bps === Number.POSITIVE_INFINITY) {
      pass(result, price, last)
      return
    }
    const reference = draft.type === 'stop_limit' ? draft.stopPrice : last
    const width = Math.floor((Math.abs(reference) * bps) / BPS)
    const bound = price >= reference ? Math.floor(reference + width) : Math.ceil(reference - width)
    const inside = price >= reference ? price <= bound : price >= bound
    if (inside) pass(result, price, bound)
    else deny(result, 'PRICE_COLLAR', price, bound)
  },
}
