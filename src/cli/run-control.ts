import type { Config } from '../config/types.ts'
import { doorSettingsOf } from '../control/door-settings.ts'
import type { EngineHome } from '../control/engine-home.ts'
import { levelSourcesOf } from '../control/level-sources.ts'
import type { OperatedEngine, OperatorPlaneOptions } from '../control/operator-plane.ts'
import type { SystemClock } from '../core/clock.ts'
import { reducibleReasons } from '../engine/from-config.ts'
import type { Live } from '../engine/live.ts'
import { OutsideDesk } from '../engine/outside-desk.ts'
import { scopeTable } from '../engine/strategies.ts'

/** The operator's plane of a live run. @throws SECRET_MISSING, TOKEN_WEAK, TLS_UNREADABLE (all exit 3) */
export function operatorPlaneOptions(
  config: Config,
  home: EngineHome,
  clock: SystemClock,
): OperatorPlaneOptions {
  const { venues, accountOfVenue } = scopeTable(config)
  return {
    stateDir: home.dir.path,
    socket: home.socket,
    baseHrNs: clock.baseHrNs,
    latchSync: config.journal.latch === 'power',
    levels: levelSourcesOf(config, home.dir.path),
    door: doorSettingsOf(config),
    routing: {
      venueOfSymbol: config.instruments.map(({ venue }) => Math.max(0, venues.indexOf(venue))),
      accountOfVenue,
    },
    reducible: reducibleReasons(config),
    stallMs: config.control.stall_ms,
    server: config.control.server,
  }
}

/** Orders from outside, and what may be asked of orders and positions. */
export function outsideHandlers(
  config: Config,
  live: Live,
  clock: SystemClock,
): Pick<OperatedEngine, 'execute' | 'orders' | 'positions'> {
  const { desk, trader, halts } = live.assembly
  const outside = new OutsideDesk({ desk, trader, plane: halts.plane, scopes: scopeTable(config), clock })
  return {
    execute: ({ fields, actor, permit, outcomeMs }, onSending) =>
      outside.execute(fields, actor, permit, outcomeMs, onSending),
    orders: () => outside.orders(),
    positions: () => outside.positions(),
  }
}
