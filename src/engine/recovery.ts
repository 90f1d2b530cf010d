import { hash } from 'node:crypto'
import { moneyFromText } from '../core/money.ts'
import { type Instrument, InstrumentTable } from '../domain/instrument.ts'
import type { JournalRecord } from '../domain/journal.ts'
import {
  type AdoptedData,
  type BlockedData,
  type BootData,
  type CancelData,
  type CashData,
  type ControlData,
  type DayData,
  type IntentData,
  type NotSentData,
  RECORD_KIND,
  RECOVERY_ACTOR,
  type ReplaceData,
  type ReportData,
  type SubmittedData,
  type UnknownData,
} from '../domain/journal-records.ts'
import type { ReasonName } from '../domain/reasons.ts'
import type { ReconciledData } from '../domain/reconciled-data.ts'
import { Ledger, type LedgerOptions } from '../ledger/ledger.ts'
import type { ApplyResult } from '../order/apply-result.ts'
import { parseClientOrderId } from '../order/client-order-id.ts'
import { OrderStore } from '../order/order-store.ts'
import {
  addInstrument,
  instrumentOf,
  type RecordIndex,
  reportOf,
  requestOf,
  strategyOf,
} from './record-data.ts'
import type { Recorder } from './recorder.ts'
import type { ReadUpTo } from './unread-fills.ts'

/** Reasons that the operator clears, and that no start proves to be over. */
const OPERATORS_OWN: readonly ReasonName[] = ['PAUSE', 'BREAKER', 'JOURNAL', 'STALLED']

/** What the halt words of a scope said last. */
export interface RecoveredControl {
  readonly reasons: ReadonlySet<string>
  readonly generation: number
  /** the record that set the newest reason */
  readonly last: ControlData
}

export interface ReplayOptions extends LedgerOptions {
  /** the run's own instruments and strategies, so that indices are its own; empty where there are none */
  readonly instruments?: InstrumentTable
  readonly strategies?: string[]
}

/**
 * State as the journal tells it. The live engine books with the same calls (`bookResult`) in the same order, so its state
 * and the replay's are equal: compare `stateSha256`.
 */
export class JournalReplay {
  readonly index: RecordIndex
  readonly orders: OrderStore = new OrderStore()
  readonly ledger: Ledger
  /** words of the last run, by scope */
  readonly controls: Map<string, RecoveredControl> = new Map()
  /** what earlier runs left to the operator, none of which was armed since */
  readonly #left = new Set<string>()
  /** symbol → how far its fills were read */
  readonly readUpTo: Map<string, ReadUpTo> = new Map()
  records = 0
  /** the last BOOT record; null in an empty journal */
  boot: BootData | null = null
  /** largest sequence in a client order id of the last boot */
  orderSequence = 0
  /** input sequence of the last tick that a record tells of; -1 for none */
  tickSeq = -1
  /** the last record is a SUMMARY: the run ended by its own procedure */
  endedClean = false
  /** runs so far, and how many of them ended with nothing left */
  readonly runs: { count: number; clean: number } = { count: 0, clean: 0 }

  constructor(options: ReplayOptions = {}) {
    this.index = {
      instruments: options.instruments ?? new InstrumentTable(),
      strategies: options.strategies ?? [],
    }
    this.ledger = new Ledger(options)
  }

  /** Takes the next record. Kinds that it does not know change nothing. @throws RECORD_INVALID (exit 4), ASSERTION */
  take(record: JournalRecord): void {
    this.records += 1
    this.endedClean = record.kind === RECORD_KIND.SUMMARY
    const data: unknown = record.data
    switch (record.kind) {
      case RECORD_KIND.BOOT:
        return this.#boot(data as BootData)
      case RECORD_KIND.CONTROL:
        return this.#control(data as ControlData)
      case RECORD_KIND.INTENT:
        return this.#intent(data as IntentData, record.ts)
      case RECORD_KIND.ADOPTED:
        return this.#adopted(data as AdoptedData, record.ts)
      case RECORD_KIND.BLOCKED:
        return this.#blocked(data as BlockedData)
      case RECORD_KIND.CASH:
        return this.#cash(data as CashData)
      case RECORD_KIND.DAY: {
        const { symbol, day, mark } = data as DayData
        return this.ledger.startDay(instrumentOf(this.index, symbol), day, mark)
      }
      case RECORD_KIND.RECONCILED:
        return this.#reconciled(data as ReconciledData)
      case RECORD_KIND.SUMMARY:
        if (((data as { exit_code?: number }).exit_code ?? 0) === 0) this.runs.clean += 1
        return
      default:
        this.#order(record.kind, data, record.ts)
    }
  }

