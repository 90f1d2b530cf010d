import { countUntil } from './count-until.ts'
import { ZONES } from './data/zones.ts'

const MINUTE_MS = 60_000

/** A zone's wall clock over the range of the calendars, by the clock changes of the generated data. */
export class WallClock {
  readonly #standardMinutes: number
  readonly #summerMinutes: number
  /** begin and end of each summer in turn, UTC ms */
  readonly #changes: readonly number[]

  /** @param zone a key of `ZONES` */
  constructor(zone: string) {
    const data = ZONES[zone] as (typeof ZONES)[string]
    this.#standardMinutes = data.standardMinutes
    this.#summerMinutes = data.summerMinutes
    this.#changes = data.summers.flatMap((summer) => summer.split(' ').map((text) => Date.parse(text)))
  }

  /**
   * UTC ms of a wall-clock time, given in minutes since 1970-01-01 00:00 of the same clock. A time that a change skips
   * counts by standard time, one that it repeats is the first; no session begins or ends at one.
   */
  toUtcMs(wallMinutes: number): number {
    const summerMs = (wallMinutes - this.#summerMinutes) * MINUTE_MS
    return this.#isSummer(summerMs) ? summerMs : (wallMinutes - this.#standardMinutes) * MINUTE_MS
  }

  #isSummer(utcMs: number): boolean {
    return countUntil(this.#changes, utcMs) % 2 === 1
  }
}
