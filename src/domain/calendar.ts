/** What an exchange does at a time. UNKNOWN (no such calendar, no data for the date) counts as closed. */
export const MARKET_SESSION = { UNKNOWN: -1, CLOSED: 0, REGULAR: 1, EXTENDED: 2 } as const
export type MarketSession = (typeof MARKET_SESSION)[keyof typeof MARKET_SESSION]

/**
 * Calendars by name. CMES is the whole day of the exchange; CME_EQUITY has the daily maintenance hour and the halts of its
 * equity index futures.
 */
export const CALENDAR_NAMES = [
  '24/7',
  'XNYS',
  'NYSE',
  'NASDAQ',
  'XNAS',
  'ARCX',
  'BATS',
  'CMES',
  'CME',
  'CME_EQUITY',
  'XLON',
  'LSE',
  'XTKS',
  'JPX',
] as const
export type CalendarName = (typeof CALENDAR_NAMES)[number]

/** Exchange sessions by calendar name ("24/7", "XNYS", …); times are UTC ms since 1970. */
export interface CalendarPort {
  session(calendar: string, utcMs: number): MarketSession
  /** The session date ("YYYY-MM-DD") that a time belongs to; null where it is not known. */
  tradingDay(calendar: string, utcMs: number): string | null
}
