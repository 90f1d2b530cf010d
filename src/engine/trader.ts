import type { DenialCode } from '../domain/denials.ts'
import { createOrderDraft, type OrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Intent } from '../domain/intent.ts'
import { JOURNAL_FAILED } from '../domain/journal.ts'
import type { Order, OrderRequest } from '../domain/order.ts'
import { reasonNames } from '../domain/reasons.ts'
import type { ApprovedOrder, NotSent, SendResult, VenuePort } from '../domain/venue.ts'
import { type GateRoute, gate2, gate2Reducing } from '../gate/gate.ts'
import { draftOrder } from '../order/template.ts'
import type { Assessment } from '../risk/assessment.ts'
import type { ThrottleResult } from '../risk/throttle.ts'
import type { Desk, StrategySlot } from './desk.ts'
import { utcNsText } from './record-text.ts'

const NO_THROTTLE: ThrottleResult = { rule: null, from: 0, to: 0 }
/** Ticks whose start is remembered, a power of two: as many as a worker may lag by default. */
const TICK_STARTS = 65_536

/**
 * From an intent to bytes at the venue, one straight line and no `await` in it: draft, throttle, checks, approval, id,
 * INTENT in the journal, guard, gate 2, write. What stops an order has a code, a count and a record.
 */
export class Trader {
  readonly #desk: Desk
  readonly #draft: OrderDraft = createOrderDraft()
  /** by tick: when its frame came in, on the stopwatch */
  readonly #tickStartNs = new Float64Array(TICK_STARTS)

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /** Notes when a tick's frame came in, for the latency of the orders that it leads to; stopwatch ns. */
  startTick(tickSeq: number, startNs: number): void {
    this.#tickStartNs[tickSeq & (TICK_STARTS - 1)] = startNs
  }

  onIntent(intent: Intent): void {
    const desk = this.#desk
    const { counters, stopwatch } = desk
    counters.intents++
    const startNs = stopwatch.monoNs()
    const strategy = desk.strategies[intent.strategy] as StrategySlot
    const draft = this.#draft
    const outcome = draftOrder(strategy.templates[intent.instrument] as never, intent, desk.portfolio, draft)
    if (outcome === 'HOLD' || outcome === 'NOTHING_TO_DO') return
    if (outcome !== 'SIZED') return this.#refuse(intent, strategy, outcome, null)

    const route = strategy.routes[intent.instrument] as GateRoute
    const nowNs = desk.time.nowNs()
    const utcMs = desk.time.recvBaseUtcS * 1000 + Math.floor(nowNs / 1e6)
    const assessment = desk.risk.assess(draft, nowNs, utcMs, route.reasons)
    if (assessment.code !== null) return this.#refuse(intent, strategy, assessment.code, assessment)

    const request = this.#request(desk.ids.next(), assessment.reducing)
    const order = desk.orders.create(request, intent.tickSeq, this.#utcText(nowNs))
    const approved = desk.risk.approve(request)
    desk.portfolio.refresh(request.instrument)
    const checkedNs = stopwatch.monoNs()
    counters.latency('risk', checkedNs - startNs)
    const judgement = { results: assessment.results, throttle: assessment.throttle }
    if (desk.recorder.intent(request, intent, judgement) === JOURNAL_FAILED) {
      return this.#deny(order, strategy, 'HALTED')
    }
    const journaledNs = stopwatch.monoNs()
    counters.latency('journal', journaledNs - checkedNs)
    this.#send(order, approved, intent, strategy, route, journaledNs)
  }

  /** The last steps, in one synchronous run: guard, gate 2, wire check, write. */
  #send(
    order: Order,
    approved: ApprovedOrder,
    intent: Intent,
    strategy: StrategySlot,
    route: GateRoute,
    startNs: number,
  ): void {
    const { guard, risk, counters, stopwatch, venues, reducibleReasons } = this.#desk
    guard.enter()
    const open = approved.reducing
      ? gate2Reducing(route, intent.permit, reducibleReasons)
      : gate2(route, intent.permit)
    if (!open) {
      guard.exit(false)
      return this.#block(order, strategy, intent, route)
    }
    if (!risk.wire.take(approved)) {
      guard.exit(false)
      return this.#deny(order, strategy, 'WIRE_CHECK')
    }
    const sent = submitTo(venues[approved.instrument] as VenuePort, approved)
    if (sent !== 'sent' && sent !== 'threw') {
      guard.exit(false)
      return this.#deny(order, strategy, sent)
    }
    guard.exit(true)
    const writtenNs = stopwatch.monoNs()
    this.#desk.awaiting.add(approved.clientOrderId)
    counters.submitted++
    this.#desk.orders.submitted(approved.clientOrderId)
    this.#desk.recorder.submitted(approved.clientOrderId)
    if (sent === 'threw') return this.#lost(order)
    counters.latency('write', writtenNs - startNs)
    const tickStartNs = this.#tickStartNs[intent.tickSeq & (TICK_STARTS - 1)] as number
    counters.latency('tick_to_order', writtenNs - tickStartNs)
  }

