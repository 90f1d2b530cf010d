/** What an answer to an order request proves. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly venueOrderId: string; readonly tMs: number }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

/**
 * Error codes that prove that a new order is not at the venue, and never will be (binance-spot-api-docs errors.md):
 * the API refused it before the matching engine, or the engine itself did. Every other code leaves the outcome
 * unknown, above all -1000, -1001, -1006, -1007, -1008, -1016 and every 5xx.
 */
export const REJECTION_PROOFS: ReadonlyMap<number, string> = new Map([
  [-1002, 'UNAUTHORIZED'],
  [-1003, 'TOO_MANY_REQUESTS'],
  [-1013, 'INVALID_MESSAGE'],
  [-1014, 'UNKNOWN_ORDER_COMPOSITION'],
  [-1015, 'TOO_MANY_ORDERS'],
  [-1020, 'UNSUPPORTED_OPERATION'],
  [-1021, 'INVALID_TIMESTAMP'],
  [-1022, 'INVALID_SIGNATURE'],
  [-1100, 'ILLEGAL_CHARS'],
  [-1101, 'TOO_MANY_PARAMETERS'],
  [-1102, 'MANDATORY_PARAM_EMPTY_OR_MALFORMED'],
  [-1103, 'UNKNOWN_PARAM'],
  [-1104, 'UNREAD_PARAMETERS'],
  [-1105, 'PARAM_EMPTY'],
  [-1106, 'PARAM_NOT_REQUIRED'],
  [-1108, 'PARAM_OVERFLOW'],
  [-1111, 'BAD_PRECISION'],
  [-1114, 'TIF_NOT_REQUIRED'],
  [-1115, 'INVALID_TIF'],
  [-1116, 'INVALID_ORDER_TYPE'],
  [-1117, 'INVALID_SIDE'],
  [-1118, 'EMPTY_NEW_CL_ORD_ID'],
  [-1121, 'BAD_SYMBOL'],
  [-1128, 'OPTIONAL_PARAMS_BAD_COMBO'],
  [-1130, 'INVALID_PARAMETER'],
  [-1134, 'BAD_STRATEGY_TYPE'],
  [-1135, 'INVALID_JSON'],
  [-2010, 'NEW_ORDER_REJECTED'],
  [-2014, 'BAD_API_KEY_FMT'],
  [-2015, 'REJECTED_MBX_KEY'],
])

/** Statuses under which those codes are proofs: the API says that the request is at fault. */
const PROOF_STATUSES: ReadonlySet<number> = new Set([400, 401, 418, 429])

/**
 * -2010 with this text says that an open order has the client order id. Ids are never reused, so that order is ours,
 * sent before: the opposite of a proof.
 */
const DUPLICATE = 'Duplicate order sent.'

interface OrderAnswer {
  readonly status?: unknown
  readonly result?: { readonly orderId?: unknown; readonly transactTime?: unknown }
  readonly error?: { readonly code?: unknown; readonly msg?: unknown }
}

/** Classifies the answer to `order.place`. */
export function orderOutcome(answer: OrderAnswer): Outcome {
  const { status, result, error } = answer
  if (status === 200) {
    if (typeof result?.orderId !== 'number') return { kind: 'unknown', reason: 'ANSWER_WITHOUT_ORDER_ID' }
    const tMs = typeof result.transactTime === 'number' ? result.transactTime : 0
    return { kind: 'accepted', venueOrderId: String(result.orderId), tMs }
  }
  const code = typeof error?.code === 'number' ? error.code : 0
  const text = typeof error?.msg === 'string' ? error.msg : ''
  const proof = REJECTION_PROOFS.get(code)
  const reason = `${proof ?? 'UNKNOWN_OUTCOME'} ${code}: ${text}`
  if (proof === undefined || !PROOF_STATUSES.has(Number(status)) || text === DUPLICATE) {
    return { kind: 'unknown', reason }
  }
  return { kind: 'rejected', reason }
}
