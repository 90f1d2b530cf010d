import { assert } from '../core/assert.ts'
import type { Side } from '../domain/action.ts'
import { type Order, type OrderRequest, TERMINAL_STATES } from '../domain/order.ts'
import type { ExecutionReport, Fill } from '../domain/report.ts'
import { type ApplyResult, type QuarantineReason, result } from './apply-result.ts'
import { ClosedOrders, type DoubtfulOrders } from './closed-orders.ts'
import { FillIndex } from './fill-index.ts'
import { type OrderEvent, type Transition, transition } from './fsm.ts'
import { beforePending, fits, isPending, isQty, previousState } from './moves.ts'
import { OpenOrders } from './open-orders.ts'
import { orderCanon } from './order-canon.ts'
import { Quarantine } from './quarantine.ts'
import { WorkingQuantities } from './working-quantity.ts'

/** Closed orders kept for late reports and queries; the journal has all of them. */
const CLOSED_ORDERS_MAX = 20_000

/**
 * All orders of the engine and the only place where their state changes. Deterministic: the same requests and reports in
 * the same order give the same state. Nothing throws for what a venue sends; a fill is booked once or put aside, never lost.
 */
export class OrderStore {
  /** reports that fitted nothing */
  readonly quarantine: Quarantine = new Quarantine()
  readonly #orders = new Map<string, Order>()
  readonly #open = new OpenOrders()
  readonly #fills = new FillIndex()
  readonly #working = new WorkingQuantities()
  readonly #closed: ClosedOrders

  constructor({ closedOrdersMax = CLOSED_ORDERS_MAX }: { readonly closedOrdersMax?: number } = {}) {
    this.#closed = new ClosedOrders(closedOrdersMax)
  }

  get closed(): DoubtfulOrders {
    return this.#closed
  }

