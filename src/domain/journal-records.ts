import type { OrderState, OrderType, TimeInForce } from './order.ts'

/**
 * Kinds of journal records. The path writes INTENT, DENIED, BLOCKED, SUBMITTED, NOT_SENT, CANCEL, REPLACE, UNKNOWN, REPORT,
 * ADOPTED, CASH and DAY: replay of these gives orders and ledger. The others tell of the run itself.
 */
export const RECORD_KIND = {
  BOOT: 'BOOT',
  CONTROL: 'CONTROL',
  INTENT: 'INTENT',
  DENIED: 'DENIED',
  BLOCKED: 'BLOCKED',
  SUBMITTED: 'SUBMITTED',
  NOT_SENT: 'NOT_SENT',
  CANCEL: 'CANCEL',
  REPLACE: 'REPLACE',
  UNKNOWN: 'UNKNOWN',
  REPORT: 'REPORT',
  ADOPTED: 'ADOPTED',
  CASH: 'CASH',
  DAY: 'DAY',
  RECONCILED: 'RECONCILED',
  MISMATCH: 'MISMATCH',
  BREAKER: 'BREAKER',
  RISK: 'RISK',
  ERROR: 'ERROR',
  RECOVERY: 'RECOVERY',
  SUMMARY: 'SUMMARY',
} as const
export type RecordKind = (typeof RECORD_KIND)[keyof typeof RECORD_KIND]

/**
 * Kinds that a resumed replay neither expects nor compares: what a run says of itself and what operators did
 * differ between the first run and the one that goes on.
 */
export const RUN_KINDS: ReadonlySet<string> = new Set(['BOOT', 'CONTROL', 'RECOVERY', 'SUMMARY', 'ERROR'])

/** Actor of records that recovery writes, of whatever kind. */
export const RECOVERY_ACTOR = 'recovery'

/** True for a record that tells of the run and not of the path: not compared on resumption. */
export function isRunRecord(kind: string, actor: string): boolean {
  return RUN_KINDS.has(kind) || actor === RECOVERY_ACTOR || actor.startsWith('operator')
}

/** The definitions without which the numbers of the later records mean nothing. Keys as in the configuration. */
export interface InstrumentData {
  readonly symbol: string
  readonly venue: string
  readonly price_increment: string
  readonly qty_increment: string
  readonly multiplier: string
  readonly base_asset: string
  readonly quote_asset: string
  readonly calendar: string
  readonly settlement: 'full' | 'margin'
}

/** First record of every run. `boot` is 0 in replay and stays out of the content hash. */
export interface BootData {
  readonly boot: number
  readonly node: string
  readonly mode: string
  readonly version: string
  readonly config_sha256: string
  readonly instruments: readonly InstrumentData[]
  readonly strategies: readonly string[]
  /** exact text: money of one `notional` unit of the checks */
  readonly notional_unit: string
}

/**
 * Acknowledgement of a kill, ns of the machine's monotonic clock: its word was set, no submission was under way any more
 * (null: not seen in time), the latch was on disk (null: it could not be written).
 */
export interface KillAckData {
  readonly generation: number
  readonly set_ns: number
  readonly effective_ns: number | null
  readonly latched_ns: number | null
}

/**
 * A change of a control word. `set` and `cleared` are reason names; both are empty where a kill that was journaled before
 * has been latched.
 */
export interface ControlData {
  /** "all", "venue:ID", "account:ID", "strategy:ID" or "symbol:SYMBOL" */
  readonly scope: string
  readonly set: readonly string[]
  readonly cleared: readonly string[]
  readonly generation: number
  /** a `KillCode` where a kill was set, else null */
  readonly code: string | null
  readonly text: string
  readonly source: string
  /** which rule allowed it: "operator", "auto", "boot", … */
  readonly policy: string
  /** input sequence of the last tick before it; -1 before the first */
  readonly tick_seq: number
  /** of a kill that the control thread has latched; its times are of the machine */
  readonly ack?: KillAckData
}

/**
 * One pre-trade check: name, `pass`, `skip` (did not apply) or the denial code, then the value and limit that it compared and
 * their unit (`qty` and `price` in increments, `notional` in units of `BootData.notional_unit`, else as named). Numbers
 * of 2^53 and more are text; null where nothing was compared or the limit is off.
 */
export type CheckData = readonly [
  check: string,
  outcome: string,
  value: number | string | null,
  limit: number | string | null,
  unit: string,
]

/** A request in words and increments. */
export interface OrderData {
  readonly symbol: string
  readonly strategy: string
  readonly side: 'buy' | 'sell'
  readonly type: OrderType
  readonly time_in_force: TimeInForce
  readonly qty: number
  readonly price: number | null
  readonly stop_price: number | null
  readonly reducing: boolean
}

