/**
 * How safe a record is when `append` returns. `buffered`: in our memory, written with the next stronger record or
 * `flush`; `process`: written, so it survives a crash of the process; `power`: synced, so it survives a power loss.
 */
export type Durability = 'buffered' | 'process' | 'power'

/** What `append` returns instead of a sequence when the journal has failed; it never works again in this run. */
export const JOURNAL_FAILED = -1

/** Predecessor of the first record in both chains. */
export const JOURNAL_GENESIS: string = '0'.repeat(64)

/** One record as stored (CONTRACTS, Journal record). `ts` UTC ns and `mono` ns are text. */
export interface JournalRecord {
  readonly seq: number
  readonly ts: string
  readonly mono: string
  readonly kind: string
  readonly actor: string
  readonly data: Readonly<Record<string, unknown>>
  readonly hash: string
}

/** Why a journal cannot go on. `code` is JOURNAL_FULL, JOURNAL_TOO_LARGE, JOURNAL_IO, JOURNAL_CLOSED, … */
export interface JournalFailure {
  readonly code: string
  readonly message: string
  /** the first sequence that is not known to be stored */
  readonly seq: number
}

/**
 * The log that everything is derived from, as the engine writes it. Nothing here throws for a full or broken disk:
 * the journal turns failed, calls `onFailure` once, and every later `append` returns `JOURNAL_FAILED`.
 */
export interface JournalPort {
  /** Called once, inside the call that failed. It halts the engine; it must not append. */
  onFailure: (failure: JournalFailure) => void
  readonly failure: JournalFailure | null
  /** number of records in the journal */
  readonly events: number
  /** hash of the last record, `JOURNAL_GENESIS` before the first */
  readonly head: string
  /** age of the oldest record that was appended and is not written yet, ns; 0 where all are written */
  readonly lagNs: number
  /** head of the content chain: no clocks, no durations, no boot */
  readonly contentHead: string
  /**
   * Appends one record. `data` is serialised before the call returns and not kept; integers above 2^53 and
   * nanosecond times in it must be text already. Default durability is `process`.
   *
   * @returns the record's sequence, or `JOURNAL_FAILED`
   */
  append(kind: string, actor: string, data: object, durability?: Durability): number
  /** The same for data that is JSON text of an object already, as `JSON.stringify` would write it. */
  appendText(kind: string, actor: string, dataText: string, durability?: Durability): number
  /** Writes what is buffered. False when the journal has failed. */
  flush(): boolean
  /** A part of the work that `maintain` does whole: the content chain over at most so many records. For idle moments. */
  catchUp(recordsMax: number): void
  /** Rotation and other work that must not happen on the order path; called between ticks or by a timer. */
  maintain(): void
  /** Flushes, syncs and closes. Never throws; a failure is in `failure`. */
  close(): void
}
