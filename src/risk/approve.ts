import { assert } from '../core/assert.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { OrderRequest } from '../domain/order.ts'
import type { ApprovedOrder } from '../domain/venue.ts'

/** The verdict of the last assessment; an approval uses it up. */
export interface Verdict {
  /** every check passed, and no approval has used it */
  approvable: boolean
  reducing: boolean
  readonly draft: OrderDraft
}

function samePrice(requested: number | null, judged: number): boolean {
  return requested === null ? Number.isNaN(judged) : requested === judged
}

/**
 * The only place that makes an `ApprovedOrder`: the request is the draft that was just judged, every check passed, and
 * the verdict had not been used.
 *
 * @throws ASSERTION when the request is not what was approved
 */
export function approveRequest(request: OrderRequest, verdict: Verdict): ApprovedOrder {
  const { draft } = verdict
  assert(verdict.approvable, 'an order is approved once, and only after every check passed')
  const same =
    request.instrument === draft.instrument &&
    request.strategy === draft.strategy &&
    request.side === draft.side &&
    request.type === draft.type &&
    request.timeInForce === draft.timeInForce &&
    request.qty === draft.qty &&
    request.reducing === verdict.reducing &&
    samePrice(request.price, draft.price) &&
    samePrice(request.stopPrice, draft.stopPrice)
  assert(same, `the request ${request.clientOrderId} is not the order that was judged`)
  verdict.approvable = false
  return request as ApprovedOrder
}
