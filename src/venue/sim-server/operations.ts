import type { InstrumentTable } from '../../domain/instrument.ts'
import { ApiError } from './api-error.ts'
import type { Desk } from './desk.ts'
import { optionalInteger, type Params } from './params.ts'
import type { RateLimits } from './rate-limits.ts'
import { exchangeInfoSymbol } from './symbol-rules.ts'

/** A side of the book as the API writes it: price and quantity text, best first. */
export interface DepthText {
  readonly lastUpdateId: number
  readonly bids: readonly (readonly [string, string])[]
  readonly asks: readonly (readonly [string, string])[]
}

/** What operations need of the venue. */
export interface VenueState {
  readonly instruments: InstrumentTable
  readonly desk: Desk
  readonly rateLimits: RateLimits
  /** present book of an instrument; null while there is none */
  readonly depth: (instrument: number, limit: number) => DepthText | null
  readonly wallMs: () => number
  /** of all symbols, as exchangeInfo tells it */
  readonly symbolStatus: () => string
  /** taker rate as a fraction, for the account answer */
  readonly feeRate: string
}

/** One request of the API, by either door. */
export interface Operation {
  /** WebSocket method */
  readonly method: string
  /** REST method and path */
  readonly route: string
  readonly signed: boolean
  /** a new order: counted as such and hit by the order faults */
  readonly order: boolean
  weight(params: Params): number
  run(state: VenueState, params: Params): object
}

const DEPTH_LIMIT_DEFAULT = 100
const DEPTH_LIMIT_MAX = 5_000

export const OPERATIONS: readonly Operation[] = [
  open('ping', 'GET /api/v3/ping', 1, () => ({})),
  open('time', 'GET /api/v3/time', 1, (state) => ({ serverTime: state.wallMs() })),
  open('exchangeInfo', 'GET /api/v3/exchangeInfo', 20, exchangeInfo),
  {
    ...open('depth', 'GET /api/v3/depth', 0, depth),
    weight: (params) => {
      const limit = Number(params.get('limit') ?? DEPTH_LIMIT_DEFAULT)
      return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1_000 ? 50 : 250
    },
  },
  {
    ...signed('order.place', 'POST /api/v3/order', 1, ({ desk }, params) => desk.place(params)),
    order: true,
  },
  signed('order.test', 'POST /api/v3/order/test', 1, ({ desk }, params) => desk.test(params)),
  signed('order.cancel', 'DELETE /api/v3/order', 1, ({ desk }, params) => desk.cancel(params)),
  signed('order.status', 'GET /api/v3/order', 4, ({ desk }, params) => desk.status(params)),
  {
    ...signed('openOrders.status', 'GET /api/v3/openOrders', 6, ({ desk }, params) =>
      desk.openOrders(params),
    ),
    weight: (params) => (params.has('symbol') ? 6 : 80),
  },
  signed('openOrders.cancelAll', 'DELETE /api/v3/openOrders', 1, ({ desk }, params) =>
    desk.cancelAll(params),
  ),
  signed('allOrders', 'GET /api/v3/allOrders', 20, ({ desk }, params) => desk.allOrders(params)),
  {
    ...signed('myTrades', 'GET /api/v3/myTrades', 20, ({ desk }, params) => desk.myTrades(params)),
    weight: (params) => (params.has('orderId') ? 5 : 20),
  },
  signed('account.status', 'GET /api/v3/account', 20, (state, params) =>
    state.desk.account(params, state.feeRate),
  ),
  signed('account.rateLimits.orders', 'GET /api/v3/rateLimit/order', 40, ({ rateLimits }) =>
    rateLimits.list(true, true).slice(0, 2),
  ),
]

export const BY_METHOD: ReadonlyMap<string, Operation> = new Map(
  OPERATIONS.flatMap((operation) => [
    [operation.method, operation],
    [`v3/${operation.method}`, operation],
  ]),
)
export const BY_ROUTE: ReadonlyMap<string, Operation> = new Map(
  OPERATIONS.map((operation) => [operation.route, operation]),
)

function open(method: string, route: string, weight: number, run: Operation['run']): Operation {
  return { method, route, signed: false, order: false, weight: () => weight, run }
}

function signed(method: string, route: string, weight: number, run: Operation['run']): Operation {
  return { method, route, signed: true, order: false, weight: () => weight, run }
}

function exchangeInfo(state: VenueState, params: Params): object {
  let wanted: string[] | null = null
  const list = params.get('symbols')
  const single = params.get('symbol')
  if (list !== undefined && single !== undefined) throw new ApiError('BAD_COMBINATION')
  if (single !== undefined) wanted = [single]
  if (list !== undefined) wanted = symbolList(list)
  const instruments = (wanted ?? state.instruments.all().map(({ symbol }) => symbol)).map((symbol) => {
    const instrument = state.instruments.bySymbol(symbol)
    if (instrument === undefined) throw new ApiError('BAD_SYMBOL')
    return instrument
  })
  return {
    timezone: 'UTC',
    serverTime: state.wallMs(),
    rateLimits: state.rateLimits.list(true, false),
    exchangeFilters: [],
    symbols: instruments.map((instrument) =>
      exchangeInfoSymbol(instrument, state.desk.limits, state.symbolStatus()),
    ),
  }
}

function symbolList(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list.map(String)
  } catch {
    // falls through to the coded refusal
  }
  throw new ApiError('ILLEGAL_CHARS', 'symbols')
}

function depth(state: VenueState, params: Params): object {
  const instrument = state.desk.instrument(params)
  const limit = Math.min(optionalInteger(params, 'limit') ?? DEPTH_LIMIT_DEFAULT, DEPTH_LIMIT_MAX)
  if (limit === 0) throw new ApiError('ILLEGAL_CHARS', 'limit')
  return state.depth(instrument.index, limit) ?? { lastUpdateId: 0, bids: [], asks: [] }
}
