import type { DenialCode } from '../../domain/denials.ts'
import type { OrderDraft } from '../../domain/draft.ts'
import { type Check, type CheckContext, deny, pass } from '../check.ts'

const BPS = 10_000
const NS_PER_MS = 1_000_000

/** The reference in today's terms: a price of before a split is not the price of after it. */
function referencePrice(draft: OrderDraft, context: CheckContext): number {
  const { market, splits, nowNs, utcMs } = context
  const ageMs = (nowNs - market.referenceNs(draft.instrument)) / NS_PER_MS
  const factor = splits.priceFactor(draft.instrument, utcMs - ageMs, utcMs)
  return market.referencePrice(draft.instrument) * factor
}

function referenceFault(draft: OrderDraft, context: CheckContext, reference: number): DenialCode | null {
  const { market } = context
  if (Number.isNaN(reference)) return 'REFERENCE_MISSING'
  const ageNs = context.nowNs - market.referenceNs(draft.instrument)
  if (!(ageNs <= context.account.dataAgeNsMax)) return 'REFERENCE_STALE'
  if (market.bidPrice(draft.instrument) > market.askPrice(draft.instrument)) return 'REFERENCE_CROSSED'
  return null
}

/**
 * The limit price lies within the collar around a fresh reference, on both sides; a stop-limit's within the collar
 * around its own stop. No, stale, crossed or NaN reference denies every type of order, because nothing else bounds what
 * a market order pays. Splits between the reference and now are taken out. The limit that is recorded is the bound on the price's side of the reference, a whole increment.
 */
export const priceCollar: Check = {
  name: 'price_collar',
  unit: 'price',
  doc: "The limit price lies within the collar around a fresh reference, on both sides; a stop-limit's within the collar around its own stop.",
  reducing: 'apply',
  run(draft, _portfolio, context, result) {
    const { price } = draft
    const last = referencePrice(draft, context)
    const fault = referenceFault(draft, context, last)
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
