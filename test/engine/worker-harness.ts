import type { Intent } from '../../src/domain/intent.ts'
import { createTickSlots, TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../../src/domain/tick.ts'
import type { StrategyWorker } from '../../src/engine/strategy-worker.ts'
import { WorkerHost } from '../../src/engine/worker-host.ts'
import type { WorkerEnd, WorkerLimits, WorkerSetting } from '../../src/engine/worker-types.ts'
import { ControlPlane, SCOPE_KINDS } from '../../src/shm/control-plane.ts'
import { ThreadCounters } from '../../src/shm/counters.ts'
import type { HandlerPlan } from './worker-handler.ts'

export const HANDLER: string = new URL('./worker-handler.ts', import.meta.url).href

/** Long where a healthy worker must be in time on a loaded machine. */
export const LIMITS: WorkerLimits = {
  startMs: 30_000,
  stopMs: 30_000,
  terminateMs: 30_000,
  checkMs: 50,
  stallMs: 1_500,
}

/** A host with everything that it told, for tests. */
export class HostUnderTest {
  readonly plane: ControlPlane = ControlPlane.create()
  readonly host: WorkerHost
  readonly intents: { worker: number; tickSeq: number; price: number; action: number }[] = []
  readonly messages: { worker: number; body: unknown }[] = []
  readonly ended: { worker: number; end: WorkerEnd }[] = []
  readonly stalled: number[] = []
  readonly counters: ThreadCounters
  readonly #slots: TickSlots = createTickSlots(2)
  #wake: (() => void)[] = []

  constructor(setting: Partial<WorkerSetting> = {}) {
    for (const kind of SCOPE_KINDS) this.plane.scope({ kind, index: 0 }).clear(0, 0)
    this.counters = new ThreadCounters(this.plane, 'main')
    this.host = new WorkerHost(
      {
        plane: this.plane,
        baseHrNs: process.hrtime.bigint(),
        shape: { tickSlots: 256, intentSlots: 1_024, featuresMax: 4 },
        wait: 'park',
        spinChecks: 2_000,
        lockStep: false,
        counters: this.counters,
        ...setting,
        limits: setting.limits ?? LIMITS,
      },
      {
        onWork: () => {
          this.drain()
          this.#changed()
        },
        onMessage: (worker, body) => {
          this.messages.push({ worker, body })
          this.#changed()
        },
        onWorkerEnded: (worker, end) => {
          this.ended.push({ worker, end })
          this.#changed()
        },
        onWorkerStalled: (worker) => {
          this.stalled.push(worker)
          this.#changed()
        },
      },
    )
  }

  start(plan: HandlerPlan, worker = 0): Promise<StrategyWorker> {
    return this.host.start({ worker, handlerModule: HANDLER, handlerData: plan })
  }

  /** A slot that holds a trade of this number. */
  tick(tickSeq: number): TickSlots {
    this.#slots.i32[0] = TICK.TRADE
    this.#slots.i32[TICK_SLOT_I32] = TICK.TRADE
    this.#slots.f64[3] = tickSeq * 10
    this.#slots.f64[TICK_SLOT_F64 + 3] = tickSeq * 10 + 1
    return this.#slots
  }

  drain(): void {
    for (const worker of this.host.workers) {
      worker.intents.poll(1_000, (intent: Intent) => {
        const { tickSeq, action, features } = intent
        this.intents.push({ worker: worker.index, tickSeq, price: features[0] as number, action })
      })
    }
  }

  /** Resolves when the condition holds; looked at whenever the host tells something. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  #changed(): void {
    for (const resolve of this.#wake.splice(0)) resolve()
  }
}
