import { describe, expect, it } from 'vitest'
import { moneyFromText, moneyToText } from '../../src/core/money.ts'
import { type InstrumentInput, InstrumentTable } from '../../src/domain/instrument.ts'
import { Conversion, type ConversionRule, OWN_CURRENCY } from '../../src/risk/conversion.ts'
import { compileAccountLimits, DEFAULT_LIMITS } from '../../src/risk/limits.ts'
import { CorrelatedExposure } from '../../src/risk/monitor/correlated-exposure.ts'
import { RiskMonitor } from '../../src/risk/monitor/risk-monitor.ts'
import { RollingCorrelation } from '../../src/risk/monitor/rolling-correlation.ts'
import { NotionalScale } from '../../src/risk/scale.ts'
import { bench, FakeMarket, NOW_NS, resultOf } from './support.ts'

/*
 * One account in USD holds what is quoted in USD, in EUR and in JPY. EURUSD is OANDA's of 2014-05-01 00:00, 1.38676 / 1.38686;
 * FDAX counts 25 EUR a point.
 */
const INPUTS: InstrumentInput[] = [
  { symbol: 'SPY', priceIncrement: '0.01', qtyIncrement: '1', quoteAsset: 'USD' },
  { symbol: 'FDAX', priceIncrement: '0.5', qtyIncrement: '1', multiplier: '25', quoteAsset: 'EUR' },
  { symbol: 'EURUSD', priceIncrement: '0.00001', qtyIncrement: '0.01' },
  { symbol: 'USDJPY', priceIncrement: '0.001', qtyIncrement: '0.01' },
  { symbol: '7203', priceIncrement: '1', qtyIncrement: '100', quoteAsset: 'JPY' },
]
const [SPY, FDAX, EURUSD, USDJPY, TOYOTA] = [0, 1, 2, 3, 4] as const
const LIVE: Record<string, ConversionRule> = {
  EUR: { symbol: 'EURUSD', ageMaxSeconds: 60 },
  JPY: { symbol: 'USDJPY', ageMaxSeconds: 60 },
}

class Rates extends FakeMarket {
  readonly prices = [18_800, 19_100, 138_681, 102_250, 5_500]
  readonly times: number[] = INPUTS.map(() => NOW_NS)
  crossed = -1

  override referencePrice(instrument = 0): number {
    return this.prices[instrument] as number
  }
  override referenceNs(instrument = 0): number {
    return this.times[instrument] as number
  }
  override bidPrice(instrument = 0): number {
    return instrument === this.crossed ? 2 : Number.NaN
  }
  override askPrice(instrument = 0): number {
    return instrument === this.crossed ? 1 : Number.NaN
  }
}

function setUp(rules: Record<string, ConversionRule> = LIVE) {
  const table = new InstrumentTable()
  for (const input of INPUTS) table.add(input)
  const market = new Rates()
  const clock = { nowNs: NOW_NS }
  const instruments = table.all()
  const conversion = new Conversion({
    ...{ currency: 'USD', rules, instruments, market },
    nowNs: () => clock.nowNs,
  })
  const scale = new NotionalScale(instruments, conversion)
  return { table, instruments, market, clock, conversion, scale }
}

const text = (money: bigint | null): string | null => (money === null ? null : moneyToText(money))

