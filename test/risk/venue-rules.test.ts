import { describe, expect, it } from 'vitest'
import type { DenialCode } from '../../src/domain/denials.ts'
import type { OrderDraft } from '../../src/domain/draft.ts'
import type { InstrumentRules } from '../../src/domain/instrument-rules.ts'
import type { CheckRecord } from '../../src/risk/assessment.ts'
import { CHECK_NAMES, type CheckUnit } from '../../src/risk/check.ts'
import { Conversion } from '../../src/risk/conversion.ts'
import { type Bench, bench, FakeMarket, NOW_NS } from './support.ts'

/** BTCUSDT: 1,000 to 100,000 USDT in steps of 0.05, 0.001 to 9 BTC in steps of 0.0001, market orders up to 2, 5 to 100,000 USDT. */
const RULES: InstrumentRules = {
  trading: true,
  price: { min: 100_000, max: 10_000_000, step: 5 },
  percent: null,
  lot: { min: 100, max: 900_000, step: 10 },
  marketLot: { min: 1, max: 200_000, step: 1 },
  marketLotAlone: false,
  notionalMin: 50_000_000,
  notionalMax: 1_000_000_000_000,
}
const OFF = {
  orderValueMin: null,
  orderValueMax: null,
  symbolShareMax: null,
  totalShareMax: null,
  collarBps: null,
  reducingCollarBps: null,
  longOnly: false,
}

const gate = (rules: Partial<InstrumentRules> | null = {}, inputs?: Parameters<typeof bench>[1]): Bench =>
  bench(OFF, { ...inputs, rules: () => (rules === null ? null : { ...RULES, ...rules }) })

function parameters(state: Bench, draft: Partial<OrderDraft>): CheckRecord {
  return state
    .assess(draft)
    .records()
    .find(({ check }) => check === 'order_parameters') as CheckRecord
}

const limit = (price: number, qty: number): Partial<OrderDraft> => ({ type: 'limit', price, qty })
const BIG = Number.MAX_SAFE_INTEGER

