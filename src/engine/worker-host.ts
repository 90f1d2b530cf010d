import { fileURLToPath } from 'node:url'
import { assert } from '../core/assert.ts'
import type { TickSlots } from '../domain/tick.ts'
import { COUNTER } from '../shm/counters.ts'
import { PLANE } from '../shm/layout.ts'
import { StrategyWorker } from './strategy-worker.ts'
import type { WorkerEnd, WorkerSetting, WorkerSpec, WorkerStop } from './worker-types.ts'

const ENTRY = fileURLToPath(new URL('../../workers/strategy.ts', import.meta.url))

/** What the host tells the engine. None of these may throw. */
export interface WorkerHostEvents {
  /** Intents or consumed ticks wait: called after a ping, never while `park` is off. */
  onWork(): void
  onMessage(worker: number, body: unknown): void
  /** A worker ended unasked: its strategies must halt. Called once a worker. */
  onWorkerEnded(worker: number, end: WorkerEnd): void
  /** A worker makes no progress: its strategies must halt. Called once a stall. */
  onWorkerStalled(worker: number, stallMs: number): void
}

/**
 * The strategy workers of a run: started, fed, watched and ended from here. Ticks and intents go by ring, so nothing
 * here is asynchronous on the path; messages and wake-ups go by port.
 */
export class WorkerHost {
  readonly workers: StrategyWorker[] = []
  readonly #setting: WorkerSetting
  readonly #events: WorkerHostEvents
  readonly #started = new Set<StrategyWorker>()
  readonly #stalled = new Set<number>()
  readonly #pinged: (() => void)[] = []
  #watch: NodeJS.Timeout | null = null
  #parks = false
  #closed: Promise<WorkerStop[]> | null = null

  constructor(setting: WorkerSetting, events: WorkerHostEvents) {
    this.#setting = setting
    this.#events = events
  }

  /**
   * Starts a worker and resolves when it is in its duty cycle. One that has ended stays so: its strategy's state is gone.
   *
   * @throws WORKER_START when it does not get there
   */
  async start(spec: WorkerSpec): Promise<StrategyWorker> {
    assert(this.#closed === null, 'the worker host is closed')
    const { worker: place } = spec
    assert(!this.workers.some(({ index }) => index === place), `strategy worker ${place} was started before`)
    const worker = new StrategyWorker(spec, this.#setting, ENTRY, {
      onPing: () => this.#onPing(),
      onMessage: (index, body) => this.#events.onMessage(index, body),
      onEnded: (index, end) => {
        this.#wakeWaiters()
        // An end before the start was over is told by `started`.
        if (this.#started.has(worker)) this.#events.onWorkerEnded(index, end)
      },
    })
    this.workers.push(worker)
    try {
      await worker.started()
    } catch (error) {
      this.workers.splice(this.workers.indexOf(worker), 1)
      throw error
    }
    this.#started.add(worker)
    if (this.#closed === null) {
      this.#watch ??= setInterval(() => this.check(), this.#setting.limits.checkMs).unref()
    }
    return worker
  }

  /** True while a worker makes no progress. */
  isStalled(worker: number): boolean {
    return this.#stalled.has(worker)
  }

  /** One look at every heartbeat; runs by itself every `checkMs`. */
  check(): void {
    for (const worker of this.workers) {
      const { index } = worker
      if (!worker.checkStall()) this.#stalled.delete(index)
      else if (!this.#stalled.has(index)) {
        this.#stalled.add(index)
        this.#setting.counters.add(COUNTER.stalls)
        this.#events.onWorkerStalled(index, this.#setting.limits.stallMs)
      }
    }
  }

  /**
   * Lock-step: hands a tick to one worker and looks for its end. True when the worker has done all that follows from
   * it; false when that takes longer, or the worker has ended: then await `waitConsumed`.
   */
  runTick(worker: StrategyWorker, slots: TickSlots, slot: number, tickSeq: number): boolean {
    const written = worker.dispatch(slots, slot, 1, tickSeq)
    assert(
      written || !worker.running,
      'lock-step: the ring is full, so a tick before this one was not awaited',
    )
    return worker.spinConsumed()
  }

  /** Resolves true when the worker has done all its ticks, false when it ended before. */
  waitConsumed(worker: StrategyWorker): Promise<boolean> {
    return worker.waitConsumed(() => {
      const pinged = new Promise<void>((resolve) => this.#pinged.push(resolve))
      this.#storeParked()
      if (worker.pending() === 0) this.#wakeWaiters()
      return pinged
    })
  }

  /**
   * Main goes to sleep in its event loop: the next worker with something for it sends a ping, and `onWork` is called.
   * Call once after start where main does not poll; the host goes on by itself.
   */
  park(): void {
    this.#parks = true
    this.#storeParked()
    // Looked at after the store: what was written before it is found here, what comes after it sends a ping.
    if (this.workers.some(({ intents }) => intents.pending() > 0)) this.#onPing()
  }

  /**
   * Ends every worker: asked, waited for, terminated, all at once. Called twice, it gives the same end.
   *
   * @param limitMs cuts the configured waits
   */
  close(drained = false, limitMs?: number): Promise<WorkerStop[]> {
    this.#closed ??= this.#close(drained, limitMs)
    return this.#closed
  }

  async #close(drained: boolean, limitMs?: number): Promise<WorkerStop[]> {
    if (this.#watch !== null) clearInterval(this.#watch)
    this.#parks = false
    return Promise.all(this.workers.map((worker) => worker.stop(drained, limitMs)))
  }

  #storeParked(): void {
    // Sequentially consistent, before the look at the rings; the worker stores its cursor and then loads this word.
    Atomics.store(this.#setting.plane.words, PLANE.mainParked, 1)
  }

  #onPing(): void {
    this.#wakeWaiters()
    if (!this.#parks) return
    this.#events.onWork()
    setImmediate(() => {
      if (this.#parks) this.park()
    })
  }

  #wakeWaiters(): void {
    for (const resolve of this.#pinged.splice(0)) resolve()
  }
}
