import type { Clock } from '../../core/clock.ts'
import { sleep } from '../../engine/steps.ts'
import { isOurs } from '../../order/client-order-id.ts'
import { type EngineProcess, isGone, lockHolder } from './engine-process.ts'
import { type EngineLook, EngineWatch } from './engine-watch.ts'
import { type FenceResult, fence } from './fence.ts'
import { readProgress } from './progress-file.ts'
import { type GuardianVenue, type SweepResult, sweep } from './sweep.ts'

/** Checks in the time that makes a stall. */
const CHECKS = 20
const DEAD_MAN_MS_MIN = 10_000

export interface GuardianOptions {
  readonly stateDir: string
  readonly node: string
  readonly stallMs: number
  readonly fenceMs: number
  readonly venues: readonly GuardianVenue[]
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onLine: (text: string, details: object) => void
}

/** What a guardian did. `idle`: it was told to end before anything had happened. */
export interface GuardianReport {
  readonly outcome: 'idle' | 'cleared' | 'not_proved' | 'superseded'
  readonly cause: 'stalled' | 'gone' | 'released' | null
  readonly engine: { readonly pid: number; readonly boot: number | null } | null
  readonly stall_ms: number
  readonly fence: FenceResult | null
  readonly venues: readonly SweepResult[]
  readonly utc_ns: string
}

/**
 * Watches one engine until it stands still, is gone, or leaves orders behind; then fences it, cancels what is open of
 * its node, and proves that none is (K12). One incident is one life of the guardian: its report is its result.
 */
export class Guardian {
  readonly #options: GuardianOptions
  readonly #watch: EngineWatch
  #state = ''
  #deadManNs = Number.NEGATIVE_INFINITY

  constructor(options: GuardianOptions) {
    const { stateDir } = options
    this.#options = options
    const target = {
      holder: () => lockHolder(stateDir),
      progress: () => readProgress(stateDir),
      isGone,
    }
    this.#watch = new EngineWatch(target, CHECKS)
  }

  async run(): Promise<GuardianReport> {
    const { signal, stallMs } = this.#options
    while (!signal.aborted) {
      const look = this.#watch.check()
      this.#say(look)
      if (look.state === 'running') this.#refreshDeadMan()
      const { engine, state } = look
      if (engine !== null && (state === 'stalled' || state === 'gone')) return this.#act(look, engine, state)
      // An engine that has ended by its own procedure is only looked after where it left something open.
      if (engine !== null && state === 'released' && (await this.#leftBehind())) {
        return this.#act(look, engine, state)
      }
      await sleep(Math.max(1, stallMs / CHECKS), signal)
    }
    return this.#report('idle', null, null, null, [])
  }

  async #act(
    look: EngineLook,
    engine: EngineProcess,
    cause: NonNullable<GuardianReport['cause']>,
  ): Promise<GuardianReport> {
    const { fenceMs, clock, node, venues, signal, onLine } = this.#options
    const fenced = await fence(engine, fenceMs, clock)
    onLine('engine fenced', fenced)
    // Another engine on this state directory knows its orders by its journal; they are its own to cancel.
    const superseded = (): boolean => {
      const holder = lockHolder(this.#options.stateDir)
      return (
        holder !== null && (holder.pid !== engine.pid || holder.started !== engine.started) && !isGone(holder)
      )
    }
    const isOver = (): boolean => signal.aborted || superseded()
    const swept = await Promise.all(venues.map((venue) => sweep(venue, { node, clock, isOver, onLine })))
    const proved = fenced.gone && swept.every(({ verified_ms }) => verified_ms !== null)
    const outcome = proved ? 'cleared' : superseded() ? 'superseded' : 'not_proved'
    return this.#report(outcome, cause, look, fenced, swept)
  }

  /** True also where a venue does not answer: what cannot be excluded is looked after. */
  async #leftBehind(): Promise<boolean> {
    const { venues, node } = this.#options
    const looks = await Promise.allSettled(venues.map((venue) => venue.openOrders()))
    return looks.some(
      (result) =>
        result.status === 'rejected' || result.value.some(({ clientOrderId }) => isOurs(clientOrderId, node)),
    )
  }

  /** As long as the engine makes progress, so that a venue cancels by itself where both are cut off. */
  #refreshDeadMan(): void {
    const { venues, stallMs, clock, onLine } = this.#options
    if (clock.monoNs() - this.#deadManNs < stallMs * 1e6) return
    this.#deadManNs = clock.monoNs()
    for (const venue of venues) {
      venue.refreshDeadMan?.(Math.max(DEAD_MAN_MS_MIN, stallMs * 4)).catch((error: unknown) => {
        onLine('dead-man timer not renewed', { venue: venue.id, error: String(error) })
      })
    }
  }

  #say({ state, engine, boot }: EngineLook): void {
    if (state === this.#state) return
    this.#state = state
    this.#options.onLine(`engine ${state}`, { pid: engine?.pid ?? null, boot })
  }

  #report(
    outcome: GuardianReport['outcome'],
    cause: GuardianReport['cause'],
    look: EngineLook | null,
    fenced: FenceResult | null,
    venues: readonly SweepResult[],
  ): GuardianReport {
    const { stallMs, clock } = this.#options
    const held = look?.engine ?? null
    const engine = held === null ? null : { pid: held.pid, boot: look?.boot ?? null }
    return { outcome, cause, engine, stall_ms: stallMs, fence: fenced, venues, utc_ns: String(clock.utcNs()) }
  }
}
