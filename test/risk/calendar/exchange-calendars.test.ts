import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CALENDAR_NAMES, MARKET_SESSION } from '../../../src/domain/calendar.ts'
import type { CalendarData } from '../../../src/risk/calendar/calendar-data.ts'
import { CME_EQUITY } from '../../../src/risk/calendar/data/cme-equity.ts'
import { CMES } from '../../../src/risk/calendar/data/cmes.ts'
import { XLON } from '../../../src/risk/calendar/data/xlon.ts'
import { XNYS } from '../../../src/risk/calendar/data/xnys.ts'
import { XTKS } from '../../../src/risk/calendar/data/xtks.ts'
import { ExchangeCalendars } from '../../../src/risk/calendar/exchange-calendars.ts'
import { SessionTable } from '../../../src/risk/calendar/session-table.ts'

interface Row {
  readonly date: string
  readonly open_utc: string
  readonly close_utc: string
  readonly pre_utc?: string
  readonly post_utc?: string
  readonly break_utc?: readonly [string, string]
}
interface Query {
  readonly at: string
  readonly is_open: boolean
  readonly next_open: string
  readonly next_close: string
}
interface Fixture {
  readonly range: readonly [string, string]
  readonly rows: readonly Row[]
  readonly queries?: readonly Query[]
  readonly early_closes?: readonly string[]
  readonly weekday_holidays?: readonly string[]
}

const fixture = (name: string): Fixture =>
  JSON.parse(readFileSync(`test/fixtures/calendars/${name}_2020_2023.json`, 'utf8')) as Fixture
const ms = (text: string): number => Date.parse(text)
const text = (utcMs: number): string => new Date(utcMs).toISOString().replace('.000', '')
const { UNKNOWN, CLOSED, REGULAR, EXTENDED } = MARKET_SESSION
const calendars = new ExchangeCalendars()

const FIXTURES: readonly (readonly [string, string])[] = [
  ['XNYS', 'XNYS'],
  ['CMES', 'CMES'],
  ['XLON', 'XLON'],
  ['XTKS', 'XTKS'],
  ['CME_EQUITY', 'CME_Equity'],
]

/** Sessions as the queries tell them: hopping from close to close over the range. */
function regularPeriods(calendar: string, range: readonly [string, string]): [string, string][] {
  const found: [string, string][] = []
  const first = ms(range[0]) - 86_400_000
  for (let at = calendars.nextOpen(calendar, first); ; at = calendars.nextOpen(calendar, at)) {
    const close = calendars.nextClose(calendar, at)
    const day = calendars.tradingDay(calendar, at) as string
    if (day > range[1]) return found
    if (day >= range[0]) found.push([text(at), text(close)])
  }
}