  /** Takes a new order in as INITIALIZED: its quantity works from now on. @throws ASSERTION for an id used before */
  create(request: OrderRequest, tickSeq: number, createdUtcNs: string): Order {
    assert(!this.#orders.has(request.clientOrderId), `client order id ${request.clientOrderId} used twice`)
    const order: Order = {
      request,
      state: 'INITIALIZED',
      venueOrderId: null,
      cumQty: 0,
      leavesQty: request.qty,
      stateBeforePending: null,
      pendingQty: null,
      reason: null,
      tickSeq,
      createdUtcNs,
    }
    this.#orders.set(request.clientOrderId, order)
    this.#open.add(order)
    this.#count(order, 1)
    return order
  }

  get(clientOrderId: string): Order | undefined {
    return this.#orders.get(clientOrderId)
  }

  /** Orders that are not in a terminal state, oldest first. */
  open(): Iterable<Order> {
    return this.#open.values()
  }

  get openCount(): number {
    return this.#open.size
  }

  /** Every order in memory, oldest first. */
  all(): Iterable<Order> {
    return this.#orders.values()
  }

  /** Best price of a side's open orders, see `OpenOrders.best`. */
  bestOpenPrice(instrument: number, side: Side): number | null {
    return this.#open.best(instrument, side)
  }

  /** Open quantity of a side over all strategies, orders of unknown outcome included. */
  openQty(instrument: number, side: Side): number {
    return this.#working.qty(instrument, side)
  }

  strategyOpenQty(strategy: number, instrument: number, side: Side): number {
    return this.#working.strategyQty(strategy, instrument, side)
  }

  workingOrders(strategy: number, instrument: number, side: Side): number {
    return this.#working.orders(strategy, instrument, side)
  }

  hasUnknown(strategy: number, instrument: number): boolean {
    return this.#working.hasUnknown(strategy, instrument)
  }

  /** Fills booked for an order, in booking order, busted ones left out. */
  fillsOf(clientOrderId: string): readonly Fill[] {
    return this.#fills.of(clientOrderId)
  }

  /** Text that is equal exactly when two stores are. Creation times (a clock) stay out. */
  stateCanon(): string {
    return orderCanon(this.#orders.values(), (id) => this.fillsOf(id))
  }

  /** Refused by us: never sent. */
  deny(clientOrderId: string, reason: string): ApplyResult {
    return this.#local(clientOrderId, 'denied', reason)
  }

  /** Written to the venue. */
  submitted(clientOrderId: string): ApplyResult {
    return this.#local(clientOrderId, 'submitted', null)
  }

  /** We asked for a cancel; `reason` explains CANCELED then. An order that is closed is left as it is. */
  requestCancel(clientOrderId: string, ts: string, reason: string | null = null): ApplyResult {
    const order = this.#open.get(clientOrderId)
    if (order !== undefined) order.cancelReason = reason
    return this.apply({ kind: 'pending_cancel', clientOrderId, ts })
  }

  /** We asked for other terms; the larger of both quantities counts as working until the outcome is known. */
  requestReplace(clientOrderId: string, qty: number): ApplyResult {
    const order = this.#orders.get(clientOrderId)
    if (order !== undefined && !TERMINAL_STATES.has(order.state)) {
      this.#count(order, -1)
      order.pendingQty = qty
      this.#count(order, 1)
    }
    return this.#local(clientOrderId, 'pending_replace', null)
  }

  /** Takes in what a venue says. */
  apply(report: ExecutionReport): ApplyResult {
    const order = this.#orders.get(report.clientOrderId)
    if (order === undefined) return this.#putAside(report, null, 'ORDER_UNKNOWN')
    switch (report.kind) {
      case 'fill':
        return this.#applyFill(order, report, report.fill)
      case 'trade_bust':
      case 'trade_correct':
        return this.#restate(order, report)
      case 'replaced':
        return this.#applyReplaced(order, report)
      default:
        return this.#applyState(order, report)
    }
  }

  #applyState(order: Order, report: Exclude<ExecutionReport, { kind: 'fill' }>): ApplyResult {
    const row = transition(order.state, report.kind)
    if (row === undefined) return this.#putAside(report, order, 'ILLEGAL_TRANSITION')
    if (report.kind === 'accepted') order.venueOrderId ??= report.venueOrderId
    const from = order.state
    if (report.kind === 'replace_rejected') this.#clearPendingQty(order)
    this.#move(order, row)
    if ('reason' in report && order.state !== from && TERMINAL_STATES.has(order.state))
      order.reason = (report.kind === 'canceled' ? order.cancelReason : null) ?? report.reason
    return result(order.state === from ? 'ignored' : 'applied', order, from, row)
  }

  #applyFill(order: Order, report: ExecutionReport, fill: Fill): ApplyResult {
    const known = this.#fills.find(fill)
    if (known !== undefined) {
      if (known.clientOrderId !== order.request.clientOrderId)
        return this.#putAside(report, order, 'FILL_CONFLICT')
      const differs = known.fill.qty !== fill.qty || known.fill.price !== fill.price
      return {
        ...result('duplicate', order, order.state, null),
        surprise: differs,
        note: differs ? 'the repetition has another quantity or price; the first one stays' : '',
      }
    }
    if (!fits(fill, order.request)) return this.#putAside(report, order, 'FILL_INVALID')
    const cumQty = order.cumQty + fill.qty
    const row = transition(
      order.state,
      cumQty < order.request.qty ? 'partial_fill' : 'full_fill',
    ) as Transition
    const from = order.state
    this.#fills.add(fill, order.request.clientOrderId)
    this.#count(order, -1)
    order.cumQty = cumQty
    this.#count(order, 1)
    this.#move(order, row)
    const over = cumQty > order.request.qty
    return {
      ...result('applied', order, from, row),
      fill,
      surprise: row.surprise || over,
      note: over ? 'more was filled than ordered' : row.note,
    }
  }

