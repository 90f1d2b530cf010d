import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  compareDecimals,
  incrementsToText,
  isMultipleOf,
  parseDecimal,
  parseIncrement,
  type RoundingMode,
  roundToIncrements,
} from '../../src/core/decimal.ts'
import { moneyFromText, moneyToText } from '../../src/core/money.ts'
import { createInstrument, notional } from '../../src/domain/instrument.ts'

interface TickVector {
  x: string
  tick: string
  is_multiple: boolean
  floor: string
  ceil: string
  toward_zero: string
  half_up: string
  half_even: string
}

interface NotionalVector {
  price: string
  qty: string
  multiplier: string
  notional: string
  limit: string
  over_limit: boolean
}

const { vectors, notional: notionals } = JSON.parse(
  readFileSync(new URL('../fixtures/rounding/tick_vectors.json', import.meta.url), 'utf8'),
) as { vectors: TickVector[]; notional: NotionalVector[] }

const MODES: readonly (readonly [RoundingMode, keyof TickVector])[] = [
  ['floor', 'floor'],
  ['ceil', 'ceil'],
  ['toward-zero', 'toward_zero'],
  ['half-up', 'half_up'],
  ['half-even', 'half_even'],
]

describe('ticks', () => {
  it.each(MODES)('O7: %s of every vector', (mode, key) => {
    expect(vectors.length).toBe(1_530)
    const wrong = vectors.filter((vector) => {
      const increment = parseIncrement(vector.tick)
      return incrementsToText(roundToIncrements(vector.x, increment, mode), increment) !== vector[key]
    })
    expect(wrong).toEqual([])
  })

  it('O7: multiples of every vector', () => {
    const wrong = vectors.filter(
      ({ x, tick, is_multiple }) => isMultipleOf(parseDecimal(x), parseDecimal(tick)) !== is_multiple,
    )
    expect(wrong).toEqual([])
  })

  it('O7: notionals and limits of every vector, to the last digit', () => {
    expect(notionals.length).toBe(500)
    for (const { price, qty, multiplier, notional: expected, limit, over_limit } of notionals) {
      const instrument = createInstrument(
        { symbol: 'X', priceIncrement: '0.00000001', qtyIncrement: '0.00000001', multiplier },
        0,
      )
      const { priceIncrement, qtyIncrement } = instrument
      const value = notional(
        instrument,
        roundToIncrements(price, priceIncrement, 'floor'),
        roundToIncrements(qty, qtyIncrement, 'floor'),
      )
      expect(moneyToText(value)).toBe(expected)
      expect(value > moneyFromText(limit)).toBe(over_limit)
    }
  })

  it('orders decimals of different scales', () => {
    expect(compareDecimals(parseDecimal('1.10'), parseDecimal('1.1'))).toBe(0)
    expect(compareDecimals(parseDecimal('-0.1'), parseDecimal('0'))).toBe(-1)
    expect(compareDecimals(parseDecimal('1e2'), parseDecimal('99.99'))).toBe(1)
  })
})
