import type { Instrument, InstrumentTable } from '../../domain/instrument.ts'
import { isOpen } from '../sim/fill-policy.ts'
import { touchPrice } from '../sim/market.ts'
import { Matching, type MatchingConfig } from '../sim/matching.ts'
import type { MatchSink, SimOrder, SimOrderInput, SimReason, SimTrade } from '../sim/types.ts'
import { ApiError } from './api-error.ts'
import { orderInput, responseForm } from './order-params.ts'
import { canceledText, orderText, placedText, tradeText } from './order-text.ts'
import { optionalInteger, optionalTimeMs, type Params, required } from './params.ts'
import { checkFilters, SYMBOL_LIMITS, type SymbolLimits } from './symbol-rules.ts'
import { accountPosition, type ExecutionType, executionReport } from './user-events.ts'

const PAGE_DEFAULT = 500
const PAGE_MAX = 1_000
const LOOKUP_MS_MAX = 86_400_000

export interface DeskConfig extends Omit<MatchingConfig, 'rejectReachedStops'> {
  readonly limits?: SymbolLimits
  /** the venue's time, ms since 1970: the market's where a recording plays, so that trade times are the tape's */
  readonly marketMs: () => number
  /** wall clock, ms since 1970: event times and signatures */
  readonly wallMs: () => number
}

const REJECTIONS: Partial<Record<SimReason, string>> = {
  INSUFFICIENT_BALANCE: 'Account has insufficient balance for requested action.',
  DUPLICATE_CLIENT_ID: 'Duplicate order sent.',
  POST_ONLY_WOULD_TAKE: 'Order would immediately match and take.',
  STOP_WOULD_TRIGGER: 'Order would trigger immediately.',
  INVALID_ORDER: 'Unsupported order combination',
  INJECTED: 'This action is disabled on this account.',
}

/**
 * The account and its orders behind both front doors (REST and WebSocket API): takes parameters, gives answers, and
 * tells user data events, in order, through `onEvent`.
 */
export class Desk {
  readonly matching: Matching
  readonly limits: SymbolLimits
  readonly #config: DeskConfig
  readonly #instruments: InstrumentTable
  /** Gets every user data event; must not call back into the desk. */
  onEvent: (event: object) => void = () => {}
  #executionId = 0
  #generatedId = 0
  #cancelId: string | null = null
  #rejection: SimReason | null = null
  #fills: SimTrade[] = []

