/**
 * Errors of the Binance spot API that the simulated venue answers, with today's codes and texts (binance-spot-api-docs
 * errors.md). `%s` is replaced by the argument.
 */
export const API_ERRORS = {
  TOO_MANY_REQUESTS: {
    code: -1003,
    status: 429,
    msg: 'Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.',
  },
  TIMEOUT: {
    code: -1007,
    status: 503,
    msg: 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
  },
  FILTER_FAILURE: { code: -1013, status: 400, msg: 'Filter failure: %s' },
  MARKET_CLOSED: { code: -1013, status: 400, msg: 'Market is closed.' },
  TOO_MANY_ORDERS: {
    code: -1015,
    status: 429,
    msg: 'Too many new orders; current limit is %s.',
  },
  UNSUPPORTED_OPERATION: { code: -1020, status: 400, msg: 'This operation is not supported.' },
  TIMESTAMP_OUTSIDE: {
    code: -1021,
    status: 400,
    msg: 'Timestamp for this request is outside of the recvWindow.',
  },
  TIMESTAMP_AHEAD: {
    code: -1021,
    status: 400,
    msg: "Timestamp for this request was 1000ms ahead of the server's time.",
  },
  INVALID_SIGNATURE: { code: -1022, status: 400, msg: 'Signature for this request is not valid.' },
  ILLEGAL_CHARS: { code: -1100, status: 400, msg: "Illegal characters found in parameter '%s'." },
  MANDATORY_PARAM: {
    code: -1102,
    status: 400,
    msg: "Mandatory parameter '%s' was not sent, was empty/null, or malformed.",
  },
  EITHER_PARAM: {
    code: -1102,
    status: 400,
    msg: "Param '%s' must be sent, but both were empty/null!",
  },
  PARAM_TOO_GREAT: {
    code: -1102,
    status: 400,
    msg: "'%s' contains unexpected value. Cannot be greater than 60000.",
  },
  PARAM_NOT_REQUIRED: { code: -1106, status: 400, msg: "Parameter '%s' sent when not required." },
  BAD_PRECISION: { code: -1111, status: 400, msg: "Parameter '%s' has too much precision." },
  INVALID_TIF: { code: -1115, status: 400, msg: 'Invalid timeInForce.' },
  INVALID_ORDER_TYPE: { code: -1116, status: 400, msg: 'Invalid orderType.' },
  INVALID_SIDE: { code: -1117, status: 400, msg: 'Invalid side.' },
  BAD_SYMBOL: { code: -1121, status: 400, msg: 'Invalid symbol.' },
  MORE_THAN_24_HOURS: {
    code: -1127,
    status: 400,
    msg: 'More than 24 hours between startTime and endTime.',
  },
  BAD_COMBINATION: { code: -1128, status: 400, msg: 'Combination of optional parameters invalid.' },
  INVALID_PARAMETER: { code: -1130, status: 400, msg: "Data sent for parameter '%s' is not valid." },
  INVALID_JSON: { code: -1135, status: 400, msg: 'Invalid JSON Request' },
  NEW_ORDER_REJECTED: { code: -2010, status: 400, msg: '%s' },
  CANCEL_REJECTED: { code: -2011, status: 400, msg: '%s' },
  NO_SUCH_ORDER: { code: -2013, status: 400, msg: 'Order does not exist.' },
  BAD_API_KEY_FMT: { code: -2014, status: 401, msg: 'API-key format invalid.' },
  REJECTED_KEY: { code: -2015, status: 401, msg: 'Invalid API-key, IP, or permissions for action.' },
  SUBSCRIPTION_ACTIVE: { code: -2035, status: 400, msg: 'User Data Stream subscription already active.' },
  SUBSCRIPTION_INACTIVE: { code: -2036, status: 400, msg: 'User Data Stream subscription not active.' },
} as const
export type ApiErrorName = keyof typeof API_ERRORS

/** A refusal on its way to the client; only request handlers throw it, and only the two front doors catch it. */
export class ApiError extends Error {
  readonly code: number
  readonly status: number
  /** when the client may try again, ms since 1970 (429 and 418) */
  readonly retryAfterMs: number | null

  constructor(name: ApiErrorName, argument = '', retryAfterMs: number | null = null) {
    const { code, status, msg } = API_ERRORS[name]
    super(msg.replace('%s', argument))
    this.code = code
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}
