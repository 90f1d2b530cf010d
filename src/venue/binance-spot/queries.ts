import { toIncrements } from '../../core/decimal.ts'
import { TidegateError } from '../../core/errors.ts'
import type { Instrument, InstrumentTable } from '../../domain/instrument.ts'
import type { VenueBalance, VenueFill, VenueOrder } from '../../domain/venue.ts'
import type { OrderTracker } from './order-tracker.ts'
import { type RestAnswer, type RestClient, venueError } from './rest-client.ts'

const NO_SUCH_ORDER = -2013
const TRADES_PAGE = 1_000
/** Pages of one query for fills; a million fills. */
const PAGES_MAX = 1_000

const STATES: Readonly<Record<string, VenueOrder['state']>> = {
  NEW: 'open',
  PENDING_NEW: 'open',
  PARTIALLY_FILLED: 'partially_filled',
  PENDING_CANCEL: 'open',
  FILLED: 'filled',
  CANCELED: 'canceled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
}

interface OrderBody {
  readonly symbol: string
  readonly orderId: number
  readonly clientOrderId: string
  readonly price: string
  readonly origQty: string
  readonly executedQty: string
  readonly status: string
  readonly side: string
  readonly type: string
}

interface TradeBody {
  readonly id: number
  readonly orderId: number
  readonly price: string
  readonly qty: string
  readonly commission: string
  readonly commissionAsset: string
  readonly time: number
  readonly isBuyer: boolean
  readonly isMaker: boolean
}

/**
 * Id that our cancels carry: the venue renames a cancelled order to it, so that the order is still found by what its
 * own id tells. Null where it would be too long; the venue then makes one up.
 */
export function cancelId(clientOrderId: string): string | null {
  return clientOrderId.length <= 34 ? `${clientOrderId}-x` : null
}

/** Queries of the account by REST. Every method throws VENUE_UNREACHABLE, RATE_LIMITED or VENUE_ERROR. */
export class Queries {
  readonly #rest: RestClient
  readonly #instruments: InstrumentTable
  readonly #tracker: OrderTracker

  constructor(rest: RestClient, instruments: InstrumentTable, tracker: OrderTracker) {
    this.#rest = rest
    this.#instruments = instruments
    this.#tracker = tracker
  }

  /** By the venue's id where it is known, else by our id, else by the id that our cancel gave it; null: not there. */
  async order(symbol: string, clientOrderId: string): Promise<VenueOrder | null> {
    const venueOrderId = this.#tracker.venueOrderId(clientOrderId)
    const renamed = cancelId(clientOrderId)
    const ways = [
      ...(venueOrderId === null ? [] : [{ orderId: venueOrderId }]),
      { origClientOrderId: clientOrderId },
      ...(renamed === null ? [] : [{ origClientOrderId: renamed }]),
    ]
    for (const way of ways) {
      const answer = await this.#rest.signed('GET', '/api/v3/order', { symbol, ...way })
      if (answer.status === 200) return { ...this.#orderOf(answer.body as OrderBody), clientOrderId }
      if ((answer.body as { code?: unknown } | null)?.code !== NO_SUCH_ORDER)
        throw venueError('order', answer)
    }
    return null
  }

  async openOrders(symbol: string | null): Promise<readonly VenueOrder[]> {
    const answer = await this.#rest.signed('GET', '/api/v3/openOrders', symbol === null ? {} : { symbol })
    return (list('openOrders', answer) as readonly OrderBody[])
      .filter((order) => this.#instruments.bySymbol(order.symbol) !== undefined)
      .map((order) => this.#orderOf(order))
  }

  /** Fills after `sinceTradeId`, or all, oldest first. */
  async fills(symbol: string, sinceTradeId: string | null): Promise<readonly VenueFill[]> {
    const instrument = this.#instrument(symbol)
    const fills: VenueFill[] = []
    let fromId = sinceTradeId === null ? 0 : Number(sinceTradeId) + 1
    for (let page = 0; page < PAGES_MAX; page++) {
      const params = { symbol, fromId, limit: TRADES_PAGE }
      const answer = await this.#rest.signed('GET', '/api/v3/myTrades', params)
      const trades = list('myTrades', answer) as readonly TradeBody[]
      for (const trade of trades) fills.push(this.#fillOf(trade, instrument))
      if (trades.length < TRADES_PAGE) return fills
      fromId = (trades.at(-1) as TradeBody).id + 1
    }
    throw new TidegateError('VENUE_ERROR', `more than ${PAGES_MAX} pages of fills in ${symbol}`)
  }

  async balances(): Promise<readonly VenueBalance[]> {
    const answer = await this.#rest.signed('GET', '/api/v3/account', { omitZeroBalances: 'true' })
    if (answer.status !== 200) throw venueError('account', answer)
    const { balances } = answer.body as { balances?: readonly VenueBalance[] }
    if (!Array.isArray(balances)) throw venueError('account', answer)
    return (balances as readonly VenueBalance[]).map(({ asset, free, locked }) => ({ asset, free, locked }))
  }

  #instrument(symbol: string): Instrument {
    const instrument = this.#instruments.bySymbol(symbol)
    if (instrument !== undefined) return instrument
    throw new TidegateError('INSTRUMENT_UNKNOWN', `${symbol} is not configured`)
  }

  #orderOf(body: OrderBody): VenueOrder {
    const { priceIncrement, qtyIncrement } = this.#instrument(body.symbol)
    const state = STATES[body.status]
    if (state === undefined) throw new TidegateError('VENUE_ERROR', `unknown order status ${body.status}`)
    const priced = body.type !== 'MARKET' && body.type !== 'STOP_LOSS' && body.type !== 'TAKE_PROFIT'
    return {
      clientOrderId: body.clientOrderId,
      venueOrderId: String(body.orderId),
      symbol: body.symbol,
      state,
      side: body.side === 'BUY' ? 'buy' : 'sell',
      qty: toIncrements(body.origQty, qtyIncrement),
      cumQty: toIncrements(body.executedQty, qtyIncrement),
      price: priced ? toIncrements(body.price, priceIncrement) : null,
    }
  }

  #fillOf(trade: TradeBody, instrument: Instrument): VenueFill {
    return {
      clientOrderId: this.#tracker.clientOrderId(String(trade.orderId)),
      venueOrderId: String(trade.orderId),
      fill: {
        tradeId: String(trade.id),
        instrument: instrument.index,
        side: trade.isBuyer ? 'buy' : 'sell',
        qty: toIncrements(trade.qty, instrument.qtyIncrement),
        price: toIncrements(trade.price, instrument.priceIncrement),
        tMs: trade.time,
        feeText: trade.commission,
        feeAsset: trade.commissionAsset,
        liquidity: trade.isMaker ? 'maker' : 'taker',
      },
    }
  }
}

function list(what: string, answer: RestAnswer): readonly unknown[] {
  if (answer.status !== 200 || !Array.isArray(answer.body)) throw venueError(what, answer)
  return answer.body as readonly unknown[]
}
