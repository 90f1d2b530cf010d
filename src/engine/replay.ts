import type { Config } from '../config/types.ts'
import { type Clock, SystemClock, VirtualClock } from '../core/clock.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import type { JournalPort } from '../domain/journal.ts'
import { RECORD_KIND } from '../domain/journal-records.ts'
import type { StrategyNotification } from '../domain/strategy.ts'
import { TICK, TICK_SLOT_I32 } from '../domain/tick.ts'
import { Ledger } from '../ledger/ledger.ts'
import { ClientOrderIds } from '../order/client-order-id.ts'
import { OrderStore } from '../order/order-store.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { SimVenue } from '../venue/sim/sim-venue.ts'
import { type Assembly, assemble } from './assemble.ts'
import { bootHalt, openScopes } from './boot.ts'
import { DayRoll } from './day-roll.ts'
import { Path, type WorkerLanes } from './path.ts'
import { utcNsText } from './record-text.ts'
import { FillTape } from './results.ts'
import type { LoadedStrategy, ScopeTable } from './strategies.ts'
import type { StrategyError } from './strategy-ports.ts'
import { TickQueue } from './tick-queue.ts'

/** Workers in lock step: the path waits until each has done everything that the tick asked for. */
export interface LockStepLanes extends WorkerLanes {
  /** Spins for a bounded time; true when every worker has consumed its ring. */
  settled(): boolean
  /** Waits without blocking the event loop, for those that still run. */
  waitSettled(): Promise<void>
  notify(strategy: number, notification: StrategyNotification): void
}

/** No workers at all. */
export const NO_LANES: LockStepLanes = {
  count: 0,
  dispatch: () => {},
  drain: () => 0,
  settled: () => true,
  waitSettled: () => Promise.resolve(),
  notify: () => {},
}

/** What a replay is built from. The caller owns journal, plane and lanes, and closes them. */
export interface ReplayInput {
  readonly config: Config
  readonly table: InstrumentTable
  readonly plane: ControlPlane
  readonly scopes: ScopeTable
  readonly strategies: readonly LoadedStrategy[]
  readonly journal: JournalPort
  readonly calendar: CalendarPort
  readonly eventBaseUtcNs: bigint
  readonly lanes: LockStepLanes
  readonly version: string
  readonly onStrategyError: (error: StrategyError) => void
}

/**
 * The engine on recordings: lock-step, on a virtual clock that only the ticks move, with the simulated venue inside.
 * The same ticks give the same orders, fills and journal content in every placement and at every speed.
 */
export class Replay {
  readonly assembly: Assembly
  readonly venue: SimVenue
  readonly fills: FillTape
  readonly path: Path
  /** ticks of the present frame; the feed's sink pushes into it */
  readonly queue: TickQueue = new TickQueue()
  readonly #clock: VirtualClock
  readonly #stopwatch: Clock
  #abandoned = false
  readonly #lanes: LockStepLanes
  readonly #time: ReplayTime
  readonly #days: DayRoll

  private constructor(
    input: ReplayInput,
    assembly: Assembly,
    venue: SimVenue,
    clock: VirtualClock,
    stopwatch: Clock,
    time: ReplayTime,
  ) {
    this.assembly = assembly
    this.venue = venue
    this.fills = new FillTape(input.table.all())
    this.#clock = clock
    this.#stopwatch = stopwatch
    this.#time = time
    this.#lanes = input.lanes
    this.#days = new DayRoll(assembly.desk, input.calendar)
    this.path = new Path(assembly.desk, assembly.trader, assembly.inlineByInstrument, input.lanes, venue)
    time.path = this.path
    venue.onReport = (report) => {
      assembly.reports.onReport(report)
    }
    assembly.reports.onFill = ({ fill }) => {
      this.fills.add(fill)
    }
  }