  #order(kind: string, data: unknown, ts: string): void {
    switch (kind) {
      case RECORD_KIND.SUBMITTED:
        this.orders.submitted((data as SubmittedData).id)
        return
      case RECORD_KIND.NOT_SENT:
        this.orders.deny((data as NotSentData).id, (data as NotSentData).code)
        return
      case RECORD_KIND.CANCEL:
        this.orders.requestCancel((data as CancelData).id, ts, (data as CancelData).reason)
        return
      case RECORD_KIND.REPLACE:
        this.orders.requestReplace((data as ReplaceData).id, (data as ReplaceData).qty)
        return
      case RECORD_KIND.UNKNOWN: {
        const { id, reason } = data as UnknownData
        this.orders.apply({ kind: 'unknown', clientOrderId: id, reason, ts })
        return
      }
      case RECORD_KIND.REPORT: {
        const result = this.orders.apply(reportOf(this.index, data as ReportData))
        bookResult(result, this.ledger, this.index.instruments)
      }
    }
  }

  /**
   * Reasons that only an operator clears and that stood when the last run ended, as "SCOPE REASON"; those of runs before it
   * too, until one was armed. Kills are not among them: the latch tells of those.
   */
  standing(): string[] {
    const own = [...this.controls].flatMap(([scope, { reasons }]) =>
      OPERATORS_OWN.filter((reason) => reasons.has(reason)).map((reason) => `${scope} ${reason}`),
    )
    return [...new Set([...this.#left, ...own])]
  }

  #boot(data: BootData): void {
    for (const left of this.standing()) this.#left.add(left)
    this.controls.clear()
    this.boot = data
    this.runs.count += 1
    this.orderSequence = 0
    for (const instrument of data.instruments) addInstrument(this.index, instrument)
    for (const id of data.strategies) strategyOf(this.index, id)
  }

  #control(data: ControlData): void {
    if (data.cleared.includes('BOOT')) this.#left.clear()
    const reasons = new Set(this.controls.get(data.scope)?.reasons)
    for (const reason of data.cleared) reasons.delete(reason)
    for (const reason of data.set) reasons.add(reason)
    this.controls.set(data.scope, { reasons, generation: data.generation, last: data })
  }

  #intent(data: IntentData, ts: string): void {
    const tickSeq = data.decision?.tick.seq ?? -1
    this.orders.create(requestOf(this.index, data.id, data.order), tickSeq, ts)
    this.tickSeq = Math.max(this.tickSeq, tickSeq)
    this.orderSequence = Math.max(this.orderSequence, parseClientOrderId(data.id)?.sequence ?? 0)
  }

  #adopted(data: AdoptedData, ts: string): void {
    this.orders.create(requestOf(this.index, data.id, data.order), -1, ts)
    this.orders.apply({ kind: 'accepted', clientOrderId: data.id, venueOrderId: data.venue_order_id, ts })
  }

  #blocked(data: BlockedData): void {
    this.tickSeq = Math.max(this.tickSeq, data.tick_seq)
    if (data.id !== null) this.orders.deny(data.id, 'BLOCKED')
  }

  /** A record of an older version tells no marks; where nothing differed, cash included, no ended order owed a fill. */
  #reconciled({ venue, ok, read_up_to, doubtful }: ReconciledData): void {
    for (const [symbol, mark] of Object.entries(read_up_to ?? {})) {
      if (mark === null) this.readUpTo.delete(symbol)
      else this.readUpTo.set(symbol, { tradeId: mark.trade_id, tMs: mark.t_ms })
    }
    if (doubtful === undefined && ok !== true) return
    for (const order of [...this.orders.closed.doubtful()]) {
      const { clientOrderId, instrument } = order.request
      const here = this.index.instruments.get(instrument).venue === venue
      if (here && doubtful?.includes(clientOrderId) !== true) this.orders.closed.settle(clientOrderId)
    }
  }

  #cash(data: CashData): void {
    this.ledger.applyCash({
      asset: data.asset,
      amount: moneyFromText(data.amount),
      instrument: data.symbol === null ? null : instrumentOf(this.index, data.symbol),
    })
  }
}

/** The whole journal as state: `state = replay(journal)` (O9). */
export function replayJournal(records: Iterable<JournalRecord>, options: ReplayOptions = {}): JournalReplay {
  const replay = new JournalReplay(options)
  for (const record of records) replay.take(record)
  return replay
}

/**
 * Books what a report changed: a new fill, or a fill taken back or restated. The one way into the ledger, live and in
 * replay. False when a bust or correction came too late for the kept history and an operator must book the difference.
 */
export function bookResult(
  result: ApplyResult,
  ledger: Ledger,
  instruments: { get(index: number): Instrument },
): boolean {
  if (result.order === null) return true
  const { strategy } = result.order.request
  if (result.fill !== null) ledger.applyFill(instruments.get(result.fill.instrument), strategy, result.fill)
  if (result.restated === null) return true
  const { booked, corrected } = result.restated
  return ledger.restate(instruments.get(booked.instrument), booked, corrected)
}

/** One hash over orders and ledger. Control words are not in it: they live in shared memory and their own records. */
export function stateSha256(orders: OrderStore, ledger: Ledger): string {
  return hash('sha256', `${orders.stateCanon()}\n${ledger.stateCanon()}`, 'hex')
}

/**
 * After a crash an intent or a submission without outcome may have reached the venue: it becomes UNKNOWN, recorded, and
 * keeps its reservation until there is evidence (O4).
 *
 * @returns the client order ids
 */
export function settleInFlight(orders: OrderStore, recorder: Recorder, ts: string): string[] {
  const inFlight = [...orders.open()].filter(({ state }) => state === 'INITIALIZED' || state === 'SUBMITTED')
  return inFlight.map(({ request: { clientOrderId } }) => {
    const reason = 'the engine stopped before the outcome was known'
    orders.apply({ kind: 'unknown', clientOrderId, reason, ts })
    recorder.unknown(clientOrderId, reason, 'UNKNOWN', RECOVERY_ACTOR)
    return clientOrderId
  })
}
