import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config/types.ts'
import { VirtualClock } from '../core/clock.ts'
import { TradingAction } from '../domain/action.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Intent } from '../domain/intent.ts'
import { createTickSlots, TICK, TICK_FLAG } from '../domain/tick.ts'
import { type GateRoute, gate1 } from '../gate/gate.ts'
import { Journal } from '../journal/journal.ts'
import { nodeFs, type WriterFs } from '../journal/segment-writer.ts'
import { ControlPlane } from '../shm/control-plane.ts'
import { clearBoot } from './boot.ts'
import { instrumentTable } from './from-config.ts'
import { NO_LANES, Replay } from './replay.ts'
import { type LoadedStrategy, scopeTable } from './strategies.ts'

/** Ticks of the warm-up, with an order at each `INTENT_EVERY`th. What the prototype needed to settle was 20,000. */
const WARM_TICKS = 20_000
const INTENT_EVERY = 10
const TICK_NS = 50_000_000
const PRICE_INCREMENTS = 1_000_000
/** Prices go round, so that what buys cost and sells bring is the same in the long run. */
const PRICES = 97
const UNBOUNDED = '1000000000000'

/** Every write goes to the file's start: the calls of a journal, and a file that does not grow. */
const SCRATCH: WriterFs = {
  ...nodeFs,
  open: (file) => openSync(file, 'w', 0o600),
  write: (fd, bytes, offset, length) => writeSync(fd, bytes, offset, length, 0),
  sync: () => {},
  syncDir: () => {},
}

export interface PathTwinInput {
  readonly config: Config
  readonly strategies: readonly LoadedStrategy[]
  readonly calendar: CalendarPort
  /** a scratch file is made here and has no name any more when `start` resolves */
  readonly folder: string
}

/**
 * A twin of the engine's order path that trades synthetic ticks: the same code on its own plane, books, scratch journal and
 * simulated venue, so nothing of it can reach a venue or the engine's state. The first real tick meets compiled code, and a
 * main thread that polls rehearses in its idle time: after half a millisecond of anything else, the same checks take five
 * times as long, for their code and their tables have left the caches.
 */
export class PathTwin {
  readonly #replay: Replay
  readonly #journal: Journal
  readonly #route: GateRoute
  readonly #slots = createTickSlots(1)
  readonly #permit = new Int32Array(5)
  readonly #features: Float64Array
  #tick = 0

  private constructor(replay: Replay, journal: Journal, features: number) {
    this.#replay = replay
    this.#journal = journal
    this.#route = replay.assembly.desk.strategies[0]?.routes[0] as GateRoute
    this.#features = new Float64Array(features)
  }

  /** Makes and warms it; null where no strategy trades anything. @throws configuration errors of the steps */
  static async start(input: PathTwinInput): Promise<PathTwin | null> {
    const traded = input.strategies.find(({ instruments }) => instruments.length > 0)
    if (traded === undefined) return null
    const config = twinConfig(input.config, traded)
    const table = instrumentTable(config)
    const clock = new VirtualClock(0n)
    const folder = mkdtempSync(path.join(input.folder, 'warm-up-'))
    try {
      const segmentBytesMax = Number.MAX_SAFE_INTEGER
      const journal = Journal.open(path.join(folder, 'journal'), { clock, fs: SCRATCH, segmentBytesMax })
      const [strategy] = config.strategies
      const replay = await Replay.create(
        {
          config,
          table,
          plane: ControlPlane.create(),
          scopes: scopeTable(config),
          strategies: [{ ...traded, index: 0, config: strategy as never, instruments: table.all() }],
          journal,
          calendar: input.calendar,
          eventBaseUtcNs: 0n,
          lanes: NO_LANES,
          version: 'warm-up',
          onStrategyError: () => {},
        },
        clock,
      )
      const { halts } = replay.assembly
      clearBoot(halts, halts.plane.all.load(), true, { code: 'OTHER', text: 'warm-up', source: 'engine' })
      const twin = new PathTwin(replay, journal, traded.rowNames.length)
      for (let n = 0; n < WARM_TICKS / INTENT_EVERY; n++) twin.rehearse()
      return twin
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** Orders that went all the way to the simulated venue. */
  get orders(): number {
    return this.#replay.assembly.desk.counters.submitted
  }

  /** Some ticks and one order, whose fill comes with the next call; tens of µs. */
  rehearse(): void {
    for (let n = 0; n < INTENT_EVERY; n++) this.#onTick()
    if (!gate1(this.#route, this.#permit)) return
    this.#replay.assembly.trader.onIntent(this.#intent())
  }

  async close(): Promise<void> {
    await this.#replay.close()
    this.#journal.close()
  }

  #onTick(): void {
    const tick = ++this.#tick
    const ns = tick * TICK_NS
    const slots = this.#slots
    slots.i32[0] = TICK.TRADE | ((tick % 2 === 0 ? 0 : TICK_FLAG.BACKWARDS) << 8)
    slots.f64.set([ns, ns, PRICE_INCREMENTS + (tick % PRICES), Number.MAX_SAFE_INTEGER, 1, 0, tick], 1)
    this.#replay.startFrame(ns)
    this.#replay.queue.push(slots, 0)
    void this.#replay.runTicks()
  }

  #intent(): Intent {
    const tick = this.#tick
    const ns = tick * TICK_NS
    return {
      strategy: 0,
      instrument: 0,
      action: (tick / INTENT_EVERY) % 2 === 0 ? TradingAction.SELL : TradingAction.BUY,
      tickSeq: tick,
      tickRecvNs: ns,
      tickEventNs: ns,
      decidedNs: ns,
      referencePrice: PRICE_INCREMENTS + (tick % PRICES),
      limitPrice: Number.NaN,
      qty: Number.NaN,
      permit: [...this.#permit] as unknown as Intent['permit'],
      features: this.#features,
    }
  }
}

/** One strategy in one symbol that is always open, with limits that let every order through: what they are costs the same. */
function twinConfig(config: Config, { config: strategy, instruments }: LoadedStrategy): Config {
  const { symbol, quoteAsset, venue } = instruments[0] as Instrument
  const instrument = config.instruments.find((item) => item.symbol === symbol) as Config['instruments'][0]
  return {
    ...config,
    instruments: [{ ...instrument, calendar: '24/7', shortable: true, limits: {} }],
    venues: { [venue]: config.venues[venue] as Config['venues'][string] },
    account: { currency: quoteAsset, cash: {}, equity: UNBOUNDED, conversion: {} },
    strategies: [
      {
        ...strategy,
        symbols: [symbol],
        placement: 'worker',
        order: { ...strategy.order, type: 'market', time_in_force: 'IOC' },
      },
    ],
    fees: { ...config.fees, bps: '0' },
    risk: {
      ...config.risk,
      ...{ order_value_min: '0', order_value_max: UNBOUNDED, order_qty_max: null },
      ...{ position_qty_max: null, position_value_max: null, symbol_share_max: '1000' },
      ...{ total_share_max: '1000', concentration_max: '1', gross_value_max: null, net_value_max: null },
      ...{ daily_loss_share_max: '1000', long_only: false, duplicate_window_ms: 0 },
      ...{ orders_per_second_max: 100_000, restricted: [] },
    },
    breakers: {
      ...config.breakers,
      ...{ vol_ratio_threshold: null, consecutive_losses_max: null, executions_max: null },
    },
  }
}