describe('R3: the calendars equal the recorded ones of 2020 to 2023', () => {
  it.each(FIXTURES)('R3: %s has exactly the sessions of %s', (calendar, name) => {
    const { rows, range } = fixture(name)
    expect(rows.length).toBeGreaterThan(900)
    const expected = rows.flatMap(({ open_utc, close_utc, break_utc }): [string, string][] =>
      break_utc === undefined
        ? [[open_utc, close_utc]]
        : [
            [open_utc, break_utc[0]],
            [break_utc[1], close_utc],
          ],
    )
    expect(regularPeriods(calendar, range)).toEqual(expected)
  })

  it.each(FIXTURES)(
    'R3: each session of %s is open inclusive, close exclusive, of its own day',
    (calendar, name) => {
      for (const { date, open_utc, close_utc, break_utc } of fixture(name).rows) {
        const open = ms(open_utc)
        const close = ms(close_utc)
        expect(calendars.isOpen(calendar, open)).toBe(true)
        expect(calendars.isOpen(calendar, close - 1)).toBe(true)
        expect(calendars.tradingDay(calendar, open)).toBe(date)
        expect(calendars.tradingDay(calendar, close - 1)).toBe(date)
        if (calendar !== 'CMES') {
          expect(calendars.isOpen(calendar, open - 1)).toBe(false)
          expect(calendars.isOpen(calendar, close)).toBe(false)
        }
        if (break_utc === undefined) continue
        expect(calendars.session(calendar, ms(break_utc[0]))).toBe(CLOSED)
        expect(calendars.session(calendar, ms(break_utc[1]) - 1)).toBe(CLOSED)
        expect(calendars.session(calendar, ms(break_utc[1]))).toBe(REGULAR)
        expect(calendars.tradingDay(calendar, ms(break_utc[0]))).toBe(date)
      }
    },
  )

  it.each(['XNYS', 'CMES', 'XLON'])('R3: every query of %s has its answer', (name) => {
    const { queries = [] } = fixture(name)
    expect(queries.length).toBeGreaterThanOrEqual(400)
    const answers = queries.map(({ at }) => ({
      at,
      is_open: calendars.isOpen(name, ms(at)),
      next_open: text(calendars.nextOpen(name, ms(at))),
      next_close: text(calendars.nextClose(name, ms(at))),
    }))
    expect(answers).toEqual(
      queries.map(({ at, is_open, next_open, next_close }) => ({ at, is_open, next_open, next_close })),
    )
  })

  it.each(['XNYS', 'CMES', 'XLON', 'XTKS'])(
    'R3: %s has the holidays and early closes, and no others',
    (name) => {
      const { rows, range, early_closes, weekday_holidays } = fixture(name)
      const held = new Set(regularPeriods(name, range).map(([open]) => calendars.tradingDay(name, ms(open))))
      const holidays: string[] = []
      for (let day = ms(range[0]); day <= ms(range[1]); day += 86_400_000) {
        const date = text(day).slice(0, 10)
        if (![0, 6].includes(new Date(day).getUTCDay()) && !held.has(date)) holidays.push(date)
      }
      expect(holidays).toEqual(weekday_holidays)
      const local = new Intl.DateTimeFormat('en-GB', {
        timeZone: calendars.zone(name),
        hour: '2-digit',
        minute: '2-digit',
      })
      const usual = { XNYS: '16:00', CMES: '17:00', XLON: '16:30', XTKS: '15:00' }[name]
      const lastCloses = new Map(rows.map(({ date, open_utc }) => [date, ms(open_utc)]))
      const early = [...lastCloses].flatMap(([date, open]) => {
        const lunch = name === 'XTKS' ? calendars.nextClose(name, open) : open
        return local.format(calendars.nextClose(name, lunch)) === usual ? [] : [date]
      })
      expect(early).toEqual(early_closes)
    },
  )

  it('R3: the extended hours of NYSE lie around each regular session', () => {
    const { rows } = fixture('NYSE_extended')
    for (const { date, pre_utc = '', open_utc, close_utc, post_utc = '' } of rows) {
      expect(calendars.session('NYSE', ms(pre_utc) - 1)).toBe(CLOSED)
      expect(calendars.session('NYSE', ms(pre_utc))).toBe(EXTENDED)
      expect(calendars.session('NYSE', ms(open_utc) - 1)).toBe(EXTENDED)
      expect(calendars.session('NYSE', ms(open_utc))).toBe(REGULAR)
      expect(calendars.session('NYSE', ms(close_utc))).toBe(EXTENDED)
      expect(calendars.session('NYSE', ms(post_utc) - 1)).toBe(EXTENDED)
      expect(calendars.session('NYSE', ms(post_utc))).toBe(CLOSED)
      expect(calendars.tradingDay('NYSE', ms(pre_utc))).toBe(date)
      expect(calendars.tradingDay('NYSE', ms(post_utc) - 1)).toBe(date)
      expect(calendars.tradingDay('NYSE', ms(post_utc))).not.toBe(date)
    }
  })
})

