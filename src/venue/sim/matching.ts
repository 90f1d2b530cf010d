import type { Instrument, InstrumentTable } from '../../domain/instrument.ts'
import { notional } from '../../domain/instrument.ts'
import { SimAccount } from './account.ts'
import { FeeModel } from './fees.ts'
import { type FillPolicy, fillPolicy, isOpen, leaves, type MatchActions } from './fill-policy.ts'
import { SimHistory } from './history.ts'
import { createMarket, type Market, offeredQty, reaches, setsOff, touchPrice, touchQty } from './market.ts'
import type { FeeSchedule, FillModel, MatchSink, SimOrder, SimOrderInput, SimReason } from './types.ts'

const DAY_MS = 86_400_000

export interface MatchingConfig {
  readonly instruments: InstrumentTable
  readonly fillModel: FillModel
  readonly fees: FeeSchedule
  /** start balances by asset; null: nothing is checked and positions may go short */
  readonly balances: Readonly<Record<string, string>> | null
  /** refuse a stop that the last trade has already reached, as Binance does; default false: it is set off at once */
  readonly rejectReachedStops?: boolean
  /** end of the trading day of a DAY order that was placed at `tMs`; default the next UTC midnight */
  readonly dayEndMs?: (tMs: number, instrument: Instrument) => number
  /** order id of the first order */
  readonly firstOrderId?: number
  /** orders kept for queries, and executions */
  readonly historyMax?: number
}

/**
 * The matching core of the simulated venue: no clock, no randomness, no I/O. Time comes in with every call, in ms since
 * 1970; what happens goes out through the sink, in order.
 */
export class Matching {
  readonly account: SimAccount
  readonly history: SimHistory
  readonly #config: MatchingConfig
  readonly #sink: MatchSink
  readonly #fees: FeeModel
  readonly #policy: FillPolicy
  readonly #markets: Market[] = []
  readonly #actions: MatchActions
  #nextOrderId: number
  #open = 0

