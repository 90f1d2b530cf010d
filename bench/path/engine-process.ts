/**
 * The engine of the path bench, in a process of its own, beside the bare echo: the live engine on real sockets, wired as
 * `tidegate run` wires it. It notes for every order the trade that led to it and how long that took on its own clock,
 * from the socket's `data` event to the return of the write. Started by `bench/path.ts`.
 */
import { channel } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import path from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { SystemRandom } from '../../src/core/random.ts'
import { TICK_SLOT_F64 } from '../../src/domain/tick.ts'
import { bootHalt, clearBoot, openScopes } from '../../src/engine/boot.ts'
import { feedLimits, instrumentTable } from '../../src/engine/from-config.ts'
import { Live } from '../../src/engine/live.ts'
import { LiveTime } from '../../src/engine/live-time.ts'
import { createVenues } from '../../src/engine/live-venues.ts'
import { isPathTick } from '../../src/engine/path.ts'
import { PathTwin } from '../../src/engine/path-twin.ts'
import { loadStrategies, scopeTable } from '../../src/engine/strategies.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import { type FeedSink, MarketFeed } from '../../src/feed/market-feed.ts'
import { Journal } from '../../src/journal/journal.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { ClientOrderIds } from '../../src/order/client-order-id.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'
import { ControlPlane } from '../../src/shm/control-plane.ts'
import { HostLimits } from '../../src/venue/binance-spot/request-limits.ts'
import { openEcho } from './echo.ts'

/** What the parent hands over as JSON. */
export interface EngineSettings {
  readonly config: string
  readonly folder: string
  readonly echoUrl: string
  readonly ticksMax: number
}

/** What it answers to `stop`; arrays by order, in the order of their writes. */
export interface EngineResult {
  readonly orderIds: readonly string[]
  readonly tradeIds: Float64Array
  /** when the socket's `data` event came and when the write had returned, ns on a clock that the processes share */
  readonly dataNs: Float64Array
  readonly writtenNs: Float64Array
  readonly stepsNs: Readonly<Record<string, object>>
  readonly denied: object
  readonly errors: object
  readonly filled: number
  readonly frames: number
  /** by tick of the path: its trade id, NaN where it is a quote, and when the socket's `data` event came */
  readonly tickTradeIds: Float64Array
  readonly tickDataNs: Float64Array
  /** `Echo.tookNs` */
  readonly echoTookNs: readonly number[]
  /** the process' processor time, all threads, µs, at moments on its clock, ns: two numbers each */
  readonly processorUs: readonly number[]
}

const MAINTAIN_MS = 500
const SETTLE_MS = 1_000
const PROCESSOR_MS = 50

/** Remembers the last id, so that the probe can name the order. */
class TracedIds extends ClientOrderIds {
  last = ''

  override next(): string {
    this.last = super.next()
    return this.last
  }
}

const settings = JSON.parse(process.argv[2] as string) as EngineSettings
const config = loadConfig(settings.config)
const clock = new SystemClock(0n)
const ids = new TracedIds(config.node.id, 1)
const sockets: Socket[] = []
const tradeIds = new Float64Array(settings.ticksMax)
const dataNs = new Float64Array(settings.ticksMax)
let chunkNs = 0
let stopping = false
channel('net.client.socket').subscribe((message) => {
  sockets.push((message as { socket: Socket }).socket)
})

const { live, journal } = await openLive()
const results = probe(live)
const echo = await openEcho({
  ...{ url: settings.echoUrl, folder: settings.folder },
  ...{ nowNs: () => clock.monoNs(), dataNs: () => chunkNs },
})
await live.start(AbortSignal.timeout(20_000))
// The feed and the order session read their sockets by `data`; other clients by other means, which must stay as they are.
for (const socket of sockets) {
  if (socket.listenerCount('data') > 0) socket.prependListener('data', () => (chunkNs = clock.monoNs()))
}
const { halts } = live.assembly
clearBoot(halts, halts.plane.all.load(), true, { code: 'OTHER', text: 'bench', source: 'bench' })
const chores = setInterval(() => journal.maintain(), MAINTAIN_MS)
const processorUs: number[] = []
const processor = setInterval(() => {
  const { user, system } = process.cpuUsage()
  processorUs.push(clock.monoNs(), user + system)
}, PROCESSOR_MS)
process.on('message', () => void stop())
process.send?.({ ready: live.armed })

