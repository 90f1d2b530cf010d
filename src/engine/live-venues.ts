import type { BinanceSpotConfig, Config } from '../config/types.ts'
import { orderEntryUrl } from '../config/venue-urls.ts'
import type { Clock } from '../core/clock.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import type { VenuePort } from '../domain/venue.ts'
import { BinanceSpotVenue } from '../venue/binance-spot/binance-spot-venue.ts'
import type { HostLimits } from '../venue/binance-spot/request-limits.ts'
import { SimVenue } from '../venue/sim/sim-venue.ts'

/** Where orders go: the venues by id, and the simulated one where they stay in the process. */
export interface LiveVenues {
  readonly venues: ReadonlyMap<string, VenuePort>
  readonly simulated: SimVenue | null
}

/**
 * A dry run sends every order to one simulated venue inside the process; paper and live send to the venues themselves.
 *
 * @throws SECRET_MISSING, SECRET_INVALID, VENUE_NOT_LIVE (exit 3)
 */
export function createVenues(
  config: Config,
  table: InstrumentTable,
  clock: Clock,
  random: Random,
  limits: HostLimits,
  eventBaseUtcNs: bigint,
): LiveVenues {
  const ids = Object.keys(config.venues)
  if (config.mode === 'dry-run') {
    const simulated = new SimVenue({
      id: ids[0] ?? 'sim',
      instruments: table,
      fillModel: config.sim.fill_model,
      fees: config.fees,
      eventBaseUtcNs,
      latencyNs: config.sim.latency_ms * 1e6,
    })
    return { venues: new Map(ids.map((id) => [id, simulated])), simulated }
  }
  const venues = new Map<string, VenuePort>()
  for (const [id, venue] of Object.entries(config.venues)) {
    if (venue.kind !== 'binance-spot') {
      throw new TidegateError('VENUE_NOT_LIVE', `venues.${id}: kind ${venue.kind} serves mode dry-run only`, {
        exitCode: EXIT.CONFIGURATION,
      })
    }
    venues.set(id, binanceSpot(id, venue, config, table, clock, random, limits))
  }
  return { venues, simulated: null }
}

function binanceSpot(
  id: string,
  venue: BinanceSpotConfig,
  config: Config,
  table: InstrumentTable,
  clock: Clock,
  random: Random,
  limits: HostLimits,
): VenuePort {
  if (venue.api_key === null || venue.api_secret === null) {
    throw new TidegateError(
      'SECRET_MISSING',
      `venues.${id}: api_key and api_secret are needed in mode ${config.mode}`,
      {
        exitCode: EXIT.CONFIGURATION,
      },
    )
  }
  return new BinanceSpotVenue({
    id,
    restUrl: venue.rest_url,
    wsApiUrl: orderEntryUrl(venue),
    keyType: venue.key_type,
    apiKey: venue.api_key,
    apiSecret: venue.api_secret,
    instruments: table,
    clock,
    random,
    limits: limits.of(venue.rest_url),
    recvWindowMs: venue.recv_window_ms,
    requestTimeoutMs: venue.request_timeout_ms,
    reconnectMinMs: config.feed.reconnect_min_ms,
    reconnectMaxMs: config.feed.reconnect_max_ms,
  })
}
