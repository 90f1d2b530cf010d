import { assert } from '../core/assert.ts'
import type { ControlPlane } from './control-plane.ts'
import { threadIndex } from './heartbeat.ts'
import { PLANE, type RoleThread, THREAD_COUNTERS_MAX, THREADS_MAX } from './layout.ts'

/** What is counted, by id: one list for all threads, each of which has its own words. */
export const COUNTERS = [
  { label: 'cycles', doc: 'duty cycles of the thread' },
  { label: 'cycles_busy', doc: 'duty cycles that found work' },
  { label: 'cycles_full', doc: 'duty cycles that ended at their limit with work left' },
  { label: 'waits', doc: 'times that the thread waited for want of work, spinning or parked' },
  { label: 'ticks', doc: 'ticks written to rings (main) or taken from them (worker)' },
  { label: 'ticks_dropped', doc: 'ticks dropped because a ring was full; each shuts its symbol' },
  { label: 'intents', doc: 'intents written (worker) or taken (main)' },
  { label: 'intents_refused', doc: 'intents that a full ring refused; each halts trading' },
  { label: 'pings', doc: 'wake-ups that the thread sent to main' },
  { label: 'messages', doc: 'messages posted to another thread' },
  { label: 'messages_dropped', doc: 'messages dropped because the reader is too far behind' },
  { label: 'wakes', doc: 'doorbells that the thread rang' },
  { label: 'ticks_blocked', doc: 'ticks that found gate 1 shut' },
  { label: 'stalls', doc: 'times that the thread was found without progress' },
] as const
export type CounterLabel = (typeof COUNTERS)[number]['label']

export const COUNTER: Readonly<Record<CounterLabel, number>> = Object.fromEntries(
  COUNTERS.map(({ label }, id) => [label, id]),
) as Record<CounterLabel, number>

assert(COUNTERS.length <= THREAD_COUNTERS_MAX, 'counters: more labels than room for each thread')

function viewOf(plane: ControlPlane, index: number): Float64Array {
  const at = PLANE.counters * 4 + index * THREAD_COUNTERS_MAX * 8
  return new Float64Array(plane.buffer, at, THREAD_COUNTERS_MAX)
}

/**
 * Counters of one thread, which alone writes them; any thread reads. Whole numbers in doubles, exact to 2^53, by
 * plain stores: on the 64-bit machines that we run on an aligned double is never torn, and nothing is decided by a
 * count.
 */
export class ThreadCounters {
  readonly #values: Float64Array

  constructor(plane: ControlPlane, thread: RoleThread | number) {
    this.#values = viewOf(plane, threadIndex(thread))
  }

  /** @param id of `COUNTER` */
  add(id: number, count = 1): void {
    this.#values[id] = (this.#values[id] as number) + count
  }

  get(id: number): number {
    return this.#values[id] as number
  }
}

/** Every counter of a thread by label, for status and metrics. */
export function readCounters(plane: ControlPlane, index: number): Record<CounterLabel, number> {
  assert(index >= 0 && index < THREADS_MAX, `no thread ${index}`)
  const values = viewOf(plane, index)
  return Object.fromEntries(COUNTERS.map(({ label }, id) => [label, values[id] as number])) as Record<
    CounterLabel,
    number
  >
}
