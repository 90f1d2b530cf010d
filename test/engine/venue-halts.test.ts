import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../src/core/money.ts'
import { type InstrumentInput, InstrumentTable } from '../../src/domain/instrument.ts'
import { MarketState } from '../../src/engine/market-view.ts'
import { VenueHalts } from '../../src/engine/venue-halts.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import { MarketFeed } from '../../src/feed/market-feed.ts'
import { bench } from '../risk/support.ts'

const DAY_MS = Date.UTC(2013, 9, 9)
const IBM: InstrumentInput = { symbol: 'IBM', priceIncrement: '0.01', qtyIncrement: '1', calendar: 'XNYS' }

/** Frames as they came, with the millisecond of their arrival. */
function frames(file: string): { text: string; atMs: number }[] {
  const text = gunzipSync(readFileSync(`test/fixtures/faults/${file}`)).toString()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { t: string; m: string })
    .map(({ t, m }) => ({ text: m, atMs: Number(t) * 1_000 }))
}

/** A feed, its market, and an order of one share before every check of the gate whenever it is asked. */
function set() {
  const table = new InstrumentTable()
  const { index } = table.add(IBM)
  const market = new MarketState({ instruments: 1, volumeWindowNs: 60e9 })
  const state = bench({ orderValueMin: null }, { inputs: [IBM], market })
  const feed = new MarketFeed({
    kind: 'alpaca',
    decoder: createDecoder('alpaca', table, BigInt(DAY_MS) * 1_000_000n, 'off'),
    instruments: table,
    limits: {},
    sink: { onTick: (slots, slot) => market.onTick(slots, slot), onBookBroken: () => {}, onResync: () => {} },
  })
  return {
    frame: (text: string, atMs: number): void => {
      const bytes = new TextEncoder().encode(text)
      feed.onFrame(bytes, 0, bytes.length, (atMs - DAY_MS) * 1e6)
    },
    /** what denies it; null where it passes */
    order: (atMs: number, held = 0): string | null => {
      state.portfolio.positions = [held]
      state.portfolio.open = { buy: [0], sell: [0] }
      state.portfolio.marks = [market.referencePrice(index)]
      state.portfolio.equityMoney = moneyFromText('100000000')
      const nowNs = (atMs - DAY_MS) * 1e6
      const side = held > 0 ? 'sell' : 'buy'
      const draft = { ...state.assess({ qty: 1, side }).draft, signalNs: nowNs }
      return state.gate.assess(draft, nowNs, atMs, 0).code
    },
  }
}

const luld = (indicator: string, up = 189.2625, down = 171.2375): string =>
  JSON.stringify([{ T: 'l', S: 'IBM', u: up, d: down, i: indicator, z: 'A', t: '2013-10-09T16:16:19.549Z' }])
const status = (code: string): string =>
  JSON.stringify([{ T: 's', S: 'IBM', sc: code, z: 'A', t: '2013-10-09T16:16:19.549Z' }])
const quote = (bid: number, ask: number): string =>
  JSON.stringify([
    {
      T: 'q',
      S: 'IBM',
      bx: 'N',
      bp: bid,
      bs: 1,
      ax: 'N',
      ap: ask,
      as: 1,
      c: ['R'],
      z: 'A',
      t: '2013-10-09T16:16:20Z',
    },
  ])
const trade = (id: number, price: number): string =>
  JSON.stringify([
    { T: 't', S: 'IBM', i: id, x: 'N', p: price, s: 100, c: ['@'], z: 'A', t: '2013-10-09T16:16:19.500Z' },
  ])

describe('R11: a venue that halts a symbol', () => {
  it('R11: from the halt of the fault set to its resumption every order in the symbol is denied, and none before and after', () => {
    const { frame, order } = set()
    const [haltLine, resumeLine] = [12_392, 12_866]
    const denied: number[] = []
    let asked = 0
    for (const [index, { text, atMs }] of frames('IBM_20131009_basic.wscap.ndjson.gz').entries()) {
      frame(text, atMs)
      const line = index + 1
      // The session of New York; every line around the halt, and every hundredth of the day.
      if (atMs < Date.UTC(2013, 9, 9, 13, 31) || atMs >= Date.UTC(2013, 9, 9, 20)) continue
      if ((line < haltLine - 50 || line > resumeLine + 50) && line % 100 !== 0) continue
      asked++
      const code = order(atMs)
      // The recording's own crossed quotes deny for their own reason.
      if (code === 'TRADING_HALTED') denied.push(line)
      else expect([null, 'REFERENCE_CROSSED']).toContain(code)
      // A halt is the venue's: exits wait too.
      if (line >= haltLine && line < resumeLine) expect(order(atMs, 1)).toBe('TRADING_HALTED')
    }
    expect(asked).toBeGreaterThan(650)
    expect(denied).toEqual(Array.from({ length: resumeLine - haltLine }, (_, n) => haltLine + n))
  })

  it.each([
    ['H', 'TRADING_HALTED'],
    ['P', 'TRADING_HALTED'],
    ['Q', 'TRADING_HALTED'],
    ['5', 'TRADING_HALTED'],
    ['T', null],
  ])('R11: status %s → %s', (code, denial) => {
    const { frame, order } = set()
    const at = Date.parse('2013-10-09T16:16:19.549Z')
    frame(trade(1, 180.25), at)
    expect(order(at)).toBeNull()
    frame(status(code), at)
    expect(order(at)).toBe(denial)
    frame(luld('B'), at)
    expect(order(at)).toBe(denial)
    frame(status('T'), at)
    expect(order(at)).toBeNull()
  })

  it('R11: price bands block while the quote stands at one, and suspended bands until trading resumes', () => {
    const { frame, order } = set()
    const at = Date.parse('2013-10-09T16:16:20Z')
    const codes = [
      trade(1, 180.25),
      luld('B'),
      quote(189.25, 189.3),
      quote(189.27, 189.3),
      quote(189.2, 189.3),
      quote(171, 171.23),
      quote(171, 171.25),
      luld('D'),
      quote(180.2, 180.3),
      luld('E', 190, 172),
      quote(171, 172),
      luld('F', 190, 172),
      luld('D'),
      status('T'),
    ].map((text) => {
      frame(text, at)
      return order(at)
    })
    const [open, shut] = [null, 'TRADING_HALTED']
    expect(codes).toEqual([
      open,
      open,
      open,
      shut,
      open,
      shut,
      open,
      shut,
      shut,
      open,
      shut,
      open,
      shut,
      open,
    ])
  })

  it('R11: without quotes the last trade tells', () => {
    const halts = new VenueHalts(2)
    halts.onBands(1, 200, 100, 'B'.charCodeAt(0))
    const at = (price: number): boolean => halts.halted(1, Number.NaN, Number.NaN, price)
    expect([at(199), at(200), at(201), at(101), at(100), at(Number.NaN)]).toEqual([
      false,
      true,
      true,
      false,
      true,
      false,
    ])
    expect(halts.halted(0, 1, 1, 1)).toBe(false)
  })
})
