import { REASON } from '../domain/reasons.ts'
import { ALL_SCOPE } from '../shm/control-plane.ts'
import type { SubmissionGuard } from '../shm/submission-guard.ts'
import type { Halts } from './halts.ts'
import { sleep } from './steps.ts'

const POLL_MS = 2

/**
 * The front door of shutdown (S2): the flag, and the wait for what was on its way when it was set. Nothing here cancels
 * anything; that is `shutDown`.
 */
export class ShutdownRequest {
  readonly #halts: Halts
  readonly #guard: SubmissionGuard

  constructor(halts: Halts, guard: SubmissionGuard) {
    this.#halts = halts
    this.#guard = guard
  }

  /**
   * Sets SHUTDOWN on the word of everything, once. When this returns no submission starts any more, in any thread: the
   * guard's proof holds for this halt as for every other.
   */
  requestShutdown(reason: string): void {
    if (this.requested) return
    const cause = { code: 'OPERATOR', text: reason, source: 'shutdown' } as const
    this.#halts.halt(ALL_SCOPE, 'SHUTDOWN', 'shutdown', cause)
  }

  get requested(): boolean {
    return (this.#halts.plane.scope(ALL_SCOPE).load() & REASON.SHUTDOWN) !== 0
  }

  /** True as soon as no submission is under way and every outcome is known; false after `timeoutMs`, or when the signal aborts. */
  async waitForInflightZero(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
    while (!this.#guard.isDrained() && !either.aborted) await sleep(POLL_MS, either)
    clearTimeout(timer)
    return this.#guard.isDrained()
  }
}
