import { type Increment, incrementsToText } from '../../core/decimal.ts'

const POWERS: readonly number[] = Array.from({ length: 16 }, (_, n) => 10 ** n)

/**
 * A count of increments as decimal text, without BigInt where the number of units stays below 2^53: remainder and the
 * division of what is left are exact there. Trailing zeros of the increment's scale are kept; venues take them.
 */
export function incrementText(count: number, increment: Increment): string {
  const units = count * increment.unitsPerIncrement
  const power = POWERS[increment.scale]
  if (power === undefined || !Number.isSafeInteger(units) || units < 0)
    return incrementsToText(count, increment)
  if (increment.scale === 0) return String(units)
  const fraction = units % power
  return `${(units - fraction) / power}.${String(fraction).padStart(increment.scale, '0')}`
}
