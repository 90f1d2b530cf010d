import type { Config } from '../config/types.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import type { JournalPort } from '../domain/journal.ts'
import type { VenuePort } from '../domain/venue.ts'
import type { FeedSink, MarketFeed } from '../feed/market-feed.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ClientOrderIds } from '../order/client-order-id.ts'
import type { OrderStore } from '../order/order-store.ts'
import { ALL_SCOPE, type ControlPlane } from '../shm/control-plane.ts'
import type { MarketConnections } from '../venue/binance-spot/market-connections.ts'
import type { HostLimits } from '../venue/binance-spot/request-limits.ts'
import type { SimVenue } from '../venue/sim/sim-venue.ts'
import { type Assembly, assemble } from './assemble.ts'
import { DayRoll } from './day-roll.ts'
import { FeedWatch } from './feed-watch.ts'
import { firstEventMs } from './first-event.ts'
import { LiveEnd } from './live-end.ts'
import { askForBooks, openFeeds } from './live-feed.ts'
import type { LiveTime } from './live-time.ts'
import { isPathTick, Path } from './path.ts'
import type { PathTwin } from './path-twin.ts'
import { PollLoop } from './poll-loop.ts'
import { ReconcileLoop } from './reconcile-loop.ts'
import { FillTape } from './results.ts'
import { RiskTimer } from './risk-timer.ts'
import type { LoadedStrategy, ScopeTable } from './strategies.ts'
import type { StrategyError } from './strategy-ports.ts'
import type { SymbolStatus } from './strategy-status.ts'
import type { ReadUpTo } from './unread-fills.ts'
import { StrategyLanes } from './worker-lanes.ts'

/** The decoder and its sink are made by the caller, who knows which decoder is live. */
export type FeedFactory = (sink: FeedSink) => MarketFeed

export interface LiveInput {
  readonly config: Config
  readonly table: InstrumentTable
  readonly plane: ControlPlane
  readonly scopes: ScopeTable
  readonly strategies: readonly LoadedStrategy[]
  readonly journal: JournalPort
  readonly calendar: CalendarPort
  readonly clock: Clock
  readonly random: Random
  readonly limits: HostLimits
  readonly baseHrNs: bigint
  readonly time: LiveTime
  /** venues that orders go to, by venue id */
  readonly venues: ReadonlyMap<string, VenuePort>
  /** the simulated venue inside the process, where orders stay here (dry run) */
  readonly simulated: SimVenue | null
  readonly orders: OrderStore
  readonly ledger: Ledger
  readonly readUpTo: ReadonlyMap<string, ReadUpTo>
  readonly ids: ClientOrderIds
  /** the warmed twin of the path, which this engine ends; null: none */
  readonly twin: PathTwin | null
  readonly createFeed: FeedFactory
  readonly onStrategyError: (error: StrategyError) => void
  /** user code called `process.exit` in a worker, whose thread is gone: the engine is to end */
  readonly onUserExit?: (text: string) => void
  readonly onNote: (level: 'info' | 'warn' | 'error', text: string, details?: object) => void
}

/** The engine on live feeds: frames in, path, orders out, until it is stopped. */
export class Live {
  readonly assembly: Assembly
  readonly lanes: StrategyLanes
  readonly fills: FillTape
  feed: MarketFeed
  readonly feeds: Map<string, MarketConnections>
  readonly reconcilers: readonly ReconcileLoop[]
  /** its parts as the shutdown ends them */
  readonly end: LiveEnd
  readonly #input: LiveInput
  readonly #path: Path
  readonly #watch: FeedWatch
  readonly #risk: RiskTimer
  readonly #days: DayRoll
  readonly #symbolStatus = new Map<string, SymbolStatus>()
  readonly #sink: FeedSink
  #dated = false
  readonly #poll: PollLoop
  #intake = true

