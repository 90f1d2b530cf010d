import type { InstrumentRules } from './instrument-rules.ts'
import type { OrderRequest, OrderType, TimeInForce } from './order.ts'
import type { ExecutionReport, Fill } from './report.ts'

/** What a venue can do; the engine refuses at start what a strategy needs and a venue lacks (DESIGN 4). */
export interface VenueCapabilities {
  readonly clientOrderId: boolean
  readonly queryByClientOrderId: boolean
  readonly replace: boolean
  readonly batchCancel: boolean
  /** most orders of one batch cancel; absent: as many as there are */
  readonly batchCancelMax?: number
  readonly deadManTimer: boolean
  readonly cancelOnlyKey: boolean
  readonly shorting: boolean
  readonly fractional: boolean
  readonly orderTypes: readonly OrderType[]
  readonly timesInForce: readonly TimeInForce[]
}

declare const approved: unique symbol
/** An order that passed every pre-trade check. Only `risk/` can make one, and a venue takes nothing else. */
export type ApprovedOrder = OrderRequest & { readonly [approved]: true }

/** Why a submission did not leave: nothing was written. */
export type NotSent = 'NOT_CONNECTED' | 'BUSY' | 'BACK_PRESSURE' | 'RATE_LIMITED' | 'TOO_LARGE'
export type SendResult = 'sent' | NotSent

/** An open order as a venue tells it. Quantities in increments. */
export interface VenueOrder {
  readonly clientOrderId: string
  readonly venueOrderId: string
  readonly symbol: string
  readonly state: 'open' | 'partially_filled' | 'filled' | 'canceled' | 'rejected' | 'expired'
  readonly side: 'buy' | 'sell'
  readonly qty: number
  readonly cumQty: number
  readonly price: number | null
}

/** Exact decimal text by asset. */
export interface VenueBalance {
  readonly asset: string
  readonly free: string
  readonly locked: string
}

export interface VenueFill {
  readonly clientOrderId: string | null
  readonly venueOrderId: string
  readonly fill: Fill
}

/** An order to cancel; by the venue's id where it is known, else by ours. */
export interface CancelRequest {
  readonly clientOrderId: string
  readonly venueOrderId: string | null
  readonly symbol: string
}

/**
 * The port that every venue adapter implements. `submit` is synchronous: it writes the whole order in one piece or
 * writes nothing, and never queues. Everything the venue says arrives as reports, in order.
 */
export interface VenuePort {
  readonly id: string
  readonly capabilities: VenueCapabilities
  /** Reports of the venue; set once before `connect`. Must not be called from inside `submit`. */
  onReport: (report: ExecutionReport) => void
  /** Called when order entry or the user stream goes up or down. */
  onConnection: (up: boolean, reason: string) => void
  connect(): Promise<void>
  /**
   * What the venue says now that it takes of an instrument, by its index: risk asks at every order. Null where it is not
   * known, and absent where the venue has no such rules.
   */
  rules?(instrument: number): InstrumentRules | null
  submit(order: ApprovedOrder): SendResult
  /** Asks for a cancel; the outcome arrives as a report. Never blocked by a halt. */
  cancel(order: CancelRequest): void
  /**
   * Asks for many cancels in one request; there where `capabilities.batchCancel` says so. What becomes of each order
   * arrives as reports.
   *
   * @returns for each order null where the venue took its cancel, else why not
   * @throws where the request failed as a whole, or nobody knows
   */
  cancelBatch?(orders: readonly CancelRequest[]): Promise<readonly (string | null)[]>
  /** null: the venue does not know the order. */
  queryOrder(symbol: string, clientOrderId: string): Promise<VenueOrder | null>
  queryOpenOrders(symbol: string | null): Promise<readonly VenueOrder[]>
  /** Fills from this trade on, itself included, or all; oldest first. Null where they are too many to be read at once. */
  queryFills(symbol: string, fromTradeId: string | null): Promise<readonly VenueFill[] | null>
  /** Fills of one order by the venue's id, oldest first, however old the account is. */
  queryOrderFills(symbol: string, venueOrderId: string): Promise<readonly VenueFill[]>
  /** The account's newest fill in the symbol, ours or not; null: it has none. One request, however old the account is. */
  queryNewestFill(symbol: string): Promise<VenueFill | null>
  queryBalances(): Promise<readonly VenueBalance[]>
  close(): Promise<void>
}
