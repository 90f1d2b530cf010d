import { incrementsToText } from '../core/decimal.ts'
import type { Exact } from '../core/exact.ts'
import type { DenialCode } from '../domain/denials.ts'
import { createOrderDraft, type OrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import { type CheckName, type CheckResult, type CheckUnit, createCheckResult } from './check.ts'
import { CHECKS } from './checks/order.ts'
import type { NotionalScale } from './scale.ts'
import type { ThrottleResult } from './throttle.ts'

/** A check's outcome for journal, HTTP and people: quantities, prices and money as exact decimal text. */
export interface CheckRecord {
  readonly check: CheckName
  readonly passed: boolean
  readonly code: DenialCode | null
  /** null: nothing was compared, or the limit is off */
  readonly value: string | null
  readonly limit: string | null
  /** qty (base asset) · price and notional (quote asset) · ns · count · bits · session */
  readonly unit: CheckUnit
}

/** The results of all checks of one order; reused, so read or copied before the next assessment. */
export class Assessment {
  readonly results: readonly CheckResult[] = CHECKS.map((check) => createCheckResult(check.name, check.unit))
  /** a copy of what was judged */
  readonly draft: OrderDraft = createOrderDraft()
  passed = false
  approvable = false
  reducing = false
  /** the first failure by the order of the checks; null where all passed */
  code: DenialCode | null = null
  nowNs: number = Number.NaN
  /** what the throttle made of the size; `rule` is null where it did nothing */
  readonly throttle: ThrottleResult = { rule: null, from: 0, to: 0 }
  readonly #scale: NotionalScale
  #instrument: Instrument | null = null

  constructor(scale: NotionalScale) {
    this.#scale = scale
  }

  /** Called by the gate after the last check. */
  conclude(
    draft: OrderDraft,
    instrument: Instrument,
    reducing: boolean,
    nowNs: number,
    denial: CheckResult | null,
  ): void {
    const copy = this.draft
    copy.instrument = draft.instrument
    copy.strategy = draft.strategy
    copy.side = draft.side
    copy.type = draft.type
    copy.timeInForce = draft.timeInForce
    copy.qty = draft.qty
    copy.price = draft.price
    copy.stopPrice = draft.stopPrice
    copy.signalNs = draft.signalNs
    copy.referencePrice = draft.referencePrice
    copy.workingOrdersPerSide = draft.workingOrdersPerSide
    this.#instrument = instrument
    this.reducing = reducing
    this.nowNs = nowNs
    this.passed = denial === null
    this.approvable = this.passed
    this.code = denial === null ? null : denial.code
  }

  /** Every result as it goes into the journal and into a 422 answer. Allocates. */
  records(): CheckRecord[] {
    return this.results.map((result) => ({
      check: result.check,
      passed: result.passed,
      code: result.code,
      value: result.applied ? this.#text(result.exactValue ?? result.value, result.unit) : null,
      limit: result.applied ? this.#text(result.exactLimit ?? result.limit, result.unit) : null,
      unit: result.unit,
    }))
  }

  #text(value: Exact, unit: CheckUnit): string | null {
    if (typeof value === 'number' && !Number.isFinite(value)) return null
    const instrument = this.#instrument as Instrument
    if (unit === 'notional') return this.#scale.text(value)
    if (typeof value === 'number' && !Number.isInteger(value)) return String(value)
    if (unit === 'qty') return incrementsToText(value, instrument.qtyIncrement)
    if (unit === 'price') return incrementsToText(value, instrument.priceIncrement)
    return value.toString()
  }
}