describe('R10: rates into the account’s currency', () => {
  it('R10: money converts by a fixed rate, a market price, and a price the other way round', () => {
    const { conversion, market } = setUp({ ...LIVE, GBP: { rate: '1.6895' } })
    const place = (asset: string): number => conversion.placeOf(asset)
    expect([conversion.count, place('USD'), place('BTC')]).toEqual([3, OWN_CURRENCY, OWN_CURRENCY])
    expect(text(conversion.toAccount(place('GBP'), moneyFromText('1000')))).toBe('1689.5')
    expect(text(conversion.toAccount(place('EUR'), moneyFromText('-250.5')))).toBe('-347.395905')
    // The mid lies between two increments.
    market.prices[EURUSD] = 138_680.5
    expect(text(conversion.toAccount(place('EUR'), moneyFromText('1000000')))).toBe('1386805')
    // 102.250 JPY a dollar: 1 / 102.25, rounded down at the 36th place.
    expect(text(conversion.toAccount(place('JPY'), moneyFromText('1022500')))).toBe('10000')
    expect(text(conversion.toAccount(place('JPY'), moneyFromText('1')))).toBe(
      '0.009779951100244498777506112469437652',
    )
    expect(text(conversion.fromAccount(place('JPY'), moneyFromText('10000')))).toBe('1022500')
    expect(conversion.placeOfInstrument(SPY)).toBe(OWN_CURRENCY)
    expect(conversion.placeOfInstrument(FDAX)).toBe(place('EUR'))
  })

  it('R10: a rate that is missing, stale, crossed or not above zero converts nothing, and says why', () => {
    const { conversion, market, clock } = setUp()
    const place = conversion.placeOf('EUR')
    const seen = (): unknown => [conversion.fault(place), conversion.rate(place)]
    const rate = conversion.rate(place)
    expect(conversion.rate(place)).toBe(rate)
    clock.nowNs = NOW_NS + 60e9
    expect(conversion.fault(place)).toBeNull()
    clock.nowNs += 1
    expect(seen()).toEqual(['RATE_STALE', null])
    expect(conversion.toAccount(place, 1n)).toBeNull()
    expect(conversion.fromAccount(place, 1n)).toBeNull()
    clock.nowNs = NOW_NS
    for (const price of [Number.NaN, 0, -1, 0.25]) {
      market.prices[EURUSD] = price
      expect(seen(), String(price)).toEqual(['RATE_MISSING', null])
    }
    market.prices[EURUSD] = 138_681
    market.crossed = EURUSD
    expect(seen()).toEqual(['RATE_MISSING', null])
    market.crossed = -1
    expect(conversion.rate(place)).toEqual(rate)
  })

  it('R10: an asset without a rule has no rate, a fixed rate no age', () => {
    const { conversion } = setUp({ EUR: { rate: '1.38' } })
    const [eur, jpy] = [conversion.placeOf('EUR'), conversion.placeOf('JPY')]
    expect([conversion.fault(jpy), conversion.rate(jpy)]).toEqual(['RATE_MISSING', null])
    expect([conversion.ageNs(jpy), conversion.ageNsMax(jpy)]).toEqual([Number.NaN, Number.NaN])
    expect(conversion.fault(eur)).toBeNull()
    expect([conversion.ageNs(eur), conversion.ageNsMax(eur)]).toEqual([Number.NaN, Number.POSITIVE_INFINITY])
  })

  it.each<[string, ConversionRule]>([
    ['its rate is 0', { rate: '0' }],
    ['its rate is -1.2', { rate: '-1.2' }],
    ['no instrument EURUSDT', { symbol: 'EURUSDT', ageMaxSeconds: 60 }],
    ['SPY does not trade EUR against USD', { symbol: 'SPY', ageMaxSeconds: 60 }],
    ['USDJPY does not trade EUR against USD', { symbol: 'USDJPY', ageMaxSeconds: 60 }],
    ['FDAX does not trade EUR against USD', { symbol: 'FDAX', ageMaxSeconds: 60 }],
    ['its age limit is 0 s', { symbol: 'EURUSD', ageMaxSeconds: 0 }],
  ])('R10: a rule is refused where %s', (why, rule) => {
    expect(() => setUp({ EUR: rule })).toThrow(
      expect.objectContaining({ code: 'CONVERSION_INVALID', message: expect.stringContaining(why) }),
    )
  })
})

