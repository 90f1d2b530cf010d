import { describe, expect, it } from 'vitest'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import { TICK, TICK_FLAG, TICK_SLOT_F64, tickFlags, tickKind } from '../../src/domain/tick.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import type { FeedKind } from '../../src/feed/decode/decoder.ts'
import type { FeedLimits } from '../../src/feed/feed-limits.ts'
import { MarketFeed } from '../../src/feed/market-feed.ts'
import { ALPACA_FRAMES, MT5_FRAMES, SPOT_FRAMES } from './decode/samples.ts'
import { BASE_UTC_NS } from './decode/support.ts'

interface Harness {
  readonly feed: MarketFeed
  /** "TRADE 61837.63 flags", "broken", "resync" in order */
  readonly seen: string[]
  frame(text: string, recvNs?: number): void
  snapshot(text: string): void
  readonly errors: Record<string, number>
}

const NAMES = new Map<number, string>(Object.entries(TICK).map(([name, n]) => [n, name]))
const T = 86_055_342e6

function harness(kind: FeedKind, limits: Partial<FeedLimits> = {}): Harness {
  const instruments = new InstrumentTable()
  instruments.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
  instruments.add({ symbol: 'IBM', priceIncrement: '0.01', qtyIncrement: '1' })
  instruments.add({ symbol: 'EURUSD', priceIncrement: '0.00001', qtyIncrement: '1' })
  instruments.add({
    symbol: 'SPREAD',
    priceIncrement: '0.01',
    qtyIncrement: '0.00001',
    allowsNegativePrice: true,
  })
  const seen: string[] = []
  const feed = new MarketFeed({
    kind,
    decoder: createDecoder(kind, instruments, BASE_UTC_NS, 'off'),
    instruments,
    limits,
    sink: {
      onTick: (slots, slot) => {
        const price = slots.f64[slot * TICK_SLOT_F64 + 3]
        seen.push(`${NAMES.get(tickKind(slots, slot))} ${price} ${tickFlags(slots, slot)}`)
      },
      onBookBroken: () => seen.push('broken'),
      onResync: () => seen.push('resync'),
    },
  })
  const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
  return {
    feed,
    seen,
    frame: (text, recvNs = T) => {
      const bytes = bytesOf(text)
      feed.onFrame(bytes, 0, bytes.length, recvNs)
    },
    snapshot: (text) => {
      const bytes = bytesOf(text)
      feed.onSnapshot(bytes, 0, bytes.length, 0, T)
    },
    get errors() {
      return Object.fromEntries(feed.errors)
    },
  }
}

function trade(id: number, price: string, ms = 1_723_161_255_342): string {
  return `{"stream":"btcusdt@trade","data":{"e":"trade","E":${ms},"s":"BTCUSDT","t":${id},"p":"${price}","q":"0.02","T":${ms},"m":true,"M":true}}`
}

function ticker(update: number, bid: string, ask: string): string {
  return `{"u":${update},"s":"BTCUSDT","b":"${bid}","B":"1","a":"${ask}","A":"1"}`
}

function depth(first: number, last: number, bid: string): string {
  return `{"e":"depthUpdate","E":1723161255342,"s":"BTCUSDT","U":${first},"u":${last},"b":[["${bid}","1"]],"a":[]}`
}

