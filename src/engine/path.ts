import type { Intent } from '../domain/intent.ts'
import { TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import type { Desk } from './desk.ts'
import type { StrategyRunner } from './strategy-runner.ts'
import type { Trader } from './trader.ts'

/** The strategies that run in workers, as the path sees them. */
export interface WorkerLanes {
  readonly count: number
  /** Writes the tick into the ring of every worker that trades its instrument. Full rings drop and halt the symbol. */
  dispatch(slots: TickSlots, slot: number, tickSeq: number): void
  /** Hands the intents that wait to `onIntent`, workers in the order of their index; returns their number. */
  drain(onIntent: (intent: Intent) => void): number
}

/** The venue inside the process (replay, dry run): it sees each tick before the strategies do. */
export interface TickVenue {
  onTick(slots: TickSlots, slot: number): void
}

/**
 * The main thread's path for one accepted tick, read top to bottom: market state, the simulated venue's fills, inline
 * strategies with their orders, then the workers. What a frame becomes before it is in `feed/market-feed.ts`, what an
 * intent becomes after it in `trader.ts`.
 */
export class Path {
  readonly #desk: Desk
  readonly #trader: Trader
  readonly #inline: readonly (readonly StrategyRunner[])[]
  readonly #workers: WorkerLanes
  readonly #venue: TickVenue | null
  readonly #onIntent: (intent: Intent) => void
  #tickSeq = -1
  #frameStartNs = 0

  /**
   * @param inline runners by instrument index
   * @param venue the simulated venue inside the process, or null
   */
  constructor(
    desk: Desk,
    trader: Trader,
    inline: readonly (readonly StrategyRunner[])[],
    workers: WorkerLanes,
    venue: TickVenue | null,
  ) {
    this.#desk = desk
    this.#trader = trader
    this.#inline = inline
    this.#workers = workers
    this.#venue = venue
    this.#onIntent = (intent) => trader.onIntent(intent)
  }

  /** Input sequence of the last tick; -1 before the first. */
  get tickSeq(): number {
    return this.#tickSeq
  }

  /** One tick up to the orders of the inline strategies; workers have it in their rings afterwards. */
  onTick(slots: TickSlots, slot: number): void {
    const desk = this.#desk
    this.#tickSeq++
    desk.counters.ticks++
    this.#trader.startTick(this.#tickSeq, this.#frameStartNs)
    const instrument = slots.i32[slot * TICK_SLOT_I32 + 1] as number

    if (desk.market.onTick(slots, slot)) {
      const price = desk.market.referencePrice(instrument)
      desk.portfolio.mark(instrument, price)
      desk.watch.onPrice(instrument, price, slots.f64[slot * TICK_SLOT_F64 + 1] as number)
    }
    this.#venue?.onTick(slots, slot)

    const runners = this.#inline[instrument]
    if (runners !== undefined) {
      for (const runner of runners) {
        runner.onTick(slots, slot, this.#tickSeq)
        if (isBar(slots, slot)) runner.onTick(slots, slot + 1, this.#tickSeq)
      }
    }
    if (this.#workers.count > 0) this.#workers.dispatch(slots, slot, this.#tickSeq)
  }

  /** The orders of what the workers decided so far. Returns the number of intents. */
  drainIntents(): number {
    return this.#workers.drain(this.#onIntent)
  }

  /** Marks when the frame of the next ticks came in, for the latency of what they lead to; stopwatch ns. */
  startFrame(nowNs: number): void {
    this.#frameStartNs = nowNs
  }
}

function isBar(slots: TickSlots, slot: number): boolean {
  return ((slots.i32[slot * TICK_SLOT_I32] as number) & 0xff) === TICK.BAR
}

/** Receive time of a tick, ns from the event base. */
export function tickRecvNs(slots: TickSlots, slot: number): number {
  return slots.f64[slot * TICK_SLOT_F64 + 2] as number
}

/** What the path takes; depth updates stop at the book. */
export function isPathTick(slots: TickSlots, slot: number): boolean {
  const kind = (slots.i32[slot * TICK_SLOT_I32] as number) & 0xff
  return kind !== TICK.DEPTH && kind !== TICK.SNAPSHOT
}
