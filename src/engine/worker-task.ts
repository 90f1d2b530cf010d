import type { MessagePort } from 'node:worker_threads'
import type { Clock } from '../core/clock.ts'
import type { TickSlots } from '../domain/tick.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import type { ThreadCounters } from '../shm/counters.ts'
import type { PlaneMemory } from '../shm/freshness.ts'
import type { WaitKind } from '../shm/wait.ts'
import type { WorkerMemoryShape } from '../shm/worker-memory.ts'
import type { IntentSink } from './strategy-ports.ts'

/** All that the two sides of a strategy worker share, beside the words of `shm/layout.ts`. */

/** Ticks that one duty cycle takes at most, before the clock is read and the event loop may turn. */
export const CYCLE_TICKS_MAX = 64
/** The worker's event loop turns at least this often, also while ticks keep coming. */
export const LOOP_TURN_MS_MAX = 10
/** Messages under way in one direction; beyond, they are dropped and counted. */
export const MAIL_MAX = 4_096

/** What drives a worker: the one argument of its endless task. */
export interface WorkerTask {
  readonly worker: number
  readonly plane: PlaneMemory
  readonly rings: SharedArrayBuffer
  readonly shape: WorkerMemoryShape
  readonly wait: WaitKind
  readonly spinChecks: number
  /** a tick counts as consumed only when its asynchronous decisions are settled */
  readonly lockStep: boolean
  /** base of the run's monotonic clock (`SystemClock`) */
  readonly baseHrNs: bigint
  /** URL of a module that exports `createTickHandler` */
  readonly handlerModule: string
  /** for the handler; must survive structured cloning */
  readonly handlerData: unknown
  readonly port: MessagePort
}

/** What a tick handler may use. The objects belong to the worker's thread. */
export interface HandlerContext {
  readonly worker: number
  readonly plane: ControlPlane
  /** false: the ring is full, and everything has been halted for it (DESIGN 3) */
  readonly intents: IntentSink
  readonly clock: Clock
  readonly counters: ThreadCounters
  readonly data: unknown
  /** Posts to main; false where main is too far behind and the message was dropped and counted. */
  post(message: unknown): boolean
}

/** The strategy side of a worker: everything behind its tick ring. */
export interface TickHandler {
  /**
   * One tick, in place: the slot is valid until this returns. Must not block. What it throws ends the worker.
   *
   * @returns number of intents written
   */
  onTick(slots: TickSlots, slot: number, tickSeq: number): number
  /** Promises and timers under way: the event loop turns while the worker waits for ticks. */
  pending?(): number
  /** Decisions under way; in lock-step the worker awaits `settle` before it takes the next tick. */
  undecided?(): number
  settle?(): Promise<void>
  /** A message of main, in order with the ticks: before every tick that was written after it was sent. */
  onMessage?(message: unknown): void
  /** The worker ends as asked; what this does must end soon. */
  close?(): void | Promise<void>
}

export type CreateTickHandler = (context: HandlerContext) => TickHandler | Promise<TickHandler>

/** A worker's posts to main. `PING` has no payload: there is something in the rings. */
export const PING = 0
export type WorkerPost =
  | typeof PING
  | { readonly kind: 'ready' }
  | { readonly kind: 'message'; readonly body: unknown }

/** What the endless task returns when it was asked to stop. */
export interface WorkerReturn {
  readonly ticks: number
}
