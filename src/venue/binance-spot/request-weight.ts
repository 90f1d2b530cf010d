import type { RestMethod, RestParams } from './rest-client.ts'

/** Levels of a side that are asked for, and the weight of the request. */
export interface SnapshotDepth {
  readonly levels: number
  readonly weight: number
}

/** A quarter of the venue's minute. */
const CONNECT_WEIGHT_MAX = 1_500
const LEVELS_LEAST = 100
const DEPTHS: readonly SnapshotDepth[] = [
  { levels: 5_000, weight: 250 },
  { levels: 1_000, weight: 50 },
  { levels: 500, weight: 25 },
  { levels: LEVELS_LEAST, weight: 5 },
]

/** Of one order by the WebSocket API. */
export const ORDER_WEIGHT = 1
/** Of a handshake, a logon and a subscription of user data each. */
export const SESSION_WEIGHT = 2

/** What a request to the venue counts. Source: Binance spot API, "Weight" of each endpoint. */
export function requestWeight(method: RestMethod, path: string, params: RestParams): number {
  switch (path) {
    case '/api/v3/exchangeInfo':
    case '/api/v3/account':
      return 20
    case '/api/v3/openOrders':
      return 'symbol' in params ? 6 : 80
    case '/api/v3/myTrades':
      return 'orderId' in params ? 5 : 20
    case '/api/v3/order':
      return method === 'GET' ? 4 : 1
    default:
      return 1
  }
}

/**
 * Snapshots to ask for with so many symbols on a connection, deepest first. The first is the deepest of which all fit into
 * half of what snapshots may use in a minute (5,000 levels for up to 6 symbols, 1,000 for 30, 500 for 60, else 100); the
 * next are for when the weight that is left does not suffice for it.
 */
export function snapshotDepths(symbols: number): readonly SnapshotDepth[] {
  return DEPTHS.filter(
    ({ weight, levels }) => weight * symbols <= CONNECT_WEIGHT_MAX || levels === LEVELS_LEAST,
  )
}
