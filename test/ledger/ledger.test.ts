import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moneyFromText, moneyToText } from '../../src/core/money.ts'
import { createInstrument, type Instrument } from '../../src/domain/instrument.ts'
import type { Fill } from '../../src/domain/report.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { feeMoney } from '../../src/ledger/position-book.ts'
import { naiveFifo } from './naive-fifo.ts'

const DAY_MS = 86_400_000
const AUGUST_8 = 1_723_075_200_000

const btc = createInstrument({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.001' }, 0)
const eth = createInstrument({ symbol: 'ETHUSDT', priceIncrement: '0.05', qtyIncrement: '0.01' }, 3)
const perp = createInstrument(
  {
    symbol: 'XBTUSD',
    priceIncrement: '0.5',
    qtyIncrement: '1',
    multiplier: '10',
    quoteAsset: 'USD',
    settlement: 'margin',
  },
  1,
)

let trades = 0
function fill(side: 'buy' | 'sell', qty: number, price: number, over: Partial<Fill> = {}): Fill {
  trades += 1
  return {
    tradeId: `t${trades}`,
    instrument: 0,
    side,
    qty,
    price,
    tMs: AUGUST_8,
    feeText: '0',
    feeAsset: 'USDT',
    liquidity: 'taker',
    ...over,
  }
}

const arbitraryFill = fc.record({
  side: fc.constantFrom('buy' as const, 'sell' as const),
  qty: fc.integer({ min: 1, max: 40 }),
  price: fc.integer({ min: -50, max: 1_000 }),
  strategy: fc.integer({ min: 0, max: 2 }),
  day: fc.integer({ min: 0, max: 3 }),
  fee: fc.constantFrom('0', '0.001', '-0.25', '12.00000000000000001'),
  feeAsset: fc.constantFrom('USDT', 'BTC', 'BNB'),
})

describe('Ledger against an independent FIFO', () => {
  it('O8: position, realised, cost, cash and lots are equal after every fill, per account and per strategy', () => {
    fc.assert(
      fc.property(fc.array(arbitraryFill, { maxLength: 40 }), (fills) => {
        const ledger = new Ledger()
        fills.forEach((one, i) => {
          const effect = ledger.applyFill(btc, one.strategy, fill(one.side, one.qty, one.price))
          const so = fills.slice(0, i + 1)
          const naive = naiveFifo(so)
          expect(BigInt(ledger.position(btc))).toBe(naive.position)
          expect(ledger.realized(btc)).toBe(naive.realized * btc.moneyPerIncrements)
          expect(ledger.openCost(btc)).toBe(naive.cost * btc.moneyPerIncrements)
          const units = ledger
            .lots(btc)
            .flatMap(({ qty, price }) => Array(Math.abs(qty)).fill(BigInt(price)) as bigint[])
          expect(units).toEqual(naive.units)
          const own = naiveFifo(so.filter(({ strategy }) => strategy === one.strategy))
          const before = naiveFifo(so.slice(0, -1).filter(({ strategy }) => strategy === one.strategy))
          expect(BigInt(ledger.strategyPosition(one.strategy, btc))).toBe(own.position)
          expect(ledger.strategyRealized(one.strategy, btc)).toBe(own.realized * btc.moneyPerIncrements)
          expect(effect.realized).toBe((own.realized - before.realized) * btc.moneyPerIncrements)
        })
      }),
      { numRuns: 300 },
    )
  })

  it('O8: realised plus unrealised equals cash plus position at any mark, and days add up to the total', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryFill, { maxLength: 40 }),
        fc.integer({ min: -2_000, max: 2_000 }),
        (fills, twiceMark) => {
          const ledger = new Ledger()
          for (const one of fills) {
            const tMs = AUGUST_8 + one.day * DAY_MS + 5
            ledger.applyFill(
              btc,
              one.strategy,
              fill(one.side, one.qty, one.price, { tMs, feeText: one.fee, feeAsset: one.feeAsset }),
            )
          }
          const mark = twiceMark / 2
          const naive = naiveFifo(fills)
          const worth = ((2n * naive.cash + BigInt(twiceMark) * naive.position) * btc.moneyPerIncrements) / 2n
          expect(ledger.realized(btc) + ledger.unrealized(btc, mark)).toBe(worth)
          expect(ledger.unrealized(btc, mark)).toBe(ledger.exposure(btc, mark) - ledger.openCost(btc))
          const days = ledger.byUtcDay(btc)
          const sum = (pick: (day: (typeof days)[number]) => bigint): bigint =>
            days.reduce((all, day) => all + pick(day), 0n)
          expect(sum((day) => day.realized)).toBe(ledger.realized(btc))
          expect(sum((day) => day.fees)).toBe(ledger.feesInQuote(btc))
          expect(sum((day) => BigInt(day.fills))).toBe(BigInt(fills.length))
          expect(days.map(({ day }) => day)).toEqual([...new Set(days.map(({ day }) => day))].sort())
          expect(ledger.totalPnl(btc, mark)).toBe(worth - ledger.feesInQuote(btc))
        },
      ),
    )
  })

  it('O7: stays exact far beyond 2^53', () => {
    const ledger = new Ledger()
    const qty = 2 ** 50
    for (let i = 0; i < 6; i++) ledger.applyFill(btc, 0, fill('buy', qty, 9_000_000_007 + i))
    ledger.applyFill(btc, 0, fill('sell', 6 * qty, 9_000_000_107))
    const gain = [0, 1, 2, 3, 4, 5].reduce((sum, i) => sum + BigInt(100 - i) * BigInt(qty), 0n)
    expect(ledger.realized(btc)).toBe(gain * btc.moneyPerIncrements)
    expect(ledger.unrealized(btc, 5)).toBe(0n)
  })

  it('O7: many small products carry without loss', () => {
    const ledger = new Ledger()
    const price = 4_000_003
    for (let i = 0; i < 40; i++) ledger.applyFill(btc, 0, fill('buy', 1_000_000_007, price))
    for (let i = 0; i < 40; i++) ledger.applyFill(btc, 0, fill('sell', 1_000_000_007, 2 * price + 1))
    expect(ledger.realized(btc)).toBe(40n * 1_000_000_007n * BigInt(price + 1) * btc.moneyPerIncrements)
    expect(ledger.position(btc)).toBe(0)
  })
})

