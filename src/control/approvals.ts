import type { Clock } from '../core/clock.ts'

/** How long a first approval waits for the second, s. */
export const APPROVAL_SECONDS = 300
const PENDING_MAX = 64

interface Approval {
  readonly who: string
  readonly text: string
  readonly atNs: number
}

/** What an approval came to: it is the first of two, or with it there are two. */
export type Approved =
  | { readonly complete: false; readonly by: string }
  | { readonly complete: true; readonly by: string; readonly text: string }

/**
 * Two persons for one act (`control.two_person`): the second, another person, names the same scope and generation within
 * some minutes. Anything that happens to the word in between moves the generation, and both begin anew.
 */
export class Approvals {
  readonly #clock: Clock
  readonly #pending = new Map<string, Approval>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param who person or token; @param subject what is approved, the same text from both */
  approve(subject: string, who: string, text: string): Approved {
    const nowNs = this.#clock.monoNs()
    for (const [key, { atNs }] of this.#pending) {
      if (nowNs - atNs > APPROVAL_SECONDS * 1e9) this.#pending.delete(key)
    }
    const first = this.#pending.get(subject)
    if (first !== undefined && first.who !== who) {
      return { complete: true, by: `${first.who}+${who}`, text: `${first.text}; ${text}` }
    }
    if (first === undefined && this.#pending.size >= PENDING_MAX) this.#pending.clear()
    this.#pending.set(subject, { who, text, atNs: nowNs })
    return { complete: false, by: who }
  }

  /** The act was done: the next one needs two persons again. */
  done(subject: string): void {
    this.#pending.delete(subject)
  }
}
