import { moneyToText } from '../../core/money.ts'
import type { InstrumentTable } from '../../domain/instrument.ts'
import type { ExecutionReport, Fill } from '../../domain/report.ts'
import type { VenueFill, VenueOrder } from '../../domain/venue.ts'
import type { MatchSink, SimOrder, SimReason, SimTrade } from './types.ts'

export function fillOf(trade: SimTrade): Fill {
  return {
    tradeId: String(trade.id),
    instrument: trade.instrument,
    side: trade.side,
    qty: trade.qty,
    price: trade.price,
    tMs: trade.tMs,
    feeText: moneyToText(trade.fee),
    feeAsset: trade.feeAsset,
    liquidity: trade.maker ? 'maker' : 'taker',
  }
}

export function venueFillOf(trade: SimTrade): VenueFill {
  return { clientOrderId: trade.clientOrderId, venueOrderId: String(trade.orderId), fill: fillOf(trade) }
}

export function venueOrderOf(order: SimOrder, instruments: InstrumentTable): VenueOrder {
  return {
    clientOrderId: order.input.clientOrderId,
    venueOrderId: String(order.id),
    symbol: instruments.get(order.input.instrument).symbol,
    state: order.status === 'new' ? 'open' : order.status,
    side: order.input.side,
    qty: order.input.qty,
    cumQty: order.cumQty,
    price: order.input.price,
  }
}

/** Turns what the matching says into reports; `emit` gets them in order. `ts` gives the venue's UTC ns as text. */
export function reportSink(ts: () => string, emit: (report: ExecutionReport) => void): MatchSink {
  const id = (order: SimOrder): string => order.input.clientOrderId
  return {
    onAccepted: (order: SimOrder): void =>
      emit({ kind: 'accepted', clientOrderId: id(order), venueOrderId: String(order.id), ts: ts() }),
    onRejected: (order: SimOrder, reason: SimReason): void =>
      emit({ kind: 'rejected', clientOrderId: id(order), reason, ts: ts() }),
    onTriggered: (order: SimOrder): void => emit({ kind: 'triggered', clientOrderId: id(order), ts: ts() }),
    onFill: (order: SimOrder, trade: SimTrade): void =>
      emit({ kind: 'fill', clientOrderId: id(order), fill: fillOf(trade), ts: ts() }),
    onCanceled: (order: SimOrder, reason: SimReason): void =>
      emit({ kind: 'canceled', clientOrderId: id(order), reason, ts: ts() }),
    onExpired: (order: SimOrder, reason: SimReason): void =>
      emit({ kind: 'expired', clientOrderId: id(order), reason, ts: ts() }),
  }
}