async function openLive(): Promise<{ live: Live; journal: Journal }> {
  const table = instrumentTable(config)
  const plane = ControlPlane.create()
  const time = new LiveTime(clock)
  const random = new SystemRandom()
  const scopes = scopeTable(config)
  const strategies = await loadStrategies(config, table)
  const calendar = new ExchangeCalendars()
  const twin = await PathTwin.start({ config, strategies, calendar, folder: settings.folder })
  const journal = Journal.open(path.join(settings.folder, 'journal'), { clock })
  const limits = new HostLimits(clock)
  const { venues, simulated } = createVenues(config, table, clock, random, limits, time.eventBaseUtcNs)
  const created = await Live.create({
    ...{
      config,
      table,
      plane,
      scopes,
      strategies,
      journal,
      calendar,
      clock,
      random,
      limits,
      time,
      venues,
      simulated,
    },
    ...{
      twin,
      baseHrNs: clock.baseHrNs,
      orders: new OrderStore(),
      ledger: new Ledger(),
      readUpTo: new Map(),
      ids,
    },
    createFeed: (sink) =>
      new MarketFeed({
        kind: 'binance-spot',
        decoder: createDecoder('binance-spot', table, time.eventBaseUtcNs, config.native),
        instruments: table,
        limits: feedLimits(config),
        sink: traced(sink),
      }),
    onStrategyError: (error) => process.stderr.write(`${JSON.stringify(error)}\n`),
    onNote: (level, text, details) => {
      if (level !== 'info' && !stopping)
        process.stderr.write(`${level}: ${text} ${JSON.stringify(details ?? {})}\n`)
    },
  })
  openScopes(plane, scopes, config.strategies.length, table.size)
  bootHalt(created.assembly.halts, 'start')
  return { live: created, journal }
}

/** Notes trade id and data event of each tick under its sequence, before the path takes it. */
function traced(sink: FeedSink): FeedSink {
  return {
    ...sink,
    onTick: (slots, slot) => {
      if (isPathTick(slots, slot)) {
        const tickSeq = live.tickSeq + 1
        tradeIds[tickSeq] = slots.f64[slot * TICK_SLOT_F64 + 7] as number
        dataNs[tickSeq] = chunkNs
      }
      sink.onTick(slots, slot)
    },
  }
}

/** Looks on at intents and at the latency that the engine records itself; adds a few ns to an order. */
function probe({ assembly }: Live): { orderIds: string[]; tickSeqs: number[]; writtenNs: number[] } {
  const found = { orderIds: [] as string[], tickSeqs: [] as number[], writtenNs: [] as number[] }
  const { trader, desk } = assembly
  const onIntent = trader.onIntent.bind(trader)
  let tickSeq = -1
  trader.onIntent = (intent): void => {
    tickSeq = intent.tickSeq
    onIntent(intent)
  }
  const frameNs = new Float64Array(settings.ticksMax)
  const startTick = trader.startTick.bind(trader)
  trader.startTick = (seq, startNs): void => {
    frameNs[seq] = startNs
    startTick(seq, startNs)
  }
  const latency = desk.counters.latency.bind(desk.counters)
  desk.counters.latency = (step, ns): void => {
    latency(step, ns)
    if (step !== 'tick_to_order') return
    found.orderIds.push(ids.last)
    found.tickSeqs.push(tickSeq)
    // What the engine took from the frame's start to the return of the write; SUBMITTED is on record by now.
    found.writtenNs.push((frameNs[tickSeq] as number) + ns)
  }
  return found
}

async function stop(): Promise<void> {
  const { desk } = live.assembly
  stopping = true
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  clearInterval(chores)
  clearInterval(processor)
  const { orderIds, tickSeqs, writtenNs } = results
  const result: EngineResult = {
    orderIds,
    tradeIds: Float64Array.from(tickSeqs, (tickSeq) => tradeIds[tickSeq] as number),
    dataNs: Float64Array.from(tickSeqs, (tickSeq) => dataNs[tickSeq] as number),
    writtenNs: Float64Array.from(writtenNs),
    stepsNs: desk.counters.latencyDocument() as Record<string, object>,
    denied: Object.fromEntries(desk.counters.denied),
    errors: Object.fromEntries(live.feed.errors),
    filled: desk.counters.filled,
    frames: live.frames,
    tickTradeIds: tradeIds.slice(1, live.tickSeq + 1),
    tickDataNs: dataNs.slice(1, live.tickSeq + 1),
    echoTookNs: echo.tookNs,
    processorUs,
  }
  echo.close()
  await live.close()
  journal.close()
  process.send?.({ result }, undefined, undefined, () => process.exit(0))
}
