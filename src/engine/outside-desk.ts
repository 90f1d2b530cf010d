import type { Clock } from '../core/clock.ts'
import { incrementsToText } from '../core/decimal.ts'
import { TidegateError } from '../core/errors.ts'
import { moneyToText } from '../core/money.ts'
import { TradingAction } from '../domain/action.ts'
import type { DenialCode } from '../domain/denials.ts'
import { createOrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Intent, Permit } from '../domain/intent.ts'
import type { Order } from '../domain/order.ts'
import { type BoundaryCause, boundaryRefusal } from '../gate/boundary.ts'
import { type GateRoute, NO_STRATEGY } from '../gate/gate.ts'
import { type CompiledTemplate, draftOrder } from '../order/template.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import type { Desk, StrategySlot } from './desk.ts'
import { type Fields, type OutsideRequest, parseOutside } from './outside-request.ts'
import { sleep } from './steps.ts'
import { routeOf, type ScopeTable } from './strategies.ts'
import type { OutsideResult, Trader } from './trader.ts'

/** Working orders of nobody's on one side of a symbol: who sends orders by hand counts them himself. */
const WORKING_ORDERS_MAX = 100
const POLL_MS = 2
const NO_FEATURES = new Float64Array(0)

/** An HTTP status and a JSON body. */
export interface OutsideAnswer {
  readonly status: number
  readonly body: object
}

export interface OutsideDeskOptions {
  readonly desk: Desk
  readonly trader: Trader
  readonly plane: ControlPlane
  readonly scopes: ScopeTable
  readonly clock: Clock
}

/** Orders from outside (`POST /execute`), on the main thread: read, sent the same way as an intent, and their outcome told. */
export class OutsideDesk {
  readonly #options: OutsideDeskOptions
  readonly #draft = createOrderDraft()
  readonly #routes = new Map<number, GateRoute>()

  constructor(options: OutsideDeskOptions) {
    this.#options = options
  }

  /**
   * Sends the order, and waits until the venue has said something of it.
   *
   * @param permit control words at the request's receipt
   * @param onSending called as soon as the order may have left
   */
  async execute(
    fields: Fields,
    actor: string,
    permit: Permit,
    outcomeMs: number,
    onSending: (clientOrderId: string) => void,
  ): Promise<OutsideAnswer> {
    let result: OutsideResult | null
    try {
      result = this.#send(fields, actor, permit)
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error
      return refused(400, error.code, error.message, {})
    }
    if (result === null) return { status: 200, body: { client_order_id: null, state: 'NOTHING_TO_DO' } }
    const { order } = result
    if (result.outcome !== 'sent' || order === null) return refusalAnswer(result)
    const { clientOrderId } = order.request
    onSending(clientOrderId)
    await this.#outcome(order, outcomeMs)
    return outcomeAnswer(order)
  }

  /** `GET /orders`: every open order of ours. */
  orders(): OutsideAnswer {
    const { desk } = this.#options
    return { status: 200, body: { orders: [...desk.orders.open()].map((order) => this.#describe(order)) } }
  }

  /** `GET /positions`: position and profit by symbol, and by strategy where it has one. */
  positions(): OutsideAnswer {
    const { ledger, portfolio, instruments, strategies } = this.#options.desk
    const positions = instruments.map((instrument) => {
      const mark = portfolio.markPrice(instrument.index)
      const qty = (count: number): string => incrementsToText(count, instrument.qtyIncrement)
      return {
        symbol: instrument.symbol,
        position: qty(ledger.position(instrument)),
        mark: mark === null ? null : incrementsToText(Math.trunc(mark), instrument.priceIncrement),
        realized: moneyToText(ledger.realized(instrument)),
        unrealized: mark === null ? null : moneyToText(ledger.unrealized(instrument, mark)),
        fees: moneyToText(ledger.feesInQuote(instrument)),
        strategies: Object.fromEntries(
          strategies
            .filter((slot) => slot.instruments.includes(instrument))
            .map((slot) => [slot.id, qty(ledger.strategyPosition(slot.index, instrument))]),
        ),
      }
    })
    return { status: 200, body: { positions } }
  }

  /** Null: the action asks for nothing (HOLD, or the target is reached). */
  #send(fields: Fields, actor: string, permit: Permit): OutsideResult | null {
    const { desk, trader } = this.#options
    const instrument = desk.instruments.find(({ symbol }) => symbol === fields['symbol'])
    if (instrument === undefined) throw new TidegateError('SYMBOL_UNKNOWN', 'symbol must be one of the run')
    const strategy = this.#strategy(fields, instrument)
    const request = parseOutside(fields, instrument)
    const template = strategy?.templates[instrument.index]
    if (request.kind === 'order') this.#draftOrder(request, instrument, strategy)
    else if (!this.#draftAction(request.action, request.price, instrument, strategy, template, permit))
      return null
    const route = strategy?.routes[instrument.index] ?? this.#route(instrument)
    return trader.onOutside(this.#draft, { strategy, route, permit, actor: `outside:${actor}` })
  }

  #strategy(fields: Fields, instrument: Instrument): StrategySlot | null {
    const { strategy: id } = fields
    if (id === undefined || id === null) return null
    const slot = this.#options.desk.strategies.find((candidate) => candidate.id === id)
    if (slot?.instruments.includes(instrument) === true) return slot
    throw new TidegateError(
      'STRATEGY_UNKNOWN',
      `strategy must be one of the run that trades ${instrument.symbol}`,
    )
  }

  #draftOrder(
    request: Extract<OutsideRequest, { kind: 'order' }>,
    instrument: Instrument,
    strategy: StrategySlot | null,
  ): void {
    const { time, market } = this.#options.desk
    const { side, qty, type, timeInForce, price, stopPrice } = request
    Object.assign(this.#draft, {
      instrument: instrument.index,
      strategy: strategy?.index ?? NO_STRATEGY,
      side,
      qty,
      type,
      timeInForce,
      price,
      stopPrice,
      signalNs: time.nowNs(),
      referencePrice: market.referencePrice(instrument.index),
      workingOrdersPerSide: strategy?.templates[instrument.index]?.workingOrdersPerSide ?? WORKING_ORDERS_MAX,
    })
  }

  /** @throws what the template's outcome says where there is no order to be made of the action */
  #draftAction(
    action: TradingAction,
    limitPrice: number,
    instrument: Instrument,
    strategy: StrategySlot | null,
    template: CompiledTemplate | undefined,
    permit: Permit,
  ): boolean {
    if (action === TradingAction.HOLD || strategy === null || template === undefined) return false
    const { time, market, portfolio } = this.#options.desk
    const nowNs = time.nowNs()
    const intent: Intent = {
      strategy: strategy.index,
      instrument: instrument.index,
      action,
      tickSeq: -1,
      tickRecvNs: nowNs,
      tickEventNs: nowNs,
      decidedNs: nowNs,
      referencePrice: market.referencePrice(instrument.index),
      limitPrice,
      qty: Number.NaN,
      permit,
      features: NO_FEATURES,
    }
    const outcome = draftOrder(template, intent, portfolio, this.#draft)
    if (outcome === 'SIZED') return true
    if (outcome === 'HOLD' || outcome === 'NOTHING_TO_DO') return false
    throw new TidegateError(outcome, 'the template of the strategy makes no order of the action now')
  }

  #route(instrument: Instrument): GateRoute {
    const { plane, scopes } = this.#options
    let route = this.#routes.get(instrument.index)
    if (route === undefined) {
      route = routeOf(plane, scopes, NO_STRATEGY, instrument)
      this.#routes.set(instrument.index, route)
    }
    return route
  }

