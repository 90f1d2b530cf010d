import { JOURNAL_GENESIS } from '../domain/journal.ts'
import { chain, contentLine } from './line.ts'

/** Records whose content may wait for its hash; beyond it each append hashes two, so that the rest shrinks again. */
const WAITING_MAX = 4_096

/**
 * The content chain, hashed behind the appends: nobody waits for it, so its cost stays off the order path until somebody
 * asks for the head or the engine has time.
 */
export class ContentChain {
  #head: string
  #seq: number
  /** kind, actor and data text of the waiting records, from `#first` on */
  readonly #waiting: string[] = []
  #first = 0

  constructor(head: string = JOURNAL_GENESIS, events = 0) {
    this.#head = head
    this.#seq = events
  }

  add(kindText: string, actorText: string, dataText: string): void {
    this.#waiting.push(kindText, actorText, dataText)
    if (this.#waiting.length - this.#first > 3 * WAITING_MAX) this.settle(2)
  }

  /** The head over everything that was added. */
  head(): string {
    this.settle(Number.POSITIVE_INFINITY)
    return this.#head
  }

  /** Hashes at most so many of the waiting records. */
  settle(records: number): void {
    const waiting = this.#waiting
    const end = Math.min(waiting.length, this.#first + 3 * records)
    for (let i = this.#first; i < end; i += 3) {
      this.#seq += 1
      const line = contentLine(
        this.#seq,
        waiting[i] as string,
        waiting[i + 1] as string,
        waiting[i + 2] as string,
      )
      this.#head = chain(this.#head, line)
    }
    this.#first = end
    if (this.#first * 2 < waiting.length) return
    waiting.splice(0, this.#first)
    this.#first = 0
  }
}
