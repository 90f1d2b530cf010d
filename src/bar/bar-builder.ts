import { assert } from '../core/assert.ts'
import { INCREMENTS_MAX } from '../core/decimal.ts'
import type { Bar } from '../domain/bar.ts'
import { TICK_SLOT_F64 } from '../domain/tick.ts'
import { copyBar, createBar, periodStartNs } from './bar.ts'
import { addBarNotional, addNotional } from './exact-sum.ts'

/** Longest run of empty bars that one tick may close; a longer gap is skipped and counted. */
export const EMPTY_BARS_MAX = 10_000

/**
 * Time bars of one instrument by event time, from trades, mids or smaller bars. Allocation free on the tick path, which
 * hands a slot over by `rollTick` and `addTradeTick` and no double by value: V8 boxes those where it does not inline.
 *
 * A bar closes when the first tick of a later period arrives, and that tick belongs to the new bar:
 *
 *     while (builder.roll(eventNs)) use(builder.closed)
 *     builder.addTrade(price, qty, eventNs)
 *
 * A tick of a period that has closed is counted as late and never rebuilds it. Only periods with ticks have bars,
 * unless `emptyBars` asks for the rest.
 */
export class BarBuilder {
  readonly periodNs: number
  /** the bar in the making; `count` is 0 where there is none. Read only. */
  readonly running: Bar
  /** the bar closed last, until the next `roll`. Read only. */
  readonly closed: Bar
  closedCount = 0
  lateTicks = 0
  /** periods without a bar that a gap beyond `EMPTY_BARS_MAX` skipped */
  skippedPeriods = 0
  /** ticks whose quantity no longer fitted: the bar's volume stays at 2^53 - 1 increments */
  volumeOverflows = 0
  readonly #emptyBars: boolean
  /** a slot's words for the callers that have numbers and no slot */
  readonly #words: Float64Array = new Float64Array(TICK_SLOT_F64)
  /** ticks before this are late: start of the running period, or end of the closed one */
  #floorNs = Number.NEGATIVE_INFINITY
  /** end of the running period; infinite while no bar runs, so that `roll` is one comparison */
  #endNs = Number.POSITIVE_INFINITY

  constructor(periodNs: number, options: { readonly emptyBars?: boolean } = {}) {
    assert(Number.isSafeInteger(periodNs) && periodNs > 0, `bar period ${periodNs} ns`)
    this.periodNs = periodNs
    this.running = createBar(periodNs)
    this.closed = createBar(periodNs)
    this.#emptyBars = options.emptyBars ?? false
  }

