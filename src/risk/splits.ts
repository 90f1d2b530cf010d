import { TidegateError } from '../core/errors.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { Instrument, Split } from '../domain/instrument.ts'

/** A split ready to apply: a price of before is × `factor` after. */
interface Adjustment {
  readonly date: string
  readonly factor: number
}

/**
 * Splits of the run's instruments: what a price that was seen before one is worth after it, so that a reference of the day
 * before does not call the new price wrong. A split takes effect between two sessions of the instrument's calendar.
 */
export class SplitSchedule {
  readonly #instruments: readonly Instrument[]
  readonly #calendar: CalendarPort
  /** by instrument index; null where it has none, which is nearly always */
  readonly #adjustments: readonly (readonly Adjustment[] | null)[]

  /** @throws SPLIT_INVALID */
  constructor(instruments: readonly Instrument[], calendar: CalendarPort) {
    this.#instruments = instruments
    this.#calendar = calendar
    this.#adjustments = instruments.map(({ splits }) =>
      splits === undefined || splits.length === 0 ? null : splits.map(adjustment),
    )
  }

  /**
   * What a price of an instrument, seen at `seenMs`, is multiplied by at `nowMs` (UTC ms): 1 where no split lies between,
   * NaN where that cannot be told.
   */
  priceFactor(instrument: number, seenMs: number, nowMs: number): number {
    const adjustments = this.#adjustments[instrument]
    if (adjustments === null || adjustments === undefined) return 1
    const { calendar } = this.#instruments[instrument] as Instrument
    const seen = this.#calendar.tradingDay(calendar, seenMs)
    const now = this.#calendar.tradingDay(calendar, nowMs)
    if (seen === null || now === null) return Number.NaN
    let factor = 1
    for (const split of adjustments) if (split.date > seen && split.date <= now) factor *= split.factor
    return factor
  }
}

const DATE = /^\d{4}-\d{2}-\d{2}$/
const RATIO = /^(\d{1,9}(?:\.\d{1,9})?):(\d{1,9}(?:\.\d{1,9})?)$/

function adjustment({ date, ratio }: Split): Adjustment {
  const [, shares, before] = RATIO.exec(ratio) ?? []
  const factor = Number(before) / Number(shares)
  if (!(factor > 0 && factor < Number.POSITIVE_INFINITY)) throw invalid(`its ratio is "${ratio}"`)
  if (!DATE.test(date) || Number.isNaN(Date.parse(date))) throw invalid(`its date is "${date}"`)
  return { date, factor }
}

function invalid(what: string): TidegateError {
  return new TidegateError('SPLIT_INVALID', `a split is a date "YYYY-MM-DD" and a ratio "new:old"; ${what}`)
}
