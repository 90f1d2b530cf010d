import { formatDecimal } from '../core/decimal.ts'
import { tradingActionName } from '../domain/action.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Intent } from '../domain/intent.ts'
import type { InstrumentData } from '../domain/journal-records.ts'
import type { OrderRequest } from '../domain/order.ts'
import type { ExecutionReport, Fill } from '../domain/report.ts'
import type { ApplyResult } from '../order/apply-result.ts'
import type { ThrottleResult } from '../risk/throttle.ts'

/*
 * JSON text of the records that the order path writes, put together by hand: it is shorter than building objects
 * for `JSON.stringify`, and gives the same text. Names come in as JSON text already.
 */

const NS_PER_S = 1_000_000_000

/** JSON text of the names that records carry, by index. */
export interface RecordNames {
  readonly symbols: readonly string[]
  readonly strategies: readonly string[]
  /** by strategy: JSON text of each number in `Intent.features`, the model's score included */
  readonly features: readonly (readonly string[])[]
}

/** UTC seconds that the times of ticks count from; the engine's `EngineTime` is one. */
export interface TimeBases {
  readonly eventBaseUtcS: number
  readonly recvBaseUtcS: number
}

/** UTC ns text of an offset (ns, a whole double) from an event base that is a whole second. */
export function utcNsText(baseUtcS: number, offsetNs: number): string {
  if (!Number.isFinite(offsetNs)) return '0'
  const seconds = Math.floor(offsetNs / NS_PER_S)
  const rest = offsetNs - seconds * NS_PER_S
  return `${baseUtcS + seconds}${(NS_PER_S + rest).toString().slice(1)}`
}

function num(value: number): string {
  return Number.isFinite(value) ? `${value}` : 'null'
}

function strategyText(names: RecordNames, strategy: number): string {
  return names.strategies[strategy] ?? '""'
}

export function orderText(request: OrderRequest, names: RecordNames): string {
  return (
    `{"symbol":${names.symbols[request.instrument]},"strategy":${strategyText(names, request.strategy)}` +
    `,"side":"${request.side}","type":"${request.type}","time_in_force":"${request.timeInForce}"` +
    `,"qty":${request.qty},"price":${request.price},"stop_price":${request.stopPrice},"reducing":${request.reducing}}`
  )
}

/** The same for an order that got no id. */
export function draftText(draft: OrderDraft, reducing: boolean, names: RecordNames): string {
  return (
    `{"symbol":${names.symbols[draft.instrument]},"strategy":${strategyText(names, draft.strategy)}` +
    `,"side":"${draft.side}","type":"${draft.type}","time_in_force":"${draft.timeInForce}"` +
    `,"qty":${num(draft.qty)},"price":${num(draft.price)},"stop_price":${num(draft.stopPrice)},"reducing":${reducing}}`
  )
}

/** `DecisionData`. */
export function decisionText(intent: Intent, names: RecordNames, bases: TimeBases): string {
  const { features } = intent
  const featureNames = names.features[intent.strategy] ?? []
  let row = ''
  for (let i = 0; i < featureNames.length; i++) {
    row += `${i === 0 ? '' : ','}${featureNames[i]}:${num(features[i] as number)}`
  }
  return (
    `{"tick":{"seq":${intent.tickSeq},"event_ns":"${utcNsText(bases.eventBaseUtcS, intent.tickEventNs)}"` +
    `,"recv_ns":"${utcNsText(bases.recvBaseUtcS, intent.tickRecvNs)}","reference_price":${num(intent.referencePrice)}}` +
    `,"features":{${row}},"model":{"action":"${tradingActionName(intent.action)}"` +
    `,"limit_price":${num(intent.limitPrice)},"qty":${num(intent.qty)}}}`
  )
}

export function throttleText(throttle: ThrottleResult): string {
  if (throttle.rule === null) return 'null'
  return `{"rule":"${throttle.rule}","from":${throttle.from},"to":${throttle.to}}`
}

/** `FillData`. */
export function fillText(fill: Fill, names: RecordNames): string {
  const account = fill.account === undefined ? '' : `,"account":${JSON.stringify(fill.account)}`
  return (
    `{"trade_id":${JSON.stringify(fill.tradeId)},"symbol":${names.symbols[fill.instrument]},"side":"${fill.side}"` +
    `,"qty":${num(fill.qty)},"price":${num(fill.price)},"t_ms":${num(fill.tMs)},"fee":${JSON.stringify(fill.feeText)}` +
    `,"fee_asset":${JSON.stringify(fill.feeAsset)},"liquidity":"${fill.liquidity}"${account}}`
  )
}

/** `ReportData`. */
export function reportText(report: ExecutionReport, result: ApplyResult, names: RecordNames): string {
  const note = result.surprise ? `,"note":${JSON.stringify(result.note)}` : ''
  return (
    `{"id":${JSON.stringify(report.clientOrderId)},"report":"${report.kind}","ts":"${report.ts}"` +
    `${reportMembers(report, names)},"outcome":"${result.outcome}","state":${stateText(result)}` +
    `,"cum":${result.order?.cumQty ?? 0},"leaves":${result.order?.leavesQty ?? 0}${note}}`
  )
}

function stateText(result: ApplyResult): string {
  return result.to === null ? 'null' : `"${result.to}"`
}

function reportMembers(report: ExecutionReport, names: RecordNames): string {
  switch (report.kind) {
    case 'accepted':
      return `,"venue_order_id":${JSON.stringify(report.venueOrderId)}`
    case 'fill':
      return `,"fill":${fillText(report.fill, names)}`
    case 'replaced':
      return `,"qty":${num(report.qty)},"price":${report.price}`
    case 'trade_bust':
      return `,"trade_id":${JSON.stringify(report.tradeId)}`
    case 'trade_correct':
      return `,"trade_id":${JSON.stringify(report.tradeId)},"qty":${num(report.qty)},"price":${num(report.price)}`
    default:
      return 'reason' in report ? `,"reason":${JSON.stringify(report.reason)}` : ''
  }
}

/** What BOOT says of an instrument. */
export function instrumentData(instrument: Instrument): InstrumentData {
  return {
    symbol: instrument.symbol,
    venue: instrument.venue,
    price_increment: instrument.priceIncrement.text,
    qty_increment: instrument.qtyIncrement.text,
    multiplier: formatDecimal(instrument.multiplier.units, instrument.multiplier.scale),
    base_asset: instrument.baseAsset,
    quote_asset: instrument.quoteAsset,
    calendar: instrument.calendar,
    settlement: instrument.settlement ?? 'full',
  }
}
