import { describe, expect, it } from 'vitest'
import { InstrumentTable, type Split } from '../../src/domain/instrument.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'
import { SplitSchedule } from '../../src/risk/splits.ts'

const ms = (text: string): number => Date.parse(text)

function schedule(splits: readonly Split[], calendar = 'XNYS'): SplitSchedule {
  const table = new InstrumentTable()
  table.add({ symbol: 'PLAIN', priceIncrement: '0.01', qtyIncrement: '1', calendar })
  table.add({ symbol: 'SPLIT', priceIncrement: '0.01', qtyIncrement: '1', calendar, splits })
  return new SplitSchedule(table.all(), new ExchangeCalendars())
}

const FRIDAY = ms('2014-06-06T19:59Z')
const MONDAY = ms('2014-06-09T08:00Z')

describe('R6: splits', () => {
  it('R6: a price from before is worth a seventh from the first minute of the split session on', () => {
    const splits = schedule([{ date: '2014-06-09', ratio: '7:1' }])
    expect(splits.priceFactor(1, FRIDAY, MONDAY)).toBe(1 / 7)
    expect(splits.priceFactor(1, FRIDAY, ms('2014-06-07T00:00Z'))).toBe(1 / 7)
    expect(splits.priceFactor(1, FRIDAY, ms('2014-06-06T23:59Z'))).toBe(1)
    expect(splits.priceFactor(1, MONDAY, MONDAY + 60_000)).toBe(1)
    expect(splits.priceFactor(1, ms('2014-06-05T15:00Z'), FRIDAY)).toBe(1)
    expect(splits.priceFactor(1, MONDAY, ms('2014-06-10T15:00Z'))).toBe(1)
  })

  it('R6: reverse splits and several in a row multiply', () => {
    const splits = schedule([
      { date: '2014-06-09', ratio: '1:10' },
      { date: '2014-06-10', ratio: '3:2' },
    ])
    expect(splits.priceFactor(1, FRIDAY, MONDAY)).toBe(10)
    expect(splits.priceFactor(1, FRIDAY, ms('2014-06-10T15:00Z'))).toBeCloseTo(20 / 3, 12)
  })

  it('R6: an instrument without splits is not asked for its days', () => {
    const splits = schedule([], 'no such calendar')
    expect(splits.priceFactor(0, FRIDAY, MONDAY)).toBe(1)
    expect(splits.priceFactor(1, FRIDAY, MONDAY)).toBe(1)
    expect(splits.priceFactor(9, FRIDAY, MONDAY)).toBe(1)
  })

  it('R6: where the days are not known, neither is the factor', () => {
    const splits = schedule([{ date: '2014-06-09', ratio: '7:1' }])
    expect(splits.priceFactor(1, Number.NaN, MONDAY)).toBeNaN()
    expect(splits.priceFactor(1, FRIDAY, ms('2040-01-01T00:00Z'))).toBeNaN()
  })

  it.each([
    ['', '2014-06-09'],
    ['7', '2014-06-09'],
    ['7:0', '2014-06-09'],
    ['0:7', '2014-06-09'],
    ['-7:1', '2014-06-09'],
    ['7:1:2', '2014-06-09'],
    ['7:1', '2014-6-9'],
    ['7:1', '2014-06-31T'],
    ['7:1', '2014-13-01'],
  ])('R6: a split of %s on "%s" is refused', (ratio, date) => {
    expect(() => schedule([{ date, ratio }])).toThrow(/ratio "new:old"/)
  })
})
