import { TICK_FLAG } from '../domain/tick.ts'
import { OFFSET_RUN, OFFSET_RUN_EARLY } from './feed-limits.ts'

const MS_NS = 1e6
const SECOND_NS = 1e9
const SAMPLES_MAX = 64

/**
 * Judges event times of one connection against its receive times. Recorded clocks may differ by any constant, so the
 * difference is estimated (a slow mean) and bounds hold beyond it. A run of ticks that agree on another difference is a
 * new estimate: the connection's clock was set, or the first tick was the wrong one.
 */
export class ClockWatch {
  readonly #futureNs: number
  readonly #lateNs: number
  #samples = 0
  #offsetNs = 0
  #run = 0
  #runNs = 0

  constructor(futureMs: number, lateMs: number) {
    this.#futureNs = futureMs * MS_NS
    this.#lateNs = lateMs * MS_NS
  }

  /** Estimated event time minus receive time, ns. */
  get offsetNs(): number {
    return this.#offsetNs
  }

  /** Takes in a tick's times; 0, or TICK_FLAG.FUTURE or LATE, which leave the estimate as it is. */
  judge(eventNs: number, recvNs: number): number {
    const differenceNs = eventNs - recvNs
    if (this.#samples === 0) this.#offsetNs = differenceNs
    const flag = this.beyond(differenceNs)
    if (flag !== 0 && !this.#agreed(differenceNs)) return flag
    if (this.#samples < SAMPLES_MAX) this.#samples++
    this.#offsetNs += (differenceNs - this.#offsetNs) / this.#samples
    this.#run = 0
    return 0
  }

  /** Only compares; the estimate stays. */
  beyond(differenceNs: number): number {
    if (differenceNs - this.#offsetNs > this.#futureNs) return TICK_FLAG.FUTURE
    return this.#offsetNs - differenceNs > this.#lateNs ? TICK_FLAG.LATE : 0
  }

  /** Counts the run of ticks that agree on another offset; true when it is long enough to become the estimate. */
  #agreed(differenceNs: number): boolean {
    if (this.#run === 0 || Math.abs(differenceNs - this.#runNs) > SECOND_NS) {
      this.#run = 0
      this.#runNs = differenceNs
    }
    this.#run++
    const needed = this.#samples < OFFSET_RUN ? OFFSET_RUN_EARLY : OFFSET_RUN
    if (this.#run < needed) return false
    this.#samples = OFFSET_RUN
    this.#offsetNs = differenceNs
    return true
  }
}
