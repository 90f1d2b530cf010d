import { narrow, PPM } from '../core/exact.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { InstrumentRules } from '../domain/instrument-rules.ts'
import type { MarketView } from '../domain/market.ts'
import type { OrderRequest } from '../domain/order.ts'
import type { PortfolioView } from '../domain/portfolio.ts'
import type { ApprovedOrder, VenueCapabilities } from '../domain/venue.ts'
import { approveRequest } from './approve.ts'
import { Assessment } from './assessment.ts'
import type { BreakerView } from './breakers/circuit-breakers.ts'
import { type CheckContext, type CheckResult, skip } from './check.ts'
import { CHECKS } from './checks/order.ts'
import type { Conversion } from './conversion.ts'
import {
  compileAccountLimits,
  compileInstrumentLimits,
  type InstrumentLimits,
  type RiskLimits,
} from './limits.ts'
import { worstCaseMargin } from './margin.ts'
import type { CorrelatedExposure } from './monitor/correlated-exposure.ts'
import { OrderHistory } from './order-history.ts'
import { isReducing, unreservedQty } from './reducing.ts'
import { NotionalScale } from './scale.ts'
import type { HealthView } from './self-health.ts'
import { SplitSchedule } from './splits.ts'
import {
  type CompiledThrottle,
  compileThrottle,
  NO_THROTTLE,
  type ThrottleLimits,
  throttleSize,
} from './throttle.ts'
import { WireCheck } from './wire-check.ts'
import { computeWorstCase, createWorstCase } from './worst-case.ts'

export interface RiskGateOptions {
  readonly limits: RiskLimits
  /** the run's instruments by index */
  readonly instruments: readonly Instrument[]
  readonly portfolio: PortfolioView
  readonly market: MarketView
  readonly calendar: CalendarPort
  /** capabilities of the venue that an instrument trades on, by instrument index */
  readonly capabilities: readonly VenueCapabilities[]
  /** what that venue says now of an instrument, by its index; absent: no venue says anything */
  readonly rules?: (instrument: number) => InstrumentRules | null
  /** what reduces sizes before the checks; absent: nothing */
  readonly throttle?: ThrottleLimits
  /** of quote assets into the account's currency (R10); absent: every value counts at par */
  readonly conversion?: Conversion | null
  /** what makes decisions flat (R9); absent: nothing */
  readonly breakers?: BreakerView
  /** what would lose together (R8); absent: not known, so a limit on it denies */
  readonly correlated?: CorrelatedExposure
  /** how well the engine keeps up; absent: it is not asked */
  readonly health?: HealthView
}

/**
 * The pre-trade gate: runs every check in the fixed order of `checks/order.ts` and keeps every result (R1). `assess`
 * allocates nothing on the passing path; the assessment is valid until the next call.
 */
export class RiskGate {
  /** counts sent against approved quantity, right before the write (R7) */
  readonly wire: WireCheck = new WireCheck()
  readonly scale: NotionalScale
  readonly history: OrderHistory
  readonly #options: RiskGateOptions
  readonly #limits: readonly InstrumentLimits[]
  /** instruments whose factor moves with a rate */
  readonly #converted: readonly Instrument[]
  /** some instrument is not fully paid */
  readonly #margined: boolean
  readonly #throttles: readonly CompiledThrottle[]
  readonly #assessment: Assessment
  readonly #context: CheckContext
  #equityMoney: bigint | null = null
  #lossMoney: bigint | null = null

