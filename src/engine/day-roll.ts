import type { CalendarPort } from '../domain/calendar.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Desk } from './desk.ts'

const CHECK_NS = 60e9
const DAY_MS = 86_400_000

/**
 * Begins trading days (P10): the session's date by the instrument's calendar, the UTC day for markets that never close.
 * Looked at once a minute of the engine's time, on a frame, so that a replay begins its days at the same ticks. Daily P&L
 * and the daily loss limit count from the mark at that moment.
 */
export class DayRoll {
  readonly #desk: Desk
  readonly #calendar: CalendarPort
  /** by instrument index: days since 1970 */
  readonly #days: (number | undefined)[] = []
  #nextNs = Number.NEGATIVE_INFINITY

  constructor(desk: Desk, calendar: CalendarPort) {
    this.#desk = desk
    this.#calendar = calendar
  }

  /** Called for each frame; does nothing until the next minute. */
  at(nowNs: number): void {
    if (nowNs < this.#nextNs) return
    this.#nextNs = (Math.floor(nowNs / CHECK_NS) + 1) * CHECK_NS
    const utcMs = this.#desk.time.recvBaseUtcS * 1_000 + Math.floor(nowNs / 1e6)
    for (const instrument of this.#desk.instruments) this.#roll(instrument, utcMs)
  }

  #roll(instrument: Instrument, utcMs: number): void {
    const date = this.#calendar.tradingDay(instrument.calendar, utcMs)
    if (date === null) return
    const day = Date.parse(date) / DAY_MS
    if (this.#days[instrument.index] === day) return
    const { ledger, portfolio, recorder } = this.#desk
    // Nothing was traded yet, or the journal has told this day already.
    if (ledger.fills(instrument) === 0 || ledger.tradingDay(instrument) === day) {
      this.#days[instrument.index] = day
      return
    }
    const mark = portfolio.markPrice(instrument.index)
    if (mark === null) return
    this.#days[instrument.index] = day
    ledger.startDay(instrument, day, mark)
    recorder.day(instrument, day, mark)
  }
}
