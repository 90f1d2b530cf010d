import { assert } from '../core/assert.ts'
import type { ControlPlane } from './control-plane.ts'
import { PLANE } from './layout.ts'

/**
 * Brackets every submission, so that a halt can be told apart as "set" and "effective":
 *
 *   guard.enter()                      submitting + 1
 *   if (gate2(route, permit)) write    read the control words, then write to the venue in the same synchronous run
 *   guard.exit(sent)                   inFlight + 1 where an order left, then submitting - 1
 *   guard.settle()                     inFlight - 1 when the order's outcome is known
 *
 * Claim: once a halt is effective (its word is set and `submitting` was read as 0 after that), no submission that
 * the halt covers starts until a re-arm.
 *
 * Proof. All four accesses are sequentially consistent, so they have one total order that agrees with each thread's
 * program order. The halting thread has set(word) < read(submitting) = 0. A submitting thread has
 * add(submitting, +1) < read(word) < write < add(submitting, -1). Take a submission whose write comes after the
 * halt's read of 0. Its -1 comes after that read as well, so its +1 must too, or the read would have counted it. Hence
 * set(word) < read(submitting) = 0 < add(+1) < read(word): gate 2 reads the halted word and there is no write. For a
 * scope's word, "set" ends with raising the epoch, and "read" is the gate's read of the epoch (`gate/gate.ts`).
 *
 * A submission that was between +1 and -1 at the set may still leave; that is the one order per connection of DESIGN
 * 2, and "effective" waits for it. A drain reads `submitting` first and `inFlight` after it: `exit` raises `inFlight`
 * before it lowers `submitting`, so an order that left is counted by one of the two at any time.
 */
export class SubmissionGuard {
  readonly #words: Int32Array

  constructor(plane: ControlPlane) {
    this.#words = plane.words
  }

  enter(): void {
    // Sequentially consistent: ordered before gate 2's reads (the proof above needs store-then-load order).
    Atomics.add(this.#words, PLANE.submitting, 1)
  }

  /** @param sent true where an order left, so that its outcome is awaited */
  exit(sent: boolean): void {
    // Sequentially consistent, `inFlight` first: a drain never reads both as 0 while an order is on its way.
    if (sent) Atomics.add(this.#words, PLANE.inFlight, 1)
    const before = Atomics.sub(this.#words, PLANE.submitting, 1)
    assert(before > 0, 'submission guard: exit without enter')
  }

  /** The outcome of an order that left is known (accepted, refused, or proved to be neither). */
  settle(): void {
    // Sequentially consistent, after the order's state was changed by this thread.
    const before = Atomics.sub(this.#words, PLANE.inFlight, 1)
    assert(before > 0, 'submission guard: settle without an order in flight')
  }

  /** Submissions between enter and exit. Read after setting a halt: 0 means that the halt is effective. */
  submitting(): number {
    // Sequentially consistent: ordered after the set of the same thread.
    return Atomics.load(this.#words, PLANE.submitting)
  }

  /** Orders whose outcome is not known yet. For a drain, read `submitting` first. */
  inFlight(): number {
    // Sequentially consistent: ordered after the read of `submitting`.
    return Atomics.load(this.#words, PLANE.inFlight)
  }

  /** True when nothing is being submitted and no outcome is open. */
  isDrained(): boolean {
    return this.submitting() === 0 && this.inFlight() === 0
  }
}
