import { type CalendarPort, MARKET_SESSION, type MarketSession } from '../domain/calendar.ts'

export const ALWAYS_OPEN = '24/7'

/** Knows the calendar of markets that never close; every other name is unknown and so counts as closed. */
export class AlwaysOpenCalendar implements CalendarPort {
  session(calendar: string, _utcMs: number): MarketSession {
    return calendar === ALWAYS_OPEN ? MARKET_SESSION.REGULAR : MARKET_SESSION.UNKNOWN
  }

  tradingDay(calendar: string, utcMs: number): string | null {
    return calendar === ALWAYS_OPEN ? new Date(utcMs).toISOString().slice(0, 10) : null
  }
}