describe("the venue's rules before an order leaves", () => {
  it.each<
    [
      string,
      Partial<OrderDraft>,
      Partial<InstrumentRules>,
      DenialCode,
      string | null,
      string | null,
      CheckUnit,
    ]
  >([
    ['halted', {}, { trading: false }, 'VENUE_SYMBOL_HALTED', '1', '0', 'count'],
    ['price too low', limit(99_995, 1_000), {}, 'VENUE_PRICE_RANGE', '999.95', '1000', 'price'],
    ['price too high', limit(10_000_005, 1_000), {}, 'VENUE_PRICE_RANGE', '100000.05', '100000', 'price'],
    ['price off step', limit(6_000_001, 1_000), {}, 'VENUE_STEP', '60000.01', '0.05', 'price'],
    [
      'stop too high',
      { type: 'stop', stopPrice: 20_000_000 },
      {},
      'VENUE_PRICE_RANGE',
      '200000',
      '100000',
      'price',
    ],
    ['quantity too small', { qty: 90 }, {}, 'VENUE_QTY_MIN', '0.0009', '0.001', 'qty'],
    ['quantity too large', limit(6_000_000, 900_010), {}, 'VENUE_QTY_MAX', '9.0001', '9', 'qty'],
    ['quantity off step', { qty: 1_001 }, {}, 'VENUE_STEP', '0.01001', '0.0001', 'qty'],
    ['market order too large', { qty: 200_010 }, {}, 'VENUE_QTY_MAX', '2.0001', '2', 'qty'],
    ['worth too little', limit(400_000, 120), {}, 'VENUE_NOTIONAL_MIN', '4.8', '5', 'notional'],
    ['worth too much', limit(10_000_000, 100_010), {}, 'VENUE_NOTIONAL_MAX', '100010', '100000', 'notional'],
    [
      'worth beyond 2^53',
      limit(10_000_000, 900_719_925_470),
      { lot: { min: 1, max: BIG, step: 10 } },
      'VENUE_NOTIONAL_MAX',
      '900719925470',
      '100000',
      'notional',
    ],
  ])('R2, O7: %s', (_title, draft, rules, code, value, most, unit) => {
    const state = gate(rules)
    expect(parameters(state, draft)).toEqual({
      ...{ check: 'order_parameters', passed: false, code },
      ...{ value, limit: most, unit },
    })
    expect(state.assess(draft).code).toBe(code)
  })

  it.each<[string, Partial<OrderDraft>]>([
    ['least price and quantity worth enough', limit(100_000, 500)],
    ['least quantity', limit(10_000_000, 100)],
    ['least value', limit(500_000, 100)],
    ['most price and value', limit(10_000_000, 100_000)],
    ['most quantity', limit(100_000, 900_000)],
    ['most of a market order', { qty: 200_000 }],
    ['a market order of any value', { qty: 100 }],
    ['a stop of any value', { type: 'stop', stopPrice: 100_000, qty: 100 }],
  ])('R2: %s passes', (_title, draft) => {
    expect(parameters(gate(), draft)).toMatchObject({ passed: true, code: null, unit: 'qty' })
  })

  it('R1: the list of checks and the results of an order that passes are the same with rules and without', () => {
    const [without, unknown, known] = [bench(OFF), gate(null), gate()].map((state) =>
      state.assess().records(),
    )
    expect(unknown).toEqual(without)
    expect(known).toEqual(without)
    expect(without?.map(({ check }) => check)).toEqual([...CHECK_NAMES])
    expect(parameters(gate(null), limit(1, 1))).toMatchObject({ passed: true })
  })

  it('R2: a status that changes is seen by the next order', () => {
    let trading = false
    const state = bench(OFF, { rules: () => ({ ...RULES, trading }) })
    expect(state.assess().code).toBe('VENUE_SYMBOL_HALTED')
    trading = true
    expect(state.assess().code).toBeNull()
  })

  it('R2: what is wrong with the order itself comes before what the venue says', () => {
    expect(gate({ trading: false }).assess({ qty: 0 }).code).toBe('ORDER_QTY_INVALID')
  })

  it('R12: an order that only reduces leaves under a status that may be old, and no size that the venue takes is locked in', () => {
    const state = gate({ trading: false })
    state.portfolio.positions[0] = 900_000
    const sell = (qty: number) => state.assess({ side: 'sell', qty })
    expect(sell(200_000)).toMatchObject({ passed: true, reducing: true })
    expect(sell(900_010)).toMatchObject({ passed: false, reducing: false, code: 'VENUE_SYMBOL_HALTED' })
    expect(state.assess({ side: 'sell', ...limit(1_000_000, 900_000) })).toMatchObject({ passed: true })
  })

  it('R12: an order that only reduces is denied what the venue would refuse, with its limit', () => {
    const state = gate()
    state.portfolio.positions[0] = 900_000
    const sold = parameters(state, { side: 'sell', qty: 200_010 })
    expect(sold).toMatchObject({ code: 'VENUE_QTY_MAX', value: '2.0001', limit: '2' })
    expect(state.assess({ side: 'sell', qty: 90 })).toMatchObject({ code: 'VENUE_QTY_MIN', reducing: true })
  })

  it('R10: a value that no rate converts is denied without numbers, a converted one in the account’s currency', () => {
    const market = new FakeMarket()
    const inputs = [
      { symbol: 'BTCEUR', priceIncrement: '0.01', qtyIncrement: '0.00001' },
      { symbol: 'EURUSD', priceIncrement: '0.00001', qtyIncrement: '0.01' },
    ]
    const converted = (
      rule: Record<string, { rate: string } | { symbol: string; ageMaxSeconds: number }>,
    ) => {
      const { table } = bench(OFF, { inputs })
      const instruments = table.all()
      const conversion = new Conversion({
        ...{ currency: 'USD', rules: rule, instruments, market, nowNs: () => NOW_NS },
      })
      return gate({}, { inputs, conversion, market })
    }
    const small = limit(400_000, 120)
    expect(parameters(converted({ EUR: { rate: '1.5' } }), small)).toMatchObject({
      ...{ code: 'VENUE_NOTIONAL_MIN', value: '7.2', limit: '7.5', unit: 'notional' },
    })
    expect(parameters(converted({}), small)).toMatchObject({
      ...{ code: 'VENUE_NOTIONAL_MIN', value: null, limit: null, unit: 'notional' },
    })
  })
})
