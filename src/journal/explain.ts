import type {
  BootData,
  CheckData,
  DecisionData,
  DeniedData,
  OrderData,
  ReportData,
} from '../domain/journal-records.ts'
import { isoNs, Numbers } from './numbers.ts'
import type { EventRow, FillRow, OrderRow, Projection } from './projection.ts'

/** One order's story (A3), numbers as decimal text, times as ISO text with nanoseconds. */
export interface OrderStory {
  readonly order: Readonly<Record<string, unknown>>
  /** the run that sent it; null when no BOOT record came before */
  readonly run: Readonly<Record<string, unknown>> | null
  readonly tick: Readonly<Record<string, unknown>> | null
  readonly features: DecisionData['features'] | null
  readonly model: Readonly<Record<string, unknown>> | null
  readonly throttle: Readonly<Record<string, unknown>> | null
  readonly checks: readonly CheckStory[]
  readonly fills: readonly Readonly<Record<string, unknown>>[]
  readonly timeline: readonly TimelineEntry[]
}

export interface CheckStory {
  readonly check: string
  /** `pass`, `skip`, or the denial code */
  readonly outcome: string
  readonly value: string | null
  readonly limit: string | null
  readonly unit: string
}

export interface TimelineEntry {
  readonly seq: number
  readonly time: string
  readonly kind: string
  readonly actor: string
  /** the order's state after it, where the record tells it */
  readonly state: string | null
  readonly text: string
}

/**
 * The story of an order by client order id or the venue's id, or of a record by its sequence (a denial has no order
 * id). Null when there is none.
 */
export function explainOrder(projection: Projection, which: string): OrderStory | null {
  const row = projection.order(which)
  if (row !== undefined) {
    const events = projection.events({ order: row.id })
    return story(projection, events, row)
  }
  if (!/^#?\d{1,15}$/.test(which)) return null
  const seq = Number(which.replace('#', ''))
  const [event] = projection.events({ from: seq, to: seq })
  if (event === undefined) return null
  const owner = event.order_id === null ? undefined : projection.order(event.order_id)
  return owner === undefined ? story(projection, [event], null) : explainOrder(projection, owner.id)
}

function story(projection: Projection, events: readonly EventRow[], row: OrderRow | null): OrderStory {
  const first = events[0] as EventRow
  const bootEvent = projection.lastBefore('BOOT', first.seq)
  const boot = bootEvent === undefined ? null : (JSON.parse(bootEvent.data) as BootData)
  const origin = JSON.parse((events.find(({ kind }) => kind === 'INTENT') ?? first).data) as Origin
  const symbol = row?.symbol ?? origin.order?.symbol ?? ''
  const numbers = new Numbers(boot, symbol)
  const { decision = null, throttle = null } = origin
  return {
    order: row === null ? draftStory(origin, numbers) : orderStory(row, numbers),
    run: boot === null ? null : runStory(boot),
    tick: decision === null ? null : tickStory(decision.tick, numbers),
    features: decision?.features ?? null,
    model: decision === null ? null : modelStory(decision.model, numbers),
    throttle:
      throttle === null
        ? null
        : { rule: throttle.rule, from: numbers.qty(throttle.from), to: numbers.qty(throttle.to) },
    checks: (origin.checks ?? []).map((check) => checkStory(check, numbers)),
    fills: row === null ? [] : projection.fills(row.id).map((fill) => fillStory(fill, numbers)),
    timeline: events.map((event) => timelineEntry(event, numbers)),
  }
}

/** What an INTENT or DENIED record tells; other records have none of it. */
type Origin = Partial<Omit<DeniedData, 'id'>>

function orderStory(row: OrderRow, numbers: Numbers): Record<string, unknown> {
  return {
    id: row.id,
    venue_order_id: row.venue_order_id,
    symbol: row.symbol,
    strategy: row.strategy,
    side: row.side,
    type: row.type,
    time_in_force: row.time_in_force,
    qty: numbers.qty(row.qty),
    price: numbers.price(row.price),
    stop_price: numbers.price(row.stop_price),
    state: row.state,
    filled: numbers.qty(row.cum),
    open: numbers.qty(row.leaves),
    reason: row.reason,
  }
}

function draftStory(origin: Origin, numbers: Numbers): Record<string, unknown> {
  const { order, code } = origin
  if (order === undefined) return { id: null, state: null }
  const { qty, price, stop_price, ...words }: OrderData = order
  const amounts = {
    qty: numbers.qty(qty),
    price: numbers.price(price),
    stop_price: numbers.price(stop_price),
  }
  return { id: null, ...words, ...amounts, state: 'DENIED', reason: code ?? null }
}

function runStory(boot: BootData): Record<string, unknown> {
  const { node, mode, version, config_sha256 } = boot
  return { boot: boot.boot, node, mode, version, config_sha256 }
}

function tickStory(tick: DecisionData['tick'], numbers: Numbers): Record<string, unknown> {
  return {
    seq: tick.seq,
    event_time: isoNs(tick.event_ns),
    receive_time: isoNs(tick.recv_ns),
    reference_price: numbers.price(tick.reference_price),
  }
}

function modelStory(model: DecisionData['model'], numbers: Numbers): Record<string, unknown> {
  return { ...model, limit_price: numbers.price(model.limit_price), qty: numbers.qty(model.qty) }
}

function checkStory([check, outcome, value, limit, unit]: CheckData, numbers: Numbers): CheckStory {
  return { check, outcome, value: numbers.of(value, unit), limit: numbers.of(limit, unit), unit }
}

function fillStory(fill: FillRow, numbers: Numbers): Record<string, unknown> {
  const { trade_id, side, qty, price, t_ms, fee, fee_asset, liquidity, busted } = fill
  return {
    trade_id,
    time: new Date(t_ms).toISOString(),
    side,
    qty: numbers.qty(qty),
    price: numbers.price(price),
    fee,
    fee_asset,
    liquidity,
    busted: busted === 1,
  }
}

function timelineEntry(event: EventRow, numbers: Numbers): TimelineEntry {
  const data = JSON.parse(event.data) as Partial<ReportData> & Record<string, unknown>
  const state = typeof data.state === 'string' ? data.state : null
  const { seq, kind, actor } = event
  return { seq, time: isoNs(event.ts), kind, actor, state, text: eventText(kind, data, numbers) }
}

function eventText(
  kind: string,
  data: Partial<ReportData> & Record<string, unknown>,
  numbers: Numbers,
): string {
  if (kind === 'SUBMITTED' && data['durations'] !== undefined) return durationsText(data['durations'])
  if (kind !== 'REPORT') return wordsOf(data.reason ?? data['code'] ?? data['reasons'])
  const parts = [data.report]
  if (data.fill !== undefined) {
    parts.push(
      `${numbers.qty(data.fill.qty)} at ${numbers.price(data.fill.price)}, trade ${data.fill.trade_id}`,
    )
  }
  if (data.reason !== undefined && data.reason !== '') parts.push(data.reason)
  if (data.outcome !== 'applied') parts.push(`(${data.outcome})`)
  if (data.note !== undefined) parts.push(`! ${data.note}`)
  return parts.join(' ')
}

/** A reason, a code, or the names of halt reasons. */
function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? value : ''
}

function durationsText(durations: unknown): string {
  return Object.entries(durations as Record<string, number>)
    .map(([step, ns]) => `${step} ${ns} ns`)
    .join(', ')
}
