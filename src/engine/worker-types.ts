import type { ControlPlane } from '../shm/control-plane.ts'
import type { ThreadCounters } from '../shm/counters.ts'
import type { WaitKind } from '../shm/wait.ts'
import type { WorkerMemoryShape } from '../shm/worker-memory.ts'

export interface WorkerLimits {
  /** from the thread's start to its first duty cycle, ms */
  readonly startMs: number
  /** from asking a worker to stop to terminating it, ms */
  readonly stopMs: number
  /** from terminating it to giving its thread up as stuck, ms */
  readonly terminateMs: number
  /** between two looks at the heartbeats, ms */
  readonly checkMs: number
  /** without progress for so long, a worker is stalled, ms */
  readonly stallMs: number
}

export const WORKER_LIMITS_DEFAULT: WorkerLimits = {
  startMs: 30_000,
  stopMs: 1_000,
  terminateMs: 2_000,
  checkMs: 100,
  stallMs: 5_000,
}

/** What one worker runs. */
export interface WorkerSpec {
  /** place of its heartbeat and counters, below WORKERS_MAX */
  readonly worker: number
  /** URL of a module that exports `createTickHandler` */
  readonly handlerModule: string
  readonly handlerData: unknown
}

/** What all workers of a host share. */
export interface WorkerSetting {
  readonly plane: ControlPlane
  readonly baseHrNs: bigint
  readonly shape: WorkerMemoryShape
  readonly wait: WaitKind
  readonly spinChecks: number
  readonly lockStep: boolean
  readonly limits: WorkerLimits
  /** counters of the main thread */
  readonly counters: ThreadCounters
}

/** How a worker's task ended. */
export interface WorkerEnd {
  /** it returned as asked; it threw; its thread ended by itself (`process.exit`); we ended its thread */
  readonly kind: 'returned' | 'threw' | 'exited' | 'terminated'
  readonly message: string
}

/** How a worker's thread ended, when it was stopped. `stuck`: it did not, within the deadline. */
export interface WorkerStop {
  readonly worker: number
  readonly how: WorkerEnd['kind'] | 'stuck'
}

export interface WorkerEvents {
  onPing(): void
  onMessage(worker: number, body: unknown): void
  /** The task ended and nobody had asked it to. Called once. */
  onEnded(worker: number, end: WorkerEnd): void
}