describe('R10: one unit for what is quoted in several assets', () => {
  it('R10: a converted increment is worth its rate, rounded up by less than a millionth of the smallest', () => {
    const { scale, instruments, market } = setUp()
    const worth = (index: number, units: number): string =>
      scale.text(scale.factor(instruments[index] as never) * units)
    // EURUSD's own increments, 0.00001 × 0.01 USD, are the smallest: the unit is a millionth of them.
    expect(scale.text(1)).toBe('0.0000000000001')
    expect(worth(SPY, 18_800)).toBe('188')
    // 0.5 points × 25 EUR × 1.38681
    expect(worth(FDAX, 1)).toBe('17.335125')
    expect(worth(FDAX, 19_100)).toBe('331100.8875')
    // 100 shares at 1 JPY: 100 / 102.25 USD, rounded up at the 13th place.
    expect(worth(TOYOTA, 1)).toBe('0.9779951100245')
    market.prices[EURUSD] = 140_000
    expect(worth(FDAX, 1)).toBe('17.5')
    market.prices[EURUSD] = Number.NaN
    expect(scale.factor(instruments[FDAX] as never)).toBeNaN()
    expect([SPY, FDAX, EURUSD, USDJPY, TOYOTA].map((index) => scale.converts(index))).toEqual([
      false,
      true,
      false,
      true,
      true,
    ])
  })

  it('R10: a rate that makes a factor beyond 2^53 converts nothing', () => {
    const { scale, instruments } = setUp({ EUR: { rate: '1000000000000' }, JPY: { rate: '0.01' } })
    expect(scale.factor(instruments[FDAX] as never)).toBeNaN()
  })

  it('R10: without a foreign quote asset the unit is the plain one', () => {
    const table = new InstrumentTable()
    const spy = table.add(INPUTS[0] as InstrumentInput)
    const own = { currency: 'USD', rules: {}, instruments: [spy], market: new FakeMarket(), nowNs: () => 0 }
    const scale = new NotionalScale([spy], new Conversion(own))
    expect([scale.unitMoney, scale.factor(spy)]).toEqual([moneyFromText('0.01'), 1])
  })
})

