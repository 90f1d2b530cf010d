import { describe, expect, it } from 'vitest'
import { createInstrument } from '../../src/domain/instrument.ts'
import { TradeBars } from '../../src/engine/tape-bars.ts'
import { fixtureJson } from '../feed/fixtures.ts'
import { only, sha256, tape } from './tape-support.ts'

const INSTRUMENT = createInstrument(
  { symbol: 'BTCUSDT', priceIncrement: '0.00000001', qtyIncrement: '0.00000001' },
  0,
)

type TradeTriple = readonly [number, string, string]

interface RawExpected {
  messages: number
  by_stream: Record<string, number>
  trades: {
    count: number
    sum_qty: string
    sum_notional: string
    vwap: string
    first: TradeTriple
    last: TradeTriple
    high: string
    low: string
    tape_sha256: string
  }
  bars_1m_by_T: unknown[]
  bars_1s_by_T_sha256: string
  bars_1s_count: number
  bookTicker: { count: number; crossed: number; locked: number; tape_sha256: string }
  depth: {
    stats: { applied: number }
    levels: [number, number]
    best_bid: string
    best_ask: string
    book_sha256: string
  }
}

interface CaptureExpected {
  by_direction: { in: number }
  in_types: Record<string, number>
  trades: Record<
    string,
    {
      count: number
      qty: string
      notional: string
      first: string
      last: string
      high: string
      low: string
      tape_sha256: string
    }
  >
  quotes: Record<string, { count: number; crossed: number; locked: number }>
  books: Record<
    string,
    {
      applied: number
      sequence_breaks: number
      best_bid: string
      best_ask: string
      levels: [number, number]
      book_sha256: string
    }
  >
}

const RAW = [
  { title: 'spot, two files', of: 'spot_btcusdt', days: ['20240808', '20240809'], kind: 'binance-spot' },
  { title: 'USD-M', of: 'usdm_btcusdt', days: ['20240808'], kind: 'binance-usdm' },
]

describe.each(RAW)('tape of raw Binance lines: $title', async ({ of, days, kind }) => {
  const expected = fixtureJson<RawExpected>(`binance-raw/${of}.expected.json`)
  const seconds = new TradeBars(1_000)
  const files = days.map((day) => `binance-raw/${of}_${day}.gz`)
  const document = await tape(files, [seconds])
  const { trades, quotes, book, bars_1m } = only(document)

  it('F2: counts, and no error in a clean recording', () => {
    expect(document.files).toEqual(files.map((file) => file.slice('binance-raw/'.length)))
    expect(document.kind).toBe(kind)
    expect(document.messages).toBe(expected.messages)
    expect(document.by_type).toEqual(expected.by_stream)
    expect(document.errors).toEqual({})
  })

  it('F2: trades, exact', () => {
    const { first, last, ...rest } = expected.trades
    expect(trades).toMatchObject({
      flagged: 0,
      count: rest.count,
      sum_qty: rest.sum_qty,
      sum_notional: rest.sum_notional,
      vwap: rest.vwap,
      high: rest.high,
      low: rest.low,
      tape_sha256: rest.tape_sha256,
      first: { t: first[0], price: first[1], qty: first[2] },
      last: { t: last[0], price: last[1], qty: last[2] },
    })
  })

  it('F2: quotes in the text of the exchange', () => {
    const { count, crossed, locked, tape_sha256 } = expected.bookTicker
    expect(quotes).toEqual({ count, crossed, locked, tape_sha256 })
  })

  it('F2: the book after the last update', () => {
    const { stats, levels, best_bid, best_ask, book_sha256 } = expected.depth
    const { applied } = stats
    expect(book).toEqual({ applied, breaks: 0, resyncs: 0, levels, best_bid, best_ask, sha256: book_sha256 })
  })

  it('P4: bars of a minute and of a second by trade time', () => {
    expect(bars_1m).toEqual(expected.bars_1m_by_T)
    const bars = seconds.toText(INSTRUMENT, Date.UTC(2024, 7, 8), 10)
    expect(bars).toHaveLength(expected.bars_1s_count)
    expect(sha256(JSON.stringify(bars))).toBe(expected.bars_1s_by_T_sha256)
  })
})

const CAPTURES = [
  { name: 'BINANCE', kind: 'binance-spot' },
  { name: 'BINANCE_FUTURES', kind: 'binance-usdm' },
]

describe.each(CAPTURES)('tape of the captured session $name', async ({ name, kind }) => {
  const expected = fixtureJson<CaptureExpected>(`raw-ws/${name}.expected.json`)
  const document = await tape([`raw-ws/${name}.wscap.ndjson.gz`])
  const symbols = Object.entries(document.symbols)

  it('F2: counts what came in, without an error', () => {
    expect(document.kind).toBe(kind)
    expect(document.messages).toBe(expected.by_direction.in)
    expect(document.by_type).toEqual(expected.in_types)
    expect(document.errors).toEqual({})
    expect(Object.keys(document.symbols)).toEqual(Object.keys(expected.books))
  })

  it.each(symbols)('F2: trades and quotes of %s', (symbol, { trades, quotes }) => {
    const trade = expected.trades[symbol]
    expect(trades.count).toBe(trade?.count ?? 0)
    if (trade !== undefined) {
      expect(trades.sum_qty).toBe(trade.qty)
      expect(trades.sum_notional).toBe(trade.notional)
      expect([trades.first?.price, trades.last?.price]).toEqual([trade.first, trade.last])
      expect([trades.high, trades.low]).toEqual([trade.high, trade.low])
      expect(trades.tape_sha256).toBe(trade.tape_sha256)
    }
    const quote = expected.quotes[symbol] ?? { count: 0, crossed: 0, locked: 0 }
    expect(quotes).toMatchObject({ count: quote.count, crossed: quote.crossed, locked: quote.locked })
  })

  it.each(symbols)('F2: book of %s', (symbol, { book }) => {
    const { applied, sequence_breaks, levels, best_bid, best_ask, book_sha256 } = expected.books[symbol] ?? {}
    expect(book).toEqual({
      applied,
      breaks: sequence_breaks,
      resyncs: 0,
      levels,
      best_bid,
      best_ask,
      sha256: book_sha256,
    })
  })
})
