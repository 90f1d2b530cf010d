import { MARKET_SESSION } from '../../domain/calendar.ts'
import { type Check, deny, pass } from '../check.ts'

/** The instrument's calendar is in session; extended hours only where they are enabled. Unknown counts as closed. */
export const marketHours: Check = {
  name: 'market_hours',
  unit: 'session',
  doc: "The instrument's calendar is in session; extended hours only where they are enabled.",
  reducing: 'apply',
  run(_draft, _portfolio, context, result) {
    const session = context.calendar.session(context.instrument.calendar, context.utcMs)
    const needed = context.limits.extendedHours ? MARKET_SESSION.EXTENDED : MARKET_SESSION.REGULAR
    if (session === MARKET_SESSION.REGULAR || session === needed) pass(result, session, needed)
    else
      deny(result, session === MARKET_SESSION.UNKNOWN ? 'CALENDAR_UNKNOWN' : 'MARKET_CLOSED', session, needed)
  },
}
