/**
 * Sessions of an exchange as its generated file holds them. Times are wall-clock "HH:MM" of the zone on the session's
 * date, with "<" in front on the day before it.
 */
export interface CalendarData {
  readonly zone: string
  /** first and last date of the data, "YYYY-MM-DD" */
  readonly from: string
  readonly to: string
  /** letter → periods in order, "r09:30-16:00": r is regular trading, e extended hours; open inclusive, close exclusive */
  readonly templates: Readonly<Record<string, string>>
  /** "YYYY-MM-DD letter": the template of Monday to Friday from that date on, in order */
  readonly rules: readonly string[]
  /** "YYYY MMDDx MMDDx …": dates that follow no rule; x is a template's letter, "-" no session */
  readonly exceptions: readonly string[]
  readonly sessions: number
  /** over the sessions as the generator's sources give them in UTC, see `SessionTable.canon` */
  readonly sha256: string
}

/** Offset of a zone's clocks from UTC over the range of the calendars, minutes east. */
export interface ZoneData {
  readonly standardMinutes: number
  readonly summerMinutes: number
  /** "begin end" of each summer, UTC; empty where the clocks never change */
  readonly summers: readonly string[]
}
