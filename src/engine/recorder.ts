import { moneyToText } from '../core/money.ts'
import type { OrderDraft } from '../domain/draft.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Intent } from '../domain/intent.ts'
import type { Durability, JournalPort } from '../domain/journal.ts'
import {
  type AdoptedData,
  type BlockedData,
  type BootData,
  type CashData,
  type ControlData,
  RECORD_KIND,
  RECOVERY_ACTOR,
  type RecoveryData,
} from '../domain/journal-records.ts'
import type { OrderRequest, OrderState } from '../domain/order.ts'
import type { ExecutionReport } from '../domain/report.ts'
import type { NotSent } from '../domain/venue.ts'
import type { CashFlow } from '../ledger/ledger.ts'
import type { ApplyResult } from '../order/apply-result.ts'
import type { CheckResult } from '../risk/check.ts'
import type { ThrottleResult } from '../risk/throttle.ts'
import { ChecksText } from './checks-text.ts'
import {
  decisionText,
  draftText,
  instrumentData,
  orderText,
  type RecordNames,
  reportText,
  type TimeBases,
  throttleText,
} from './record-text.ts'
import type { RiskEvent } from './risk-events.ts'

/** What the pre-trade gate said of an order: everything that INTENT and DENIED tell beside the order. */
export interface Judgement {
  readonly results: readonly CheckResult[]
  readonly throttle: ThrottleResult
}

export interface RecorderOptions {
  readonly journal: JournalPort
  readonly instruments: readonly Instrument[]
  /** strategy ids by index */
  readonly strategies: readonly string[]
  /** by strategy: names of the numbers in `Intent.features` */
  readonly featureNames: readonly (readonly string[])[]
  /** read at each record: a live run learns its event base from the first event */
  readonly bases: TimeBases
  /** durability of INTENT; the rest of the path is `rest` */
  readonly intent: Durability
  readonly rest: Durability
}

/**
 * Writes the path's records. Each method appends one record and returns its sequence, or `JOURNAL_FAILED`. The actor of
 * a strategy's order is `strategy:<id>`, of what a venue said `venue:<id>`, of our own acts `engine`.
 */
export class Recorder {
  readonly #journal: JournalPort
  readonly #names: RecordNames
  readonly #strategyActors: readonly string[]
  readonly #venueActors: readonly string[]
  readonly #instruments: readonly Instrument[]
  readonly #strategies: readonly string[]
  readonly #bases: TimeBases
  readonly #intent: Durability
  readonly #rest: Durability
  readonly #checksText = new ChecksText()