describe('R10: converted orders before the gate', () => {
  function converted(rules = LIVE, limits = {}) {
    const { market, clock, conversion } = setUp(rules)
    const state = bench(
      { orderValueMin: null, orderValueMax: null, symbolShareMax: null, totalShareMax: null, ...limits },
      { inputs: INPUTS, market, conversion },
    )
    state.portfolio.positions = INPUTS.map(() => 0)
    state.portfolio.open = { buy: INPUTS.map(() => 0), sell: INPUTS.map(() => 0) }
    state.portfolio.marks = [...market.prices]
    const draft = { instrument: FDAX, qty: 1, type: 'market' } as const
    const record = (name: string, fields = {}) =>
      state
        .assess({ ...draft, ...fields })
        .records()
        .find(({ check }) => check === name)
    return { ...state, rates: market, clock, draft, record }
  }

  it('R10: an order is worth what its quote asset is worth: one FDAX at 9,550 is 331,100.8875 USD', () => {
    // 9550 points × 25 EUR × 1.38681
    const at = converted(LIVE, { orderValueMax: '331100.8875', orderValueMin: '331100.8875' })
    expect(at.assess(at.draft).code).toBeNull()
    expect(at.record('order_value_max')).toMatchObject({ value: '331100.8875', limit: '331100.8875' })
    const above = converted(LIVE, { orderValueMax: '331100.887' })
    expect(above.assess(above.draft).code).toBe('ORDER_VALUE_MAX')
    // At par it would be 238,750.
    const below = converted(LIVE, { orderValueMin: '331100.888' })
    expect(below.assess(below.draft).code).toBe('ORDER_VALUE_MIN')
  })

  it('R10: exposure in dollars, euros and yen adds up in the account’s currency', () => {
    // 100 × 188 + 9,550 × 25 × 1.38681 + 300 × 5,500 / 102.25, each pair of increments rounded up
    const limited = converted(LIVE, { grossValueMax: '1000000', netValueMax: '1000000' })
    limited.portfolio.positions = [100, 1, 0, 0, -3]
    expect(limited.record('gross_exposure', { instrument: SPY })?.value).toBe('366225.80681540425')
    expect(limited.record('net_exposure', { instrument: SPY })?.value).toBe('333951.96818459575')
  })

  it('R10: a missing and a stale rate deny, and an order in the account’s currency passes where nothing foreign is held', () => {
    const state = converted()
    const { rates, clock } = state
    expect(state.assess(state.draft).passed).toBe(true)
    expect(state.record('conversion')).toMatchObject({ passed: true, value: '0', limit: '60000000000' })
    clock.nowNs = NOW_NS + 61e9
    expect(state.assess(state.draft).code).toBe('RATE_STALE')
    expect(state.record('conversion')).toMatchObject({
      value: '61000000000',
      limit: '60000000000',
      unit: 'ns',
    })
    expect(resultOf(state.assess(state.draft), 'order_value_max').code).toBe('VALUE_UNKNOWN')
    expect(state.assess({ ...state.draft, instrument: SPY }).code).toBeNull()
    expect(resultOf(state.assess({ ...state.draft, instrument: SPY }), 'conversion').applied).toBe(false)
    state.portfolio.positions[FDAX] = 1
    expect(state.assess({ ...state.draft, instrument: SPY }).code).toBe('VALUE_UNKNOWN')
    clock.nowNs = NOW_NS
    rates.prices[EURUSD] = Number.NaN
    expect(state.assess(state.draft).code).toBe('RATE_MISSING')
    rates.prices[EURUSD] = 138_681
    expect(state.assess(state.draft).code).toBeNull()
  })

  it('R10: a quote asset without a rule denies; a fixed rate is never too old', () => {
    const fixed = converted({ EUR: { rate: '1.3' } })
    fixed.clock.nowNs = NOW_NS + 1e15
    expect(fixed.assess(fixed.draft).code).toBeNull()
    expect(fixed.record('conversion')).toMatchObject({ value: null, limit: null, passed: true })
    expect(fixed.assess({ ...fixed.draft, instrument: TOYOTA }).code).toBe('RATE_MISSING')
  })

  it('R10, R12: an order that only reduces needs no rate', () => {
    const state = converted()
    state.portfolio.positions[FDAX] = 1
    state.clock.nowNs = NOW_NS + 61e9
    expect(state.assess({ ...state.draft, side: 'sell' })).toMatchObject({ reducing: true, code: null })
  })

  it('R10: with BigInt sums too, a missing rate is told', () => {
    const state = converted({ ...LIVE, EUR: { rate: '1.38681' } })
    state.portfolio.positions = [0, 30_000_000, 0, 0, 1]
    state.clock.nowNs = NOW_NS + 61e9
    expect(state.assess({ ...state.draft, instrument: SPY }).code).toBe('VALUE_UNKNOWN')
  })
})

describe('R10: converted exposure in the live watch', () => {
  function watched() {
    const { market, clock, conversion, instruments } = setUp()
    const { portfolio } = bench({}, { inputs: INPUTS })
    portfolio.positions = [0, 2, 0, 0, -1]
    portfolio.open = { buy: INPUTS.map(() => 0), sell: INPUTS.map(() => 0) }
    portfolio.marks = [...market.prices]
    const allTogether = { samples: 0, correlation: () => 0.9 }
    const correlated = new CorrelatedExposure(instruments, allTogether, 0.7, conversion)
    const scale = new NotionalScale(instruments, conversion)
    const monitor = new RiskMonitor({
      ...{ instruments, portfolio, conversion, correlated },
      pnl: { realized: () => 0n, unrealized: () => 0n },
      limits: compileAccountLimits(DEFAULT_LIMITS, scale),
      correlation: new RollingCorrelation(instruments.length, 2),
      sampleNs: 1e9,
      onBreach: () => {},
    })
    return { monitor, clock, market, correlated, portfolio, scale }
  }

  it('R8 R10: is told in the account’s currency, and as unknown without a rate', () => {
    const { monitor, clock } = watched()
    const exposure = (): unknown => monitor.snapshot().positions.map((position) => position.exposure)
    expect(exposure()).toEqual(['662201.775', '-5378.97310513475'])
    expect(monitor.snapshot().gross).toBe('667580.74810513475')
    clock.nowNs = NOW_NS + 61e9
    expect(exposure()).toEqual([null, null])
    expect(monitor.snapshot().gross).toBeNull()
  })

  it('R8 R10: what would lose together adds converted worth, and is unknown without a rate', () => {
    const { correlated, portfolio, scale, clock, market } = watched()
    const together = (): string | null => {
      const units = correlated.together(SPY, 'buy', 0, portfolio)
      return units === null ? null : scale.text(units)
    }
    expect(together()).toBe('662201.775')
    market.prices[EURUSD] = 140_000
    expect(together()).toBe('668500')
    clock.nowNs = NOW_NS + 61e9
    expect(together()).toBeNull()
  })
})

