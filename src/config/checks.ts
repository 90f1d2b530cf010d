import { isMultipleOf, parseDecimal } from '../core/decimal.ts'
import { accountConflicts } from './checks-account.ts'
import { controlConflicts } from './checks-control.ts'
import { compareTexts } from './fields.ts'
import type { Conflict } from './problems.ts'
import { didYouMean } from './suggest.ts'
import type { ConfigFile, StrategyConfig, VenueConfig } from './types.ts'
import { isOfficial, orderEntryUrl, venueEnvironment } from './venue-urls.ts'

/** Relations between keys, each of which would otherwise surprise at run time. */
export function conflicts(config: ConfigFile): Conflict[] {
  return [
    ...duplicates(config.instruments.map((item) => item.symbol)).map((index) => ({
      path: ['instruments', index, 'symbol'],
      allowed: 'a symbol that stands in the list once',
    })),
    ...duplicates(config.strategies.map((item) => item.id)).map((index) => ({
      path: ['strategies', index, 'id'],
      allowed: 'an id that stands in the list once',
    })),
    ...config.instruments.flatMap((instrument, index) =>
      Object.hasOwn(config.venues, instrument.venue)
        ? []
        : [
            {
              path: ['instruments', index, 'venue'],
              allowed: didYouMean(instrument.venue, Object.keys(config.venues), 'one of the venues '),
            },
          ],
    ),
    ...config.strategies.flatMap((strategy, index) => strategyConflicts(config, strategy, index)),
    ...limitConflicts(config),
    ...accountConflicts(config),
    ...controlConflicts(config.control),
    ...Object.entries(config.venues).flatMap(([id, venue]) => venueConflicts(config, id, venue)),
  ]
}

function strategyConflicts(config: ConfigFile, strategy: StrategyConfig, index: number): Conflict[] {
  const symbols = config.instruments.map((instrument) => instrument.symbol)
  const found: Conflict[] = strategy.symbols.flatMap((symbol, place) =>
    symbols.includes(symbol)
      ? []
      : [
          {
            path: ['strategies', index, 'symbols', place],
            allowed: didYouMean(symbol, symbols, 'one of the instruments '),
          },
        ],
  )
  const { sizing } = strategy.order
  if (config.risk.long_only && 'target' in sizing && sizing.target.short !== '0') {
    found.push({
      path: ['strategies', index, 'order', 'sizing', 'target', 'short'],
      allowed: '"0" while risk.long_only is true',
    })
  }
  return [...found, ...targetConflicts(config, strategy, index)]
}

/** A position is whole quantity increments of the instrument; every other size is rounded down to them. */
function targetConflicts(config: ConfigFile, { symbols, order }: StrategyConfig, index: number): Conflict[] {
  if (!('target' in order.sizing)) return []
  const instruments = config.instruments.filter(({ symbol }) => symbols.includes(symbol))
  return Object.entries(order.sizing.target).flatMap(([side, qty]) => {
    const off = instruments.find(
      ({ qty_increment: step }) => !isMultipleOf(parseDecimal(qty), parseDecimal(step)),
    )
    if (off === undefined) return []
    const path = ['strategies', index, 'order', 'sizing', 'target', side]
    return [{ path, allowed: `a multiple of the quantity increment of ${off.symbol}, ${off.qty_increment}` }]
  })
}

function limitConflicts({ risk, shutdown, feed }: ConfigFile): Conflict[] {
  const found: Conflict[] = []
  if (compareTexts(risk.order_value_min, risk.order_value_max) > 0) {
    found.push({
      path: ['risk', 'order_value_min'],
      allowed: `at most risk.order_value_max, ${risk.order_value_max}`,
    })
  }
  if (shutdown.drain_seconds > shutdown.total_seconds) {
    found.push({
      path: ['shutdown', 'drain_seconds'],
      allowed: `at most shutdown.total_seconds, ${shutdown.total_seconds}`,
    })
  }
  if (feed.reconnect_min_ms > feed.reconnect_max_ms) {
    found.push({
      path: ['feed', 'reconnect_min_ms'],
      allowed: `at most feed.reconnect_max_ms, ${feed.reconnect_max_ms}`,
    })
  }
  return found
}

function venueConflicts(config: ConfigFile, id: string, venue: VenueConfig): Conflict[] {
  if (venue.kind !== 'binance-spot') return []
  const environment = venueEnvironment(venue)
  const found: Conflict[] = []
  if (config.mode === 'paper' && environment === 'live') {
    found.push({
      path: ['venues', id, 'rest_url'],
      allowed: 'a test environment (loopback, testnet.binance.vision, or environment: paper) in mode paper',
    })
  }
  const urls = [venue.rest_url, venue.ws_url, orderEntryUrl(venue)]
  if (venue.environment === 'paper' && urls.some(isOfficial)) {
    found.push({ path: ['venues', id, 'environment'], allowed: 'live for the official address' })
  }
  return found
}

function duplicates(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) === index ? [] : [index]))
}
