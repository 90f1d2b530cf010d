import {
  type CalendarName,
  type CalendarPort,
  MARKET_SESSION,
  type MarketSession,
} from '../../domain/calendar.ts'
import type { CalendarData } from './calendar-data.ts'
import { CME_EQUITY } from './data/cme-equity.ts'
import { CMES } from './data/cmes.ts'
import { XLON } from './data/xlon.ts'
import { XNYS } from './data/xnys.ts'
import { XTKS } from './data/xtks.ts'
import { dateText, SessionTable } from './session-table.ts'

export const ALWAYS_OPEN = '24/7'
const DAY_MS = 86_400_000

const DATA: Readonly<Record<Exclude<CalendarName, typeof ALWAYS_OPEN>, CalendarData>> = {
  XNYS,
  NYSE: XNYS,
  NASDAQ: XNYS,
  XNAS: XNYS,
  ARCX: XNYS,
  BATS: XNYS,
  CMES,
  CME: CMES,
  CME_EQUITY,
  XLON,
  LSE: XLON,
  XTKS,
  JPX: XTKS,
}

/**
 * Exchange sessions from the generated data of 2005 to 2035, and by rule for markets that never close. An unknown name
 * and a time outside the data are UNKNOWN: the gate denies. Sessions open inclusive and close exclusive; times are UTC ms.
 */
export class ExchangeCalendars implements CalendarPort {
  readonly #byData = new Map<CalendarData, SessionTable>()
  readonly #byName = new Map<string, SessionTable>()

  /** @param names calendars to make at once; others are made when they are first asked for, within some milliseconds */
  constructor(names: readonly string[] = []) {
    for (const name of names) this.#table(name)
  }

  session(calendar: string, utcMs: number): MarketSession {
    if (calendar === ALWAYS_OPEN) return MARKET_SESSION.REGULAR
    const table = this.#byName.get(calendar) ?? this.#table(calendar)
    return table === undefined ? MARKET_SESSION.UNKNOWN : table.session(utcMs)
  }

  tradingDay(calendar: string, utcMs: number): string | null {
    const day = this.tradingDayNumber(calendar, utcMs)
    return day === -1 ? null : dateText(day)
  }

  /** `tradingDay` as days since 1970, -1 where it is not known. */
  tradingDayNumber(calendar: string, utcMs: number): number {
    if (calendar === ALWAYS_OPEN) return Number.isFinite(utcMs) ? Math.floor(utcMs / DAY_MS) : -1
    return this.#table(calendar)?.tradingDay(utcMs) ?? -1
  }

  /** Regular trading; false also where it is not known. */
  isOpen(calendar: string, utcMs: number): boolean {
    return this.session(calendar, utcMs) === MARKET_SESSION.REGULAR
  }

  /** The first start of regular trading after a time; Infinity for a market that never closes, NaN where unknown. */
  nextOpen(calendar: string, utcMs: number): number {
    if (calendar === ALWAYS_OPEN) return Number.POSITIVE_INFINITY
    return this.#table(calendar)?.nextOpen(utcMs) ?? Number.NaN
  }

  /** The first end of regular trading after a time; Infinity for a market that never closes, NaN where unknown. */
  nextClose(calendar: string, utcMs: number): number {
    if (calendar === ALWAYS_OPEN) return Number.POSITIVE_INFINITY
    return this.#table(calendar)?.nextClose(utcMs) ?? Number.NaN
  }

  /** The exchange's IANA time zone; UTC where there is none. */
  zone(calendar: string): string {
    return this.#table(calendar)?.zone ?? 'UTC'
  }

  #table(name: string): SessionTable | undefined {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const data = Object.hasOwn(DATA, name) ? DATA[name as keyof typeof DATA] : undefined
    if (data === undefined) return undefined
    const table = this.#byData.get(data) ?? new SessionTable(data)
    this.#byData.set(data, table)
    this.#byName.set(name, table)
    return table
  }
}