  /**
   * Closes the running bar if `timeNs` lies past its period. Call until it is false: with `emptyBars` one time may
   * close several.
   */
  roll(timeNs: number): boolean {
    this.#words[1] = timeNs
    return this.rollTick(this.#words, 0)
  }

  /** `roll` to the event time of the slot whose words begin at `at`. */
  rollTick(words: Float64Array, at: number): boolean {
    const timeNs = words[at + 1] as number
    if (timeNs < this.#endNs) return this.#emptyBars && this.#rollEmpty(timeNs)
    // NaN never rolls, and the infinite end of "no bar runs" is reached by no time.
    if (!(timeNs >= this.#endNs)) return false
    this.#close()
    return true
  }

  #close(): void {
    copyBar(this.running, this.closed)
    this.closedCount += 1
    this.running.count = 0
    this.#floorNs = this.#endNs
    this.#endNs = Number.POSITIVE_INFINITY
  }

  /** Builds a trade in; false and counted if its period has closed. */
  addTrade(price: number, qty: number, timeNs: number): boolean {
    this.#words[1] = timeNs
    this.#words[3] = price
    this.#words[4] = qty
    return this.addTradeTick(this.#words, 0)
  }

  /** `addTrade` of the TRADE slot whose words begin at `at`. */
  addTradeTick(words: Float64Array, at: number): boolean {
    const timeNs = words[at + 1] as number
    const price = words[at + 3] as number
    const qty = words[at + 4] as number
    if (!(timeNs >= this.#floorNs)) return this.#late()
    const { running } = this
    if (running.count === 0) this.#begin(price, timeNs)
    if (price > running.high) running.high = price
    else if (price < running.low) running.low = price
    running.close = price
    running.count += 1
    this.#addVolume(qty)
    addNotional(running, price, qty)
    return true
  }

  /** Builds a mid in, given as bid + ask (half increments); false and counted if its period has closed. */
  addMid(bidPlusAsk: number, timeNs: number): boolean {
    this.#words[1] = timeNs
    this.#words[3] = bidPlusAsk
    this.#words[5] = 0
    return this.addMidTick(this.#words, 0)
  }

  /** `addMid` of the QUOTE slot whose words begin at `at`. */
  addMidTick(words: Float64Array, at: number): boolean {
    const timeNs = words[at + 1] as number
    const bidPlusAsk = (words[at + 3] as number) + (words[at + 5] as number)
    if (!(timeNs >= this.#floorNs)) return this.#late()
    const { running } = this
    if (running.count === 0) this.#begin(bidPlusAsk, timeNs)
    if (bidPlusAsk > running.high) running.high = bidPlusAsk
    else if (bidPlusAsk < running.low) running.low = bidPlusAsk
    running.close = bidPlusAsk
    running.count += 1
    return true
  }

  /**
   * Builds a smaller (or equal) bar in; false and counted if its period has closed. A ready-made bar that ends with
   * the period completes it: roll to `bar.startNs + bar.periodNs` afterwards and it closes without waiting for the next.
   */
  addBar(bar: Readonly<Bar>): boolean {
    assert(this.periodNs % bar.periodNs === 0, `bars of ${bar.periodNs} ns do not fill ${this.periodNs} ns`)
    if (!(bar.startNs >= this.#floorNs)) return this.#late()
    const { running } = this
    if (running.count === 0) this.#begin(bar.open, bar.startNs)
    if (bar.high > running.high) running.high = bar.high
    if (bar.low < running.low) running.low = bar.low
    running.close = bar.close
    // A ready-made bar without a count still is a bar: `count` 0 means that none runs.
    running.count += bar.count > 0 ? bar.count : 1
    this.#addVolume(bar.volume)
    addBarNotional(running, bar)
    return true
  }

  /** Takes a closed bar from outside as history: the next live tick of its period or before is late. */
  seed(bar: Readonly<Bar>): void {
    assert(this.running.count === 0 && bar.startNs >= this.#floorNs, 'seeded out of order')
    copyBar(bar, this.closed)
    this.closedCount += 1
    this.#floorNs = bar.startNs + this.periodNs
  }

  /** Also of a time that is NaN. */
  #late(): false {
    this.lateTicks += 1
    return false
  }

  #begin(open: number, timeNs: number): void {
    const { running } = this
    running.startNs = periodStartNs(timeNs, this.periodNs)
    running.open = open
    running.high = open
    running.low = open
    running.volume = 0
    running.notionalLow = 0
    running.notionalHigh = 0
    this.#floorNs = running.startNs
    this.#endNs = running.startNs + this.periodNs
  }

  #addVolume(qty: number): void {
    const { running } = this
    if (qty > INCREMENTS_MAX - running.volume) {
      this.volumeOverflows += 1
      running.volume = INCREMENTS_MAX
    } else {
      running.volume += qty
    }
  }

  /** With `emptyBars`, between two bars: closes the next period that had no tick, at the last close. */
  #rollEmpty(timeNs: number): boolean {
    if (this.running.count > 0 || this.closedCount === 0 || timeNs < this.#floorNs + this.periodNs)
      return false
    const gap = Math.floor((timeNs - this.#floorNs) / this.periodNs)
    if (gap > EMPTY_BARS_MAX) {
      this.skippedPeriods += gap
      this.#floorNs = periodStartNs(timeNs, this.periodNs)
      return false
    }
    const { closed } = this
    closed.startNs = this.#floorNs
    closed.open = closed.close
    closed.high = closed.close
    closed.low = closed.close
    closed.volume = 0
    closed.count = 0
    closed.notionalLow = 0
    closed.notionalHigh = 0
    this.closedCount += 1
    this.#floorNs += this.periodNs
    return true
  }
}
