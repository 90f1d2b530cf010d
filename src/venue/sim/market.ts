import type { SimOrder } from './types.ts'

/** What the venue knows of one symbol's market, in increments, and the orders that work in it (oldest first). */
export interface Market {
  bidPrice: number
  bidQty: number
  askPrice: number
  askQty: number
  /** NaN before the first trade */
  lastPrice: number
  lastTradeId: number
  /** id of our own last execution: ids rise, and are the market's own where it leaves room */
  lastFillId: number
  /** end of the trading day of the earliest DAY order, ms; Infinity without one */
  dayEndMs: number
  readonly orders: SimOrder[]
}

export function createMarket(): Market {
  return {
    bidPrice: 0,
    bidQty: 0,
    askPrice: 0,
    askQty: 0,
    lastPrice: Number.NaN,
    lastTradeId: 0,
    lastFillId: 0,
    dayEndMs: Infinity,
    orders: [],
  }
}

/**
 * Quantity that one side of a quote offers, in increments. A price without a size is a size that the feed does not tell
 * (MetaTrader 5): Infinity, so that an order there fills whole. Displayed dust below one increment does not count.
 */
export function offeredQty(price: number, qty: number): number {
  return qty === 0 && price !== 0 ? Infinity : Math.floor(qty)
}

export function touchQty(market: Market, side: 'buy' | 'sell'): number {
  return side === 'buy' ? market.askQty : market.bidQty
}

/** Price that the side would pay now: the touch where it shows quantity, else the last trade, else NaN. */
export function touchPrice(market: Market, side: 'buy' | 'sell'): number {
  if (touchQty(market, side) === 0) return market.lastPrice
  return side === 'buy' ? market.askPrice : market.bidPrice
}

export function takeTouch(market: Market, side: 'buy' | 'sell', qty: number): void {
  if (side === 'buy') market.askQty -= qty
  else market.bidQty -= qty
}

/** True where a trade or quote at `price` reaches the order's limit; an order without limit is always reached. */
export function reaches(order: SimOrder, price: number): boolean {
  const { price: limit, side } = order.input
  if (limit === null) return true
  return side === 'buy' ? price <= limit : price >= limit
}

/** True where `price` sets the stop off: at or above for a buy, at or below for a sell. */
export function setsOff(order: SimOrder, price: number): boolean {
  const { stopPrice, side } = order.input
  if (stopPrice === null || Number.isNaN(price)) return false
  return side === 'buy' ? price >= stopPrice : price <= stopPrice
}
