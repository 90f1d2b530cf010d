import type { DenialCode } from '../domain/denials.ts'
import { createOrderDraft, type OrderDraft, requestOf } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Intent, Permit } from '../domain/intent.ts'
import { JOURNAL_FAILED } from '../domain/journal.ts'
import type { Order } from '../domain/order.ts'
import type { ApprovedOrder, NotSent, SendResult, VenuePort } from '../domain/venue.ts'
import { boundaryRefusal } from '../gate/boundary.ts'
import { type GateRoute, gate2, gate2Reducing, reasonsNow } from '../gate/gate.ts'
import { draftOrder } from '../order/template.ts'
import type { Assessment } from '../risk/assessment.ts'
import type { ThrottleResult } from '../risk/throttle.ts'
import type { Desk, StrategySlot } from './desk.ts'
import { utcNsText } from './record-text.ts'

const NO_THROTTLE: ThrottleResult = { rule: null, from: 0, to: 0 }
/** Ticks whose start is remembered, a power of two: as many as a worker may lag by default. */
const TICK_STARTS = 65_536

/** An order from outside: scopes, permit and who asks; `draft.strategy` is -1 where it belongs to no strategy. */
export interface OutsideOrder {
  readonly strategy: StrategySlot | null
  readonly route: GateRoute
  readonly permit: Permit
  /** actor of its records */
  readonly actor: string
}

/** What became of an order on its way out. `sent`: it may have left, and its state tells the rest. */
export interface OutsideResult {
  readonly outcome: 'sent' | 'denied' | 'blocked'
  /** why it did not leave */
  readonly code: DenialCode | 'BLOCKED' | null
  /** null: refused before it had an id */
  readonly order: Order | null
  /** halt reasons of its words, or-ed, as they were read last */
  readonly reasons: number
  /** every check, valid until the next order; null: there was nothing to check */
  readonly assessment: Assessment | null
}