  constructor(config: DeskConfig) {
    this.#config = config
    this.#instruments = config.instruments
    this.limits = config.limits ?? SYMBOL_LIMITS
    this.matching = new Matching({ ...config, rejectReachedStops: true }, this.#sink())
  }

  /** @throws ApiError BAD_SYMBOL, MANDATORY_PARAM */
  instrument(params: Params): Instrument {
    const instrument = this.#instruments.bySymbol(required(params, 'symbol'))
    if (instrument === undefined) throw new ApiError('BAD_SYMBOL')
    return instrument
  }

  /** Parameters alone, as `order.test` does. @throws ApiError for what the API refuses before the matching engine */
  test(params: Params): object {
    const instrument = this.instrument(params)
    this.#checkFilters(instrument, orderInput(params, instrument, 'test'))
    return {}
  }

  /** New order. @throws ApiError for every refusal */
  place(params: Params): object {
    const instrument = this.instrument(params)
    const input = orderInput(params, instrument, `sim${++this.#generatedId}`)
    const form = responseForm(params, input)
    this.#checkFilters(instrument, input)
    this.#rejection = null
    this.#fills = []
    const order = this.matching.place(input, this.#config.marketMs())
    if (this.#rejection !== null) {
      throw new ApiError(
        'NEW_ORDER_REJECTED',
        REJECTIONS[this.#rejection as SimReason] ?? 'NEW_ORDER_REJECTED',
      )
    }
    return placedText(order, instrument, form, this.#fills)
  }

  /** @throws ApiError CANCEL_REJECTED, EITHER_PARAM, BAD_SYMBOL */
  cancel(params: Params): object {
    const instrument = this.instrument(params)
    const order = this.#find(params, instrument)
    if (order === undefined || !isOpen(order)) throw new ApiError('CANCEL_REJECTED', 'Unknown order sent.')
    const only = params.get('cancelRestrictions')
    if (only !== undefined && only !== 'ONLY_NEW' && only !== 'ONLY_PARTIALLY_FILLED') {
      throw new ApiError('INVALID_PARAMETER', 'cancelRestrictions')
    }
    if (only !== undefined && only !== `ONLY_${order.status.toUpperCase()}`) {
      throw new ApiError('CANCEL_REJECTED', 'Order was not canceled due to cancel restrictions.')
    }
    return this.#cancelOrder(order, instrument, params.get('newClientOrderId'))
  }

  /** Cancels every open order of the symbol. @throws ApiError CANCEL_REJECTED when there is none */
  cancelAll(params: Params): object {
    const instrument = this.instrument(params)
    const open = this.matching.history.open(instrument.index)
    if (open.length === 0) throw new ApiError('CANCEL_REJECTED', 'Unknown order sent.')
    return open.map((order) => this.#cancelOrder(order, instrument, undefined))
  }

  /** @throws ApiError NO_SUCH_ORDER */
  status(params: Params): object {
    const instrument = this.instrument(params)
    const order = this.#find(params, instrument)
    if (order === undefined) throw new ApiError('NO_SUCH_ORDER')
    return orderText(order, instrument)
  }

  openOrders(params: Params): object {
    const index = params.has('symbol') ? this.instrument(params).index : null
    return this.matching.history
      .open(index)
      .map((order) => orderText(order, this.#instruments.get(order.input.instrument)))
  }

  allOrders(params: Params): object {
    const instrument = this.instrument(params)
    const fromId = optionalInteger(params, 'orderId')
    const inTime = timeFilter(params)
    const all = this.matching.history
      .orders(instrument.index)
      .filter((order) => inTime(order.createdMs) && (fromId === null || order.id >= fromId))
    const fromStart = fromId !== null || params.has('startTime')
    return page(all, params, fromStart).map((order) => orderText(order, instrument))
  }

  myTrades(params: Params): object {
    const instrument = this.instrument(params)
    const fromId = optionalInteger(params, 'fromId')
    const orderId = optionalInteger(params, 'orderId')
    const timed = params.has('startTime') || params.has('endTime')
    if (timed && (fromId !== null || orderId !== null)) throw new ApiError('BAD_COMBINATION')
    const inTime = timeFilter(params)
    const all = this.matching.history
      .trades(instrument.index)
      .filter(
        (trade) =>
          inTime(trade.tMs) &&
          (fromId === null || trade.id >= fromId) &&
          (orderId === null || trade.orderId === orderId),
      )
    const fromStart = fromId !== null || params.has('startTime')
    return page(all, params, fromStart).map((trade) => tradeText(trade, instrument))
  }

  account(params: Params, feeRate: string): object {
    const omitZero = params.get('omitZeroBalances') === 'true'
    const balances = this.matching.account.balances()
    return {
      makerCommission: 0,
      takerCommission: 0,
      buyerCommission: 0,
      sellerCommission: 0,
      commissionRates: { maker: feeRate, taker: feeRate, buyer: '0.00000000', seller: '0.00000000' },
      canTrade: true,
      canWithdraw: false,
      canDeposit: false,
      brokered: false,
      requireSelfTradePrevention: false,
      preventSor: false,
      updateTime: this.#config.wallMs(),
      accountType: 'SPOT',
      balances: balances.filter(({ free, locked }) => !omitZero || free !== '0' || locked !== '0'),
      permissions: ['SPOT'],
      uid: 1,
    }
  }

  #checkFilters(instrument: Instrument, input: SimOrderInput): void {
    const open = this.matching.history.open(instrument.index)
    const market = this.matching.market(instrument.index)
    const reference = Number.isNaN(market.lastPrice) ? touchPrice(market, input.side) : market.lastPrice
    checkFilters(instrument, this.limits, input, reference, {
      orders: open.length,
      algoOrders: open.filter((order) => order.input.stopPrice !== null).length,
    })
  }

  #cancelOrder(order: SimOrder, instrument: Instrument, requestedId: string | undefined): object {
    const cancelId = requestedId ?? `simc${++this.#generatedId}`
    this.#cancelId = cancelId
    this.matching.cancel(order, this.#config.marketMs())
    this.#cancelId = null
    // As documented: the cancel's id replaces the order's, which is free for a new order from then on.
    this.matching.history.rename(order, cancelId)
    return canceledText(order, instrument, cancelId)
  }

  /** By `orderId`, checked against `origClientOrderId` where both are given. @throws ApiError EITHER_PARAM */
  #find(params: Params, instrument: Instrument): SimOrder | undefined {
    const id = optionalInteger(params, 'orderId')
    const clientId = params.get('origClientOrderId')
    if (id === null && clientId === undefined) {
      throw new ApiError('EITHER_PARAM', "origClientOrderId' or 'orderId")
    }
    const { history } = this.matching
    const order = id === null ? history.byClientId(clientId as string) : history.byId(id)
    if (order === undefined || order.input.instrument !== instrument.index) return undefined
    return clientId === undefined || order.clientOrderId === clientId ? order : undefined
  }

  #sink(): MatchSink {
    return {
      onAccepted: (order): void => this.#tell(order, 'NEW', null),
      onRejected: (_order, reason): void => {
        this.#rejection = reason
      },
      onTriggered: (order): void => this.#tell(order, 'NEW', null),
      onFill: (order, trade): void => {
        this.#fills.push(trade)
        this.#tell(order, 'TRADE', trade)
      },
      onCanceled: (order): void => this.#tell(order, 'CANCELED', null),
      onExpired: (order): void => this.#tell(order, 'EXPIRED', null),
    }
  }

  #tell(order: SimOrder, type: ExecutionType, trade: SimTrade | null): void {
    const instrument = this.#instruments.get(order.input.instrument)
    const eventMs = this.#config.wallMs()
    const cancelId = type === 'CANCELED' ? this.#cancelId : null
    const executionId = ++this.#executionId
    this.onEvent(executionReport({ order, instrument, type, trade, cancelId, eventMs, executionId }))
    const assets = [instrument.baseAsset, instrument.quoteAsset]
    const balances = this.matching.account.balances().filter(({ asset }) => assets.includes(asset))
    this.onEvent(accountPosition(balances, eventMs))
  }
}

/** @throws ApiError MORE_THAN_24_HOURS */
function timeFilter(params: Params): (ms: number) => boolean {
  const start = optionalTimeMs(params, 'startTime')
  const end = optionalTimeMs(params, 'endTime')
  if (start !== null && end !== null && end - start > LOOKUP_MS_MAX) throw new ApiError('MORE_THAN_24_HOURS')
  return (ms) => (start === null || ms >= start) && (end === null || ms <= end)
}

function page<T>(all: readonly T[], params: Params, fromStart: boolean): readonly T[] {
  const limit = Math.min(optionalInteger(params, 'limit') ?? PAGE_DEFAULT, PAGE_MAX)
  return fromStart ? all.slice(0, limit) : all.slice(-limit)
}