  private constructor(input: LiveInput, assembly: Assembly, lanes: StrategyLanes) {
    this.#input = input
    this.assembly = assembly
    this.lanes = lanes
    this.fills = new FillTape(input.table.all())
    this.#path = new Path(assembly.desk, assembly.trader, assembly.inlineByInstrument, lanes, input.simulated)
    this.#poll = new PollLoop({
      drain: () => this.#path.drainIntents(),
      tickSeq: () => this.tickSeq,
      twin: input.twin,
      clock: input.clock,
    })
    this.#sink = {
      onTick: (slots, slot) => {
        if (this.#intake && isPathTick(slots, slot)) this.#path.onTick(slots, slot)
      },
      onBookBroken: (instrument) => {
        const { symbol, venue } = input.table.get(instrument)
        this.feeds.get(venue)?.requestSnapshot(symbol)
      },
      onResync: (instrument) =>
        input.onNote('info', 'book in step again', { symbol: input.table.get(instrument).symbol }),
    }
    this.feed = input.createFeed(this.#sink)
    assembly.reports.onFill = ({ fill }) => {
      this.fills.add(fill)
    }
    assembly.reports.onSurprise = (report, note) => {
      input.onNote('warn', 'unexpected execution report', {
        id: report.clientOrderId,
        kind: report.kind,
        note,
      })
    }
    this.#days = new DayRoll(assembly.desk, input.calendar)
    this.end = new LiveEnd(this, input)
    this.#watch = new FeedWatch(
      assembly.halts,
      assembly.desk.market,
      input.table,
      input.config.feed.stale_ms,
      () => input.time.nowNs(),
    )
    this.#risk = new RiskTimer(assembly.desk, lanes, input)
    this.reconcilers = [...input.venues.values()].map((venue) => new ReconcileLoop(venue, input, assembly))
    this.feeds = openFeeds(input, {
      feed: () => this.feed,
      nowNs: () => input.time.nowNs(),
      onFrameStart: (bytes, start, end) => {
        if (!this.#dated) this.#date(bytes, start, end)
        this.#days.at(input.time.nowNs())
        this.#path.startFrame(input.clock.monoNs())
      },
      onFrameEnd: () => this.#afterFrame(),
    })
  }

  /** Wires everything; nothing connects yet. @throws configuration errors, WORKER_START */
  static async create(input: LiveInput): Promise<Live> {
    let live: Live | null = null
    let assembly: Assembly | null = null
    const haltStrategy = (strategy: number, text: string): void => {
      const cause = { code: 'STALLED', text, source: 'engine' } as const
      assembly?.halts.halt({ kind: 'strategy', index: strategy }, 'KILL', 'engine', cause)
      input.onNote('error', 'strategy halted', { strategy, text })
    }
    const lanes = await StrategyLanes.start(
      { ...input, lockStep: false },
      {
        onWork: () => live?.onWork(),
        onPost: (strategy, post) => {
          if (post.kind === 'error') input.onStrategyError(post.error)
          else if (post.kind === 'killed') {
            const cause = { code: 'STRATEGY', text: post.text, source: 'strategy code' } as const
            assembly?.halts.noteSet(
              { kind: 'strategy', index: strategy },
              'KILL',
              'strategy',
              post.word,
              cause,
              'KILL set by strategy',
            )
          } else for (const status of post.symbols) live?.keepStatus(strategy, status)
        },
        onEnded: (strategy, end) => {
          haltStrategy(strategy, `its worker ended: ${end.message}`)
          if (end.kind === 'exited') input.onUserExit?.(`process.exit in the worker of strategy ${strategy}`)
        },
        onStalled: (strategy, ms) => haltStrategy(strategy, `its worker made no progress for ${ms} ms`),
        onDropped: (_strategy, instrument) => live?.onDropped(instrument),
      },
    )
    try {
      assembly = await assemble({
        ...input,
        stopwatch: input.clock,
        runnerClock: input.clock,
        venues: input.table.all().map(({ venue }) => input.venues.get(venue) as VenuePort),
        restDurability: 'process',
        measured: true,
        ordersReal: input.simulated === null,
        onRiskNote: (text, details) => input.onNote('warn', text, details),
        tickSeq: () => live?.tickSeq ?? -1,
        notifyWorker: (strategy, notification) => lanes.notify(strategy, notification),
      })
      live = new Live(input, assembly, lanes)
      return live
    } catch (error) {
      await lanes.close()
      throw error
    }
  }

  get tickSeq(): number {
    return this.#path.tickSeq
  }

  /** Connects feeds and venues and reconciles; resolves when every venue was reconciled once or `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    for (const connection of this.feeds.values()) connection.start()
    await Promise.all(this.reconcilers.map((loop) => loop.start(signal)))
    this.#watch.start()
    this.#risk.start()
    if (this.#input.config.poll) this.#poll.start()
    else this.lanes.park()
  }

  /** Main was woken: intents of workers wait. */
  onWork(): void {
    this.#path.drainIntents()
  }

  onDropped(instrument: number): void {
    this.assembly.desk.counters.ticksDropped++
    this.#watch.shut(instrument, 'a tick ring was full')
  }

  keepStatus(strategy: number, status: SymbolStatus): void {
    this.#symbolStatus.set(`${strategy} ${status.symbol}`, status)
  }

  /** The newest status of a strategy's symbol; asks workers for the next one. */
  symbolStatus(strategy: number, instrument: number): SymbolStatus | undefined {
    const runner = this.assembly.inline[strategy]
    if (runner !== undefined) return runner.status(instrument)
    return this.#symbolStatus.get(`${strategy} ${this.#input.table.get(instrument).symbol}`)
  }

  /** Now on the venue's clock as its events show it, ns from the event base. */
  get eventNowNs(): number {
    return this.#input.time.nowNs() + this.feed.sanity.clockOffsetNs
  }

  /** Frames received on all market connections. */
  get frames(): number {
    return [...this.feeds.values()].reduce((sum, { frames }) => sum + frames, 0)
  }

  /** Ticks that found gate 1 shut, in both placements. */
  blockedGate1(): number {
    const inline = this.assembly.inline.reduce((sum, runner) => sum + (runner?.counters.blocked ?? 0), 0)
    return inline + this.lanes.blocked()
  }

  /** Every strategy has decided at least once in each of its symbols. Workers are asked; their answer comes later. */
  allDecided(): boolean {
    this.lanes.askStatus()
    return this.assembly.desk.strategies.every(({ index, instruments }) =>
      instruments.every((instrument) => {
        const status = this.symbolStatus(index, instrument.index)
        return status !== undefined && status.lastDecisionEventNs !== null
      }),
    )
  }

  /** Stops taking ticks: no strategy decides any more. */
  stopIntake(): void {
    this.#intake = false
    this.#poll.stop()
    this.#watch.stop()
    this.#risk.stop()
  }

  /** Ends everything; for a run that has not begun, or whose shutdown is over. */
  close(): Promise<void> {
    return this.end.close()
  }

  /** True when every word of the run's scopes of everything is open. */
  get armed(): boolean {
    const word = this.#input.plane.scope(ALL_SCOPE).load()
    return word !== 0 && (word & 0xfff) === 0
  }

  /**
   * The first event's day is the base of event times. It is the base of today for a venue that is live; a venue that plays an
   * old day gets a feed of its own base before any of its events was taken in, and is asked for its books again.
   */
  #date(bytes: Uint8Array, start: number, end: number): void {
    const utcMs = firstEventMs(bytes, start, end)
    if (utcMs === null) return
    this.#dated = true
    if (!this.#input.time.firstEvent(utcMs)) return
    askForBooks(this.feed, this.#input.table, this.feeds)
    this.feed = this.#input.createFeed(this.#sink)
  }

  #afterFrame(): void {
    if (this.#input.simulated !== null) this.#input.simulated.drain(this.#input.time.nowNs())
    if (this.lanes.count > 0 && this.#poll.running) this.#path.drainIntents()
  }
}