  /** @throws RISK_LIMIT_INVALID, DECIMAL_INVALID, NOTIONAL_SCALE, SPLIT_INVALID */
  constructor(options: RiskGateOptions) {
    const { instruments, limits } = options
    const scale = new NotionalScale(instruments, options.conversion)
    this.#options = options
    this.scale = scale
    this.history = new OrderHistory(limits.ordersPerSecondMax, instruments.length)
    this.#limits = instruments.map((instrument) => compileInstrumentLimits(limits, instrument, scale))
    this.#converted = instruments.filter(({ index }) => scale.converts(index))
    this.#margined = this.#limits.some(({ marginPpm }) => marginPpm !== PPM)
    const throttle = options.throttle ?? NO_THROTTLE
    this.#throttles = instruments.map((instrument) => compileThrottle(throttle, instrument))
    this.#assessment = new Assessment(scale)
    this.#context = {
      instrument: instruments[0] as Instrument,
      limits: this.#limits[0] as InstrumentLimits,
      capabilities: options.capabilities[0] as VenueCapabilities,
      rules: null,
      account: compileAccountLimits(limits, scale),
      market: options.market,
      calendar: options.calendar,
      history: this.history,
      splits: new SplitSchedule(instruments, options.calendar),
      conversion: options.conversion ?? null,
      breakers: options.breakers ?? null,
      correlated: options.correlated ?? null,
      health: options.health ?? null,
      nowNs: Number.NaN,
      utcMs: Number.NaN,
      haltReasons: 0,
      reducing: false,
      worst: createWorstCase(),
      margin: null,
      throttle: this.#assessment.throttle,
      equity: null,
      dailyLoss: null,
    }
  }

  /**
   * Throttles an order (lowers `draft.qty` in place) and judges it. `nowNs` is on the clock of `draft.signalNs` and of the market view; `haltReasons` are the reason
   * bits of all scopes of the order, or-ed.
   */
  assess(draft: OrderDraft, nowNs: number, utcMs: number, haltReasons: number): Assessment {
    const { portfolio } = this.#options
    const context = this.#context
    context.instrument = this.#options.instruments[draft.instrument] as Instrument
    context.limits = this.#limits[draft.instrument] as InstrumentLimits
    context.capabilities = this.#options.capabilities[draft.instrument] as VenueCapabilities
    context.rules = this.#options.rules?.(draft.instrument) ?? null
    context.nowNs = nowNs
    context.utcMs = utcMs
    context.haltReasons = haltReasons
    this.#throttle(draft, context)
    this.#readMoney(context)
    this.#readExposure(draft, context)
    const assessment = this.#assessment
    let denial: CheckResult | null = null
    for (let index = 0; index < CHECKS.length; index++) {
      const check = CHECKS[index] as (typeof CHECKS)[number]
      const result = assessment.results[index] as CheckResult
      result.unit = check.unit
      if (context.reducing && check.reducing === 'skip') skip(result)
      else check.run(draft, portfolio, context, result)
      if (!result.passed && denial === null) denial = result
    }
    assessment.conclude(draft, context.instrument, context.reducing, nowNs, denial)
    return assessment
  }

  /**
   * Makes the approved order of the draft that was assessed last, and counts it for rate, duplicates and the wire.
   *
   * @throws ASSERTION when that was denied, already approved, or another order
   */
  approve(request: OrderRequest): ApprovedOrder {
    const assessment = this.#assessment
    const approved = approveRequest(request, assessment)
    this.history.noteOrder(assessment.draft, assessment.reducing, assessment.nowNs)
    this.wire.approve(request.clientOrderId, request.qty)
    return approved
  }

  /**
   * Nothing of an approved order was written (gate, venue port, journal): it may be asked for again. It still counts
   * for the message rate.
   */
  withdraw(order: ApprovedOrder): void {
    this.wire.forget(order.clientOrderId)
    this.history.forget(order.strategy, order.instrument)
  }

  /** A reducing order keeps its size; a size that the throttle reduced may have become a reducing one. */
  #throttle(draft: OrderDraft, context: CheckContext): void {
    const { portfolio, market } = this.#options
    const { throttle } = context
    throttle.rule = null
    this.#closingPart(draft, context)
    context.reducing = isReducing(draft, portfolio)
    if (context.reducing) return
    const limits = this.#throttles[draft.instrument] as CompiledThrottle
    const mark = portfolio.markPrice(draft.instrument)
    throttleSize(draft, market, mark, limits, throttle, context.health?.sizePpm)
    if (throttle.rule === null) return
    draft.qty = throttle.to
    context.reducing = isReducing(draft, portfolio)
  }

  /** Where a halt lets only reducing orders pass, one that would turn the position around is left the part that closes it. */
  #closingPart(draft: OrderDraft, { haltReasons, account, throttle }: CheckContext): void {
    if (haltReasons === 0 || (haltReasons & ~account.reducibleReasons) !== 0) return
    const most = unreservedQty(draft, this.#options.portfolio)
    if (most <= 0 || draft.qty <= most) return
    throttle.rule = 'reduce_only'
    throttle.from = draft.qty
    throttle.to = most
    draft.qty = most
  }

  #readExposure(draft: OrderDraft, context: CheckContext): void {
    const { portfolio } = this.#options
    const { worst } = context
    for (const instrument of this.#converted) {
      ;(this.#limits[instrument.index] as InstrumentLimits).factor = this.scale.factor(instrument)
    }
    computeWorstCase(draft, portfolio, this.#limits, worst)
    if (!worst.known) context.margin = null
    else if (!this.#margined) context.margin = worst.gross
    else context.margin = worstCaseMargin(draft, portfolio, this.#limits, worst)
  }

  /** Money becomes units by BigInt division, so only when it changed. */
  #readMoney(context: CheckContext): void {
    const equity = this.#options.portfolio.equity()
    if (equity !== this.#equityMoney) {
      this.#equityMoney = equity
      context.equity = equity === null ? null : narrow(this.scale.units(equity))
    }
    const pnl = this.#options.portfolio.dailyPnl()
    if (pnl !== this.#lossMoney) {
      this.#lossMoney = pnl
      context.dailyLoss = pnl === null ? null : narrow(-this.scale.units(pnl))
    }
  }
}
