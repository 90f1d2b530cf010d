import { MARKET_SESSION, type MarketSession } from '../../domain/calendar.ts'
import type { CalendarData } from './calendar-data.ts'
import { countUntil } from './count-until.ts'
import { WallClock } from './wall-clock.ts'

const DAY_MS = 86_400_000
const DAY_MINUTES = 1_440
const SATURDAY = 6

interface Period {
  readonly session: MarketSession
  /** wall-clock minutes from midnight of the session's date */
  readonly from: number
  readonly to: number
}

/**
 * The sessions of one calendar in UTC, made once from its generated data. Every query is a binary search over sorted
 * times and allocates nothing; what the data does not cover is UNKNOWN, NaN or -1, never closed or open.
 */
export class SessionTable {
  readonly zone: string
  readonly #clock: WallClock
  /** the data's range, UTC ms, [from, to) */
  readonly #fromMs: number
  readonly #toMs: number
  /** session dates, days since 1970, and the end of each one's last period */
  readonly #dates: number[] = []
  readonly #dateEnds: number[] = []
  /** `#states[i]` holds from `#edges[i]` until the next edge; sessions that touch have two edges at one time */
  readonly #edges: number[] = []
  readonly #states: MarketSession[] = []
  readonly #opens: number[] = []
  readonly #closes: number[] = []
  /** where the last lookup of `session` ended: times mostly move a little */
  #at = 0

  constructor(data: CalendarData) {
    const first = dayNumber(data.from)
    const last = dayNumber(data.to)
    this.zone = data.zone
    this.#clock = new WallClock(data.zone)
    this.#fromMs = this.#clock.toUtcMs(first * DAY_MINUTES)
    this.#toMs = this.#clock.toUtcMs((last + 1) * DAY_MINUTES)
    this.#edge(this.#fromMs, MARKET_SESSION.CLOSED)
    const templates = new Map(Object.entries(data.templates).map(([letter, text]) => [letter, periods(text)]))
    const exceptions = exceptionsOf(data.exceptions)
    const rules = data.rules.map((rule) => ({ from: dayNumber(rule.slice(0, 10)), letter: rule.slice(11) }))
    for (let day = first; day <= last; day++) {
      const rule = isWeekend(day) ? '-' : rules.findLast(({ from }) => from <= day)?.letter
      const template = templates.get(exceptions.get(day) ?? (rule as string))
      if (template !== undefined) this.#add(day, template)
    }
  }

  session(utcMs: number): MarketSession {
    if (!this.#covers(utcMs)) return MARKET_SESSION.UNKNOWN
    const edges = this.#edges
    const at = this.#at
    const next = edges[at + 1]
    if ((edges[at] as number) > utcMs || (next !== undefined && next <= utcMs)) {
      this.#at = countUntil(edges, utcMs) - 1
    }
    return this.#states[this.#at] as MarketSession
  }

  /**
   * The date of the session that a time belongs to, days since 1970: the first one that ends after it, extended hours
   * included, so the time between two sessions belongs to the later one. -1 where it is not known.
   */
  tradingDay(utcMs: number): number {
    if (!this.#covers(utcMs)) return -1
    return this.#dates[countUntil(this.#dateEnds, utcMs)] ?? -1
  }

  /** The first start of regular trading after a time, the end of a break included; UTC ms, NaN where it is not known. */
  nextOpen(utcMs: number): number {
    return this.#covers(utcMs) ? (this.#opens[countUntil(this.#opens, utcMs)] ?? Number.NaN) : Number.NaN
  }

  /** The first end of regular trading after a time, the start of a break included; UTC ms, NaN where it is not known. */
  nextClose(utcMs: number): number {
    return this.#covers(utcMs) ? (this.#closes[countUntil(this.#closes, utcMs)] ?? Number.NaN) : Number.NaN
  }

  #covers(utcMs: number): boolean {
    return utcMs >= this.#fromMs && utcMs < this.#toMs
  }

  #add(day: number, template: readonly Period[]): void {
    let end = 0
    for (const { session, from, to } of template) {
      const fromMs = this.#clock.toUtcMs(day * DAY_MINUTES + from)
      end = this.#clock.toUtcMs(day * DAY_MINUTES + to)
      this.#edge(fromMs, session)
      this.#edge(end, MARKET_SESSION.CLOSED)
      if (session !== MARKET_SESSION.REGULAR) continue
      this.#opens.push(fromMs)
      this.#closes.push(end)
    }
    this.#dates.push(day)
    this.#dateEnds.push(end)
  }

  #edge(utcMs: number, state: MarketSession): void {
    this.#edges.push(utcMs)
    this.#states.push(state)
  }

  /** A line a session, "YYYY-MM-DD r FROM TO …" in UTC minutes: what `CalendarData.sha256` is over. */
  canon(): string {
    const lines: string[] = []
    let edge = 1
    for (const [index, day] of this.#dates.entries()) {
      let line = dateText(day)
      while ((this.#edges[edge] ?? Number.POSITIVE_INFINITY) < (this.#dateEnds[index] as number)) {
        const kind = this.#states[edge] === MARKET_SESSION.REGULAR ? 'r' : 'e'
        line += ` ${kind} ${minuteText(this.#edges[edge] as number)} ${minuteText(this.#edges[edge + 1] as number)}`
        edge += 2
      }
      lines.push(`${line}\n`)
    }
    return lines.join('')
  }
}

/** Days since 1970 of "YYYY-MM-DD". */
export function dayNumber(date: string): number {
  return Date.parse(date) / DAY_MS
}

/** "YYYY-MM-DD" of days since 1970. */
export function dateText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

function minuteText(utcMs: number): string {
  return `${new Date(utcMs).toISOString().slice(0, 16)}Z`
}

function isWeekend(day: number): boolean {
  const weekday = new Date(day * DAY_MS).getUTCDay()
  return weekday === 0 || weekday === SATURDAY
}

function periods(text: string): Period[] {
  return text.split(' ').map((part) => {
    const [from = '', to = ''] = part.slice(1).split('-')
    const session = part.startsWith('r') ? MARKET_SESSION.REGULAR : MARKET_SESSION.EXTENDED
    return { session, from: minutes(from), to: minutes(to) }
  })
}

function minutes(text: string): number {
  const before = text.startsWith('<')
  const [hours = '', rest = ''] = (before ? text.slice(1) : text).split(':')
  return Number(hours) * 60 + Number(rest) - (before ? DAY_MINUTES : 0)
}

function exceptionsOf(lines: readonly string[]): Map<number, string> {
  const found = new Map<number, string>()
  for (const line of lines) {
    const [year, ...marks] = line.split(' ')
    for (const mark of marks) {
      found.set(dayNumber(`${year}-${mark.slice(0, 2)}-${mark.slice(2, 4)}`), mark.slice(4))
    }
  }
  return found
}
