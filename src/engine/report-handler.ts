import type { Instrument } from '../domain/instrument.ts'
import { TERMINAL_STATES } from '../domain/order.ts'
import type { ExecutionReport, Fill } from '../domain/report.ts'
import type { FillEffect } from '../ledger/ledger.ts'
import type { ApplyResult } from '../order/apply-result.ts'
import type { Desk, StrategySlot } from './desk.ts'
import { OrderWatch } from './order-watch.ts'

/** Reports that say nothing of whether the submission arrived. */
const NO_OUTCOME: ReadonlySet<string> = new Set(['pending_cancel', 'pending_replace', 'cancel_rejected'])

/** A booked execution, for the run's summary and whoever follows the run. */
export interface BookedFill {
  readonly clientOrderId: string
  readonly strategy: number
  readonly fill: Fill
  readonly effect: FillEffect
}

/**
 * What a venue says, the one way in: order state, then ledger, then journal, then the strategy's hooks. A report is
 * applied before it is journaled so that the record holds what it made of the order; both happen in one turn.
 */
export class ReportHandler {
  readonly #desk: Desk
  /** called for each fill that was booked, once */
  onFill: (booked: BookedFill) => void = () => {}
  /** called for what a well-behaved venue never sends */
  onSurprise: (report: ExecutionReport, note: string) => void = () => {}
  /** who waits for a word on an order */
  readonly watch: OrderWatch = new OrderWatch()

  constructor(desk: Desk) {
    this.#desk = desk
  }

  onReport(report: ExecutionReport): ApplyResult {
    const { orders, counters } = this.#desk
    const result = orders.apply(report)
    this.#settle(report)
    const effect = this.#book(report, result)
    this.#desk.recorder.report(report, result, result.order?.request.instrument ?? -1)
    this.#watchRisk(report, result, effect)
    this.#count(result)
    if (result.outcome === 'quarantined') counters.quarantined++
    if (result.surprise) this.onSurprise(report, result.note)
    this.#follow(result)
    this.watch.told(report)
    return result
  }

  /** The first word on a submission settles it; "unknown" does too: the order's own state keeps that open. */
  #settle(report: ExecutionReport): void {
    if (NO_OUTCOME.has(report.kind)) return
    const { awaiting, guard } = this.#desk
    if (awaiting.delete(report.clientOrderId)) guard.settle()
  }

  #book(report: ExecutionReport, result: ApplyResult): FillEffect | null {
    const { order, fill, restated } = result
    if (order === null) return null
    let effect: FillEffect | null = null
    const { ledger, instruments, portfolio } = this.#desk
    const instrument = instruments[order.request.instrument] as Instrument
    if (fill !== null) {
      effect = ledger.applyFill(instrument, order.request.strategy, fill)
      this.onFill({ clientOrderId: report.clientOrderId, strategy: order.request.strategy, fill, effect })
    }
    if (restated !== null && !ledger.restate(instrument, restated.booked, restated.corrected)) {
      this.onSurprise(report, 'the trade is older than the ledger keeps: book the difference by hand')
    }
    if (result.to !== null && TERMINAL_STATES.has(result.to)) {
      this.#desk.risk.wire.forget(order.request.clientOrderId)
    }
    portfolio.refresh(instrument.index)
    return effect
  }

  #watchRisk({ clientOrderId }: ExecutionReport, result: ApplyResult, effect: FillEffect | null): void {
    const { order, fill, restated } = result
    if (order === null) return
    const { watch, time } = this.#desk
    const { strategy } = order.request
    if (fill !== null) {
      watch.onFill(strategy, clientOrderId, effect, order.cumQty === fill.qty, time.nowNs())
    }
    if (restated !== null && restated.corrected === null) watch.breakers.onBust(strategy, clientOrderId)
  }

  #count(result: ApplyResult): void {
    if (result.from === result.to) return
    const { counters } = this.#desk
    if (result.to === 'FILLED') counters.filled++
    else if (result.to === 'CANCELED') counters.canceled++
    else if (result.to === 'REJECTED') counters.rejected++
    else if (result.to === 'EXPIRED') counters.expired++
    else if (result.to === 'UNKNOWN') counters.unknown++
  }

  #follow(result: ApplyResult): void {
    const { order, fill } = result
    if (order === null || result.outcome !== 'applied') return
    const strategy = this.#desk.strategies[order.request.strategy] as StrategySlot | undefined
    if (strategy === undefined) return
    const { clientOrderId, instrument } = order.request
    strategy.notify({
      hook: 'onOrder',
      instrument,
      event: { clientOrderId, state: order.state, cumQty: order.cumQty, reason: order.reason },
    })
    if (fill === null) return
    const { tradeId, side, qty, price } = fill
    strategy.notify({
      hook: 'onFill',
      instrument,
      event: { clientOrderId, tradeId, side, qty, price },
    })
  }
}
