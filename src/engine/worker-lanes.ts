import type { Config } from '../config/types.ts'
import type { Intent } from '../domain/intent.ts'
import type { StrategyNotification } from '../domain/strategy.ts'
import { TICK, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { readCounters, ThreadCounters } from '../shm/counters.ts'
import { readHeartbeat, threadIndex } from '../shm/heartbeat.ts'
import { decisionDeadlineMs, decisionOptions } from './assemble.ts'
import { reducibleReasons } from './from-config.ts'
import type { LockStepLanes } from './replay.ts'
import type { LoadedStrategy, ScopeTable } from './strategies.ts'
import type { StrategyHandlerData, StrategyPost } from './strategy-handler.ts'
import type { StrategyWorker } from './strategy-worker.ts'
import { WorkerHost } from './worker-host.ts'
import { WORKER_LIMITS_DEFAULT, type WorkerEnd, type WorkerStop } from './worker-types.ts'

const HANDLER_MODULE: string = new URL('./strategy-handler.ts', import.meta.url).href
/** Intents that one drain takes from one worker; what is left waits for the next. */
const DRAIN_MAX = 256
/** Lock-step waits so many times `workers.hang_ms` for a worker, longer than for a decision (`decisionDeadlineMs`). */
const LOCK_STEP_STALL_FACTOR = 12
/** Checks of one look at a ring before a spinning worker parks: about 50 µs. */
const CHECKS_PER_US = 20

/** What the lanes tell the engine of one strategy. None of these may throw. */
export interface LaneEvents {
  /** intents wait; called only where main sleeps in its event loop */
  onWork(): void
  onPost(strategy: number, post: StrategyPost): void
  onEnded(strategy: number, end: WorkerEnd): void
  onStalled(strategy: number, stallMs: number): void
  /** a ring was full: the tick was dropped, its symbol must halt */
  onDropped(strategy: number, instrument: number): void
}

interface Lane {
  readonly strategy: number
  readonly worker: StrategyWorker
  /** by instrument index */
  readonly trades: readonly boolean[]
}

export interface LaneOptions {
  readonly config: Config
  readonly plane: ControlPlane
  readonly scopes: ScopeTable
  readonly strategies: readonly LoadedStrategy[]
  readonly baseHrNs: bigint
  readonly lockStep: boolean
}

/** One worker a strategy with `placement: worker`; the path's way to all of them. */
export class StrategyLanes implements LockStepLanes {
  readonly #host: WorkerHost
  readonly #events: LaneEvents
  readonly #plane: ControlPlane
  readonly #lanes: Lane[] = []

  private constructor(options: LaneOptions, events: LaneEvents) {
    const { workers } = options.config
    this.#events = events
    this.#plane = options.plane
    this.#host = new WorkerHost(
      {
        plane: options.plane,
        baseHrNs: options.baseHrNs,
        shape: {
          tickSlots: workers.tick_ring_slots,
          intentSlots: workers.intent_ring_slots,
          featuresMax: Math.max(8, ...options.strategies.map(({ rowNames }) => rowNames.length)),
        },
        wait: options.lockStep ? 'park' : workers.wait,
        spinChecks: workers.spin_us * CHECKS_PER_US,
        lockStep: options.lockStep,
        limits: {
          ...WORKER_LIMITS_DEFAULT,
          stopMs: workers.stop_ms,
          stallMs: options.lockStep ? LOCK_STEP_STALL_FACTOR * workers.hang_ms : workers.hang_ms,
        },
        counters: new ThreadCounters(options.plane, 'main'),
      },
      {
        onWork: () => events.onWork(),
        onMessage: (worker, body) => events.onPost(this.#strategyOf(worker), body as StrategyPost),
        onWorkerEnded: (worker, end) => events.onEnded(this.#strategyOf(worker), end),
        onWorkerStalled: (worker, stallMs) => {
          events.onStalled(this.#strategyOf(worker), stallMs)
          // Main waits for this worker's tick: only its end lets the others go on.
          if (options.lockStep) void this.#lanes[worker]?.worker.terminate()
        },
      },
    )
  }

  /** Starts a worker for each strategy that wants one. @throws WORKER_START; what had started has ended then */
  static async start(options: LaneOptions, events: LaneEvents): Promise<StrategyLanes> {
    const lanes = new StrategyLanes(options, events)
    try {
      for (const strategy of options.strategies) {
        if (strategy.config.placement === 'worker') await lanes.#add(strategy, options)
      }
    } catch (error) {
      await lanes.close()
      throw error
    }
    return lanes
  }

  async #add(strategy: LoadedStrategy, options: LaneOptions): Promise<void> {
    const { scopes, lockStep } = options
    const venues = strategy.instruments.map(({ venue }) => Math.max(0, scopes.venues.indexOf(venue)))
    const data: StrategyHandlerData = {
      index: strategy.index,
      id: strategy.config.id,
      file: strategy.file,
      params: strategy.params,
      instruments: strategy.instruments,
      venues,
      accounts: venues.map((venue) => scopes.accountOfVenue[venue] ?? 0),
      reducible: reducibleReasons(options.config),
      options: {
        barPeriodNs: strategy.config.bar_period_seconds * 1e9,
        warmupBars: strategy.config.warmup_bars,
        modelDeadlineMs: decisionDeadlineMs(options.config, strategy.config, !lockStep),
        ...decisionOptions(strategy.config),
      },
    }
    const worker = await this.#host.start({
      worker: this.#lanes.length,
      handlerModule: HANDLER_MODULE,
      handlerData: data,
    })
    const trades: boolean[] = []
    for (const { index } of strategy.instruments) trades[index] = true
    this.#lanes.push({ strategy: strategy.index, worker, trades })
  }

  get count(): number {
    return this.#lanes.length
  }

  dispatch(slots: TickSlots, slot: number, tickSeq: number): void {
    const word = slots.i32[slot * TICK_SLOT_I32] as number
    const instrument = slots.i32[slot * TICK_SLOT_I32 + 1] as number
    const count = (word & 0xff) === TICK.BAR ? 2 : 1
    for (const lane of this.#lanes) {
      if (lane.trades[instrument] !== true || !lane.worker.running) continue
      if (lane.worker.dispatch(slots, slot, count, tickSeq)) continue
      // A hung worker's strategy is halted already; its full ring must not halt the symbol for the others.
      if (!this.#host.isStalled(lane.worker.index)) this.#events.onDropped(lane.strategy, instrument)
    }
  }

  drain(onIntent: (intent: Intent) => void): number {
    let count = 0
    for (const { worker } of this.#lanes) count += worker.intents.poll(DRAIN_MAX, onIntent)
    return count
  }

  settled(): boolean {
    for (const { worker } of this.#lanes) if (worker.running && !worker.spinConsumed()) return false
    return true
  }

  /** Resolves when every worker that still runs has done its ticks; the strategy of one that ended is halted by then. */
  async waitSettled(): Promise<void> {
    for (const { worker } of this.#lanes) await this.#host.waitConsumed(worker)
  }

  /** The strategy has a worker, and that has ended: nothing decides for it in this run any more. */
  hasEnded(strategy: number): boolean {
    return this.#laneOf(strategy)?.worker.running === false
  }

  notify(strategy: number, notification: StrategyNotification): void {
    this.#laneOf(strategy)?.worker.send({ kind: 'notify', notification })
  }

  askStatus(): void {
    for (const { worker } of this.#lanes) worker.send({ kind: 'status' })
  }

  /** Age of the last beat of the worker that is furthest behind, of those that run; ms. @param nowMs from the run's base */
  ageMs(nowMs: number): number {
    let oldest = 0
    for (const { worker } of this.#lanes) {
      if (!worker.running) continue
      oldest = Math.max(oldest, readHeartbeat(this.#plane, threadIndex(worker.index), nowMs).ageMs)
    }
    return oldest
  }

  /** Ticks that found gate 1 shut in a worker. */
  blocked(): number {
    let sum = 0
    for (const { worker } of this.#lanes) {
      sum += readCounters(this.#plane, threadIndex(worker.index)).ticks_blocked
    }
    return sum
  }

  /** Main sleeps in its event loop and is pinged; not called where it polls. */
  park(): void {
    this.#host.park()
  }

  /** Ends every worker: asked, waited for, terminated. @param drained they finish their rings first */
  close(drained = false, limitMs?: number): Promise<WorkerStop[]> {
    return this.#host.close(drained, limitMs)
  }

  #strategyOf(worker: number): number {
    return this.#lanes[worker]?.strategy ?? worker
  }

  #laneOf(strategy: number): Lane | undefined {
    return this.#lanes.find((lane) => lane.strategy === strategy)
  }
}
