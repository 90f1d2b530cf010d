import { TidegateError } from '../../core/errors.ts'
import type { Instrument, InstrumentTable } from '../../domain/instrument.ts'
import type { VenueBalance, VenueFill, VenueOrder } from '../../domain/venue.ts'
import { fillOf, type OrderBody, orderOf, type TradeBody } from './account-data.ts'
import type { OrderTracker } from './order-tracker.ts'
import { SHARE } from './request-limits.ts'
import { type RestAnswer, type RestClient, venueError } from './rest-client.ts'

const NO_SUCH_ORDER = -2013
const TRADES_PAGE = 1_000
/** Pages of one query for fills of a symbol; beyond them it is cheaper to ask for orders. */
const SYMBOL_PAGES_MAX = 20
const ORDER_PAGES_MAX = 1_000

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
      const answer = await this.#rest.signed('GET', '/api/v3/order', { symbol, ...way }, SHARE.PROOF)
      if (answer.status === 200) {
        const order = orderOf(answer.body as OrderBody, this.#instrument(symbol))
        this.#tracker.learn(clientOrderId, order.venueOrderId)
        return { ...order, clientOrderId }
      }
      if ((answer.body as { code?: unknown } | null)?.code !== NO_SUCH_ORDER)
        throw venueError('order', answer)
    }
    return null
  }

  async openOrders(symbol: string | null): Promise<readonly VenueOrder[]> {
    const answer = await this.#rest.signed('GET', '/api/v3/openOrders', symbol === null ? {} : { symbol })
    const orders = (list('openOrders', answer) as readonly OrderBody[])
      .filter((order) => this.#instruments.bySymbol(order.symbol) !== undefined)
      .map((order) => orderOf(order, this.#instrument(order.symbol)))
    for (const { clientOrderId, venueOrderId } of orders) this.#tracker.learn(clientOrderId, venueOrderId)
    return orders
  }

  /** Fills from `fromTradeId` on, or all, oldest first; null where they are too many to be read at once. */
  fills(symbol: string, fromTradeId: string | null): Promise<readonly VenueFill[] | null> {
    return this.#fills({ symbol }, fromTradeId === null ? 0 : Number(fromTradeId), SYMBOL_PAGES_MAX)
  }

  /** Fills of one order, oldest first. */
  async orderFills(symbol: string, venueOrderId: string): Promise<readonly VenueFill[]> {
    const fills = await this.#fills({ symbol, orderId: venueOrderId }, 0, ORDER_PAGES_MAX)
    if (fills !== null) return fills
    throw new TidegateError(
      'VENUE_ERROR',
      `order ${venueOrderId} has more than ${ORDER_PAGES_MAX} pages of fills`,
    )
  }

  /** Without an id to begin with, the venue tells the newest trades. */
  async newestFill(symbol: string): Promise<VenueFill | null> {
    const answer = await this.#rest.signed('GET', '/api/v3/myTrades', { symbol, limit: 1 }, SHARE.PROOF)
    const [trade] = list('myTrades', answer) as readonly TradeBody[]
    return trade === undefined ? null : this.#fillOf(trade, this.#instrument(symbol))
  }

  async #fills(
    of: { readonly symbol: string; readonly orderId?: string },
    firstId: number,
    pagesMax: number,
  ): Promise<readonly VenueFill[] | null> {
    const instrument = this.#instrument(of.symbol)
    const fills: VenueFill[] = []
    let fromId = firstId
    for (let page = 0; page < pagesMax; page++) {
      const params = { ...of, fromId, limit: TRADES_PAGE }
      const answer = await this.#rest.signed('GET', '/api/v3/myTrades', params, SHARE.PROOF)
      const trades = list('myTrades', answer) as readonly TradeBody[]
      for (const trade of trades) fills.push(this.#fillOf(trade, instrument))
      if (trades.length < TRADES_PAGE) return fills
      fromId = (trades.at(-1) as TradeBody).id + 1
    }
    return null
  }

  #fillOf(trade: TradeBody, instrument: Instrument): VenueFill {
    return fillOf(trade, instrument, this.#tracker.clientOrderId(String(trade.orderId)))
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
}

function list(what: string, answer: RestAnswer): readonly unknown[] {
  if (answer.status !== 200 || !Array.isArray(answer.body)) throw venueError(what, answer)
  return answer.body as readonly unknown[]
}
