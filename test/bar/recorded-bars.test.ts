import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createBar } from '../../src/bar/bar.ts'
import { BarBuilder } from '../../src/bar/bar-builder.ts'
import { barNotional } from '../../src/bar/exact-sum.ts'
import {
  divideRounded,
  formatDecimal,
  type Increment,
  incrementsToText,
  parseIncrement,
  toIncrements,
} from '../../src/core/decimal.ts'
import type { Bar } from '../../src/domain/bar.ts'
import { TICK_SLOT_F64 } from '../../src/domain/tick.ts'
import { readTrades } from '../engine/recorded-trades.ts'

interface Ohlc {
  timestamp: number
  open: number
  high: number
  low: number
  close: number
}

function gunzipJson<T>(file: string): T {
  return JSON.parse(gunzipSync(readFileSync(`test/fixtures/bars-events/${file}`)).toString('utf8')) as T
}

const DECI = parseIncrement('0.1')
const tenths = (x: number): number => toIncrements(String(x), DECI)
const ohlc = (bar: Bar): Ohlc => ({
  timestamp: bar.startNs / 1e6,
  open: bar.open / 10,
  high: bar.high / 10,
  low: bar.low / 10,
  close: bar.close / 10,
})

describe("a vendor's own bars (Dukascopy, BTCUSD 2023)", () => {
  // Times of 2023 as offsets from the first day, as a run has them.
  const dayMs = 86_400_000

  it('P4: ticks give the 2284 one-second bars', () => {
    const data = gunzipJson<{ ticks: { timestamp: number; bidPrice: number }[]; expected_s1_bid: Ohlc[] }>(
      'dukascopy_BTCUSD_ticks_to_s1.json.gz',
    )
    const baseMs = Math.floor((data.ticks[0]?.timestamp as number) / dayMs) * dayMs
    const builder = new BarBuilder(1e9)
    const bars: Ohlc[] = []
    for (const tick of data.ticks) {
      const timeNs = (tick.timestamp - baseMs) * 1e6
      while (builder.roll(timeNs)) bars.push(ohlc(builder.closed))
      builder.addTrade(tenths(tick.bidPrice), 1, timeNs)
    }
    bars.push(ohlc(builder.running))
    expect(bars).toHaveLength(2284)
    expect(bars).toEqual(data.expected_s1_bid.map((bar) => ({ ...bar, timestamp: bar.timestamp - baseMs })))
    expect(builder.lateTicks).toBe(0)
  })

  it('P4: 1440 one-minute bars give the 288 five-minute bars', () => {
    const data = gunzipJson<{ m1: Ohlc[]; expected_m5: Ohlc[] }>('dukascopy_BTCUSD_m1_to_m5.json.gz')
    const baseMs = Math.floor((data.m1[0]?.timestamp as number) / dayMs) * dayMs
    const builder = new BarBuilder(300e9)
    const bars: Ohlc[] = []
    for (const m1 of data.m1) {
      const bar = {
        ...createBar(60e9),
        startNs: (m1.timestamp - baseMs) * 1e6,
        open: tenths(m1.open),
        high: tenths(m1.high),
        low: tenths(m1.low),
        close: tenths(m1.close),
        count: 1,
      }
      while (builder.roll(bar.startNs)) bars.push(ohlc(builder.closed))
      builder.addBar(bar)
      while (builder.roll(bar.startNs + bar.periodNs)) bars.push(ohlc(builder.closed))
    }
    expect(bars).toHaveLength(288)
    expect(bars).toEqual(data.expected_m5.map((bar) => ({ ...bar, timestamp: bar.timestamp - baseMs })))
  })
})

describe('recorded Binance trades', () => {
  const CASES = [
    ['spot_btcusdt.expected.json', '0.01', '0.00001'],
    ['usdm_btcusdt.expected.json', '0.1', '0.001'],
    // The increments that `tape` takes without instrument definitions: notionals beyond 2^53.
    ['spot_btcusdt.expected.json', '0.00000001', '0.00000001'],
  ] as const

  it.each(CASES)('P4: the one-minute bars of %s, increments %s and %s', (file, priceStep, qtyStep) => {
    const expected = JSON.parse(readFileSync(`test/fixtures/binance-raw/${file}`, 'utf8')) as {
      files: string[]
      bars_1m_by_T: object[]
    }
    const tape = readTrades(expected.files, priceStep, qtyStep)
    const [price, qty] = [parseIncrement(priceStep), parseIncrement(qtyStep)]
    const builder = new BarBuilder(60e9)
    const bars: object[] = []
    for (let slot = 0; slot < tape.count; slot += 1) {
      const at = slot * TICK_SLOT_F64
      const timeNs = tape.slots.f64[at + 1] as number
      while (builder.roll(timeNs)) bars.push(expectedForm(builder.closed, price, qty, tape.baseUtcMs))
      builder.addTrade(tape.slots.f64[at + 3] as number, tape.slots.f64[at + 4] as number, timeNs)
    }
    bars.push(expectedForm(builder.running, price, qty, tape.baseUtcMs))
    expect(bars).toEqual(expected.bars_1m_by_T)
  })
})

