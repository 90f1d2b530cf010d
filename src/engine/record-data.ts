import { EXIT, TidegateError } from '../core/errors.ts'
import type { Instrument, InstrumentTable } from '../domain/instrument.ts'
import type { FillData, InstrumentData, OrderData, ReportData } from '../domain/journal-records.ts'
import type { OrderRequest } from '../domain/order.ts'
import type { ExecutionReport, Fill } from '../domain/report.ts'

/** Where stored names find their indices; names that the run does not have are added at the end. */
export interface RecordIndex {
  readonly instruments: InstrumentTable
  readonly strategies: string[]
}

/** @throws RECORD_INVALID (exit 4) when an instrument comes back with other numbers than before */
export function addInstrument(index: RecordIndex, data: InstrumentData): void {
  const known = index.instruments.bySymbol(data.symbol)
  if (known === undefined) {
    index.instruments.add({
      symbol: data.symbol,
      venue: data.venue,
      priceIncrement: data.price_increment,
      qtyIncrement: data.qty_increment,
      multiplier: data.multiplier,
      baseAsset: data.base_asset,
      quoteAsset: data.quote_asset,
      calendar: data.calendar,
      settlement: data.settlement,
    })
  } else if (
    known.priceIncrement.text !== data.price_increment ||
    known.qtyIncrement.text !== data.qty_increment
  ) {
    throw new TidegateError(
      'RECORD_INVALID',
      `${data.symbol} is stored in increments of ${data.price_increment} and ${data.qty_increment}, ` +
        `now it has ${known.priceIncrement.text} and ${known.qtyIncrement.text}`,
      { exitCode: EXIT.DATA },
    )
  }
}

/** @throws RECORD_INVALID (exit 4) for a symbol that no BOOT record before it defines */
export function instrumentOf(index: RecordIndex, symbol: string): Instrument {
  const instrument = index.instruments.bySymbol(symbol)
  if (instrument !== undefined) return instrument
  throw new TidegateError('RECORD_INVALID', `no BOOT record defines ${symbol}`, { exitCode: EXIT.DATA })
}

/** Index of a strategy id; -1 for none. */
export function strategyOf(index: RecordIndex, id: string | null): number {
  if (id === null || id === '') return -1
  const at = index.strategies.indexOf(id)
  return at >= 0 ? at : index.strategies.push(id) - 1
}

export function requestOf(index: RecordIndex, id: string, order: OrderData): OrderRequest {
  return {
    clientOrderId: id,
    instrument: instrumentOf(index, order.symbol).index,
    strategy: strategyOf(index, order.strategy),
    side: order.side,
    type: order.type,
    timeInForce: order.time_in_force,
    qty: order.qty,
    price: order.price,
    stopPrice: order.stop_price,
    reducing: order.reducing,
  }
}

function fillOf(index: RecordIndex, data: FillData): Fill {
  return {
    tradeId: data.trade_id,
    instrument: instrumentOf(index, data.symbol).index,
    side: data.side,
    qty: data.qty,
    price: data.price,
    tMs: data.t_ms,
    feeText: data.fee,
    feeAsset: data.fee_asset,
    liquidity: data.liquidity,
    ...(data.account === undefined ? {} : { account: data.account }),
  }
}

/** The report that a REPORT record tells of. @throws RECORD_INVALID (exit 4) for a kind of report that there is not */
export function reportOf(index: RecordIndex, data: ReportData): ExecutionReport {
  const head = { clientOrderId: data.id, ts: data.ts }
  const reason = data.reason ?? ''
  switch (data.report) {
    case 'accepted':
      return { kind: 'accepted', ...head, venueOrderId: data.venue_order_id ?? '' }
    case 'fill':
      return { kind: 'fill', ...head, fill: fillOf(index, data.fill as FillData) }
    case 'replaced':
      return { kind: 'replaced', ...head, qty: data.qty ?? Number.NaN, price: data.price ?? null }
    case 'trade_bust':
      return { kind: 'trade_bust', ...head, tradeId: data.trade_id ?? '' }
    case 'trade_correct': {
      const terms = { qty: data.qty ?? Number.NaN, price: data.price ?? Number.NaN }
      return { kind: 'trade_correct', ...head, tradeId: data.trade_id ?? '', ...terms }
    }
    case 'triggered':
    case 'pending_cancel':
    case 'pending_replace':
      return { kind: data.report, ...head }
    case 'rejected':
    case 'cancel_rejected':
    case 'canceled':
    case 'expired':
    case 'replace_rejected':
    case 'unknown':
      return { kind: data.report, ...head, reason }
    default:
      throw new TidegateError('RECORD_INVALID', `no report is called "${data.report}"`, {
        exitCode: EXIT.DATA,
      })
  }
}
