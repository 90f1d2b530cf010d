import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { vi } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import type { Config } from '../../../src/config/types.ts'
import { EngineHome } from '../../../src/control/engine-home.ts'
import { StateDir } from '../../../src/control/state-dir.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { TradingAction } from '../../../src/domain/action.ts'
import type { Instrument } from '../../../src/domain/instrument.ts'
import type { Intent, Permit } from '../../../src/domain/intent.ts'
import type { JournalPort } from '../../../src/domain/journal.ts'
import { createTickSlots, TICK } from '../../../src/domain/tick.ts'
import type { ApprovedOrder } from '../../../src/domain/venue.ts'
import { type Assembly, assemble } from '../../../src/engine/assemble.ts'
import { bootHalt, clearBoot, openScopes } from '../../../src/engine/boot.ts'
import type { EngineEvent } from '../../../src/engine/events.ts'
import { EngineEvents } from '../../../src/engine/events.ts'
import { instrumentTable } from '../../../src/engine/from-config.ts'
import { type ShutdownOptions, type StoppingEngine, shutDown } from '../../../src/engine/shutdown.ts'
import type { ShutdownSummary } from '../../../src/engine/shutdown-summary.ts'
import { loadStrategies, scopeTable } from '../../../src/engine/strategies.ts'
import type { WorkerStop } from '../../../src/engine/worker-types.ts'
import { type GateRoute, gate1 } from '../../../src/gate/gate.ts'
import { Journal } from '../../../src/journal/journal.ts'
import type { WriterFs } from '../../../src/journal/segment-writer.ts'
import { ClientOrderIds } from '../../../src/order/client-order-id.ts'
import { ALL_SCOPE, ControlPlane } from '../../../src/shm/control-plane.ts'
import { quietAssembly } from '../quiet-assembly.ts'
import { FaultyVenue } from './faulty-venue.ts'

const STRATEGY = path.resolve('examples/strategies/every-tick.ts')
const CONFIG = `
node: {id: a1}
mode: dry-run
instruments:
  - {symbol: BTCUSDT, venue: sim, price_increment: "0.01", qty_increment: "0.00001", calendar: "24/7"}
  - {symbol: ETHUSDT, venue: sim, price_increment: "0.01", qty_increment: "0.0001", calendar: "24/7"}
venues:
  sim: {kind: sim}
account: {currency: USDT, cash: {USDT: "1000000000"}}
strategies:
  - id: tick
    file: ${STRATEGY}
    symbols: [BTCUSDT, ETHUSDT]
    placement: inline
    order: {sizing: {fixed: "0.01"}, type: limit, time_in_force: GTC, limit_offset_increments: -100, working_orders_per_side: 1000}
risk:
  order_value_min: "0"
  symbol_share_max: "1000"
  total_share_max: "1000"
  orders_per_second_max: 100000
  open_orders_max: 100000
  signal_age_max_seconds: 86400
health: {loop_lag: null, worker_age: null, journal_lag: null}
`

const folders: string[] = []

/** A folder that `cleanUp` removes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-shutdown-'))
  folders.push(folder)
  return folder
}

export function cleanUp(): void {
  vi.useRealTimers()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** From now on timers and the clock move only when `settle` moves them. Files and microtasks are real. */
export function simulateTime(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
    now: 1_700_000_000_000,
  })
}

/** Lets simulated time pass until the promise settles. @throws where nothing is left that could settle it */
export async function settle<T>(work: Promise<T>): Promise<T> {
  let over = false
  const done = work.finally(() => {
    over = true
  })
  done.catch(() => {})
  for (let idle = 0; !over; ) {
    await new Promise((resolve) => setImmediate(resolve))
    if (over) break
    if (vi.getTimerCount() === 0) {
      if (++idle > 100) throw new Error('nothing is left to wait for')
      continue
    }
    idle = 0
    await vi.advanceTimersToNextTimerAsync()
  }
  return done
}

