import { assert } from '../core/assert.ts'
import type { ControlPlane } from './control-plane.ts'
import { HEARTBEAT, LINE_WORDS, PLANE, ROLE_THREADS, type RoleThread, THREADS_MAX } from './layout.ts'

/** What a thread says it is doing. */
export const THREAD_STATES = ['absent', 'starting', 'running', 'stopping', 'ended'] as const
export type ThreadState = (typeof THREAD_STATES)[number]

/** Place of a role's or a worker's heartbeat and counters. */
export function threadIndex(thread: RoleThread | number): number {
  const index = typeof thread === 'number' ? ROLE_THREADS.length + thread : ROLE_THREADS.indexOf(thread)
  assert(index >= 0 && index < THREADS_MAX, `no thread ${thread}`)
  return index
}

/** Name of a thread index: "main", "worker-3". */
export function threadName(index: number): string {
  return ROLE_THREADS[index] ?? `worker-${index - ROLE_THREADS.length}`
}

/**
 * A thread's own heartbeat. `progress` moves with every unit of work and with every wake from a bounded sleep, so a
 * thread whose progress stands still is stuck: in a hot loop, in native code, in an untimed wait.
 */
export class Heartbeat {
  readonly #words: Int32Array
  readonly #at: number
  #progress: number

  constructor(plane: ControlPlane, thread: RoleThread | number) {
    this.#words = plane.words
    this.#at = PLANE.heartbeat + threadIndex(thread) * LINE_WORDS
    this.#progress = Atomics.load(this.#words, this.#at + HEARTBEAT.progress)
  }

  state(state: ThreadState): void {
    // Sequentially consistent: who reads the new state sees what was done before it.
    Atomics.store(this.#words, this.#at + HEARTBEAT.state, THREAD_STATES.indexOf(state))
  }

  /** One unit of work is done. */
  progress(): void {
    assert(this.#words[this.#at + HEARTBEAT.progress] === this.#progress, 'the heartbeat has a second writer')
    this.#progress = (this.#progress + 1) | 0
    // Atomic so that the watcher's load is never torn or stale; no other order is relied on.
    Atomics.store(this.#words, this.#at + HEARTBEAT.progress, this.#progress)
  }

  /** The thread's time, once a duty cycle. @param nowMs milliseconds from the run's base, any size */
  beat(nowMs: number): void {
    this.progress()
    // As for progress; the age is for show, nothing is decided by it.
    Atomics.store(this.#words, this.#at + HEARTBEAT.beatMs, Math.floor(nowMs) | 0)
  }
}

export interface HeartbeatReading {
  readonly thread: string
  readonly state: ThreadState
  readonly progress: number
  /** age of the last beat, ms; 0 before the first */
  readonly ageMs: number
}

/** Reads a thread's heartbeat, from any thread. @param nowMs milliseconds from the run's base */
export function readHeartbeat(plane: ControlPlane, index: number, nowMs: number): HeartbeatReading {
  const at = PLANE.heartbeat + index * LINE_WORDS
  // Atomic loads, each word by itself: the reading is for status and for counting progress.
  const state = Atomics.load(plane.words, at + HEARTBEAT.state)
  const beatMs = Atomics.load(plane.words, at + HEARTBEAT.beatMs)
  const progress = Atomics.load(plane.words, at + HEARTBEAT.progress)
  const ageMs = progress === 0 ? 0 : ((Math.floor(nowMs) | 0) - beatMs) >>> 0
  return { thread: threadName(index), state: THREAD_STATES[state] ?? 'absent', progress, ageMs }
}

/**
 * Tells a thread that stands still, by checks and not by the clock: a check that comes late (this thread was blocked,
 * the machine slept) counts as one check and never as a stall of the others.
 */
export class StallWatch {
  readonly #words: Int32Array
  readonly #at: number
  readonly #checksMax: number
  #seen: number
  #still = 0

  /** @param checksMax checks without progress that make a stall */
  constructor(plane: ControlPlane, index: number, checksMax: number) {
    assert(checksMax >= 1, 'a stall takes at least one check')
    this.#words = plane.words
    this.#at = PLANE.heartbeat + index * LINE_WORDS + HEARTBEAT.progress
    this.#checksMax = checksMax
    this.#seen = Atomics.load(this.#words, this.#at)
  }

  /** Call once a period; true from the check that makes it a stall until there is progress again. */
  check(): boolean {
    // Atomic load of one word; only "has it moved" is asked.
    const progress = Atomics.load(this.#words, this.#at)
    this.#still = progress === this.#seen ? this.#still + 1 : 0
    this.#seen = progress
    return this.#still >= this.#checksMax
  }

  /** Checks without progress so far. */
  get still(): number {
    return this.#still
  }
}
