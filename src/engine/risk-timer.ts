import type { Clock } from '../core/clock.ts'
import { Timers } from '../core/timers.ts'
import type { JournalPort } from '../domain/journal.ts'
import type { Desk } from './desk.ts'

/** A look this often, ms. */
export const RISK_LOOK_MS = 250
/** The worst lag of so many looks counts, so that a stall is not forgotten in the turn that ends it. */
const LAGS_KEPT = 4

/** The strategies that run in workers. */
export interface WorkerAges {
  /** see `StrategyLanes.ageMs` */
  ageMs(nowMs: number): number
}

/** Looks at risk some times a second while the engine runs: ages of data, what is held, how the engine keeps up. */
export class RiskTimer {
  readonly #desk: Pick<Desk, 'watch' | 'market' | 'time'>
  readonly #workers: WorkerAges
  readonly #journal: Pick<JournalPort, 'lagNs'>
  readonly #clock: Clock
  readonly #lagsNs = new Float64Array(LAGS_KEPT)
  #look = 0
  #dueNs = Number.NaN
  #timers: Timers | null = null

  constructor(
    desk: Pick<Desk, 'watch' | 'market' | 'time'>,
    workers: WorkerAges,
    { journal, clock }: { readonly journal: Pick<JournalPort, 'lagNs'>; readonly clock: Clock },
  ) {
    this.#desk = desk
    this.#workers = workers
    this.#journal = journal
    this.#clock = clock
  }

  start(): void {
    if (this.#timers !== null) return
    this.#dueNs = this.#clock.monoNs() + RISK_LOOK_MS * 1e6
    this.#timers = new Timers('risk watch')
    this.#timers.every(RISK_LOOK_MS, () => this.look())
  }

  stop(): void {
    this.#timers?.close()
    this.#timers = null
  }

  /** One look. How late it comes is the lag of the event loop. */
  look(): void {
    const { watch, market, time } = this.#desk
    const monoNs = this.#clock.monoNs()
    this.#lagsNs[this.#look++ % LAGS_KEPT] = Math.max(0, monoNs - this.#dueNs)
    this.#dueNs = monoNs + RISK_LOOK_MS * 1e6
    watch.onTimer((instrument) => market.dataNs(instrument), time.nowNs(), {
      loop_lag: Math.max(...this.#lagsNs),
      worker_age: this.#workers.ageMs(monoNs / 1e6) * 1e6,
      journal_lag: this.#journal.lagNs,
    })
  }
}
