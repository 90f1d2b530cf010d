import { describe, expect, it } from 'vitest'
import type { CalendarPort } from '../../src/domain/calendar.ts'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import { DayRoll } from '../../src/engine/day-roll.ts'
import type { Desk } from '../../src/engine/desk.ts'
import { Ledger } from '../../src/ledger/ledger.ts'

const NS_PER_S = 1e9

function desk(): {
  desk: Desk
  ledger: Ledger
  days: [string, number, number][]
  marks: Map<number, number>
} {
  const table = new InstrumentTable()
  table.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
  const ledger = new Ledger()
  const days: [string, number, number][] = []
  const marks = new Map<number, number>()
  const parts = {
    instruments: table.all(),
    ledger,
    portfolio: { markPrice: (index: number) => marks.get(index) ?? null },
    recorder: {
      day: (instrument: { symbol: string }, day: number, mark: number) =>
        days.push([instrument.symbol, day, mark]),
    },
    time: { recvBaseUtcS: 0 },
  }
  return { desk: parts as unknown as Desk, ledger, days, marks }
}

const UTC_DAYS: CalendarPort = {
  session: () => 1,
  tradingDay: (_calendar, utcMs) => new Date(utcMs).toISOString().slice(0, 10),
}

function buy(ledger: Ledger, table: Desk): void {
  ledger.applyFill(table.instruments[0] as never, 0, {
    tradeId: '1',
    instrument: 0,
    side: 'buy',
    qty: 1_000,
    price: 6_000_000,
    tMs: 1_000,
    feeText: '0',
    feeAsset: 'USDT',
    liquidity: 'taker',
  })
}

describe('DayRoll', () => {
  it('P10: daily P&L counts from the mark at the session boundary, which is journaled once', () => {
    const { desk: parts, ledger, days, marks } = desk()
    const roll = new DayRoll(parts, UTC_DAYS)
    roll.at(10 * NS_PER_S)
    buy(ledger, parts)
    marks.set(0, 6_100_000)
    const instrument = parts.instruments[0] as never
    const before = ledger.dailyPnl(instrument, 6_100_000)
    expect(before).toBeGreaterThan(0n)
    roll.at(86_400 * NS_PER_S)
    roll.at(86_461 * NS_PER_S)
    expect(days).toEqual([['BTCUSDT', 1, 6_100_000]])
    expect(ledger.dailyPnl(instrument, 6_100_000)).toBe(0n)
    expect(ledger.dailyPnl(instrument, 6_000_000)).toBe(-before)
  })

  it('P10: a day that nobody can mark yet begins at the first mark', () => {
    const { desk: parts, ledger, days, marks } = desk()
    buy(ledger, parts)
    const roll = new DayRoll(parts, UTC_DAYS)
    roll.at(0)
    expect(days).toEqual([])
    marks.set(0, 6_050_000)
    roll.at(30 * NS_PER_S)
    expect(days).toEqual([])
    roll.at(60 * NS_PER_S)
    expect(days).toEqual([['BTCUSDT', 0, 6_050_000]])
  })

  it('P10: a calendar without a day for the time begins none', () => {
    const { desk: parts, ledger, days, marks } = desk()
    buy(ledger, parts)
    marks.set(0, 1)
    new DayRoll(parts, { session: () => -1, tradingDay: () => null }).at(0)
    expect(days).toEqual([])
    expect(ledger.tradingDay(parts.instruments[0] as never)).toBe(null)
  })
})