describe('Ledger: busts and corrections', () => {
  const history = fc.array(arbitraryFill, { minLength: 1, maxLength: 25 })

  function book(ledger: Ledger, strategy: number, one: Fill): void {
    ledger.applyFill(btc, strategy, one)
  }

  it('O10: a bust leaves what a history without the trade leaves', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 0, max: 30 }), (fills, pick, historyMax) => {
        const booked = fills.map((one) =>
          fill(one.side, one.qty, one.price, {
            tMs: AUGUST_8 + one.day * DAY_MS,
            feeText: one.fee,
            feeAsset: one.feeAsset,
          }),
        )
        const at = pick % fills.length
        const ledger = new Ledger({ historyMax })
        const without = new Ledger()
        fills.forEach((one, i) => {
          book(ledger, one.strategy, booked[i] as Fill)
          if (i !== at) book(without, one.strategy, booked[i] as Fill)
        })
        const before = ledger.stateCanon()
        const kept = at >= fills.length - historyMax
        expect(ledger.restate(btc, booked[at] as Fill, null)).toBe(kept)
        expect(ledger.stateCanon()).toBe(kept ? without.stateCanon() : before)
        if (kept) {
          const more = fill('sell', 7, 100)
          book(ledger, 1, more)
          book(without, 1, more)
          expect(ledger.stateCanon()).toBe(without.stateCanon())
          expect(ledger.restate(btc, booked[at] as Fill, null)).toBe(false)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('O10: a correction leaves what a history with the corrected trade leaves', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 1, max: 90 }), (fills, pick, qty) => {
        const booked = fills.map((one) => fill(one.side, one.qty, one.price))
        const at = pick % fills.length
        const corrected = { ...(booked[at] as Fill), qty, price: 17 }
        const ledger = new Ledger()
        const otherwise = new Ledger()
        fills.forEach((one, i) => {
          book(ledger, one.strategy, booked[i] as Fill)
          book(otherwise, one.strategy, i === at ? corrected : (booked[i] as Fill))
        })
        expect(ledger.restate(btc, booked[at] as Fill, corrected)).toBe(true)
        expect(ledger.stateCanon()).toBe(otherwise.stateCanon())
      }),
    )
  })

  it('O10: a trade of another account with the same id is another trade', () => {
    const ledger = new Ledger()
    const first = fill('buy', 5, 100, { account: 'a' })
    ledger.applyFill(btc, 0, first)
    expect(ledger.restate(btc, { ...first, account: 'b' }, null)).toBe(false)
    expect(ledger.restate(btc, { ...first, side: 'sell' }, null)).toBe(false)
    const { account: _account, ...bare } = first
    expect(ledger.restate(btc, bare, null)).toBe(false)
    expect(ledger.restate(btc, first, null)).toBe(true)
    expect(ledger.position(btc)).toBe(0)
    expect(ledger.stateCanon()).toBe(new Ledger().stateCanon())
  })

  it('keeps the newest fills over all symbols together', () => {
    const ledger = new Ledger({ historyMax: 2 })
    const fills = [fill('buy', 1, 10), fill('buy', 2, 10, { instrument: 3 }), fill('sell', 1, 30)]
    ledger.applyFill(btc, 0, fills[0] as Fill)
    ledger.applyFill(eth, 0, fills[1] as Fill)
    ledger.applyFill(btc, 0, fills[2] as Fill)
    expect(ledger.restate(btc, fills[0] as Fill, null)).toBe(false)
    expect(ledger.restate(eth, fills[1] as Fill, null)).toBe(true)
    expect(ledger.restate(btc, fills[2] as Fill, null)).toBe(true)
    expect([ledger.position(btc), ledger.position(eth), ledger.realized(btc)]).toEqual([1, 0, 0n])
    for (let i = 0; i < 5; i++) ledger.applyFill(eth, 0, fill('buy', 1, 10, { instrument: 3 }))
    expect([ledger.position(btc), ledger.position(eth)]).toEqual([1, 5])
  })
})