  /**
   * Wires everything and writes the BOOT record; every scope is open but `all`, which waits for `arm`. `clock` starts at
   * the event base and is the journal's too.
   */
  static async create(input: ReplayInput, clock: VirtualClock): Promise<Replay> {
    const { config, table } = input
    const stopwatch = new SystemClock()
    const time = new ReplayTime(Number(input.eventBaseUtcNs / 1_000_000_000n))
    const venue = new SimVenue({
      id: 'replay',
      instruments: table,
      fillModel: config.replay.fill_model,
      fees: config.fees,
      eventBaseUtcNs: input.eventBaseUtcNs,
      latencyNs: config.replay.latency_ms * 1e6,
    })
    const assembly = await assemble({
      config,
      table,
      plane: input.plane,
      scopes: input.scopes,
      strategies: input.strategies,
      journal: input.journal,
      calendar: input.calendar,
      time,
      stopwatch,
      runnerClock: clock,
      venues: table.all().map(() => venue),
      orders: new OrderStore(),
      ledger: new Ledger(),
      ids: new ClientOrderIds(config.node.id, 0),
      restDurability: 'buffered',
      measured: false,
      ordersReal: config.mode !== 'dry-run',
      onRiskNote: () => {},
      tickSeq: () => time.path?.tickSeq ?? -1,
      notifyWorker: (strategy, notification) => input.lanes.notify(strategy, notification),
      onStrategyError: input.onStrategyError,
    })
    const replay = new Replay(input, assembly, venue, clock, stopwatch, time)
    assembly.desk.recorder.boot(
      {
        boot: 0,
        node: config.node.id,
        mode: 'replay',
        version: input.version,
        config_sha256: config.facts.sha256,
      },
      assembly.desk.risk.scale.unitMoney,
    )
    openScopes(input.plane, input.scopes, config.strategies.length, table.size)
    bootHalt(assembly.halts, 'start')
    await venue.connect()
    return replay
  }

  /** Moves the virtual clock to a frame's receive time (ns from the event base) and starts its latency. */
  startFrame(recvNs: number): void {
    if (recvNs > this.#time.ns) {
      this.#time.ns = recvNs
      this.#clock.advanceToMono(Math.round(recvNs))
    }
    this.#days.at(this.#time.ns)
    this.path.startFrame(this.#stopwatch.monoNs())
    this.queue.clear()
  }

  /**
   * The ticks that the frame gave, each the whole way. Returns at once where nothing has to be waited for, else a
   * promise.
   */
  runTicks(from = 0): Promise<void> | undefined {
    const { slots } = this.queue
    for (let slot = from; slot < this.queue.count; slot++) {
      if (isSecondOfPair(slots.i32[slot * TICK_SLOT_I32] as number)) continue
      this.path.onTick(slots, slot)
      if (this.#mustWait()) return this.#waitAndGoOn(slot + 1)
      if (this.#lanes.count > 0) this.path.drainIntents()
    }
    return undefined
  }

  async #waitAndGoOn(next: number): Promise<void> {
    await this.#lanes.waitSettled()
    if (this.#abandoned) return
    for (const runner of this.assembly.inline) if (runner?.pendingDecisions) await runner.settle()
    this.path.drainIntents()
    await this.runTicks(next)
  }

  #mustWait(): boolean {
    for (const runner of this.assembly.inline) {
      if (runner !== undefined && runner.pendingDecisions > 0) return true
    }
    return this.#lanes.count > 0 && !this.#lanes.settled()
  }

  /** Receive time of the last frame, ns from the event base. */
  get nowNs(): number {
    return this.#time.ns
  }

  /** Takes no further tick: the run was stopped while it waited for a decision. */
  abandon(): void {
    this.#abandoned = true
  }

  /** Ends the run: the summary goes into the journal. */
  finish(): void {
    const { desk } = this.assembly
    for (const runner of this.assembly.inline) runner?.runHooks()
    desk.recorder.note(RECORD_KIND.SUMMARY, 'engine', {
      ticks: desk.counters.ticks,
      ...desk.counters.ordersDocument(),
      orders_open: desk.orders.openCount,
      fills: this.fills.document(),
    })
  }

  async close(): Promise<void> {
    for (const runner of this.assembly.inline) runner?.close()
    await this.venue.close()
  }
}

class ReplayTime {
  readonly eventBaseUtcS: number
  readonly recvBaseUtcS: number
  ns = 0
  path: Path | null = null

  constructor(eventBaseUtcS: number) {
    this.eventBaseUtcS = eventBaseUtcS
    this.recvBaseUtcS = eventBaseUtcS
  }

  nowNs(): number {
    return this.ns
  }

  utcNsText(): string {
    return utcNsText(this.eventBaseUtcS, this.ns)
  }
}

/** Slots that only complete the one before them. */
function isSecondOfPair(word: number): boolean {
  const kind = word & 0xff
  return kind === TICK.BAR_MORE || kind === TICK.TRADE_REF
}
