import { describe, expect, it } from 'vitest'
import { createInstrument } from '../../src/domain/instrument.ts'
import { TradeBars, type TradeBarText } from '../../src/engine/tape-bars.ts'
import { fixtureJson } from '../feed/fixtures.ts'
import { only, sha256, tape } from './tape-support.ts'

interface BarExpected {
  t: number
  o: string
  h: string
  l: string
  c: string
  v: number
  n: number
  vwap: string
}
interface AlpacaExpected {
  symbol: string
  date: string
  messages: number
  trades: number
  quotes: number
  trade: {
    sum_size: number
    sum_notional: string
    high: string
    low: string
    first: string
    last: string
    tape_sha256: string
    in_regular_session: number
    outside_regular_session: number
  }
  bars_1m_all: BarExpected[]
  regular_session_ohlcv: Omit<BarExpected, 't'>
  quote?: { crossed: number; locked: number; last_bid: string; last_ask: string; tape_sha256: string }
}

const HALF_HOUR_MS = 1_800_000
/** 09:30 and 16:00 in New York are 13:30 and 20:00 UTC on these days. */
const SESSION_START = 27
const SESSION_END = 40
const INSTRUMENT = createInstrument(
  { symbol: 'ANY', priceIncrement: '0.00000001', qtyIncrement: '0.00000001' },
  0,
)

/** Texts of the reference keep trailing zeros and write volumes as numbers. */
function asText({ t, o, h, l, c, v, n, vwap }: BarExpected): TradeBarText {
  return { t, o, h, l, c, v: String(v), n, vwap: vwap.replace(/\.?0+$/, '') }
}

const DAYS = ['IBM_20131009_P_day', 'AIG_20131007_N_day', 'SPY_20131007_trades_open']

describe.each(DAYS)('tape of Alpaca text: %s', async (name) => {
  const expected = fixtureJson<AlpacaExpected>(`alpaca-wire/${name}.wscap.expected.json`)
  const halfHours = new TradeBars(HALF_HOUR_MS)
  const document = await tape([`alpaca-wire/${name}.wscap.ndjson.gz`], [halfHours])
  const { trades, quotes, book, bars_1m } = only(document)

  it('F1: counts data messages by type, without an error', () => {
    expect(document.kind).toBe('alpaca')
    expect(Object.keys(document.symbols)).toEqual([expected.symbol])
    expect(document.messages).toBe(expected.messages)
    const types = { q: expected.quotes, t: expected.trades }
    expect(document.by_type).toEqual(Object.fromEntries(Object.entries(types).filter(([, n]) => n > 0)))
    expect(document.errors).toEqual({})
    expect(book).toBeNull()
  })

  it('F1: trades, exact', () => {
    const { trade } = expected
    expect(trades).toMatchObject({
      count: expected.trades,
      flagged: 0,
      sum_qty: String(trade.sum_size),
      sum_notional: trade.sum_notional,
      high: trade.high,
      low: trade.low,
      tape_sha256: trade.tape_sha256,
    })
    expect([trades.first?.price, trades.last?.price]).toEqual([trade.first, trade.last])
  })

  it('F1: quotes, crossed and locked ones counted but no errors (one venue of many)', () => {
    const { crossed, locked, tape_sha256 } = expected.quote ?? {}
    expect(quotes).toEqual({
      count: expected.quotes,
      crossed: crossed ?? 0,
      locked: locked ?? 0,
      tape_sha256: tape_sha256 ?? sha256(''),
    })
  })

  it('P4: bars of a minute', () => {
    expect(bars_1m).toEqual(expected.bars_1m_all.map(asText))
  })

  it('R3: the regular session, and what trades outside it', () => {
    const dayMs = Date.parse(`${expected.date.replace(/(....)(..)(..)/, '$1-$2-$3')}T00:00:00Z`)
    const all = halfHours.toText(INSTRUMENT, dayMs, 8)
    const inSession = all.filter(({ t }) => {
      const halfHour = (t - dayMs) / HALF_HOUR_MS
      return halfHour >= SESSION_START && halfHour < SESSION_END
    })
    const session = expected.regular_session_ohlcv
    const prices = (pick: 'h' | 'l'): number[] => inSession.map((bar) => Number(bar[pick]))
    const volume = inSession.reduce((sum, bar) => sum + Number(bar.v), 0)
    const count = inSession.reduce((sum, bar) => sum + bar.n, 0)
    expect(inSession[0]?.o).toBe(session.o)
    expect(inSession.at(-1)?.c).toBe(session.c)
    expect(Math.max(...prices('h'))).toBe(Number(session.h))
    expect(Math.min(...prices('l'))).toBe(Number(session.l))
    expect([volume, count]).toEqual([session.v, session.n])
    expect(count).toBe(expected.trade.in_regular_session)
    expect(trades.count - count).toBe(expected.trade.outside_regular_session)
  })
})

interface Mt5Expected {
  symbol: string
  ticks: number
  crossed: number
  locked: number
  tape_sha256: string
  mid_bars_1m: number
  mid_bars_1m_first3: unknown[]
  mid_bars_1m_last3: unknown[]
  mid_bars_1m_sha256: string
}

const MT5 = [
  ['EURUSD_fxcm_20140504_crossed', 'mt5.ndjson'],
  ['EURUSD_oanda_20140501_04', 'mt5.ndjson'],
  ['EURUSD_oanda_20140501_04', 'mt5ticks.csv'],
  ['XAUUSD_oanda_20140504_fracms', 'mt5.ndjson'],
] as const

describe.each(MT5)('tape of MetaTrader ticks: %s.%s', async (name, form) => {
  const expected = fixtureJson<Mt5Expected>(`fx-mt5/${name}.mt5.expected.json`)
  const document = await tape([`fx-mt5/${name}.${form}.gz`])
  const { trades, quotes, bars_1m } = only(document)

  it('F3: every tick, with times exact to the nanosecond', () => {
    expect(document.kind).toBe(form === 'mt5ticks.csv' ? 'mt5-csv' : 'mt5')
    expect(Object.keys(document.symbols)).toEqual([expected.symbol])
    expect(document.messages).toBe(expected.ticks)
    expect(document.errors).toEqual({})
    expect(trades.count).toBe(0)
    const { ticks, crossed, locked, tape_sha256 } = expected
    expect(quotes).toEqual({ count: ticks, crossed, locked, tape_sha256 })
  })

  it('P4: bars of quote middles', () => {
    expect(bars_1m).toHaveLength(expected.mid_bars_1m)
    expect(bars_1m.slice(0, 3)).toEqual(expected.mid_bars_1m_first3)
    expect(bars_1m.slice(-3)).toEqual(expected.mid_bars_1m_last3)
    expect(sha256(JSON.stringify(bars_1m))).toBe(expected.mid_bars_1m_sha256)
  })
})