/** Where an order comes from, and the words that it must find. */
interface Origin {
  /** null: from outside */
  readonly intent: Intent | null
  readonly strategy: StrategySlot | null
  readonly route: GateRoute
  readonly permit: Permit
  readonly tickSeq: number
  readonly actor: string | undefined
}

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
    const route = strategy.routes[intent.instrument] as GateRoute
    const { permit, tickSeq } = intent
    const origin = { intent, strategy, route, permit, tickSeq, actor: undefined }
    if (outcome === 'SIZED') this.#place(draft, origin, startNs)
    else this.#refuse(draft, origin, outcome, null)
  }

  /**
   * An order that no tick led to, the same way from the checks on. Its permit was taken where it was asked for, so that
   * whatever happened to its words since drops it.
   */
  onOutside(draft: OrderDraft, order: OutsideOrder): OutsideResult {
    const { route, permit, strategy, actor } = order
    const origin = { intent: null, strategy, route, permit, tickSeq: -1, actor }
    return this.#place(draft, origin, this.#desk.stopwatch.monoNs())
  }

  #place(draft: OrderDraft, origin: Origin, startNs: number): OutsideResult {
    const desk = this.#desk
    const { counters, stopwatch } = desk
    const nowNs = desk.time.nowNs()
    const utcMs = desk.time.recvBaseUtcS * 1000 + Math.floor(nowNs / 1e6)
    // The checks name the halts that stand now; gate 2 holds the permit against the words themselves.
    const assessment = desk.risk.assess(draft, nowNs, utcMs, reasonsNow(origin.route))
    if (assessment.code !== null) return this.#refuse(draft, origin, assessment.code, assessment)

    const request = requestOf(draft, desk.ids.next(), assessment.reducing)
    const order = desk.orders.create(request, origin.tickSeq, this.#utcText(nowNs))
    const approved = desk.risk.approve(request)
    desk.portfolio.refresh(request.instrument)
    const checkedNs = stopwatch.monoNs()
    counters.latency('risk', checkedNs - startNs)
    const judgement = { results: assessment.results, throttle: assessment.throttle }
    if (desk.recorder.intent(request, origin.intent, judgement, origin.actor) === JOURNAL_FAILED) {
      return this.#deny(order, origin, 'HALTED', assessment)
    }
    const journaledNs = stopwatch.monoNs()
    counters.latency('journal', journaledNs - checkedNs)
    const code = this.#send(order, approved, origin, journaledNs)
    if (code === 'SENT')
      return { outcome: 'sent', code: null, order, reasons: origin.route.reasons, assessment }
    if (code === 'BLOCKED') return this.#block(order, origin, assessment)
    return this.#deny(order, origin, code, assessment)
  }

  /** The last steps, in one synchronous run: guard, gate 2, wire check, write. */
  #send(
    order: Order,
    approved: ApprovedOrder,
    origin: Origin,
    startNs: number,
  ): 'SENT' | 'BLOCKED' | 'WIRE_CHECK' | NotSent {
    const { guard, risk, counters, stopwatch, venues, reducibleReasons } = this.#desk
    const { route, permit } = origin
    guard.enter()
    const open = approved.reducing ? gate2Reducing(route, permit, reducibleReasons) : gate2(route, permit)
    if (!open) {
      guard.exit(false)
      return 'BLOCKED'
    }
    if (!risk.wire.take(approved)) {
      guard.exit(false)
      return 'WIRE_CHECK'
    }
    const sent = submitTo(venues[approved.instrument] as VenuePort, approved)
    if (sent !== 'sent' && sent !== 'threw') {
      guard.exit(false)
      return sent
    }
    guard.exit(true)
    const writtenNs = stopwatch.monoNs()
    this.#desk.awaiting.add(approved.clientOrderId)
    counters.submitted++
    this.#desk.orders.submitted(approved.clientOrderId)
    this.#desk.recorder.submitted(approved.clientOrderId)
    if (sent === 'threw') this.#lost(order)
    else if (origin.intent !== null) {
      counters.latency('write', writtenNs - startNs)
      const tickStartNs = this.#tickStartNs[origin.tickSeq & (TICK_STARTS - 1)] as number
      counters.latency('tick_to_order', writtenNs - tickStartNs)
    }
    return 'SENT'
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

  /** Refused before an id was taken. */
  #refuse(draft: OrderDraft, origin: Origin, code: DenialCode, assessment: Assessment | null): OutsideResult {
    const desk = this.#desk
    desk.counters.deny(code)
    const judgement = { results: assessment?.results ?? [], throttle: assessment?.throttle ?? NO_THROTTLE }
    desk.recorder.denied(draft, assessment?.reducing ?? false, code, origin.intent, judgement, origin.actor)
    this.#notify(origin.strategy, draft.instrument, '', 'DENIED', code)
    return { outcome: 'denied', code, order: null, reasons: origin.route.reasons, assessment }
  }

  /** Refused after its intent was journaled: nothing was written. */
  #deny(
    order: Order,
    origin: Origin,
    code: NotSent | 'WIRE_CHECK' | 'HALTED',
    assessment: Assessment,
  ): OutsideResult {
    const desk = this.#desk
    const { clientOrderId, instrument } = order.request
    desk.counters.deny(code)
    desk.orders.deny(clientOrderId, code)
    this.#closed(order)
    if (code !== 'HALTED') desk.recorder.notSent(clientOrderId, code)
    this.#notify(origin.strategy, instrument, clientOrderId, 'DENIED', code)
    return { outcome: 'denied', code, order, reasons: origin.route.reasons, assessment }
  }

  #block(order: Order, origin: Origin, assessment: Assessment): OutsideResult {
    const desk = this.#desk
    const { route } = origin
    const { clientOrderId, instrument } = order.request
    desk.counters.blockedGate2++
    desk.orders.deny(clientOrderId, 'BLOCKED')
    this.#closed(order)
    desk.recorder.blocked({
      gate: 2,
      id: clientOrderId,
      strategy: origin.strategy?.id ?? '',
      symbol: (desk.instruments[instrument] as Instrument).symbol,
      tick_seq: origin.tickSeq,
      scope: route.open ? 'permit' : 'halt',
      ...boundaryRefusal(route.reasons),
    })
    this.#notify(origin.strategy, instrument, clientOrderId, 'DENIED', 'HALTED')
    return { outcome: 'blocked', code: 'BLOCKED', order, reasons: route.reasons, assessment }
  }

  /** Nothing was written: the approval is taken back, so that a retry is no duplicate. */
  #closed(order: Order): void {
    this.#desk.risk.withdraw(order.request as ApprovedOrder)
    this.#desk.portfolio.refresh(order.request.instrument)
  }

  #notify(
    strategy: StrategySlot | null,
    instrument: number,
    id: string,
    state: string,
    reason: string,
  ): void {
    strategy?.notify({
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
