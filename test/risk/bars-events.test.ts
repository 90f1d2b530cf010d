import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { incrementsToText, toIncrements } from '../../src/core/decimal.ts'
import type { InstrumentInput } from '../../src/domain/instrument.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'
import type { RiskLimits } from '../../src/risk/limits.ts'
import { type Bench, bench, draftOf, NOW_NS, resultOf } from './support.ts'

interface Bar {
  readonly t: string
  readonly o: string
  readonly h: string
  readonly l: string
  readonly c: string
}

function bars(name: string): Bar[] {
  const text = readFileSync(`test/fixtures/bars-events/${name}.json`, 'utf8')
  return (JSON.parse(text) as { bars: Bar[] }).bars
}

const LIMITS: Partial<RiskLimits> = {
  orderValueMin: null,
  orderValueMax: null,
  symbolShareMax: null,
  totalShareMax: null,
}
const later = (at: string, minutes: number): string =>
  new Date(Date.parse(at) + minutes * 60_000).toISOString()

/** A share on the NYSE calendar before the gate; prices as text, times as ISO. */
class Share {
  readonly #bench: Bench
  #seenMs = Number.NaN
  /** the bound of the collar that the last order was held against */
  bound = ''

  constructor(limits: Partial<RiskLimits> = {}, input: Partial<InstrumentInput> = {}) {
    const share = { symbol: 'SHARE', priceIncrement: '0.01', qtyIncrement: '1', calendar: 'NYSE', ...input }
    this.#bench = bench({ ...LIMITS, ...limits }, { inputs: [share], calendar: new ExchangeCalendars() })
  }

  #increments(price: string): number {
    return toIncrements(price, this.#bench.table.get(0).priceIncrement)
  }

  /** The last trade: the reference of what follows. */
  traded(price: string, at: string): void {
    const { market, portfolio } = this.#bench
    market.reference = this.#increments(price)
    portfolio.marks = [market.reference]
    this.#seenMs = Date.parse(at)
  }

