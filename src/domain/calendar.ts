/** What an exchange does at a time. UNKNOWN (no such calendar, no data for the date) counts as closed. */
export const MARKET_SESSION = { UNKNOWN: -1, CLOSED: 0, REGULAR: 1, EXTENDED: 2 } as const
export type MarketSession = (typeof MARKET_SESSION)[keyof typeof MARKET_SESSION]

/** Exchange sessions by calendar name ("24/7", "XNYS", …); times are UTC ms since 1970. */
export interface CalendarPort {
  session(calendar: string, utcMs: number): MarketSession
  /** The session date ("YYYY-MM-DD") that a time belongs to; null where it is not known. */
  tradingDay(calendar: string, utcMs: number): string | null
}
