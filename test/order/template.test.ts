import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../src/core/money.ts'
import { TradingAction } from '../../src/domain/action.ts'
import { createOrderDraft, type OrderDraft } from '../../src/domain/draft.ts'
import { createInstrument } from '../../src/domain/instrument.ts'
import type { Intent } from '../../src/domain/intent.ts'
import type { Sizing } from '../../src/order/sizing.ts'
import {
  compileTemplate,
  type DraftOutcome,
  draftOrder,
  type OrderTemplate,
} from '../../src/order/template.ts'
import { FakePortfolio } from '../risk/support.ts'

const BTC = createInstrument({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' }, 0)
const MARKET: Omit<OrderTemplate, 'sizing'> = {
  type: 'market',
  timeInForce: 'IOC',
  limitOffset: 0,
  stopOffset: 0,
  workingOrdersPerSide: 1,
}

function intent(fields: Partial<Intent>): Intent {
  return {
    strategy: 0,
    instrument: 0,
    action: TradingAction.BUY,
    tickSeq: 7,
    tickRecvNs: 5,
    tickEventNs: 4,
    decidedNs: 6,
    referencePrice: 6_000_000,
    limitPrice: Number.NaN,
    qty: Number.NaN,
    permit: [0, 0, 0, 0, 0],
    features: new Float64Array(0),
    ...fields,
  }
}

function run(
  sizing: Sizing,
  fields: Partial<Intent> = {},
  template: Partial<OrderTemplate> = {},
  portfolio: FakePortfolio = new FakePortfolio(),
): { outcome: DraftOutcome; draft: OrderDraft } {
  const draft = createOrderDraft()
  const compiled = compileTemplate({ ...MARKET, ...template, sizing }, BTC)
  const outcome = draftOrder(compiled, intent(fields), portfolio, draft)
  return { outcome, draft }
}

describe('order template', () => {
  it('P13: fixed size rounds down to the increment; HOLD sends nothing', () => {
    const { outcome, draft } = run({ fixed: '0.0123456' })
    expect(outcome).toBe('SIZED')
    expect(draft).toMatchObject({ side: 'buy', qty: 1_234, type: 'market', signalNs: 5, strategy: 0 })
    expect(run({ fixed: '0.01' }, { action: TradingAction.SELL }).draft.side).toBe('sell')
    expect(run({ fixed: '0.01' }, { action: TradingAction.HOLD }).outcome).toBe('HOLD')
    expect(run({ fixed: '0.01' }, { action: TradingAction.HOLD, qty: 5 }).outcome).toBe('HOLD')
    expect(run({ fixed: '0.000009' }).outcome).toBe('SIZE_ZERO')
  })

  it('P13: size by notional is the largest whole number of increments that the money buys', () => {
    expect(run({ notional: '600' }).draft.qty).toBe(1_000)
    expect(run({ notional: '599.99' }).draft.qty).toBe(999)
    expect(run({ notional: '600' }, { referencePrice: 6_000_000.5 }).draft.qty).toBe(999)
    expect(run({ notional: '0.01' }).outcome).toBe('SIZE_ZERO')
    expect(run({ notional: '600' }, { referencePrice: Number.NaN }).outcome).toBe('SIZE_REFERENCE_MISSING')
    expect(run({ notional: '600' }, { referencePrice: 0 }).outcome).toBe('SIZE_REFERENCE_MISSING')
    expect(run({ notional: '99999999999999999999' }, { referencePrice: 1 }).outcome).toBe('SIZE_INVALID')
  })

  it('P13: notional and equity sizes equal exact integer division for any price and amount', () => {
    const prices = fc.integer({ min: 1, max: 200_000_000 })
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 14n }), prices, (cents, twicePrice) => {
        const notional = `${cents}e-2`
        const expected = (cents * 2n * 10n ** 5n) / BigInt(twicePrice)
        const { outcome, draft } = run({ notional }, { referencePrice: twicePrice / 2 })
        if (expected === 0n) return outcome === 'SIZE_ZERO'
        if (expected > BigInt(Number.MAX_SAFE_INTEGER)) return outcome === 'SIZE_INVALID'
        return outcome === 'SIZED' && BigInt(draft.qty) === expected
      }),
    )
  })

  it('P13: size by equity share needs a known, positive equity', () => {
    const portfolio = new FakePortfolio()
    portfolio.equityMoney = moneyFromText('100000')
    expect(run({ equity_share: '0.05' }, {}, {}, portfolio).draft.qty).toBe(8_333)
    portfolio.equityMoney = 0n
    expect(run({ equity_share: '0.05' }, {}, {}, portfolio).outcome).toBe('SIZE_EQUITY_UNKNOWN')
    portfolio.equityMoney = null
    expect(run({ equity_share: '0.05' }, {}, {}, portfolio).outcome).toBe('SIZE_EQUITY_UNKNOWN')
  })

  it('P13: target position orders the difference to position plus working orders, side by sign', () => {
    const target: Sizing = { target: { long: '0.01', short: '-0.01' } }
    const portfolio = new FakePortfolio()
    portfolio.positions[0] = -1_000
    expect(run(target, {}, {}, portfolio).draft).toMatchObject({ side: 'buy', qty: 2_000 })
    portfolio.open.buy[0] = 500
    expect(run(target, {}, {}, portfolio).draft).toMatchObject({ side: 'buy', qty: 1_500 })
    portfolio.open.buy[0] = 2_000
    expect(run(target, {}, {}, portfolio).outcome).toBe('NOTHING_TO_DO')
    expect(run(target, { action: TradingAction.SELL }, {}, portfolio).draft).toMatchObject({
      side: 'sell',
      qty: 2_000,
    })
  })

  it('R2, R12: a sell of what was bought leaves what fees in the base asset took of it, and no larger one is cut', () => {
    const portfolio = new FakePortfolio()
    const sold = (fixed: string): number =>
      run({ fixed }, { action: TradingAction.SELL }, {}, portfolio).draft.qty
    const qty = sold('0.01')
    portfolio.positions[0] = qty - 2
    expect(sold('0.01')).toBe(qty)
    portfolio.taken = 2
    expect(sold('0.01')).toBe(qty - 2)
    expect(run({ fixed: '0.01' }, { action: TradingAction.BUY }, {}, portfolio).draft.qty).toBe(qty)
    portfolio.taken = 1
    expect(sold('0.01')).toBe(qty)
    portfolio.taken = 2
    portfolio.open.sell[0] = 1
    expect(sold('0.01')).toBe(qty)
    portfolio.open.sell[0] = 0
    portfolio.positions[0] = 0
    expect(sold('0.00002')).toBe(2)
  })

  it('P13: a limit lies its offset beyond the reference, and a half increment goes to the passive side', () => {
    const limit = { type: 'limit', limitOffset: 3 } as const
    expect(run({ fixed: '1' }, { referencePrice: 100.5 }, limit).draft.price).toBe(103)
    const sell = { referencePrice: 100.5, action: TradingAction.SELL }
    expect(run({ fixed: '1' }, sell, limit).draft.price).toBe(98)
    expect(run({ fixed: '1' }, { limitPrice: 77.4 }, limit).draft.price).toBe(77)
    expect(run({ fixed: '1' }, { referencePrice: Number.NaN }, limit).outcome).toBe('SIZE_REFERENCE_MISSING')
  })

  it('P13: stops lie beyond the reference, and a stop-limit beyond its stop', () => {
    const stop = run({ fixed: '1' }, { referencePrice: 100 }, { type: 'stop', stopOffset: 10 }).draft
    expect([stop.stopPrice, stop.price]).toEqual([110, Number.NaN])
    const both = { type: 'stop_limit', stopOffset: 10, limitOffset: 2 } as const
    const sell = run({ fixed: '1' }, { referencePrice: 100, action: TradingAction.SELL }, both).draft
    expect([sell.stopPrice, sell.price]).toEqual([90, 88])
    expect(run({ fixed: '1' }, { referencePrice: Number.NaN }, both).outcome).toBe('SIZE_REFERENCE_MISSING')
  })

  it('P13: a quantity that the model named replaces the sizing rule', () => {
    expect(run({ fixed: '1' }, { qty: 12.7 }).draft.qty).toBe(12)
    expect(run({ fixed: '1' }, { qty: 12, action: TradingAction.SELL }).draft.side).toBe('sell')
    expect(run({ fixed: '1' }, { qty: 0.5 }).outcome).toBe('SIZE_ZERO')
    expect(run({ fixed: '1' }, { qty: -3 }).outcome).toBe('SIZE_INVALID')
    expect(run({ fixed: '1' }, { qty: Number.POSITIVE_INFINITY }).outcome).toBe('SIZE_INVALID')
  })

  it.each<[Sizing, string]>([
    [{ fixed: '0' }, 'SIZING_INVALID'],
    [{ notional: '-5' }, 'SIZING_INVALID'],
    [{ equity_share: '0.0000001' }, 'SIZING_INVALID'],
    [{ target: { long: '0', short: '0.1' } }, 'SIZING_INVALID'],
    [{ target: { long: '0.000001', short: '0' } }, 'OFF_INCREMENT'],
    [{ fixed: 'ten' }, 'DECIMAL_INVALID'],
  ])('A1: %j is refused with %s', (sizing, code) => {
    expect(() => compileTemplate({ ...MARKET, sizing }, BTC)).toThrow(expect.objectContaining({ code }))
  })
})
