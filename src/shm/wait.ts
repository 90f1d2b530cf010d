import { assert } from '../core/assert.ts'

/** How a worker waits for work (configuration). */
export const WAIT_KINDS = ['spin', 'spin-then-park', 'park'] as const
export type WaitKind = (typeof WAIT_KINDS)[number]

/** Looks at the ring in one call of `idle`, where the caller names no number: about 20 µs at 10 ns each. */
export const SPIN_CHECKS_DEFAULT = 2_000
/** A park ends by itself after this, so that the heart beats and the event loop turns. */
export const PARK_MS_MAX = 20

/** Words that a waiting thread and its wakers share; all in one Int32Array on shared memory. */
export interface WaitWords {
  readonly words: Int32Array
  /** raised by every waker (`ring`) */
  readonly doorbellAt: number
  /** written by the waiting thread alone: 1 while it blocks or is about to */
  readonly parkedAt: number
}

/** Called by a duty cycle that found nothing. Returns when there may be work, or a bound is reached. */
export interface WaitStrategy {
  readonly kind: WaitKind
  /** @param hasWork looks without taking; called many times */
  idle(hasWork: () => boolean): void
  /** Like `idle`, while the thread's event loop goes on turning: for a thread with promises or timers of its own. */
  idleAsync(hasWork: () => boolean): Promise<void>
}

/**
 * Wakes the thread that waits on a doorbell, where it is parked. The caller has made the work visible before (a ring's
 * tail, a stop word), by an Atomics operation. Returns true when a wake-up was needed.
 */
export function ring(at: WaitWords): boolean {
  // Sequentially consistent, after the caller's store of the work. Either this load sees "parked", and the add below
  // changes the doorbell that the waiter compares; or the waiter's store of "parked" comes later, and its look at the
  // work, later still, sees the work. So no wake-up is lost.
  if (Atomics.load(at.words, at.parkedAt) === 0) return false
  Atomics.add(at.words, at.doorbellAt, 1)
  Atomics.notify(at.words, at.doorbellAt)
  return true
}

/**
 * @param mayBlock false on the main thread, which never blocks in Atomics.wait
 * @param spinChecks looks before `spin` returns and `spin-then-park` parks
 * @param parkMs longest park
 */
export function createWait(
  kind: WaitKind,
  at: WaitWords,
  mayBlock: boolean,
  spinChecks: number = SPIN_CHECKS_DEFAULT,
  parkMs: number = PARK_MS_MAX,
): WaitStrategy {
  assert(mayBlock || kind === 'spin', 'the main thread must not park')
  const budget = new SpinBudget(spinChecks)
  const spin = (hasWork: () => boolean): boolean =>
    kind === 'spin' ? spinFor(spinChecks, hasWork) : budget.spin(hasWork)
  switch (kind) {
    case 'spin':
      return { kind, idle: (hasWork) => void spin(hasWork), idleAsync: (hasWork) => turn(spin(hasWork)) }
    case 'spin-then-park':
      return {
        kind,
        idle: (hasWork) => {
          if (!spin(hasWork)) park(at, parkMs, hasWork)
        },
        idleAsync: (hasWork) => parkAsync(at, parkMs, hasWork),
      }
    case 'park':
      return {
        kind,
        idle: (hasWork) => park(at, parkMs, hasWork),
        idleAsync: (hasWork) => parkAsync(at, parkMs, hasWork),
      }
  }
}

function spinFor(checks: number, isDone: () => boolean): boolean {
  for (let check = 0; check < checks; check++) if (isDone()) return true
  return false
}

/**
 * A spin that pays only where the other thread runs at the same time. On a busy machine it does not, and spinning
 * keeps it from its core: each spin in vain quarters the next (to an eighth of the most), each success doubles it.
 */
export class SpinBudget {
  readonly #checksMax: number
  #checks: number

  constructor(checksMax: number) {
    this.#checksMax = checksMax
    this.#checks = checksMax
  }

  /** True as soon as `isDone` is; false when the budget is spent. */
  spin(isDone: () => boolean): boolean {
    const done = spinFor(this.#checks, isDone)
    const next = done ? this.#checks * 2 : this.#checks >> 2
    this.#checks = Math.min(this.#checksMax, Math.max(this.#checksMax >> 3, next))
    return done
  }
}

/** One turn of the event loop, where there was nothing to do. */
async function turn(worked: boolean): Promise<void> {
  if (!worked) await new Promise<void>((resolve) => setImmediate(resolve))
}

function park(at: WaitWords, parkMs: number, hasWork: () => boolean): void {
  // Sequentially consistent: doorbell read, "parked" stored, work looked at, in this order (see `ring`).
  const bell = Atomics.load(at.words, at.doorbellAt)
  Atomics.store(at.words, at.parkedAt, 1)
  // The wait compares the doorbell under its lock: a ring between the load above and here ends it at once.
  if (!hasWork()) Atomics.wait(at.words, at.doorbellAt, bell, parkMs)
  // Only a hint to wakers from here on; sequentially consistent like its peers.
  Atomics.store(at.words, at.parkedAt, 0)
}

async function parkAsync(at: WaitWords, parkMs: number, hasWork: () => boolean): Promise<void> {
  // The same order as in `park`; the thread's event loop turns while it waits.
  const bell = Atomics.load(at.words, at.doorbellAt)
  Atomics.store(at.words, at.parkedAt, 1)
  if (!hasWork()) await Atomics.waitAsync(at.words, at.doorbellAt, bell, parkMs).value
  Atomics.store(at.words, at.parkedAt, 0)
}
