import type { Config } from '../config/types.ts'
import type { EngineHome } from '../control/engine-home.ts'
import { restoreLatch } from '../control/restore-latch.ts'
import type { SystemClock } from '../core/clock.ts'
import { SystemRandom } from '../core/random.ts'
import { VERSION } from '../core/version.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import { bootHalt, openScopes } from '../engine/boot.ts'
import { feedLimits } from '../engine/from-config.ts'
import { Live } from '../engine/live.ts'
import { LiveTime } from '../engine/live-time.ts'
import { createVenues } from '../engine/live-venues.ts'
import { PathTwin } from '../engine/path-twin.ts'
import { settleInFlight } from '../engine/recovery.ts'
import { loadStrategies, scopeTable } from '../engine/strategies.ts'
import { createDecoder } from '../feed/decode/create.ts'
import { MarketFeed } from '../feed/market-feed.ts'
import type { Logger } from '../ops/log.ts'
import { ClientOrderIds } from '../order/client-order-id.ts'
import { ExchangeCalendars } from '../risk/calendar/exchange-calendars.ts'
import { ControlPlane } from '../shm/control-plane.ts'
import { HostLimits } from '../venue/binance-spot/request-limits.ts'
import type { StopSignals } from './stop-signals.ts'

/** Loads, wires and boots a live engine: halted, and nothing connects yet. @throws configuration errors, WORKER_START */
export async function openLive(
  config: Config,
  home: EngineHome,
  clock: SystemClock,
  table: InstrumentTable,
  logger: Logger,
  stop: StopSignals,
): Promise<Live> {
  const plane = ControlPlane.create()
  const time = new LiveTime(clock)
  const random = new SystemRandom()
  const scopes = scopeTable(config)
  const strategies = await loadStrategies(config, table)
  const calendar = new ExchangeCalendars(config.instruments.map(({ calendar }) => calendar))
  const twin = await PathTwin.start({ config, strategies, calendar, folder: home.dir.path })
  logger.log.debug({ orders: twin?.orders ?? 0 }, 'path warmed')
  if (!config.poll) await twin?.close()
  const limits = new HostLimits(clock)
  const { venues, simulated } = createVenues(config, table, clock, random, limits, time.eventBaseUtcNs)
  const live = await Live.create({
    config,
    table,
    plane,
    scopes,
    strategies,
    journal: home.journal,
    calendar,
    clock,
    random,
    limits,
    baseHrNs: clock.baseHrNs,
    time,
    venues,
    simulated,
    orders: home.before.orders,
    ledger: home.before.ledger,
    readUpTo: home.before.readUpTo,
    ids: new ClientOrderIds(config.node.id, home.dir.boot),
    twin: config.poll ? twin : null,
    createFeed: (sink) =>
      new MarketFeed({
        kind: 'binance-spot',
        decoder: createDecoder('binance-spot', table, time.eventBaseUtcNs, config.native),
        instruments: table,
        limits: feedLimits(config),
        sink,
      }),
    onUserExit: (text) => stop.fail(text),
    onStrategyError: (error) => logger.log.warn({ ...error }, 'strategy error'),
    onNote: (level, text, details) => logger.log[level]({ ...details }, text),
  })
  openScopes(plane, scopes, config.strategies.length, table.size)
  boot(config, home, clock, logger, live)
  return live
}

/** BOOT, the latch, what the journal told: halted until the arming procedure. */
function boot(config: Config, home: EngineHome, clock: SystemClock, logger: Logger, live: Live): void {
  const { desk, halts } = live.assembly
  desk.recorder.boot(
    {
      boot: home.dir.boot,
      node: config.node.id,
      mode: config.mode,
      version: VERSION,
      config_sha256: config.facts.sha256,
    },
    desk.risk.scale.unitMoney,
  )
  bootHalt(halts, 'start')
  if (config.mode === 'live' && !config.facts.authorised) {
    Object.keys(config.venues).forEach((_id, index) => {
      const cause = { code: 'OTHER', text: 'AGENT_MODE is not LIVE', source: 'environment' } as const
      halts.halt({ kind: 'venue', index }, 'UNAUTHORISED', 'start', cause)
    })
  }
  for (const kill of restoreLatch(halts.plane, halts.names, home.latch, clock.utcNs())) {
    logger.log.warn({ ...kill }, 'latched kill of an earlier run')
  }
  for (const { index } of desk.instruments) desk.portfolio.refresh(index)
  if (!home.used) return
  const data = home.recoveryData()
  const unknown = settleInFlight(desk.orders, desk.recorder, desk.time.utcNsText())
  desk.recorder.recovery({ ...data, unknown })
  logger.log.info({ ...data, unknown }, 'recovered')
}
