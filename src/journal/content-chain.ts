import { JOURNAL_GENESIS } from '../domain/journal.ts'
import { chain, contentLine } from './line.ts'

/** Records whose content may wait for its hash, a power of two; beyond it each append hashes two, so that the rest shrinks. */
const WAITING_MAX = 4_096

/**
 * The content chain, hashed behind the appends: nobody waits for it, so its cost stays off the order path until somebody
 * asks for the head or the engine has time.
 */
export class ContentChain {
  #head: string
  /** sequence of the last record in the chain, and of the last that was added */
  #seq: number
  #added: number
  /** kind, actor and data text of the records that wait, by sequence */
  readonly #kinds: string[] = texts()
  readonly #actors: string[] = texts()
  readonly #data: string[] = texts()

  constructor(head: string = JOURNAL_GENESIS, events = 0) {
    this.#head = head
    this.#seq = events
    this.#added = events
  }

  add(kindText: string, actorText: string, dataText: string): void {
    if (this.#added - this.#seq === WAITING_MAX) this.settle(2)
    this.#added += 1
    const at = this.#added & (WAITING_MAX - 1)
    this.#kinds[at] = kindText
    this.#actors[at] = actorText
    this.#data[at] = dataText
  }

  /** The head over everything that was added. */
  head(): string {
    this.settle(WAITING_MAX)
    return this.#head
  }

  /** Hashes at most so many of the waiting records. */
  settle(records: number): void {
    const last = Math.min(this.#added, this.#seq + records)
    while (this.#seq < last) {
      this.#seq += 1
      const at = this.#seq & (WAITING_MAX - 1)
      const line = contentLine(
        this.#seq,
        this.#kinds[at] as string,
        this.#actors[at] as string,
        this.#data[at] as string,
      )
      this.#head = chain(this.#head, line)
      // The text is large and will not be asked for again.
      this.#data[at] = ''
    }
  }
}

function texts(): string[] {
  return Array.from({ length: WAITING_MAX }, () => '')
}