/** An engine's order side over venues that break, with a real journal, armed and with a fresh market. */
export class Rig {
  readonly folder: string
  readonly config: Config
  readonly plane: ControlPlane
  readonly clock: Clock = {
    monoNs: () => Math.round(performance.now() * 1e6),
    utcNs: () => BigInt(Date.now()) * 1_000_000n,
  }
  readonly lines: { level: string; text: string; details: Record<string, unknown> }[] = []
  readonly told: EngineEvent[] = []
  readonly hurry: AbortController = new AbortController()
  readonly venue: FaultyVenue
  readonly journal: JournalPort
  readonly assembly: Assembly
  /** overrides of the engine's parts */
  parts: Partial<StoppingEngine> = {}
  options: Partial<ShutdownOptions> = {}
  #tick = 0

  private constructor(
    folder: string,
    config: Config,
    venue: FaultyVenue,
    journal: JournalPort,
    assembly: Assembly,
    plane: ControlPlane,
  ) {
    this.folder = folder
    this.config = config
    this.venue = venue
    this.journal = journal
    this.assembly = assembly
    this.plane = plane
  }

  /** @param fs the files of the journal, for disks that break */
  static async open(fs?: WriterFs): Promise<Rig> {
    const folder = temporaryFolder()
    StateDir.open(folder)
    const file = path.join(folder, 'config.yaml')
    writeFileSync(file, CONFIG)
    const config = loadConfig(file, {})
    const table = instrumentTable(config)
    const strategies = await loadStrategies(config, table)
    simulateTime()
    const clock: Clock = {
      monoNs: () => Math.round(performance.now() * 1e6),
      utcNs: () => BigInt(Date.now()) * 1_000_000n,
    }
    const files = fs === undefined ? {} : { fs }
    const journal = Journal.open(path.join(folder, 'journal'), { clock, ...files })
    const venue = new FaultyVenue('sim', table.all())
    const plane = ControlPlane.create()
    const scopes = scopeTable(config)
    const assembly = await assemble({
      ...quietAssembly(),
      config,
      table,
      plane,
      scopes,
      strategies,
      journal,
      time: {
        nowNs: () => clock.monoNs(),
        eventBaseUtcS: 1_700_000_000,
        recvBaseUtcS: 1_700_000_000,
        utcNsText: () => String(clock.utcNs()),
      },
      stopwatch: clock,
      runnerClock: clock,
      venues: table.all().map(() => venue),
      ids: new ClientOrderIds('a1', 1),
    })
    venue.onReport = (report) => assembly.reports.onReport(report)
    assembly.desk.recorder.boot(
      { boot: 1, node: 'a1', mode: 'paper', version: '0', config_sha256: '' },
      assembly.desk.risk.scale.unitMoney,
    )
    journal.onFailure = ({ message: text }) => {
      const cause = { code: 'JOURNAL', text, source: 'journal' } as const
      assembly.halts.halt(ALL_SCOPE, 'JOURNAL', 'journal', cause)
    }
    openScopes(plane, scopes, config.strategies.length, table.size)
    bootHalt(assembly.halts, 'start')
    const cause = { code: 'OTHER', text: 'test', source: 'test' } as const
    clearBoot(assembly.halts, plane.all.load(), true, cause)
    return new Rig(folder, config, venue, journal, assembly, plane)
  }

  /** What a decision of the strategy leads to, gates and checks included; the order's id, null where none left. */
  decide(instrument = 0): string | null {
    const intent = this.intent(instrument)
    return this.run(intent)
  }

  /** What reaches the main thread of a decision; the gates and checks run on it. */
  run(intent: Intent): string | null {
    const before = this.venue.submits.length
    this.assembly.trader.onIntent(intent)
    return this.venue.submits.length > before ? (this.venue.submits.at(-1) as string) : null
  }

  /** A decision that has passed gate 1. */
  intent(instrument = 0, action: TradingAction = TradingAction.BUY): Intent {
    const { desk } = this.assembly
    this.#quote()
    const permit = new Int32Array(5)
    const route = desk.strategies[0]?.routes[instrument] as GateRoute
    gate1(route, permit)
    const nowNs = this.clock.monoNs()
    return {
      strategy: 0,
      instrument,
      action,
      tickSeq: this.#tick,
      tickRecvNs: nowNs,
      tickEventNs: nowNs,
      decidedNs: nowNs,
      referencePrice: 6_000_000,
      limitPrice: Number.NaN,
      qty: Number.NaN,
      permit: [...permit] as unknown as Permit,
      features: new Float64Array(1),
    }
  }