  constructor(options: RecorderOptions) {
    this.#journal = options.journal
    this.#instruments = options.instruments
    this.#strategies = options.strategies
    this.#names = {
      symbols: options.instruments.map(({ symbol }) => JSON.stringify(symbol)),
      strategies: options.strategies.map((id) => JSON.stringify(id)),
      features: options.featureNames.map((names) => names.map((name) => JSON.stringify(name))),
    }
    this.#strategyActors = options.strategies.map((id) => `strategy:${id}`)
    this.#venueActors = options.instruments.map(({ venue }) => `venue:${venue}`)
    this.#bases = options.bases
    this.#intent = options.intent
    this.#rest = options.rest
  }

  /** First record of a run; instruments and strategies are filled in. */
  boot(data: Omit<BootData, 'instruments' | 'strategies' | 'notional_unit'>, notionalUnit: bigint): number {
    const boot: BootData = {
      ...data,
      instruments: this.#instruments.map(instrumentData),
      strategies: this.#strategies,
      notional_unit: moneyToText(notionalUnit),
    }
    return this.#journal.append(RECORD_KIND.BOOT, 'engine', boot)
  }

  control(actor: string, data: ControlData): number {
    return this.#journal.append(RECORD_KIND.CONTROL, actor, data)
  }

  /** An approved order with its reason; `intent` null and an actor for an order from outside. */
  intent(request: OrderRequest, intent: Intent | null, judgement: Judgement, actor?: string): number {
    const text =
      `{"id":"${request.clientOrderId}","order":${orderText(request, this.#names)}` +
      `${this.#reason(intent, judgement)}}`
    const by = actor ?? this.#actor(request.strategy)
    return this.#journal.appendText(RECORD_KIND.INTENT, by, text, this.#intent)
  }

  /** Refused by the pre-trade checks. */
  denied(
    draft: OrderDraft,
    reducing: boolean,
    code: string,
    intent: Intent | null,
    judgement: Judgement,
    actor?: string,
  ): number {
    const text =
      `{"id":null,"order":${draftText(draft, reducing, this.#names)}` +
      `${this.#reason(intent, judgement)},"code":"${code}"}`
    return this.#journal.appendText(
      RECORD_KIND.DENIED,
      actor ?? this.#actor(draft.strategy),
      text,
      this.#rest,
    )
  }

  blocked(data: BlockedData): number {
    return this.#journal.append(RECORD_KIND.BLOCKED, 'engine', data, this.#rest)
  }

  /** `durationsText`: JSON text of ns by step, or "" for none. */
  submitted(id: string, durationsText = ''): number {
    const durations = durationsText === '' ? '' : `,"durations":${durationsText}`
    return this.#journal.appendText(RECORD_KIND.SUBMITTED, 'engine', `{"id":"${id}"${durations}}`, this.#rest)
  }

  notSent(id: string, code: NotSent | 'WIRE_CHECK'): number {
    return this.#journal.append(RECORD_KIND.NOT_SENT, 'engine', { id, code }, this.#rest)
  }

  /** `state` is the order's after `OrderStore.requestCancel`. */
  cancel(id: string, reason: string, state: OrderState, actor = 'engine'): number {
    return this.#journal.append(RECORD_KIND.CANCEL, actor, { id, reason, state }, this.#rest)
  }

  /** `state` is the order's after `OrderStore.requestReplace`. Recorded before the request is written. */
  replace(
    id: string,
    terms: { qty: number; price: number | null },
    state: OrderState,
    actor = 'engine',
  ): number {
    return this.#journal.append(RECORD_KIND.REPLACE, actor, { id, ...terms, state }, this.#intent)
  }

  /** A submission without outcome; a venue's own word on it is a report. `actor`: `RECOVERY_ACTOR` after a crash. */
  unknown(id: string, reason: string, state: OrderState, actor = 'engine'): number {
    return this.#journal.append(RECORD_KIND.UNKNOWN, actor, { id, reason, state }, this.#rest)
  }

  /** What a venue said, with what it did to the order; `instrument` names the venue, -1 where it is not known. */
  report(report: ExecutionReport, result: ApplyResult, instrument: number): number {
    const actor = this.#venueActors[instrument] ?? 'venue'
    return this.#journal.appendText(
      RECORD_KIND.REPORT,
      actor,
      reportText(report, result, this.#names),
      this.#rest,
    )
  }

  adopted(request: OrderRequest, venueOrderId: string): number {
    const order = JSON.parse(orderText(request, this.#names)) as AdoptedData['order']
    const data: AdoptedData = { id: request.clientOrderId, order, venue_order_id: venueOrderId }
    return this.#journal.append(RECORD_KIND.ADOPTED, 'engine', data)
  }

  cash(
    event: CashData['event'],
    flow: CashFlow,
    strategy: number,
    tMs: number,
    ref: string,
    actor = 'engine',
  ): number {
    const data: CashData = {
      event,
      asset: flow.asset,
      amount: moneyToText(flow.amount),
      symbol: flow.instrument?.symbol ?? null,
      strategy: this.#strategies[strategy] ?? null,
      t_ms: tMs,
      ref,
    }
    return this.#journal.append(RECORD_KIND.CASH, actor, data, this.#rest)
  }

  day(instrument: Instrument, day: number, mark: number): number {
    const data = { symbol: instrument.symbol, day, mark }
    return this.#journal.append(RECORD_KIND.DAY, 'engine', data, this.#rest)
  }

  recovery(data: RecoveryData): number {
    return this.#journal.append(RECORD_KIND.RECOVERY, RECOVERY_ACTOR, data)
  }

  /** What the live watch over risk has found: a breaker by its name, or a limit or the engine's own health. */
  risk(event: RiskEvent): number {
    const kind = event.event === 'circuit_breaker_triggered' ? RECORD_KIND.BREAKER : RECORD_KIND.RISK
    return this.#journal.append(kind, 'engine', event, this.#rest)
  }

  /** Any other record. */
  note(kind: string, actor: string, data: object): number {
    return this.#journal.append(kind, actor, data, this.#rest)
  }

  #actor(strategy: number): string {
    return this.#strategyActors[strategy] ?? 'outside'
  }

  #reason(intent: Intent | null, judgement: Judgement): string {
    const decision = intent === null ? 'null' : decisionText(intent, this.#names, this.#bases)
    const throttle = throttleText(judgement.throttle)
    return `,"decision":${decision},"throttle":${throttle},"checks":${this.#checksText.of(judgement.results)}`
  }
}