  #applyReplaced(order: Order, report: Extract<ExecutionReport, { kind: 'replaced' }>): ApplyResult {
    const row = transition(order.state, 'replaced')
    if (row === undefined) return this.#putAside(report, order, 'ILLEGAL_TRANSITION')
    if (!isQty(report.qty)) return this.#putAside(report, order, 'TERMS_INVALID')
    const from = order.state
    this.#count(order, -1)
    order.request = { ...order.request, qty: report.qty, price: report.price }
    order.pendingQty = null
    this.#open.repriced(order)
    this.#count(order, 1)
    this.#move(order, row)
    this.#closeIfFilled(order)
    return result('applied', order, from, row)
  }

  #restate(
    order: Order,
    report: Extract<ExecutionReport, { kind: 'trade_bust' | 'trade_correct' }>,
  ): ApplyResult {
    const row = transition(order.state, report.kind)
    if (row === undefined) return this.#putAside(report, order, 'ILLEGAL_TRANSITION')
    const entry = this.#fills.ofTrade(order.request.clientOrderId, report.tradeId)
    if (entry === undefined) return this.#putAside(report, order, 'TRADE_UNKNOWN')
    const booked = entry.fill
    const corrected =
      report.kind === 'trade_bust' ? null : { ...booked, qty: report.qty, price: report.price }
    if (corrected !== null && !fits(corrected, order.request))
      return this.#putAside(report, order, 'TERMS_INVALID')
    const from = order.state
    this.#count(order, -1)
    order.cumQty += (corrected?.qty ?? 0) - booked.qty
    this.#count(order, 1)
    entry.busted = corrected === null
    entry.fill = corrected ?? booked
    this.#move(order, row)
    this.#closeIfFilled(order)
    return { ...result('applied', order, from, row), restated: { booked, corrected } }
  }

  /** A replace to what is filled already, or a correction up to the whole, leaves nothing open. */
  #closeIfFilled(order: Order): void {
    if (TERMINAL_STATES.has(order.state) || order.cumQty < order.request.qty) return
    this.#move(order, transition(order.state, 'full_fill') as Transition)
  }

  #local(clientOrderId: string, event: OrderEvent, reason: string | null): ApplyResult {
    const order = this.#orders.get(clientOrderId)
    const row = order === undefined ? undefined : transition(order.state, event)
    assert(
      order !== undefined && row !== undefined,
      `${event} of ${clientOrderId} in ${order?.state ?? 'no order'}`,
    )
    const from = order.state
    this.#move(order, row)
    if (reason !== null) order.reason = reason
    return result(order.state === from ? 'ignored' : 'applied', order, from, row)
  }

  #clearPendingQty(order: Order): void {
    this.#count(order, -1)
    order.pendingQty = null
    this.#count(order, 1)
  }

  /** The one place where a state changes: quantities, indexes and the state to return to follow it. */
  #move(order: Order, row: Transition): void {
    const wasOpen = !TERMINAL_STATES.has(order.state)
    const to = row.to === 'PREVIOUS' ? previousState(order, row.event) : row.to
    const isOpen = !TERMINAL_STATES.has(to)
    const recount = wasOpen !== isOpen || (order.state === 'UNKNOWN') !== (to === 'UNKNOWN')
    if (recount) this.#count(order, -1)
    order.stateBeforePending = isPending(to) ? beforePending(order, row.event) : null
    order.state = to
    order.leavesQty = isOpen ? Math.max(0, order.request.qty - order.cumQty) : 0
    if (!isOpen) order.pendingQty = null
    if (recount) this.#count(order, 1)
    if (wasOpen && !isOpen) this.#close(order)
  }

  #close(order: Order): void {
    this.#open.delete(order)
    const oldest = this.#closed.push(order)
    if (oldest === null) return
    this.#orders.delete(oldest)
    this.#fills.forget(oldest)
  }

  #count(order: Order, sign: 1 | -1): void {
    if (TERMINAL_STATES.has(order.state)) return
    const { strategy, instrument, side, qty } = order.request
    const total = Math.max(qty, order.pendingQty ?? 0)
    const open = Math.max(0, total - order.cumQty)
    this.#working.add(strategy, instrument, side, open, order.state === 'UNKNOWN', sign)
  }

  #putAside(report: ExecutionReport, order: Order | null, reason: QuarantineReason): ApplyResult {
    this.quarantine.add(report, reason)
    return { ...result('quarantined', order, order?.state ?? null, null), surprise: true, note: reason }
  }
}
