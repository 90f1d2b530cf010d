import { configPath } from '../config/config-path.ts'
import type { Config, StrategyConfig } from '../config/types.ts'
import type { Instrument, InstrumentTable } from '../domain/instrument.ts'
import type { StrategyDefinition, StrategyNotification, StrategyParams } from '../domain/strategy.ts'
import { createFeatureSet } from '../feature/feature-set.ts'
import { GateRoute } from '../gate/gate.ts'
import { type CompiledTemplate, compileTemplate } from '../order/template.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import type { StrategySlot } from './desk.ts'
import { orderTemplate, strategyInstruments } from './from-config.ts'
import { loadStrategy, resolveParams } from './strategy-loader.ts'

/** Scope indices of the run: venues and accounts in the order of the configuration. */
export interface ScopeTable {
  readonly venues: readonly string[]
  readonly accounts: readonly string[]
  /** by venue */
  readonly accountOfVenue: readonly number[]
}

export function scopeTable(config: Config): ScopeTable {
  const venues = Object.keys(config.venues)
  const accounts = [...new Set(venues.map((id) => config.venues[id]?.account ?? 'main'))]
  const accountOfVenue = venues.map((id) => accounts.indexOf(config.venues[id]?.account ?? 'main'))
  return { venues, accounts, accountOfVenue }
}

/** A strategy of the configuration, loaded; not yet running anywhere. */
export interface LoadedStrategy {
  readonly index: number
  readonly config: StrategyConfig
  /** absolute path of its file */
  readonly file: string
  readonly definition: StrategyDefinition
  readonly params: StrategyParams
  readonly instruments: readonly Instrument[]
  /** names of the numbers in `Intent.features` */
  readonly rowNames: readonly string[]
}

/** @throws STRATEGY_* (exit 3) naming the file and the field */
export async function loadStrategies(config: Config, table: InstrumentTable): Promise<LoadedStrategy[]> {
  const loaded: LoadedStrategy[] = []
  for (const [index, strategy] of config.strategies.entries()) {
    const file = configPath(config, strategy.file)
    const definition = await loadStrategy(file)
    const params = resolveParams(definition, strategy.params, file)
    loaded.push({
      index,
      config: strategy,
      file,
      definition,
      params,
      instruments: strategyInstruments(strategy, table),
      rowNames: [...createFeatureSet(definition.features(params)).names, 'score'],
    })
  }
  return loaded
}

/** Scopes of an instrument for a strategy, as a route through the gates; one route a thread. */
export function routeOf(
  plane: ControlPlane,
  scopes: ScopeTable,
  strategy: number,
  instrument: Instrument,
): GateRoute {
  const venue = Math.max(0, scopes.venues.indexOf(instrument.venue))
  return new GateRoute(plane, venue, scopes.accountOfVenue[venue] ?? 0, strategy, instrument.index)
}

/** What the order side knows of a strategy. */
export function strategySlot(
  loaded: LoadedStrategy,
  plane: ControlPlane,
  scopes: ScopeTable,
  notify: (notification: StrategyNotification) => void,
): StrategySlot {
  const templates: (CompiledTemplate | undefined)[] = []
  const routes: (GateRoute | undefined)[] = []
  for (const instrument of loaded.instruments) {
    templates[instrument.index] = compileTemplate(orderTemplate(loaded.config), instrument)
    routes[instrument.index] = routeOf(plane, scopes, loaded.index, instrument)
  }
  const { index, instruments } = loaded
  const { id, placement } = loaded.config
  return { index, id, placement, instruments, templates, routes, notify }
}