  /** What denies a limit buy of one share at a time; null where it passes. */
  buy(price: string, at: string): string | null {
    const { gate, market, table } = this.#bench
    const utcMs = Date.parse(at)
    market.referenceAtNs = NOW_NS - (utcMs - this.#seenMs) * 1e6
    const draft = draftOf({ type: 'limit', timeInForce: 'DAY', qty: 1, price: this.#increments(price) })
    const assessment = gate.assess(draft, NOW_NS, utcMs, 0)
    const { limit } = resultOf(assessment, 'price_collar')
    this.bound = Number.isInteger(limit) ? incrementsToText(limit, table.get(0).priceIncrement) : ''
    return assessment.code
  }
}

describe('R6: the flash crash of 2010-05-06', () => {
  it('R6: a limit at the low of its hour trips the collar, and of no other hour of the three days', () => {
    const spy = new Share({ extendedHours: true, dataAgeMaxSeconds: 3_600 })
    const denied = bars('SPY_hour_20100505_07').flatMap(({ t, o, l, h }) => {
      spy.traded(o, t)
      const codes = [spy.buy(l, later(t, 59)), spy.buy(h, later(t, 59))]
      return codes.every((code) => code === null) ? [] : [[t, ...codes]]
    })
    expect(denied).toEqual([['2010-05-06T18:00:00Z', 'PRICE_COLLAR', null]])
  })

  it('R6: the collar says which price it would have taken', () => {
    const spy = new Share()
    spy.traded('114.71', '2010-05-06T18:45:00Z')
    expect(spy.buy('106.13', '2010-05-06T18:46:00Z')).toBe('PRICE_COLLAR')
    expect(spy.bound).toBe('108.98')
    expect(spy.buy('108.98', '2010-05-06T18:46:00Z')).toBeNull()
    expect(spy.buy('108.97', '2010-05-06T18:46:00Z')).toBe('PRICE_COLLAR')
  })
})

describe("R6: AAPL's split of 2014-06-09", () => {
  const all = bars('AAPL_split_20140605_09_1m')
  const before = all.findLast(({ t }) => t < '2014-06-09') as Bar
  const [first, second] = all.filter(({ t }) => t >= '2014-06-09') as [Bar, Bar]
  const overWeekend = { extendedHours: true, dataAgeMaxSeconds: 4 * 86_400 }
  const splits = [{ date: '2014-06-09', ratio: '7:1' }]

  it('R6: trips the collar where it is not configured', () => {
    const aapl = new Share(overWeekend)
    aapl.traded(before.c, before.t)
    expect(aapl.buy(first.c, first.t)).toBe('PRICE_COLLAR')
    expect(aapl.bound).toBe('613.42')
  })

  it('R6: passes where it is configured, around a seventh of the last price', () => {
    const aapl = new Share(overWeekend, { splits })
    aapl.traded(before.c, before.t)
    expect(aapl.buy(first.c, first.t)).toBeNull()
    expect(aapl.bound).toBe('96.85')
    expect(aapl.buy('96.86', first.t)).toBe('PRICE_COLLAR')
    expect(aapl.buy(before.c, later(before.t, 0.5))).toBeNull()
  })

  it('R6: the old price that the first bar still shows trips it then', () => {
    const aapl = new Share(overWeekend, { splits })
    aapl.traded(before.c, before.t)
    expect(first.o).toBe('645.57')
    expect(aapl.buy(first.o, first.t)).toBe('PRICE_COLLAR')
  })

  it('R6: is over with the first trade of the new session', () => {
    const aapl = new Share(overWeekend, { splits })
    aapl.traded(first.c, first.t)
    expect(aapl.buy(second.c, second.t)).toBeNull()
    const unaware = new Share(overWeekend)
    unaware.traded(first.c, first.t)
    expect(unaware.buy(second.c, second.t)).toBeNull()
  })

  it('R6: no weekend passes the age limit of a reference by itself', () => {
    const aapl = new Share({ extendedHours: true }, { splits })
    aapl.traded(before.c, before.t)
    expect(aapl.buy(first.c, first.t)).toBe('REFERENCE_STALE')
  })

  it('R6: where the days are not known, a split leaves no reference', () => {
    const aapl = new Share(overWeekend, { splits, calendar: 'nowhere' })
    aapl.traded(before.c, before.t)
    expect(aapl.buy(first.c, first.t)).toBe('CALENDAR_UNKNOWN')
    expect(aapl.bound).toBe('')
  })
})

describe('R3: GOOG on 2015-12-24', () => {
  /** New York wall clock of the first and last bar that an order of its own minute passes at, by day. */
  function passing(limits: Partial<RiskLimits>): Record<string, [string, string]> {
    const goog = new Share(limits)
    const found: Record<string, [string, string]> = {}
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'short',
    })
    for (const { t, c } of bars('GOOG_1m_20151223_28')) {
      goog.traded(c, t)
      const code = goog.buy(c, t)
      expect([null, 'MARKET_CLOSED']).toContain(code)
      if (code !== null) continue
      const [day = '', time = ''] = format.format(new Date(t)).split(' ')
      found[day] = [found[day]?.[0] ?? time, time]
    }
    return found
  }

  it('R3: closes at 13:00 New York, is shut on Christmas, and opens on Monday', () => {
    expect(passing({})).toEqual({
      '2015-12-23': ['09:30', '15:59'],
      '2015-12-24': ['09:30', '12:59'],
      '2015-12-28': ['09:30', '15:59'],
    })
    const goog = new Share()
    goog.traded('748.4', '2015-12-24T17:59:30Z')
    expect(goog.buy('748.4', '2015-12-24T17:59:59.999Z')).toBeNull()
    expect(goog.buy('748.4', '2015-12-24T18:00:00Z')).toBe('MARKET_CLOSED')
  })

  it('R3: extended hours, where they are enabled, end at 17:00 that day', () => {
    expect(passing({ extendedHours: true })).toEqual({
      '2015-12-23': ['04:59', expect.any(String)],
      '2015-12-24': [expect.any(String), '16:11'],
      '2015-12-28': [expect.any(String), expect.any(String)],
    })
    const goog = new Share({ extendedHours: true, dataAgeMaxSeconds: 86_400 })
    goog.traded('748.37', '2015-12-24T21:11:00Z')
    expect(goog.buy('748.37', '2015-12-24T21:59:59Z')).toBeNull()
    expect(goog.buy('748.37', '2015-12-24T22:00:00Z')).toBe('MARKET_CLOSED')
    expect(goog.buy('748.37', '2015-12-25T15:00:00Z')).toBe('MARKET_CLOSED')
  })
})

describe('R6: oil below zero', () => {
  const rows = (
    JSON.parse(readFileSync('test/fixtures/bars-events/WTI_daily_2020-03.json', 'utf8')) as {
      rows: { Date: string; Price: string }[]
    }
  ).rows
  const last = rows.at(-1) as { Date: string; Price: string }
  const future = { extendedHours: true, dataAgeMaxSeconds: 7 * 86_400 }
  const evening = '2020-04-20T18:00:00Z'

  it('R6: a negative or zero price is denied where the instrument does not allow it', () => {
    const oil = new Share(future, { calendar: 'CME' })
    oil.traded(last.Price, `${last.Date}T18:00:00Z`)
    expect(oil.buy('-37.63', evening)).toBe('ORDER_PRICE_INVALID')
    expect(oil.buy('0', evening)).toBe('ORDER_PRICE_INVALID')
    expect(oil.buy(last.Price, evening)).toBeNull()
  })

  it('R6: where it does, the collar still holds it against the last price', () => {
    const oil = new Share(future, { calendar: 'CME', allowsNegativePrice: true })
    oil.traded(last.Price, `${last.Date}T18:00:00Z`)
    expect(oil.buy('-37.63', evening)).toBe('PRICE_COLLAR')
    oil.traded('-37', evening)
    expect(oil.buy('-37.63', evening)).toBeNull()
    expect(oil.bound).toBe('-38.85')
    expect(oil.buy('-38.86', evening)).toBe('PRICE_COLLAR')
    expect(oil.buy('-35.15', evening)).toBeNull()
    expect(oil.buy('-35.14', evening)).toBe('PRICE_COLLAR')
  })
})
