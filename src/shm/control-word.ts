import { assert } from '../core/assert.ts'
import { REASON_BITS, REASON_MASK } from '../domain/reasons.ts'
import { PLANE } from './layout.ts'

const GENERATION_MASK = 0xfffff

/** What `ControlWord.clear` returns when the word was not the expected one. No cleared word has this value. */
export const CLEAR_FAILED = -1

/** True when trading is allowed: no reason, and a generation. Zeroed memory is halted. */
export function isOpen(word: number): boolean {
  return (word & REASON_MASK) === 0 && word !== 0
}

export function generationOf(word: number): number {
  return word >>> REASON_BITS
}

export function reasonsOf(word: number): number {
  return word & REASON_MASK
}

/** The word after one more change: the next generation (1 after the last, never 0) with these reasons. */
export function raisedWord(word: number, reasons: number): number {
  const generation = (generationOf(word) + 1) & GENERATION_MASK
  return ((generation === 0 ? 1 : generation) << REASON_BITS) | (reasons & REASON_MASK)
}

/**
 * One word that answers "may I trade?" (DESIGN 2). Any thread may change it, only by compareExchange, and every
 * change raises the generation: two changes never leave the same word, so whoever compares with the word that he saw
 * notices everything in between. The generation wraps after 1,048,575 changes; a holder of a word that old is the one
 * case that a comparison cannot tell, and permits live for microseconds.
 *
 * Only `gate/arm.ts` calls `set` and `clear` in the engine: it knows who may.
 */
export class ControlWord {
  readonly #words: Int32Array
  readonly #at: number

  /** @param words the control plane's words; @param at place of this word in them */
  constructor(words: Int32Array, at: number) {
    this.#words = words
    this.#at = at
  }

  load(): number {
    // Sequentially consistent: ordered with the guard's counters and with every change of this word.
    return Atomics.load(this.#words, this.#at)
  }

  /** Sets reasons (also where they are set already) and returns the new word. Never fails. */
  set(reasons: number): number {
    for (;;) {
      // Sequentially consistent load and exchange; a lost race reads again, so no other change is overwritten.
      const before = Atomics.load(this.#words, this.#at)
      const after = raisedWord(before, reasonsOf(before) | reasons)
      if (Atomics.compareExchange(this.#words, this.#at, before, after) === before) {
        this.#raiseEpoch()
        return after
      }
    }
  }

  /**
   * Clears reasons if the word is still `expected`, and returns the new word; `CLEAR_FAILED` if anything happened to
   * the word since. With a zeroed word expected, its first generation starts here.
   */
  clear(reasons: number, expected: number): number {
    const after = raisedWord(expected, reasonsOf(expected) & ~reasons)
    assert(after !== CLEAR_FAILED, 'clear of no reason')
    // One try on purpose: a kill that came after `expected` was read must win.
    if (Atomics.compareExchange(this.#words, this.#at, expected, after) !== expected) return CLEAR_FAILED
    this.#raiseEpoch()
    return after
  }

  #raiseEpoch(): void {
    // After the exchange in program order, and both sequentially consistent: a gate that reads the new epoch and
    // then the word sees the change. A change of a scope counts as made when the epoch is raised. The gates read
    // `all` itself every time, so it needs no epoch (and the native signal latch need not know of one).
    if (this.#at !== PLANE.all) Atomics.add(this.#words, PLANE.epoch, 1)
  }
}