describe('recorded Alpaca trades', () => {
  it.each(['SPY_20131007_trades_open', 'IBM_20131009_P_day'])('P4: the one-minute bars of %s', (name) => {
    const expected = JSON.parse(
      readFileSync(`test/fixtures/alpaca-wire/${name}.wscap.expected.json`, 'utf8'),
    ) as { bars_1m_all: { t: number; v: number }[] }
    // Four places: sub-penny prints off the exchange are in the tape.
    const [price, qty] = [parseIncrement('0.0001'), parseIncrement('1')]
    const baseUtcMs = Math.floor((expected.bars_1m_all[0]?.t as number) / 86_400_000) * 86_400_000
    const builder = new BarBuilder(60e9)
    const bars: object[] = []
    const form = (bar: Bar): object => {
      const shape = expectedForm(bar, price, qty, baseUtcMs, 8)
      return { ...shape, v: Number(shape.v), vwap: Number(shape.vwap).toFixed(8) }
    }
    for (const line of lines(`alpaca-wire/${name}.wscap.ndjson.gz`)) {
      const { d, m } = JSON.parse(line) as { d: string; m: string }
      if (d !== 'in') continue
      for (const message of JSON.parse(m) as { T: string; p: number; s: number; t: string }[]) {
        if (message.T !== 't') continue
        const timeNs = (Date.parse(message.t) - baseUtcMs) * 1e6
        while (builder.roll(timeNs)) bars.push(form(builder.closed))
        builder.addTrade(toIncrements(String(message.p), price), message.s, timeNs)
      }
    }
    bars.push(form(builder.running))
    expect(bars).toEqual(expected.bars_1m_all)
  })
})

describe('recorded MT5 quotes', () => {
  it('P4: the one-minute bars of mids, crossed and locked quotes included', () => {
    const expected = JSON.parse(
      readFileSync('test/fixtures/fx-mt5/EURUSD_fxcm_20140504_crossed.mt5.expected.json', 'utf8'),
    ) as { mid_bars_1m_sha256: string; mid_bars_1m_first3: object[] }
    const price = parseIncrement('0.00001')
    const baseUtcMs = Date.UTC(2014, 4, 4)
    const builder = new BarBuilder(60e9)
    const bars: object[] = []
    let [bid, ask] = [0, 0]
    const form = (bar: Bar): object => {
      const mid = (x: number): string => formatDecimal(BigInt(x) * 5n, 6)
      const { startNs, open, high, low, close, count } = bar
      const [lastBid, lastAsk] = [incrementsToText(bid, price), incrementsToText(ask, price)]
      const t = baseUtcMs + startNs / 1e6
      const ohlcOfMids = { o: mid(open), h: mid(high), l: mid(low), c: mid(close) }
      return { t, ...ohlcOfMids, ticks: count, last_bid: lastBid, last_ask: lastAsk }
    }
    for (const line of lines('fx-mt5/EURUSD_fxcm_20140504_crossed.mt5.ndjson.gz')) {
      const [, tMs, bidText, askText] = /\[(\d+),([^,]+),([^\]]+)\]/.exec(line) as unknown as string[]
      const timeNs = (Number(tMs) - baseUtcMs) * 1e6
      while (builder.roll(timeNs)) bars.push(form(builder.closed))
      bid = toIncrements(bidText as string, price)
      ask = toIncrements(askText as string, price)
      builder.addMid(bid + ask, timeNs)
    }
    bars.push(form(builder.running))
    expect(bars.slice(0, 3)).toEqual(expected.mid_bars_1m_first3)
    expect(createHash('sha256').update(JSON.stringify(bars)).digest('hex')).toBe(expected.mid_bars_1m_sha256)
  })
})

function lines(file: string): string[] {
  return gunzipSync(readFileSync(`test/fixtures/${file}`))
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
}

function expectedForm(
  bar: Bar,
  price: Increment,
  qty: Increment,
  baseUtcMs: number,
  places = 10,
): Record<string, unknown> {
  const text = (x: number): string => incrementsToText(x, price)
  // vwap to so many places, half-even: notional over volume, in units of the price increment's places.
  const units =
    barNotional(bar) * BigInt(price.unitsPerIncrement) * 10n ** BigInt(Math.max(0, places - price.scale))
  return {
    t: baseUtcMs + bar.startNs / 1e6,
    o: text(bar.open),
    h: text(bar.high),
    l: text(bar.low),
    c: text(bar.close),
    v: incrementsToText(bar.volume, qty),
    n: bar.count,
    vwap: formatDecimal(divideRounded(units, BigInt(bar.volume), 'half-even'), Math.max(places, price.scale)),
  }
}
