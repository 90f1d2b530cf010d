/** One moment for people: UTC, and wall clocks with their offset. */
export interface MarketTimes {
  /** "2024-03-08T14:30:00.000Z" */
  readonly utc: string
  /** the exchange's wall clock, "2024-03-08T09:30:00.000-05:00" */
  readonly exchange: string
  /** US Central's, "2024-03-08T08:30:00.000-06:00" */
  readonly central: string
}

export const US_CENTRAL = 'America/Chicago'
const MINUTE_MS = 60_000

/** Making a formatter costs some 50 µs, so each zone has one for good; zones come from the calendars, so they are few. */
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formatters.set(zone, formatter)
  return formatter
}

/**
 * Minutes that the clocks of an IANA zone are ahead of UTC at a time. For log lines: the gate's sessions come from
 * their own data.
 *
 * @throws RangeError for a zone that the runtime does not know, and for a time that is no date
 */
export function zoneOffsetMinutes(utcMs: number, zone: string): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of formatterOf(zone).formatToParts(utcMs)) parts[type] = value
  const { year, month, day, hour, minute, second } = parts
  const wallMs = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  return (wallMs - Math.floor(utcMs / 1_000) * 1_000) / MINUTE_MS
}

/** A zone's wall clock as ISO 8601 with its offset. @throws RangeError as `zoneOffsetMinutes` */
export function zoneTime(utcMs: number, zone: string): string {
  const offset = zoneOffsetMinutes(utcMs, zone)
  const wall = new Date(utcMs + offset * MINUTE_MS).toISOString().slice(0, -1)
  const ahead = Math.abs(offset)
  const hours = String(Math.floor(ahead / 60)).padStart(2, '0')
  return `${wall}${offset < 0 ? '-' : '+'}${hours}:${String(ahead % 60).padStart(2, '0')}`
}

/** @param zone the exchange's IANA zone @throws RangeError as `zoneOffsetMinutes` */
export function marketTimes(utcMs: number, zone: string): MarketTimes {
  return {
    utc: new Date(utcMs).toISOString(),
    exchange: zoneTime(utcMs, zone),
    central: zoneTime(utcMs, US_CENTRAL),
  }
}