describe('MarketFeed', () => {
  it('P1: hands on accepted ticks in order and counts frames', () => {
    const { feed, seen, frame, errors } = harness('binance-spot')
    frame(trade(1, '100'))
    frame(ticker(1, '99', '101'))
    frame('{"result":null,"id":1}')
    expect(seen).toEqual(['TRADE 10000 0', 'QUOTE 9900 0'])
    expect([feed.frames, errors]).toEqual([3, {}])
  })

  it('F6: a flagged trade moves no watermark: neither ids nor prices nor times', () => {
    const { seen, frame, feed } = harness('binance-spot')
    frame(trade(1, '100'))
    frame(trade(1e15, '1000'))
    frame(trade(2e15, '100', 1_723_161_255_342 + 3_600_000))
    frame(trade(2, '101'))
    expect(seen).toEqual([
      'TRADE 10000 0',
      `TRADE 100000 ${TICK_FLAG.IMPLAUSIBLE}`,
      `TRADE 10000 ${TICK_FLAG.FUTURE}`,
      'TRADE 10100 0',
    ])
    expect(Object.fromEntries(feed.errors)).toEqual({ spike_x10: 1, event_time_plus_1h: 1 })
  })

  it('P5: bounds are settings', () => {
    const { frame, seen } = harness('binance-spot', { spikeRatio: 2, futureMs: 100 })
    frame(trade(1, '100'))
    frame(trade(2, '201'))
    frame(trade(3, '100', 1_723_161_255_342 + 150))
    expect(seen.slice(1)).toEqual([`TRADE 20100 ${TICK_FLAG.IMPLAUSIBLE}`, `TRADE 10000 ${TICK_FLAG.FUTURE}`])
  })

  it('P5: a quote with a negative bid ends the reference of the one before, an empty side does not', () => {
    for (const [quote, flags] of [
      [ticker(2, '-1', '2'), 0],
      [ticker(2, '-3', '-2'), 0],
      [ticker(2, '0', '2').replace('"B":"1"', '"B":"0"'), TICK_FLAG.IMPLAUSIBLE],
    ] as const) {
      const { frame, seen } = harness('binance-spot')
      for (const text of [ticker(1, '290', '310'), quote, trade(1, '2')]) {
        frame(text.replace('BTCUSDT', 'SPREAD').replace('btcusdt', 'spread'))
      }
      expect(seen[2]).toBe(`TRADE 200 ${flags}`)
    }
  })

  it('P5: a time that runs backwards is flagged and counted, and no error', () => {
    const { feed, frame, seen, errors } = harness('binance-spot')
    frame(trade(1, '100'))
    frame(trade(2, '100', 1_723_161_255_000))
    expect(seen[1]).toBe(`TRADE 10000 ${TICK_FLAG.BACKWARDS}`)
    expect([feed.sanity.backwards, errors]).toEqual([1, {}])
  })

  it('F6: ids of trades and of aggregate trades are apart', () => {
    const { frame, seen, feed } = harness('binance-spot')
    const aggregate = (SPOT_FRAMES['aggTrade'] as string).replace('"a":26129', '"a":5')
    frame(trade(10, '61837.63'))
    frame(aggregate)
    frame(aggregate)
    expect(seen).toHaveLength(2)
    expect(Object.fromEntries(feed.errors)).toEqual({ duplicate_exact: 1 })
  })

  it('F2: crossed and locked quotes are kept and flagged; the same one again is dropped', () => {
    const { frame, seen, feed } = harness('binance-spot')
    frame(ticker(5, '102', '101'))
    frame(ticker(5, '102', '101'))
    frame(ticker(6, '101', '101'))
    expect(seen).toEqual([`QUOTE 10200 ${TICK_FLAG.CROSSED}`, `QUOTE 10100 ${TICK_FLAG.LOCKED}`])
    expect(Object.fromEntries(feed.errors)).toEqual({ duplicate_exact: 1, crossed_quote: 1 })
  })

  it('F6: a gap in depth breaks the book, a snapshot ends it', () => {
    const { frame, snapshot, seen, feed } = harness('binance-spot')
    frame(depth(1, 5, '90'))
    snapshot('{"lastUpdateId":5,"bids":[["100","1"]],"asks":[["101","1"]]}')
    frame(depth(6, 7, '99'))
    frame(depth(6, 7, '99'))
    frame(depth(9, 9, '98'))
    frame(depth(10, 10, '97'))
    expect(feed.bookSync(0)?.book.live).toBe(false)
    snapshot('{"lastUpdateId":9,"bids":[["100","1"]],"asks":[["101","1"]]}')
    expect(seen).toEqual(['SNAPSHOT 0 0', 'DEPTH 6 0', 'broken', 'SNAPSHOT 0 0', 'resync'])
    expect(Object.fromEntries(feed.errors)).toEqual({ duplicate_exact: 1, depth_gap: 1 })
    expect(feed.bookSync(0)?.book.bids.count).toBe(2)
  })

  it('F6: a depth update with a wrong time counts by its numbers; an old one is one fault, not two', () => {
    const { frame, snapshot, feed } = harness('binance-spot')
    const shifted = (text: string): string => text.replace('1723161255342', '1723164855342')
    frame(depth(1, 5, '90'))
    snapshot('{"lastUpdateId":5,"bids":[["100","1"]],"asks":[["101","1"]]}')
    frame(depth(6, 7, '99'))
    frame(shifted(depth(6, 7, '99')))
    frame(shifted(depth(8, 8, '98')))
    expect(Object.fromEntries(feed.errors)).toEqual({ event_time_plus_1h: 2 })
    expect([feed.bookSync(0)?.book.live, feed.bookSync(0)?.book.bids.count]).toEqual([true, 3])
  })

  it('R11: statuses and price bands reach the sink and are counted', () => {
    const { frame, seen, feed } = harness('alpaca')
    for (const name of ['status', 'luld', 'correction', 'cancel', 'bar']) frame(ALPACA_FRAMES[name] as string)
    frame((ALPACA_FRAMES['status'] as string).replace('"H"', '"T"'))
    frame((ALPACA_FRAMES['status'] as string).replace('"H"', '"E"'))
    expect(seen.map((line) => line.split(' ')[0])).toEqual([
      'STATUS',
      'LULD',
      'CORRECTION',
      'TRADE_CANCEL',
      'BAR',
      'STATUS',
      'STATUS',
    ])
    expect(Object.fromEntries(feed.errors)).toEqual({ halt: 1, luld: 1, resume: 1 })
  })

  it('F1: a frame that repeats is dropped whole, whatever it holds; a new trade in it is not', () => {
    const { frame, seen, feed } = harness('alpaca')
    const several = ALPACA_FRAMES['several'] as string
    const quote = ALPACA_FRAMES['quote'] as string
    frame(several)
    frame(several)
    frame(quote)
    frame(quote)
    frame(several.replace('"i":17', '"i":18'))
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['QUOTE', 'TRADE', 'QUOTE', 'QUOTE', 'TRADE'])
    expect(Object.fromEntries(feed.errors)).toEqual({ duplicate_frame: 2 })
  })

  it('F3: crossed quotes of a broker are counted as quotes, not as errors', () => {
    const { frame, seen, errors } = harness('mt5')
    frame((MT5_FRAMES['tick'] as string).replace('1.38700', '1.38800'))
    expect(seen).toEqual([`QUOTE 138800 ${TICK_FLAG.CROSSED}`])
    expect(errors).toEqual({})
  })
})
