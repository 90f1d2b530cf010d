import { US_CENTRAL, zoneTime } from '../core/market-times.ts'

/** IANA zone of the exchange that a line is about; null for a line about none, or about a market that never closes. */
export type ZoneOfLine = (fields: object) => string | null

/** The wall clocks that a line carries beside `time`, which is UTC. */
export interface LineTimes {
  /** "2024-03-08T08:30:00.123-06:00" */
  readonly time_central: string
  /** the exchange's, where the line is about one */
  readonly time_exchange?: string
}

/** @throws RangeError for a zone that the runtime does not know */
export function lineTimes(utcMs: number, zone: string | null): LineTimes {
  const central = { time_central: zoneTime(utcMs, US_CENTRAL) }
  return zone === null ? central : { ...central, time_exchange: zoneTime(utcMs, zone) }
}

export interface ZonedInstrument {
  readonly symbol: string
  readonly venue: string
  readonly calendar: string
}

/**
 * Zones by what lines say: `symbol`, `venue`, or a `scope` of one of both ("symbol:GOOG"). A venue has the zone that all of
 * its instruments share; calendars without sessions (24/7) have none.
 *
 * @param zoneOf the zone of a calendar
 */
export function zonesOfLines(
  instruments: readonly ZonedInstrument[],
  zoneOf: (calendar: string) => string,
): ZoneOfLine {
  const symbols = new Map<string, string | null>()
  const venues = new Map<string, string | null>()
  for (const { symbol, venue, calendar } of instruments) {
    const zone = calendar === '24/7' ? null : zoneOf(calendar)
    symbols.set(symbol, zone)
    venues.set(venue, venues.has(venue) && venues.get(venue) !== zone ? null : zone)
  }
  return (fields) => {
    const { symbol, venue, scope } = fields as Readonly<Record<string, unknown>>
    const [, kind, name = ''] = (typeof scope === 'string' && /^(symbol|venue):(.*)$/.exec(scope)) || []
    return (
      symbols.get(typeof symbol === 'string' ? symbol : kind === 'symbol' ? name : '') ??
      venues.get(typeof venue === 'string' ? venue : kind === 'venue' ? name : '') ??
      null
    )
  }
}