  async #outcome(order: Order, limitMs: number): Promise<void> {
    const { clock } = this.#options
    const untilNs = clock.monoNs() + limitMs * 1e6
    while (order.state === 'SUBMITTED' && clock.monoNs() < untilNs) await sleep(POLL_MS)
  }

  #describe(order: Order): object {
    const { desk } = this.#options
    const { request } = order
    const instrument = desk.instruments[request.instrument] as Instrument
    const price = (value: number | null): string | null =>
      value === null ? null : incrementsToText(value, instrument.priceIncrement)
    const qty = (value: number): string => incrementsToText(value, instrument.qtyIncrement)
    return {
      client_order_id: request.clientOrderId,
      venue_order_id: order.venueOrderId,
      symbol: instrument.symbol,
      strategy: desk.strategies[request.strategy]?.id ?? null,
      side: request.side,
      type: request.type,
      time_in_force: request.timeInForce,
      qty: qty(request.qty),
      price: price(request.price),
      stop_price: price(request.stopPrice),
      state: order.state,
      cum_qty: qty(order.cumQty),
      leaves_qty: qty(order.leavesQty),
      created_utc_ns: order.createdUtcNs,
    }
  }
}

/** Denials that are the boundary's own: a halt, not the order. */
const HALTS: ReadonlySet<string> = new Set<DenialCode | 'BLOCKED'>([
  'SHUTTING_DOWN',
  'UNAUTHORISED',
  'KILL_SWITCH',
  'HALTED',
  'BLOCKED',
])

/** 403, 503 or, where the order itself was the reason, 422 with every check. */
function refusalAnswer({ code, order, assessment, reasons }: OutsideResult): OutsideAnswer {
  const checks = assessment?.records() ?? []
  const more = { client_order_id: order?.request.clientOrderId ?? null, checks }
  if (code === null || !HALTS.has(code)) {
    return refused(422, code ?? 'DENIED', 'the order was denied before it left', more)
  }
  const refusal = boundaryRefusal(reasons)
  const [status, name] = BOUNDARY_ANSWER[refusal.cause]
  const why = refusal.reasons.join(', ') || 'a control word changed since the request'
  return refused(status, name, `${refusal.operation} is refused by ${refusal.cause}: ${why}`, {
    ...refusal,
    ...more,
  })
}

const BOUNDARY_ANSWER: Readonly<Record<BoundaryCause, readonly [status: number, code: string]>> = {
  shutdown: [503, 'shutting_down'],
  authorisation: [403, 'unauthorised'],
  kill: [503, 'halted'],
  guard: [503, 'halted'],
}

function outcomeAnswer(order: Order): OutsideAnswer {
  const { state, venueOrderId: venue_order_id, request } = order
  const { clientOrderId: client_order_id } = request
  const body = { client_order_id, venue_order_id, state }
  if (state === 'SUBMITTED' || state === 'UNKNOWN') {
    return refused(504, 'OUTCOME_UNKNOWN', 'the venue has not told what became of the order', body)
  }
  if (state === 'REJECTED')
    return refused(422, 'REJECTED', `the venue refused it: ${order.reason ?? ''}`, body)
  return { status: 202, body }
}

function refused(status: number, code: string, message: string, more: object): OutsideAnswer {
  return { status, body: { error: { code, message }, ...more } }
}
