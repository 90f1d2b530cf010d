import { TidegateError } from '../core/errors.ts'
import type { Bar } from '../domain/bar.ts'

/** An empty bar; its numbers are zero until something is built in. */
export function createBar(periodNs: number): Bar {
  return {
    startNs: 0,
    periodNs,
    open: 0,
    high: 0,
    low: 0,
    close: 0,
    volume: 0,
    count: 0,
    notionalLow: 0,
    notionalHigh: 0,
  }
}

/** Copies every field of `source` into `target`; allocates nothing. */
export function copyBar(source: Readonly<Bar>, target: Bar): void {
  target.startNs = source.startNs
  target.periodNs = source.periodNs
  target.open = source.open
  target.high = source.high
  target.low = source.low
  target.close = source.close
  target.volume = source.volume
  target.count = source.count
  target.notionalLow = source.notionalLow
  target.notionalHigh = source.notionalHigh
}

/** Start of the period that `timeNs` lies in; periods are counted from the run's event base, a UTC midnight. */
export function periodStartNs(timeNs: number, periodNs: number): number {
  const rest = timeNs % periodNs
  return timeNs - (rest < 0 ? rest + periodNs : rest)
}

/**
 * Checks a series of bars that is handed in from outside (backfill, a file, an OHLCV feed): one period, starts on
 * multiples of it, strictly rising, and prices that can be a bar.
 *
 * @throws BAR_SERIES_INVALID naming the first bar at fault and why
 */
export function assertBarSeries(bars: readonly Readonly<Bar>[], periodNs: number): void {
  let previousNs = Number.NEGATIVE_INFINITY
  for (let i = 0; i < bars.length; i += 1) {
    const bar = bars[i] as Readonly<Bar>
    const fault = barFault(bar, periodNs, previousNs)
    if (fault !== null) throw new TidegateError('BAR_SERIES_INVALID', `bar ${i} of ${bars.length}: ${fault}`)
    previousNs = bar.startNs
  }
}

function barFault(bar: Readonly<Bar>, periodNs: number, previousNs: number): string | null {
  if (!Number.isSafeInteger(bar.startNs)) return `start ${bar.startNs} is not an integer of nanoseconds`
  if (bar.periodNs !== periodNs) return `period ${bar.periodNs} ns is not ${periodNs} ns`
  if (periodStartNs(bar.startNs, periodNs) !== bar.startNs) return `start ${bar.startNs} is not on a period`
  if (bar.startNs === previousNs) return `start ${bar.startNs} is there twice`
  if (bar.startNs < previousNs) return `start ${bar.startNs} is before ${previousNs}`
  return barPriceFault(bar)
}

/** Why the numbers of a bar cannot be right; null where they can. */
export function barPriceFault(bar: Readonly<Bar>): string | null {
  const { open, high, low, close, volume, count } = bar
  if (!(Number.isSafeInteger(open) && Number.isSafeInteger(high))) return 'open or high is not an integer'
  if (!(Number.isSafeInteger(low) && Number.isSafeInteger(close))) return 'low or close is not an integer'
  if (high < low || open > high || open < low || close > high || close < low) {
    return `open ${open}, high ${high}, low ${low}, close ${close} contradict each other`
  }
  if (!(Number.isSafeInteger(volume) && volume >= 0)) return `volume ${volume} is not a quantity`
  if (!(Number.isSafeInteger(count) && count >= 0)) return `count ${count} is not a number of ticks`
  return null
}