describe('R3: from 2005 to 2035', () => {
  it.each([
    ['XNYS', XNYS],
    ['CMES', CMES],
    ['CME_EQUITY', CME_EQUITY],
    ['XLON', XLON],
    ['XTKS', XTKS],
  ] as const)('R3: %s gives the very sessions of its sources', (_name, data: CalendarData) => {
    const canon = new SessionTable(data).canon()
    expect(canon.split('\n').length - 1).toBe(data.sessions)
    expect(createHash('sha256').update(canon).digest('hex')).toBe(data.sha256)
  })

  it('R3: outside of its data every answer is unknown', () => {
    for (const at of ['2004-12-31T15:00Z', '2005-01-01T04:59Z', '2036-01-01T05:00Z', '2036-06-02T15:00Z']) {
      expect(calendars.session('XNYS', ms(at))).toBe(UNKNOWN)
      expect(calendars.tradingDay('XNYS', ms(at))).toBeNull()
      expect(calendars.isOpen('XNYS', ms(at))).toBe(false)
      expect(calendars.nextOpen('XNYS', ms(at))).toBeNaN()
      expect(calendars.nextClose('XNYS', ms(at))).toBeNaN()
    }
    expect(calendars.session('XNYS', Number.NaN)).toBe(UNKNOWN)
    expect(calendars.session('XNYS', ms('2005-01-01T05:00Z'))).toBe(CLOSED)
    expect(calendars.session('XNYS', ms('2036-01-01T04:59Z'))).toBe(CLOSED)
  })

  it('R3: what follows the last session of the data is unknown', () => {
    const evening = ms('2036-01-01T02:00Z')
    expect(calendars.session('XNYS', evening)).toBe(CLOSED)
    expect(calendars.tradingDay('XNYS', evening)).toBeNull()
    expect(calendars.nextOpen('XNYS', evening)).toBeNaN()
    expect(calendars.nextClose('XNYS', evening)).toBeNaN()
  })

  it('R3: answers do not depend on the order of the questions', () => {
    const asked = fixture('XNYS').rows.flatMap(({ open_utc, close_utc }) => [ms(open_utc), ms(close_utc) + 1])
    const forward = asked.map((at) => calendars.session('XNYS', at))
    const fresh = new ExchangeCalendars(['XNYS'])
    const backward = asked.toReversed().map((at) => fresh.session('XNYS', at))
    expect(backward.toReversed()).toEqual(forward)
  })
})

describe('R3: names', () => {
  it.each([
    ['NYSE', 'XNYS'],
    ['NASDAQ', 'XNYS'],
    ['XNAS', 'XNYS'],
    ['CME', 'CMES'],
    ['LSE', 'XLON'],
    ['JPX', 'XTKS'],
  ])('R3: %s is %s', (alias, name) => {
    const noon = ms('2021-07-06T18:00Z')
    expect(calendars.session(alias, noon)).toBe(calendars.session(name, noon))
    expect(calendars.nextClose(alias, noon)).toBe(calendars.nextClose(name, noon))
    expect(calendars.zone(alias)).toBe(calendars.zone(name))
  })

  it('R3: a name without data is unknown, never open', () => {
    const noon = ms('2021-07-06T16:00Z')
    for (const name of ['XXXX', '', 'toString', '__proto__']) {
      expect(calendars.session(name, noon)).toBe(UNKNOWN)
      expect(calendars.tradingDay(name, noon)).toBeNull()
      expect(calendars.isOpen(name, noon)).toBe(false)
      expect(calendars.nextOpen(name, noon)).toBeNaN()
      expect(calendars.nextClose(name, noon)).toBeNaN()
      expect(CALENDAR_NAMES).not.toContain(name)
    }
  })

  it('R3: 24/7 never closes and its day is the UTC day', () => {
    const at = ms('2021-12-25T23:59:59.999Z')
    expect(calendars.session('24/7', at)).toBe(REGULAR)
    expect(calendars.tradingDay('24/7', at)).toBe('2021-12-25')
    expect(calendars.tradingDay('24/7', at + 1)).toBe('2021-12-26')
    expect(calendars.tradingDayNumber('24/7', Number.NaN)).toBe(-1)
    expect(calendars.nextClose('24/7', at)).toBe(Number.POSITIVE_INFINITY)
    expect(calendars.nextOpen('24/7', at)).toBe(Number.POSITIVE_INFINITY)
    expect(calendars.zone('24/7')).toBe('UTC')
  })

  it('R3: every known name has sessions', () => {
    for (const name of CALENDAR_NAMES)
      expect(
        calendars.isOpen(name, ms('2021-07-06T00:30Z')) || calendars.isOpen(name, ms('2021-07-06T14:00Z')),
      ).toBe(true)
  })
})
