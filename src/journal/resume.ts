import type { Durability, JournalFailure, JournalPort, JournalRecord } from '../domain/journal.ts'
import { JOURNAL_FAILED } from '../domain/journal.ts'
import { isRunRecord } from '../domain/journal-records.ts'
import type { Journal } from './journal.ts'
import { contentData } from './line.ts'
import { readJournal } from './read.ts'

/**
 * The journal of a deterministic replay that goes on after a crash. The engine runs again from the first tick; while
 * the stored records last, an append is compared with the next of them instead of written, so the state grows again and
 * nothing is stored twice. The first append after them goes to the journal. Records of the run (`isRunRecord`) are not
 * compared: stored ones are passed over (and told to `onPassed`), new ones are written at once.
 *
 * A difference fails the journal with RECOVERY_DIVERGED: other code, data or configuration than in the first run.
 */
export class ResumedJournal implements JournalPort {
  onFailure: (failure: JournalFailure) => void = () => {}
  readonly #onPassed: (record: JournalRecord) => void
  readonly #journal: Journal
  readonly #stored: Iterator<JournalRecord>
  readonly #lastStored: number
  #next: JournalRecord | null = null
  #failure: JournalFailure | null = null
  #compared = 0

  /**
   * `journal` is freshly opened: what it holds now is compared. `onPassed` gets each stored record of the run (`isRunRecord`) when
   * the run comes to its place, so that an operator's act can be done again there.
   */
  constructor(journal: Journal, onPassed: (record: JournalRecord) => void = () => {}) {
    this.#journal = journal
    this.#onPassed = onPassed
    this.#stored = readJournal(journal.dir)
    this.#lastStored = journal.events
    journal.onFailure = (failure) => {
      this.onFailure(failure)
    }
    this.#advance()
  }

  /** True while stored records are left to compare with. */
  get comparing(): boolean {
    return this.#next !== null
  }

  /** Number of appends found equal to stored records. */
  get compared(): number {
    return this.#compared
  }

  get failure(): JournalFailure | null {
    return this.#failure ?? this.#journal.failure
  }

  get events(): number {
    return this.#journal.events
  }

  get head(): string {
    return this.#journal.head
  }

  get lagNs(): number {
    return this.#journal.lagNs
  }

  get contentHead(): string {
    return this.#journal.contentHead
  }

  append(kind: string, actor: string, data: object, durability?: Durability): number {
    return this.appendText(kind, actor, JSON.stringify(data), durability)
  }

  appendText(kind: string, actor: string, dataText: string, durability?: Durability): number {
    if (this.#failure !== null) return JOURNAL_FAILED
    const stored = this.#next
    if (stored === null || isRunRecord(kind, actor)) {
      return this.#journal.appendText(kind, actor, dataText, durability)
    }
    const same =
      stored.kind === kind &&
      stored.actor === actor &&
      contentData(JSON.stringify(stored.data)) === contentData(JSON.stringify(JSON.parse(dataText)))
    if (!same) return this.#diverge(stored, kind, dataText)
    this.#compared += 1
    this.#advance()
    return stored.seq
  }

  flush(): boolean {
    return this.#journal.flush()
  }

  catchUp(recordsMax: number): void {
    this.#journal.catchUp(recordsMax)
  }

  maintain(): void {
    this.#journal.maintain()
  }

  close(): void {
    this.#stored.return?.()
    this.#journal.close()
  }

  #advance(): void {
    for (;;) {
      const { value, done } = this.#stored.next()
      if (done === true || value.seq > this.#lastStored) {
        this.#next = null
        this.#stored.return?.()
        return
      }
      if (!isRunRecord(value.kind, value.actor)) {
        this.#next = value
        return
      }
      this.#onPassed(value)
    }
  }

  #diverge(stored: JournalRecord, kind: string, dataText: string): number {
    this.#failure = {
      code: 'RECOVERY_DIVERGED',
      message:
        `record ${stored.seq} is ${stored.kind} ${JSON.stringify(stored.data).slice(0, 200)}, ` +
        `the run that goes on makes ${kind} ${dataText.slice(0, 200)}`,
      seq: stored.seq,
    }
    this.onFailure(this.#failure)
    return JOURNAL_FAILED
  }
}
