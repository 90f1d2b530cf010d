import { REASON } from '../domain/reasons.ts'
import type { ControlPlane } from './control-plane.ts'
import { PLANE } from './layout.ts'

/** What the native signal latch needs (`core/native.ts`, `armSignalLatch`): where it sets which reasons, and its record. */
export interface SignalLatchTarget {
  readonly words: Int32Array
  readonly index: number
  readonly reasons: number
  /** signals that set the reasons, and the monotonic ns of the last; the latch alone writes it */
  readonly record: BigInt64Array
}

/** SIGUSR2 sets KILL in the word of everything; the gates read that word itself, so the latch raises no epoch. */
export function signalLatchTarget(plane: ControlPlane): SignalLatchTarget {
  const record = new BigInt64Array(plane.buffer, PLANE.signalRecord * 4, 2)
  return { words: plane.words, index: PLANE.all, reasons: REASON.KILL, record }
}

/** The latch's record, from any thread. `lastNs` is on the clock of `process.hrtime`. */
export function readSignalRecord(plane: ControlPlane): { readonly count: bigint; readonly lastNs: bigint } {
  const { record } = signalLatchTarget(plane)
  // Atomic loads, the count first: the latch stores the time before it raises the count.
  const count = Atomics.load(record, 0)
  return { count, lastNs: Atomics.load(record, 1) }
}