describe('R10: buying power', () => {
  const OPEN = { orderValueMax: null, symbolShareMax: null, totalShareMax: null }
  const MARGINED: InstrumentInput[] = [
    { symbol: 'ES', priceIncrement: '0.25', qtyIncrement: '1', multiplier: '50', marginRate: '0.05' },
    { symbol: 'SPY', priceIncrement: '0.01', qtyIncrement: '1' },
    { symbol: 'NQ', priceIncrement: '0.25', qtyIncrement: '1', multiplier: '20', marginRate: '0.07' },
  ]

  function account(inputs: InstrumentInput[], equity: string | null) {
    const state = bench(OPEN, { inputs })
    state.portfolio.equityMoney = equity === null ? null : moneyFromText(equity)
    // ES 1,875.25, SPY 187.96, NQ 3,583.50: 2014-05-02
    state.portfolio.marks = [7_501, 18_796, 14_334]
    state.market.reference = 7_501
    const record = (fields: object) =>
      state
        .assess(fields)
        .records()
        .find(({ check }) => check === 'buying_power')
    return { ...state, record }
  }

  it('R10: fully paid positions tie up what they are worth', () => {
    const inputs = MARGINED.map(({ marginRate: _, ...input }) => input)
    const rich = account(inputs, '93762.5')
    expect(rich.record({ qty: 1 })).toMatchObject({ passed: true, value: '93762.5', limit: '93762.5' })
    const poor = account(inputs, '93762.49')
    expect(poor.assess({ qty: 1 }).code).toBe('BUYING_POWER')
  })

  it('R10: on margin they tie up their rate of it, over all symbols, open orders counted', () => {
    const state = account(MARGINED, '100000')
    // 5 % of 10 × 93,762.5
    expect(state.record({ qty: 10 })).toMatchObject({ passed: true, value: '46881.25' })
    state.portfolio.positions = [0, 100, -2]
    state.portfolio.open = { buy: [0, 50, 0], sell: [0, 0, 1] }
    // … + 150 × 187.96 + 7 % of 3 × 71,670
    expect(state.record({ qty: 10 })).toMatchObject({ passed: true, value: '90125.95', limit: '100000' })
    expect(state.assess({ qty: 13 }).code).toBe('BUYING_POWER')
    // 104,190.325, rounded up to the cent that is these instruments' unit
    expect(state.record({ qty: 13 })?.value).toBe('104190.33')
  })

  it('R10: an unknown equity denies, none allows nothing, an unknown worth denies', () => {
    expect(account(MARGINED, null).record({ qty: 1 })).toMatchObject({ code: 'EQUITY_UNKNOWN', limit: null })
    expect(account(MARGINED, '-5').record({ qty: 1 })).toMatchObject({ code: 'BUYING_POWER', limit: '0' })
    const blind = account(MARGINED, '100000')
    blind.portfolio.positions = [0, 1, 0]
    blind.portfolio.marks[1] = null
    expect(blind.record({ qty: 1 })).toMatchObject({ code: 'VALUE_UNKNOWN', value: null })
  })

  it('R10, R12: an order that only reduces needs none', () => {
    const state = account(MARGINED, null)
    state.portfolio.positions = [1, 0, 0]
    expect(state.assess({ side: 'sell', qty: 1 })).toMatchObject({ reducing: true, code: null })
  })
})