describe('Ledger: money', () => {
  it('O7: reads every fee text as the general parser does', () => {
    const digits = fc.stringMatching(/^-?\d{0,17}(?:\.\d{0,17})?$/)
    fc.assert(
      fc.property(
        fc.oneof(digits, fc.constantFrom('0', '', '.', '.5', '5.', '1.2.3', '1e3', ' 1')),
        (text) => {
          const read = (parse: (text: string) => bigint): bigint | string => {
            try {
              return parse(text)
            } catch (error) {
              return (error as { code: string }).code
            }
          }
          expect(read(feeMoney)).toBe(read(moneyFromText))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('O10: an account that settles in full moves base and quote; fees leave their own asset', () => {
    const ledger = new Ledger()
    ledger.applyCash({ asset: 'USDT', amount: moneyFromText('1000'), instrument: null })
    ledger.applyFill(btc, 0, fill('buy', 500, 100_000, { feeText: '0.0005', feeAsset: 'BTC' }))
    ledger.applyFill(btc, 0, fill('sell', 100, 110_000, { feeText: '0.11', feeAsset: 'USDT' }))
    ledger.applyFill(btc, 0, fill('sell', 100, 110_000, { feeText: '0.002', feeAsset: 'BNB' }))
    expect(ledger.balancesText()).toEqual({ BNB: '-0.002', BTC: '0.2995', USDT: '719.89' })
    expect(moneyToText(ledger.feesInQuote(btc))).toBe('0.61')
    expect([...ledger.fees(btc)].map(([asset, fee]) => [asset, moneyToText(fee)])).toEqual([
      ['BTC', '0.0005'],
      ['USDT', '0.11'],
      ['BNB', '0.002'],
    ])
  })

  it('O10: an account on margin moves only gains, fees and funding', () => {
    const ledger = new Ledger()
    ledger.applyCash({ asset: 'USD', amount: moneyFromText('50'), instrument: null })
    ledger.applyFill(perp, 0, fill('sell', 3, 200, { instrument: 1, feeText: '0.5', feeAsset: 'USD' }))
    ledger.applyCash({ asset: 'USD', amount: moneyFromText('-0.75'), instrument: perp })
    expect(ledger.balancesText()).toEqual({ USD: '48.75' })
    ledger.applyFill(perp, 0, fill('buy', 3, 190, { instrument: 1 }))
    expect(ledger.balancesText()).toEqual({ USD: '198.75' })
    expect(moneyToText(ledger.funding(perp))).toBe('-0.75')
    expect(moneyToText(ledger.totalPnl(perp, 5))).toBe('148.75')
  })

  it('P10: daily P&L begins anew at the boundary of the trading day, the mark carried over', () => {
    const ledger = new Ledger({
      tradingDay: (_instrument: Instrument, tMs) => Math.floor((tMs + 2 * 3_600_000) / DAY_MS),
    })
    expect(ledger.tradingDay(btc)).toBeNull()
    ledger.applyFill(btc, 0, fill('buy', 1_000, 100, { tMs: AUGUST_8, feeText: '0.01' }))
    expect(moneyToText(ledger.dailyPnl(btc, 300))).toBe('1.99')
    ledger.startDay(btc, 19_944, 300)
    expect(ledger.tradingDay(btc)).toBe(19_944)
    expect(ledger.dailyPnl(btc, 300)).toBe(0n)
    ledger.applyFill(btc, 0, fill('sell', 1_000, 250, { tMs: AUGUST_8 + 23 * 3_600_000 }))
    expect(moneyToText(ledger.dailyPnl(btc, 9_999))).toBe('-0.5')
    expect(ledger.byUtcDay(btc).map(({ day, fills }) => [day, fills])).toEqual([['2024-08-08', 2]])
    expect(
      ledger
        .byTradingDay(btc)
        .map(({ day, realized, fees }) => [day, moneyToText(realized), moneyToText(fees)]),
    ).toEqual([
      ['2024-08-08', '0', '0.01'],
      ['2024-08-09', '1.5', '0'],
    ])
  })

  it('P12: positions and gains stay with their strategy, also nobody’s', () => {
    const ledger = new Ledger()
    ledger.applyFill(btc, 2, fill('buy', 10, 100))
    ledger.applyFill(btc, -1, fill('sell', 4, 150))
    expect([ledger.position(btc), ledger.strategyPosition(2, btc), ledger.strategyPosition(-1, btc)]).toEqual(
      [6, 10, -4],
    )
    expect(ledger.strategyPosition(7, btc)).toBe(0)
    expect(ledger.strategyRealized(7, btc)).toBe(0n)
    expect(ledger.strategyUnrealized(7, btc, 5)).toBe(0n)
    expect(moneyToText(ledger.strategyUnrealized(2, btc, 200))).toBe('0.01')
    expect(ledger.fills(btc)).toBe(2)
    expect(ledger.strategyRealized(2, btc)).toBe(0n)
    expect(moneyToText(ledger.realized(btc))).toBe('0.002')
  })

  it('an instrument without a fill is worth nothing, and looking at it is no state', () => {
    const ledger = new Ledger()
    expect([
      ledger.position(eth),
      ledger.totalPnl(eth, 5),
      ledger.dailyPnl(eth, 5),
      ledger.exposure(eth, 5),
    ]).toEqual([0, 0n, 0n, 0n])
    expect([ledger.realized(eth), ledger.openCost(eth), ledger.lots(eth).length]).toEqual([0n, 0n, 0])
    expect(ledger.instruments()).toEqual([eth])
    expect(ledger.stateCanon()).toBe('')
  })

  it('lists symbols by name, whatever their index, and leaves out what has none', () => {
    const ledger = new Ledger()
    for (const [instrument, at] of [
      [eth, 3],
      [perp, 1],
    ] as const) {
      ledger.applyFill(instrument, 0, fill('buy', 1, 1, { instrument: at, feeText: '1', feeAsset: 'AAA' }))
    }
    expect(ledger.instruments()).toEqual([perp, eth])
    expect(ledger.stateCanon().match(/symbol .*/g)).toEqual(['symbol ETHUSDT', 'symbol XBTUSD'])
    expect(Object.keys(ledger.balancesText())).toEqual(['AAA', 'ETH', 'USD', 'USDT'])
  })

  it('refuses two instruments with one index', () => {
    const ledger = new Ledger()
    ledger.applyFill(btc, 0, fill('buy', 1, 1))
    expect(() => ledger.applyFill({ ...eth, index: 0 }, 0, fill('buy', 1, 1))).toThrow(/two instruments/)
  })

  it('O9: the canon tells balances, flows, days and strategies apart and orders them by name', () => {
    const make = (reversed: boolean): string => {
      const ledger = new Ledger()
      const acts = [
        () => ledger.applyCash({ asset: 'USDT', amount: 5n, instrument: null }),
        () => ledger.applyCash({ asset: 'BTC', amount: 7n, instrument: null }),
        () => ledger.applyFill(eth, 1, fill('buy', 2, 3, { tradeId: 'e', feeText: '1', feeAsset: 'BNB' })),
        () => ledger.applyFill(btc, 0, fill('buy', 2, 3, { tradeId: 'b', feeText: '1' })),
        () => ledger.applyCash({ asset: 'USDT', amount: -1n, instrument: btc }),
      ]
      for (const act of reversed ? acts.reverse() : acts) act()
      ledger.startDay(btc, 3, 9)
      return ledger.stateCanon()
    }
    expect(make(false)).toBe(make(true))
    expect(make(false).split('\n').slice(0, 5)).toEqual([
      'opening BTC 7',
      'opening USDT 5',
      'symbol BTCUSDT',
      expect.stringMatching(/^day 3 /),
      'flow USDT -1',
    ])
  })
})

describe('fees in the base asset', () => {
  const buy = (feeText: string): Fill => fill('buy', 1_000, 100, { feeText, feeAsset: 'BTC' })

  it('R2, P10: what they took can be sold no more, by the account or the strategy; money stays as it is booked', () => {
    const ledger = new Ledger()
    ledger.applyFill(btc, 0, buy('0.00075'))
    expect([ledger.position(btc), ledger.held(btc), ledger.held(btc, 0), ledger.held(btc, 1)]).toEqual([
      1_000, 999, 999, 0,
    ])
    ledger.applyFill(btc, 1, buy('0.00075'))
    expect([ledger.held(btc), ledger.held(btc, 0), ledger.held(btc, 1)]).toEqual([1_998, 999, 999])
    ledger.applyFill(btc, 0, fill('sell', 999, 100))
    expect([ledger.position(btc), ledger.held(btc, 0), ledger.held(btc)]).toEqual([1_001, 0, 999])
    expect(ledger.balances().get('BTC')).toBe(moneyFromText('0.9995'))
    // The next fee does not count what the first one has taken already.
    ledger.applyFill(btc, 0, buy('0.00025'))
    expect(ledger.held(btc, 0)).toBe(1_000)
    expect(ledger.held(btc)).toBe(1_999)
  })

  it('R2: nothing is owed any more when the position is flat or short; rebates and other assets take nothing', () => {
    const ledger = new Ledger()
    ledger.applyFill(btc, 0, buy('0.5'))
    expect(ledger.held(btc)).toBe(500)
    ledger.applyFill(btc, 0, fill('sell', 1_000, 100))
    expect(ledger.held(btc)).toBe(0)
    ledger.applyFill(btc, 0, fill('sell', 300, 100))
    expect(ledger.held(btc)).toBe(-300)
    ledger.applyFill(btc, 0, buy('-0.25'))
    ledger.applyFill(btc, 0, fill('buy', 100, 100, { feeText: '7', feeAsset: 'BNB' }))
    expect(ledger.held(btc)).toBe(800)
    const eaten = fill('buy', 10, 100, { feeText: '3', feeAsset: 'BTC' })
    ledger.applyFill(btc, 0, eaten)
    expect(ledger.held(btc)).toBe(0)
    expect(ledger.restate(btc, eaten, null)).toBe(true)
    expect(ledger.held(btc)).toBe(800)
  })
})