/** Why the strategy wanted it: the tick, the features and what the model made of them. Event times are UTC ns text. */
export interface DecisionData {
  readonly tick: {
    readonly seq: number
    readonly event_ns: string
    readonly recv_ns: string
    /** last trade or mid that the strategy saw, price increments */
    readonly reference_price: number | null
  }
  /** name → value, in the order of the feature set; the model's score comes last */
  readonly features: Readonly<Record<string, number | null>>
  /** what the model said: action, and price and quantity where it named them */
  readonly model: {
    readonly action: string
    readonly limit_price: number | null
    readonly qty: number | null
  }
}

/** Written before anything can leave (O3): the order with the whole reason for it. */
export interface IntentData {
  readonly id: string
  readonly order: OrderData
  /** null for an order from outside (HTTP, NATS), whose origin is the record's actor */
  readonly decision: DecisionData | null
  readonly throttle: { readonly rule: string; readonly from: number; readonly to: number } | null
  readonly checks: readonly CheckData[]
}

/** Refused by the pre-trade checks: no client order id was taken and there is no order. */
export interface DeniedData extends Omit<IntentData, 'id'> {
  readonly id: null
  readonly code: string
}

/** Stopped at a gate. Gate 1 has no order (`id` null); gate 2 comes after the intent. */
export interface BlockedData {
  readonly gate: 1 | 2
  readonly id: string | null
  readonly strategy: string
  readonly symbol: string
  readonly tick_seq: number
  /** `halt`: a word of the order is shut; `permit`: all are open, and one has changed since the permit */
  readonly scope: string
  readonly reasons: readonly string[]
  /** what was refused, and by what: the first that holds of shutdown, authorisation, kill, guard (A9) */
  readonly operation?: string
  readonly cause?: string
}

/** Written whole. `durations` are ns by step of the path, measured, and stay out of the content hash. */
export interface SubmittedData {
  readonly id: string
  readonly durations?: Readonly<Record<string, number>>
}

/** An order of ours or of somebody else that was taken over from the venue. */
export interface AdoptedData {
  readonly id: string
  readonly order: OrderData
  readonly venue_order_id: string
}

/** The venue port wrote nothing. `code` is one of `NotSent`. */
export interface NotSentData {
  readonly id: string
  readonly code: string
}

/** We asked for a cancel; `state` is the order's after asking, as everywhere. */
export interface CancelData {
  readonly id: string
  readonly reason: string
  readonly state: OrderState
}

/** We asked for other terms. */
export interface ReplaceData {
  readonly id: string
  readonly qty: number
  readonly price: number | null
  readonly state: OrderState
}

/** The outcome of a submission cannot be told. */
export interface UnknownData {
  readonly id: string
  readonly reason: string
  readonly state: OrderState
}

export interface FillData {
  readonly trade_id: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly qty: number
  readonly price: number
  /** execution time by the venue, ms since 1970 */
  readonly t_ms: number
  readonly fee: string
  readonly fee_asset: string
  readonly liquidity: 'maker' | 'taker' | 'unknown'
  readonly account?: string
}

/** What a venue said and what it made of the order. `report` is `ExecutionReport.kind`. */
export interface ReportData {
  readonly id: string
  readonly report: string
  readonly ts: string
  readonly venue_order_id?: string
  readonly reason?: string
  readonly fill?: FillData
  readonly trade_id?: string
  readonly qty?: number
  readonly price?: number | null
  readonly outcome: 'applied' | 'ignored' | 'duplicate' | 'quarantined'
  /** order state after it; null for an order that is not ours */
  readonly state: OrderState | null
  readonly cum: number
  readonly leaves: number
  /** why it was quarantined, or what is surprising in it */
  readonly note?: string
}

/** Money that moves without a fill. `amount` is exact signed decimal text of `asset`. */
export interface CashData {
  readonly event: 'opening' | 'deposit' | 'withdrawal' | 'funding' | 'fee' | 'adjust'
  readonly asset: string
  readonly amount: string
  readonly symbol: string | null
  readonly strategy: string | null
  readonly t_ms: number
  /** the venue's id of it, for matching; "" where there is none */
  readonly ref: string
}

/** A trading day began for a symbol; `mark` is the last price before it, in price increments. */
export interface DayData {
  readonly symbol: string
  /** days since 1970 of the session's date */
  readonly day: number
  readonly mark: number
}

/** What a start found. */
export interface RecoveryData {
  readonly records: number
  readonly head: string
  readonly state_sha256: string
  readonly torn_bytes: number
  /** client order ids that became UNKNOWN */
  readonly unknown: readonly string[]
  readonly open: readonly string[]
}