  /** @throws DECIMAL_INVALID, FEES_INVALID */
  constructor(config: MatchingConfig, sink: MatchSink) {
    this.#config = config
    this.#sink = sink
    this.#fees = new FeeModel(config.fees)
    this.#policy = fillPolicy(config.fillModel)
    this.account = new SimAccount(config.balances)
    this.history = new SimHistory(config.historyMax)
    this.#nextOrderId = config.firstOrderId ?? 1
    this.#actions = {
      fill: (order, qty, price, tMs, maker) => this.#fill(order, qty, price, tMs, maker),
      expire: (order, reason, tMs) => this.#end(order, 'expired', reason, tMs),
      trigger: (order, tMs) => {
        order.working = true
        order.workingMs = tMs
        order.updatedMs = tMs
        this.#sink.onTriggered(order)
      },
    }
  }

  /** Number of orders in the book. */
  get openCount(): number {
    return this.#open
  }

  market(instrument: number): Market {
    let market = this.#markets[instrument]
    if (market === undefined) {
      market = createMarket()
      this.#markets[instrument] = market
    }
    return market
  }

  /** An order has arrived. The sink hears accepted or rejected, and whatever fills at once. */
  place(input: SimOrderInput, nowMs: number): SimOrder {
    const instrument = this.#config.instruments.get(input.instrument)
    const market = this.market(input.instrument)
    const order: SimOrder = {
      id: this.#nextOrderId++,
      input,
      clientOrderId: input.clientOrderId,
      status: 'new',
      cumQty: 0,
      cumQuote: 0n,
      working: input.type === 'market' || input.type === 'limit',
      seen: false,
      lockPrice: input.price ?? input.stopPrice ?? (touchPrice(market, input.side) || 0),
      createdMs: nowMs,
      workingMs: nowMs,
      updatedMs: nowMs,
      reason: '',
    }
    const refusal = this.#refusal(instrument, market, order)
    if (refusal !== null) return this.reject(order, refusal)
    this.account.lock(instrument, order, input.qty)
    this.history.addOrder(order)
    market.orders.push(order)
    this.#open++
    if (input.timeInForce === 'DAY') {
      const end = this.#config.dayEndMs?.(nowMs, instrument) ?? (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS
      market.dayEndMs = Math.min(market.dayEndMs, end)
    }
    this.#sink.onAccepted(order)
    if (!order.working && setsOff(order, market.lastPrice)) this.#actions.trigger(order, nowMs)
    this.#policy.onArrival(this.#actions, market, order, nowMs)
    sweep(market)
    return order
  }

  /** Cancels an open order; false where it has ended or was never here. */
  cancel(order: SimOrder | undefined, nowMs: number): boolean {
    if (order === undefined || !isOpen(order)) return false
    this.#end(order, 'canceled', 'CANCELED', nowMs)
    sweep(this.market(order.input.instrument))
    return true
  }

  /** Marks an order that never got into the book. */
  reject(order: SimOrder, reason: SimReason): SimOrder {
    order.status = 'rejected'
    order.reason = reason
    this.#sink.onRejected(order, reason)
    return order
  }

  onTrade(instrument: number, price: number, qty: number, tradeId: number, tMs: number): void {
    const market = this.market(instrument)
    market.lastPrice = price
    if (tradeId > market.lastTradeId) market.lastTradeId = tradeId
    if (market.orders.length === 0) return
    if (tMs >= market.dayEndMs) this.#endDay(market, tMs)
    this.#policy.onTrade(this.#actions, market, price, qty, tMs)
    sweep(market)
  }

  /** A quote, sizes as `offeredQty` reads them; one whose bid lies above its ask is not traded on. */
  onQuote(instrument: number, bid: number, bidQty: number, ask: number, askQty: number, nowMs: number): void {
    const bidOffered = offeredQty(bid, bidQty)
    const askOffered = offeredQty(ask, askQty)
    if (bid > ask && bidOffered > 0 && askOffered > 0) return
    const market = this.market(instrument)
    market.bidPrice = bid
    market.bidQty = bidOffered
    market.askPrice = ask
    market.askQty = askOffered
    if (market.orders.length === 0) return
    if (nowMs >= market.dayEndMs) this.#endDay(market, nowMs)
    this.#policy.onQuote(this.#actions, market, nowMs)
    sweep(market)
  }

  #refusal(instrument: Instrument, market: Market, order: SimOrder): SimReason | null {
    const { input } = order
    if (!wellFormed(input, instrument)) return 'INVALID_ORDER'
    const earlier = this.history.byClientId(input.clientOrderId)
    if (earlier !== undefined && isOpen(earlier)) return 'DUPLICATE_CLIENT_ID'
    if (this.#config.rejectReachedStops === true && setsOff(order, market.lastPrice))
      return 'STOP_WOULD_TRIGGER'
    const takes = touchQty(market, input.side) > 0 && reaches(order, touchPrice(market, input.side))
    if (input.postOnly === true && takes) return 'POST_ONLY_WOULD_TAKE'
    return this.account.covers(instrument, order) ? null : 'INSUFFICIENT_BALANCE'
  }

  #fill(order: SimOrder, qty: number, price: number, tMs: number, maker: boolean): void {
    const { input } = order
    const instrument = this.#config.instruments.get(input.instrument)
    const market = this.market(input.instrument)
    if (!this.account.canSettle(instrument, order, price, qty)) {
      return this.#end(order, 'expired', 'INSUFFICIENT_BALANCE', tMs)
    }
    this.account.unlock(instrument, order, qty)
    order.cumQty += qty
    order.cumQuote += notional(instrument, price, qty)
    order.updatedMs = tMs
    order.status = leaves(order) === 0 ? 'filled' : 'partially_filled'
    market.lastFillId = Math.max(market.lastTradeId, market.lastFillId + 1)
    const trade = {
      id: market.lastFillId,
      orderId: order.id,
      clientOrderId: input.clientOrderId,
      instrument: input.instrument,
      side: input.side,
      qty,
      price,
      tMs,
      fee: this.#fees.feeOf(instrument, input.side, price, qty),
      feeAsset: this.#fees.assetOf(instrument, input.side),
      maker,
    }
    this.account.settle(instrument, trade)
    this.history.addTrade(trade)
    if (order.status === 'filled') this.#close(order)
    this.#sink.onFill(order, trade)
  }

  #end(order: SimOrder, status: 'canceled' | 'expired', reason: SimReason, tMs: number): void {
    const instrument = this.#config.instruments.get(order.input.instrument)
    this.account.unlock(instrument, order, leaves(order))
    order.status = status
    order.reason = reason
    order.updatedMs = tMs
    this.#close(order)
    if (status === 'canceled') this.#sink.onCanceled(order, reason)
    else this.#sink.onExpired(order, reason)
  }

  #close(order: SimOrder): void {
    this.#open--
    this.history.close(order)
  }

  #endDay(market: Market, tMs: number): void {
    market.dayEndMs = Infinity
    for (const order of market.orders) {
      if (isOpen(order) && order.input.timeInForce === 'DAY') this.#end(order, 'expired', 'DAY_END', tMs)
    }
  }
}

/** Takes orders that have ended out of the book, keeping the rest in time order. */
function sweep(market: Market): void {
  const { orders } = market
  let kept = 0
  for (const order of orders) if (isOpen(order)) orders[kept++] = order
  orders.length = kept
}

function wellFormed(input: SimOrderInput, instrument: Instrument): boolean {
  const { type, price, stopPrice, qty } = input
  const needsPrice = type === 'limit' || type === 'stop_limit'
  const needsStop = type === 'stop' || type === 'stop_limit'
  return (
    Number.isSafeInteger(qty) &&
    qty > 0 &&
    (needsPrice ? isPrice(price, instrument) : price === null) &&
    (needsStop ? isPrice(stopPrice, instrument) : stopPrice === null)
  )
}

function isPrice(price: number | null, instrument: Instrument): boolean {
  return Number.isSafeInteger(price) && (instrument.allowsNegativePrice || (price as number) > 0)
}