  /** The order of a decision that must get through. */
  sent(instrument = 0): string {
    const id = this.decide(instrument)
    if (id === null)
      throw new Error(`denied: ${JSON.stringify(this.assembly.desk.counters.ordersDocument())}`)
    return id
  }

  /** Orders that rest at the venue, known to both sides. */
  async rest(count: number, instrument = 0): Promise<string[]> {
    const ids = Array.from({ length: count }, () => this.sent(instrument))
    while (ids.some((id) => this.stateOf(id) === 'SUBMITTED')) await this.pass(1)
    return ids
  }

  /** Lets simulated time pass. */
  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
  }

  shutDown(): Promise<ShutdownSummary> {
    const { assembly, venue } = this
    const events = new EngineEvents()
    events.subscribe((event) => this.told.push(event))
    const engine: StoppingEngine = {
      assembly,
      stopIntake: () => {},
      stopReconciling: () => {},
      bookFills: async () => {
        for (const { symbol } of assembly.desk.instruments) {
          for (const { clientOrderId, fill } of await venue.queryFills(symbol)) {
            if (clientOrderId === null) continue
            assembly.reports.onReport({ kind: 'fill', clientOrderId, fill, ts: '0' })
          }
        }
      },
      stopFeeds: async () => {},
      closeVenues: () => venue.close(),
      closeWorkers: async (): Promise<WorkerStop[]> => [],
      facts: () => ({ ticks: 0 }),
      ...this.parts,
    }
    return shutDown({
      engine,
      journal: this.journal,
      clock: this.clock,
      events,
      reason: 'SIGTERM',
      dryRun: false,
      prefix: 'tg-a1-',
      totalMs: 9_500,
      drainMs: 8_000,
      hurry: this.hurry.signal,
      runs: { count: 3, clean: 2 },
      dump: () => {},
      onLine: (level, text, details) =>
        this.lines.push({ level, text, details: details as Record<string, unknown> }),
      ...this.options,
    })
  }

  /** The start after a SIGKILL now: what it finds in a copy of the state directory. The caller closes it. */
  nextStart(): EngineHome {
    const folder = temporaryFolder()
    cpSync(this.folder, folder, { recursive: true })
    // The lock names this process, which lives; a killed engine's would not.
    rmSync(path.join(folder, 'lock'))
    return EngineHome.open({
      folder,
      clock: this.clock,
      segmentBytesMax: 1 << 26,
      table: instrumentTable(this.config),
      strategies: ['tick'],
    })
  }

  /** The state that the journal tells on disk now. */
  recovered(): EngineHome['before'] {
    const home = this.nextStart()
    home.close(false)
    return home.before
  }

  stateOf(id: string): string | undefined {
    return this.assembly.desk.orders.get(id)?.state
  }

  reasonOf(id: string): string | null | undefined {
    return this.assembly.desk.orders.get(id)?.reason
  }

  /** A trade in every symbol: marks of all are known and fresh. */
  #quote(): void {
    const { market, portfolio } = this.assembly.desk
    const slots = createTickSlots(1)
    const nowNs = this.clock.monoNs()
    for (const { index } of this.assembly.desk.instruments) {
      slots.i32[0] = TICK.TRADE
      slots.i32[1] = index
      slots.f64.set([nowNs, nowNs, 6_000_000, 1_000_000, 1, 0, ++this.#tick], 1)
      market.onTick(slots, 0)
      portfolio.mark(index, market.referencePrice(index))
    }
  }
}

/** A request as a venue's own books may hold one that is none of ours. */
export function foreignRequest(clientOrderId: string, instrument: Instrument): ApprovedOrder {
  return {
    clientOrderId,
    instrument: instrument.index,
    strategy: 0,
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTC',
    qty: 1_000,
    price: 5_900_000,
    stopPrice: null,
    reducing: false,
  } as unknown as ApprovedOrder
}
