import { describe, expect, it } from 'vitest'
import { moneyFromText, moneyToText } from '../../src/core/money.ts'
import { TradingAction } from '../../src/domain/action.ts'
import { type Instrument, InstrumentTable } from '../../src/domain/instrument.ts'
import type { Fill } from '../../src/domain/report.ts'
import { Portfolio } from '../../src/engine/portfolio.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { compileSizing, computeSize } from '../../src/order/sizing.ts'
import { Conversion } from '../../src/risk/conversion.ts'
import { FakeMarket } from '../risk/support.ts'

/*
 * One account in USDT trades BTCUSDT and BTCEUR. EURUSDT trades at 1.0917; its price is good for 60 s.
 */
class Market extends FakeMarket {
  price = 10_917
  ageNs = 0
  override referencePrice(): number {
    return this.price
  }
  override referenceNs(): number {
    return -this.ageNs
  }
}

function account(equityStart: string | null = '100000') {
  const table = new InstrumentTable()
  const usdt = table.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
  const eur = table.add({ symbol: 'BTCEUR', priceIncrement: '0.01', qtyIncrement: '0.00001' })
  table.add({ symbol: 'EURUSDT', priceIncrement: '0.0001', qtyIncrement: '0.1' })
  const market = new Market()
  const conversion = new Conversion({
    currency: 'USDT',
    rules: { EUR: { symbol: 'EURUSDT', ageMaxSeconds: 60 } },
    ...{ instruments: table.all(), market, nowNs: () => 0 },
  })
  const ledger = new Ledger()
  const start = equityStart === null ? null : moneyFromText(equityStart)
  const portfolio = new Portfolio(table.all(), new OrderStore(), ledger, start, conversion)
  let trades = 0
  const fill = (instrument: Instrument, side: 'buy' | 'sell', price: number, qty: number): void => {
    const { index } = instrument
    const [tradeId, tMs] = [`t${trades++}`, 1_723_161_278_092]
    const fee = { feeText: '0', feeAsset: instrument.quoteAsset, liquidity: 'taker' } as const
    ledger.applyFill(instrument, 0, {
      tradeId,
      instrument: index,
      side,
      qty,
      price,
      tMs,
      ...fee,
    } satisfies Fill)
    portfolio.refresh(index)
  }
  return { instruments: table.all(), usdt, eur, market, ledger, portfolio, fill }
}

const text = (money: bigint | null): string | null => (money === null ? null : moneyToText(money))

describe('R10: equity of an account with several quote assets', () => {
  it('R10: gains in euros count at the rate of now, realised and unrealised', () => {
    const { usdt, eur, market, portfolio, fill } = account()
    fill(usdt, 'buy', 6_180_000, 10_000)
    fill(eur, 'buy', 5_660_000, 10_000)
    fill(eur, 'sell', 5_670_000, 4_000)
    portfolio.mark(usdt.index, 6_190_000)
    portfolio.mark(eur.index, 5_650_000)
    // 0.1 BTC × 100 USDT + (0.04 × 100 - 0.06 × 100 EUR) × 1.0917
    expect(text(portfolio.equity())).toBe('100007.8166')
    expect(text(portfolio.dailyPnl())).toBe('7.8166')
    market.price = 11_000
    expect(text(portfolio.equity())).toBe('100007.8')
  })

  it('R10: the day counts from its start, in each asset', () => {
    const { eur, ledger, portfolio, fill } = account()
    fill(eur, 'buy', 5_660_000, 10_000)
    ledger.startDay(eur, 19_944, 5_680_000)
    portfolio.mark(eur.index, 5_690_000)
    // 0.1 × 100 EUR since the start of the day, 0.1 × 300 EUR in all
    expect(text(portfolio.dailyPnl())).toBe('10.917')
    expect(text(portfolio.equity())).toBe('100032.751')
  })

  it('R10: without a fresh rate equity and profit are unknown while euros are part of them, and only then', () => {
    const { usdt, eur, market, portfolio, fill } = account()
    fill(usdt, 'buy', 6_180_000, 10_000)
    portfolio.mark(usdt.index, 6_190_000)
    market.ageNs = 60e9 + 1
    expect(text(portfolio.equity())).toBe('100010')
    fill(eur, 'buy', 5_660_000, 10_000)
    portfolio.mark(eur.index, 5_650_000)
    expect([portfolio.equity(), portfolio.dailyPnl()]).toEqual([null, null])
    market.ageNs = 60e9
    expect(text(portfolio.equity())).toBe('99999.083')
    portfolio.mark(eur.index, Number.NaN)
    expect([portfolio.equity(), portfolio.dailyPnl()]).toEqual([null, null])
  })

  it('R10: cash in euros is part of the equity at the rate of now, in the account’s currency where it starts; cash that nothing converts is not', () => {
    const { eur, market, portfolio } = account()
    portfolio.setCash('EUR', moneyFromText('50000'))
    portfolio.setCash('BTC', moneyFromText('3'))
    portfolio.setCash('USDT', moneyFromText('7'))
    expect(text(portfolio.equity())).toBe('54592')
    expect(text(portfolio.dailyPnl())).toBe('0')
    market.price = 10_000
    expect(text(portfolio.equity())).toBe('50007')
    expect(text(portfolio.equityIn(eur.index))).toBe('50007')
    market.price = Number.NaN
    expect([portfolio.equity(), portfolio.equityIn(eur.index)]).toEqual([null, null])
  })

  it('R10: an equity that the venue has not told stays unknown', () => {
    const { portfolio } = account(null)
    portfolio.setCash('EUR', moneyFromText('1'))
    expect([portfolio.equity(), portfolio.equityIn(0), portfolio.equityIn(1)]).toEqual([null, null, null])
  })

  it('R10: a size by equity is counted in the quote asset, and needs a rate for it', () => {
    const { usdt, eur, market, portfolio } = account('109170')
    const share = (instrument: Instrument): unknown => {
      const size = { side: 'buy' as const, qty: 0 }
      const sizing = compileSizing({ equity_share: '0.05' }, instrument)
      const { index } = instrument
      const outcome = computeSize(sizing, TradingAction.BUY, 0, index, 5_000_000, portfolio, size)
      return [outcome, size.qty]
    }
    // 5 % of 109,170 USDT, and of the 100,000 EUR that they are, at 50,000
    expect(share(usdt)).toEqual(['SIZED', 10_917])
    expect(share(eur)).toEqual(['SIZED', 10_000])
    market.ageNs = 61e9
    expect(share(usdt)).toEqual(['SIZED', 10_917])
    expect(share(eur)).toEqual(['SIZE_EQUITY_UNKNOWN', 0])
  })

  it('R10: without a conversion every quote asset counts at par', () => {
    const { instruments, eur, ledger, fill } = account()
    fill(eur, 'buy', 5_660_000, 10_000)
    const plain = new Portfolio(instruments, new OrderStore(), ledger, 0n)
    plain.mark(eur.index, 5_670_000)
    plain.setCash('EUR', 5n)
    expect([text(plain.equity()), text(plain.equityIn(eur.index))]).toEqual(['10', '10'])
  })
})
