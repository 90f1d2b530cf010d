import { type Instrument, notional } from '../../domain/instrument.ts'
import type { VenueBalance } from '../../domain/venue.ts'
import type { SimOrder, SimTrade } from '../sim/types.ts'
import { expiryReason, statusName, typeName } from './order-text.ts'
import { padded, wireMoney, wireNumber } from './wire-text.ts'

export type ExecutionType = 'NEW' | 'CANCELED' | 'TRADE' | 'EXPIRED'

export interface ExecutionEvent {
  readonly order: SimOrder
  readonly instrument: Instrument
  readonly type: ExecutionType
  readonly trade: SimTrade | null
  /** id of the cancel request where it ended the order */
  readonly cancelId: string | null
  readonly eventMs: number
  readonly executionId: number
}

/** `executionReport` as the user data stream sends it today. */
export function executionReport(event: ExecutionEvent): object {
  const { order, instrument, trade, cancelId } = event
  const { input } = order
  const price = instrument.priceIncrement
  const qty = instrument.qtyIncrement
  return {
    e: 'executionReport',
    E: event.eventMs,
    s: instrument.symbol,
    c: cancelId ?? input.clientOrderId,
    S: input.side.toUpperCase(),
    o: typeName(input),
    f: input.timeInForce,
    q: wireNumber(input.qty, qty),
    p: wireNumber(input.price, price),
    P: wireNumber(input.stopPrice, price),
    F: '0.00000000',
    g: -1,
    C: cancelId === null ? '' : input.clientOrderId,
    x: event.type,
    X: statusName(order),
    r: 'NONE',
    i: order.id,
    l: wireNumber(trade?.qty ?? 0, qty),
    z: wireNumber(order.cumQty, qty),
    L: wireNumber(trade?.price ?? 0, price),
    n: trade === null ? '0' : wireMoney(trade.fee),
    N: trade === null ? null : trade.feeAsset,
    T: trade?.tMs ?? order.updatedMs,
    t: trade?.id ?? -1,
    I: event.executionId,
    w: order.working && (order.status === 'new' || order.status === 'partially_filled'),
    m: trade?.maker ?? false,
    M: false,
    O: order.createdMs,
    Z: wireMoney(order.cumQuote),
    Y: trade === null ? '0.00000000' : wireMoney(notional(instrument, trade.price, trade.qty)),
    Q: '0.00000000',
    ...(order.working ? { W: order.workingMs } : {}),
    V: 'NONE',
    ...(event.type === 'EXPIRED' ? { eR: expiryReason(order.reason) } : {}),
  }
}

/** `outboundAccountPosition` with the balances that may have changed. */
export function accountPosition(balances: readonly VenueBalance[], eventMs: number): object {
  return {
    e: 'outboundAccountPosition',
    E: eventMs,
    u: eventMs,
    B: balances.map(({ asset, free, locked }) => ({ a: asset, f: padded(free), l: padded(locked) })),
  }
}