  /** The port threw: whether bytes left cannot be told, so the order's outcome is unknown (O4). */
  #lost(order: Order): void {
    const { clientOrderId } = order.request
    const { orders, recorder, awaiting, guard, counters, time, portfolio } = this.#desk
    const reason = 'SUBMIT_THREW'
    orders.apply({ kind: 'unknown', clientOrderId, reason, ts: time.utcNsText() })
    recorder.unknown(clientOrderId, reason, order.state)
    counters.unknown++
    portfolio.refresh(order.request.instrument)
    if (awaiting.delete(clientOrderId)) guard.settle()
  }

  #request(clientOrderId: string, reducing: boolean): OrderRequest {
    const draft = this.#draft
    return {
      clientOrderId,
      instrument: draft.instrument,
      strategy: draft.strategy,
      side: draft.side,
      type: draft.type,
      timeInForce: draft.timeInForce,
      qty: draft.qty,
      price: Number.isNaN(draft.price) ? null : draft.price,
      stopPrice: Number.isNaN(draft.stopPrice) ? null : draft.stopPrice,
      reducing,
    }
  }

  /** Refused before an id was taken. */
  #refuse(intent: Intent, strategy: StrategySlot, code: DenialCode, assessment: Assessment | null): void {
    const desk = this.#desk
    desk.counters.deny(code)
    const judgement = { results: assessment?.results ?? [], throttle: assessment?.throttle ?? NO_THROTTLE }
    desk.recorder.denied(this.#draft, assessment?.reducing ?? false, code, intent, judgement)
    this.#notify(strategy, intent.instrument, '', 'DENIED', code)
  }

  /** Refused after its intent was journaled: nothing was written. */
  #deny(order: Order, strategy: StrategySlot, code: NotSent | 'WIRE_CHECK' | 'HALTED'): void {
    const desk = this.#desk
    const { clientOrderId, instrument } = order.request
    desk.counters.deny(code)
    desk.orders.deny(clientOrderId, code)
    this.#closed(order)
    if (code !== 'HALTED') desk.recorder.notSent(clientOrderId, code)
    this.#notify(strategy, instrument, clientOrderId, 'DENIED', code)
  }

  #block(order: Order, strategy: StrategySlot, intent: Intent, route: GateRoute): void {
    const desk = this.#desk
    const { clientOrderId, instrument } = order.request
    desk.counters.blockedGate2++
    desk.orders.deny(clientOrderId, 'BLOCKED')
    this.#closed(order)
    desk.recorder.blocked({
      gate: 2,
      id: clientOrderId,
      strategy: strategy.id,
      symbol: (desk.instruments[instrument] as Instrument).symbol,
      tick_seq: intent.tickSeq,
      scope: route.open ? 'permit' : 'halt',
      reasons: reasonNames(route.reasons),
    })
    this.#notify(strategy, instrument, clientOrderId, 'DENIED', 'HALTED')
  }

  /** Nothing was written: the approval is taken back, so that a retry is no duplicate. */
  #closed(order: Order): void {
    this.#desk.risk.withdraw(order.request as ApprovedOrder)
    this.#desk.portfolio.refresh(order.request.instrument)
  }

  #notify(strategy: StrategySlot, instrument: number, id: string, state: string, reason: string): void {
    strategy.notify({
      hook: 'onOrder',
      instrument,
      event: { clientOrderId: id, state, cumQty: 0, reason },
    })
  }

  #utcText(nowNs: number): string {
    return utcNsText(this.#desk.time.recvBaseUtcS, nowNs)
  }
}

function submitTo(venue: VenuePort, order: ApprovedOrder): SendResult | 'threw' {
  try {
    return venue.submit(order)
  } catch {
    return 'threw'
  }
}
