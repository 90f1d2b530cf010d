import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../src/core/money.ts'
import { MARKET_SESSION, type MarketSession } from '../../src/domain/calendar.ts'
import type { DenialCode } from '../../src/domain/denials.ts'
import type { OrderDraft } from '../../src/domain/draft.ts'
import { REASON } from '../../src/domain/reasons.ts'
import type { CheckName } from '../../src/risk/check.ts'
import type { RiskGateOptions } from '../../src/risk/gate.ts'
import type { RiskLimits } from '../../src/risk/limits.ts'
import { type Bench, bench, CAPABLE, NOW_NS, resultOf } from './support.ts'

interface Case {
  readonly title: string
  readonly check: CheckName
  /** null: the check passes */
  readonly code: DenialCode | null
  readonly limits?: Partial<RiskLimits>
  readonly options?: Parameters<typeof bench>[1]
  readonly draft?: Partial<OrderDraft>
  readonly reasons?: number
  readonly set?: (state: Bench) => void
  /** [value, limit] as recorded */
  readonly seen?: readonly [string | null, string | null]
}

const session = (answer: MarketSession): Partial<RiskGateOptions> => ({
  calendar: { session: () => answer, tradingDay: () => null },
})
const venue = (fields: Partial<typeof CAPABLE>): Partial<RiskGateOptions> => ({
  capabilities: [0, 1, 2].map(() => ({ ...CAPABLE, ...fields })),
})
/** Holds 0.02 BTC, so that a sell of 0.01 only reduces. */
const holdsTwo = ({ portfolio }: Bench): void => {
  portfolio.positions[0] = 2_000
}
const SHORT_ALLOWED = { longOnly: false }

const parameters: Case[] = [
  { title: 'zero quantity', check: 'order_parameters', code: 'ORDER_QTY_INVALID', draft: { qty: 0 } },
  { title: 'negative quantity', check: 'order_parameters', code: 'ORDER_QTY_INVALID', draft: { qty: -1 } },
  { title: 'half increment', check: 'order_parameters', code: 'ORDER_QTY_INVALID', draft: { qty: 0.5 } },
  { title: 'NaN quantity', check: 'order_parameters', code: 'ORDER_QTY_INVALID', draft: { qty: Number.NaN } },
  {
    title: 'limit without price',
    check: 'order_parameters',
    code: 'ORDER_PRICE_INVALID',
    draft: { type: 'limit' },
  },
  { title: 'market with price', check: 'order_parameters', code: 'ORDER_PRICE_INVALID', draft: { price: 5 } },
  {
    title: 'price off increment',
    check: 'order_parameters',
    code: 'ORDER_PRICE_INVALID',
    draft: { type: 'limit', price: 1.5 },
  },
  {
    title: 'negative price',
    check: 'order_parameters',
    code: 'ORDER_PRICE_INVALID',
    draft: { type: 'limit', price: -100 },
  },
  {
    title: 'negative price where the instrument has them',
    check: 'order_parameters',
    code: null,
    draft: { type: 'limit', price: -100 },
    options: {
      inputs: [{ symbol: 'CL', priceIncrement: '0.01', qtyIncrement: '1', allowsNegativePrice: true }],
    },
  },
  {
    title: 'stop without trigger',
    check: 'order_parameters',
    code: 'ORDER_STOP_INVALID',
    draft: { type: 'stop' },
  },
  {
    title: 'market with trigger',
    check: 'order_parameters',
    code: 'ORDER_STOP_INVALID',
    draft: { stopPrice: 5 },
  },
  {
    title: 'stop-limit with both',
    check: 'order_parameters',
    code: null,
    draft: { type: 'stop_limit', price: 6_000_000, stopPrice: 6_000_000 },
  },
  {
    title: 'order type the venue lacks',
    check: 'order_parameters',
    code: 'ORDER_TYPE_UNSUPPORTED',
    options: venue({ orderTypes: ['limit'] }),
  },
  {
    title: 'time in force the venue lacks',
    check: 'order_parameters',
    code: 'TIME_IN_FORCE_UNSUPPORTED',
    options: venue({ timesInForce: ['DAY'] }),
  },
  {
    title: 'fraction where the venue has none',
    check: 'order_parameters',
    code: 'FRACTIONAL_UNSUPPORTED',
    options: venue({ fractional: false }),
  },
  {
    title: 'whole unit where the venue has no fractions',
    check: 'order_parameters',
    code: null,
    draft: { qty: 300_000 },
    options: venue({ fractional: false }),
  },
]

const permission: Case[] = [
  { title: 'kill', check: 'authorisation', code: 'KILL_SWITCH', reasons: REASON.KILL },
  { title: 'boot', check: 'authorisation', code: 'HALTED', reasons: REASON.BOOT },
  {
    title: 'shutdown before authorisation before kill',
    check: 'authorisation',
    code: 'SHUTTING_DOWN',
    reasons: REASON.SHUTDOWN | REASON.UNAUTHORISED | REASON.KILL,
  },
  {
    title: 'authorisation before kill',
    check: 'authorisation',
    code: 'UNAUTHORISED',
    reasons: REASON.UNAUTHORISED | REASON.KILL,
  },
  {
    title: 'reducible reason, entry',
    check: 'authorisation',
    code: 'HALTED',
    reasons: REASON.PAUSE,
    limits: { reducibleReasons: REASON.PAUSE },
  },
  {
    title: 'reducible reason, reducing order',
    check: 'authorisation',
    code: null,
    reasons: REASON.PAUSE,
    limits: { reducibleReasons: REASON.PAUSE },
    draft: { side: 'sell' },
    set: holdsTwo,
  },
  {
    title: 'another reason, reducing order',
    check: 'authorisation',
    code: 'KILL_SWITCH',
    reasons: REASON.PAUSE | REASON.KILL,
    limits: { reducibleReasons: REASON.PAUSE },
    draft: { side: 'sell' },
    set: holdsTwo,
  },
  {
    title: 'order of unknown outcome',
    check: 'unknown_outcome',
    code: 'OUTCOME_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.unknown = true
    },
  },
  { title: 'restricted', check: 'restricted_list', code: 'RESTRICTED', limits: { restricted: ['BTCUSDT'] } },
  { title: 'other restricted', check: 'restricted_list', code: null, limits: { restricted: ['ETHUSDT'] } },
]

const market: Case[] = [
  {
    title: 'closed',
    check: 'market_hours',
    code: 'MARKET_CLOSED',
    options: session(MARKET_SESSION.CLOSED),
    seen: ['0', '1'],
  },
  {
    title: 'unknown calendar',
    check: 'market_hours',
    code: 'CALENDAR_UNKNOWN',
    options: session(MARKET_SESSION.UNKNOWN),
  },
  {
    title: 'extended hours off',
    check: 'market_hours',
    code: 'MARKET_CLOSED',
    options: session(MARKET_SESSION.EXTENDED),
  },
  {
    title: 'extended hours on',
    check: 'market_hours',
    code: null,
    options: session(MARKET_SESSION.EXTENDED),
    limits: { extendedHours: true },
  },
  {
    title: 'regular with extended on',
    check: 'market_hours',
    code: null,
    options: session(MARKET_SESSION.REGULAR),
    limits: { symbols: { BTCUSDT: { extendedHours: true } } },
  },
  {
    title: 'venue halt',
    check: 'trading_status',
    code: 'TRADING_HALTED',
    set: (state) => {
      state.market.isHalted = true
    },
  },
  { title: '120 s old signal', check: 'signal_freshness', code: null, draft: { signalNs: NOW_NS - 120e9 } },
  {
    title: 'signal older than 120 s',
    check: 'signal_freshness',
    code: 'SIGNAL_STALE',
    draft: { signalNs: NOW_NS - 120e9 - 1 },
    seen: ['120000000001', '120000000000'],
  },
  {
    title: 'signal without time',
    check: 'signal_freshness',
    code: 'SIGNAL_STALE',
    draft: { signalNs: Number.NaN },
  },
  {
    title: 'stale data',
    check: 'data_staleness',
    code: 'DATA_STALE',
    limits: { dataAgeMaxSeconds: 2 },
    set: (state) => {
      state.market.dataAtNs = NOW_NS - 3e9
    },
  },
  {
    title: 'no data',
    check: 'data_staleness',
    code: 'DATA_STALE',
    set: (state) => {
      state.market.dataAtNs = Number.NaN
    },
  },
]

const collar: Case[] = [
  {
    title: 'no reference, market order',
    check: 'price_collar',
    code: 'REFERENCE_MISSING',
    set: (state) => {
      state.market.reference = Number.NaN
    },
  },
  {
    title: 'reference without time',
    check: 'price_collar',
    code: 'REFERENCE_STALE',
    set: (state) => {
      state.market.referenceAtNs = Number.NaN
    },
  },
  {
    title: 'crossed quote',
    check: 'price_collar',
    code: 'REFERENCE_CROSSED',
    set: (state) => {
      state.market.bid = 11
      state.market.ask = 10
    },
  },
  { title: 'at 5 %', check: 'price_collar', code: null, draft: { type: 'limit', price: 6_300_000 } },
  {
    title: 'one increment above 5 %',
    check: 'price_collar',
    code: 'PRICE_COLLAR',
    draft: { type: 'limit', price: 6_300_001 },
    seen: ['63000.01', '63000'],
  },
  {
    title: 'one increment below 5 %',
    check: 'price_collar',
    code: 'PRICE_COLLAR',
    draft: { type: 'limit', price: 5_699_999 },
    seen: ['56999.99', '57000'],
  },
  { title: 'at 5 % below', check: 'price_collar', code: null, draft: { type: 'limit', price: 5_700_000 } },
  {
    title: 'a reducing order has the wider collar',
    check: 'price_collar',
    code: null,
    draft: { type: 'limit', price: 5_000_000, side: 'sell' },
    set: holdsTwo,
  },
  {
    title: 'the wider collar ends too',
    check: 'price_collar',
    code: 'PRICE_COLLAR',
    draft: { type: 'limit', price: 4_000_000, side: 'sell' },
    set: holdsTwo,
  },
  {
    title: 'off',
    check: 'price_collar',
    code: null,
    limits: { collarBps: null },
    draft: { type: 'limit', price: 1 },
  },
  {
    title: 'a stop-limit is held against its stop',
    check: 'price_collar',
    code: 'PRICE_COLLAR',
    draft: { type: 'stop_limit', stopPrice: 5_000_000, price: 5_300_000 },
  },
  {
    title: 'a stop may lie far away',
    check: 'price_collar',
    code: null,
    draft: { type: 'stop', stopPrice: 5_000_000, side: 'sell' },
  },
]

const size: Case[] = [
  { title: 'at the maximum', check: 'order_qty', code: null, limits: { orderQtyMax: '0.01' } },
  {
    title: 'above the maximum',
    check: 'order_qty',
    code: 'ORDER_QTY_MAX',
    limits: { symbols: { BTCUSDT: { orderQtyMax: '0.00999' } } },
    seen: ['0.01', '0.00999'],
  },
  { title: 'at the minimum', check: 'order_value_min', code: null, limits: { orderValueMin: '600' } },
  {
    title: 'a cent of a cent below the minimum',
    check: 'order_value_min',
    code: 'ORDER_VALUE_MIN',
    limits: { orderValueMin: '600.00001' },
  },
  {
    title: 'no price for the minimum',
    check: 'order_value_min',
    code: 'VALUE_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.marks[0] = null
    },
    seen: [null, '50'],
  },
  { title: 'no minimum', check: 'order_value_min', code: null, limits: { orderValueMin: null } },
  {
    title: 'quantity that is no number',
    check: 'order_value_min',
    code: 'VALUE_UNKNOWN',
    draft: { qty: 1.5 },
  },
  {
    title: 'no price for the maximum',
    check: 'order_value_max',
    code: 'VALUE_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.marks[0] = null
    },
  },
  { title: 'at the maximum', check: 'order_value_max', code: null, limits: { orderValueMax: '600' } },
  {
    title: 'above the maximum',
    check: 'order_value_max',
    code: 'ORDER_VALUE_MAX',
    limits: { orderValueMax: '599.9999999' },
    seen: ['600', '599.9999999'],
  },
  {
    title: 'a limit order at its own price',
    check: 'order_value_max',
    code: 'ORDER_VALUE_MAX',
    limits: { orderValueMax: '610' },
    draft: { type: 'limit', price: 6_200_000 },
    seen: ['620', '610'],
  },
  {
    title: 'a stop at its trigger',
    check: 'order_value_max',
    code: null,
    limits: { orderValueMax: '500' },
    draft: { type: 'stop', stopPrice: 5_000_000 },
  },
]

const holding: Case[] = [
  { title: 'a buy', check: 'long_only', code: null },
  {
    title: 'a sell of nothing',
    check: 'long_only',
    code: 'LONG_ONLY',
    draft: { side: 'sell' },
    seen: ['0.01', '0'],
  },
  {
    title: 'a sell of what is held',
    check: 'long_only',
    code: null,
    draft: { side: 'sell', qty: 2_000 },
    set: holdsTwo,
  },
  {
    title: 'a sell beyond what no other sell has reserved',
    check: 'long_only',
    code: 'LONG_ONLY',
    draft: { side: 'sell', qty: 2_000 },
    set: (state) => {
      holdsTwo(state)
      state.portfolio.open.sell[0] = 1
    },
    seen: ['0.02', '0.01999'],
  },
  {
    title: 'a sell of what another strategy holds',
    check: 'long_only',
    code: 'LONG_ONLY',
    draft: { side: 'sell' },
    set: (state) => {
      holdsTwo(state)
      state.portfolio.strategyPositions = [0, 0, 0]
    },
  },
  {
    title: 'an outside sell of what the account holds',
    check: 'long_only',
    code: null,
    draft: { side: 'sell', strategy: -1 },
    set: (state) => {
      holdsTwo(state)
      state.portfolio.strategyPositions = [0, 0, 0]
    },
  },
  {
    title: 'a short where long-only is off',
    check: 'long_only',
    code: null,
    limits: SHORT_ALLOWED,
    draft: { side: 'sell' },
  },
  {
    title: 'a short where the venue has none',
    check: 'long_only',
    code: 'NOT_SHORTABLE',
    limits: SHORT_ALLOWED,
    draft: { side: 'sell' },
    options: venue({ shorting: false }),
  },
  {
    title: 'a short of an instrument that is not shortable',
    check: 'long_only',
    code: 'NOT_SHORTABLE',
    limits: SHORT_ALLOWED,
    draft: { side: 'sell' },
    options: {
      inputs: [{ symbol: 'HTB', priceIncrement: '0.01', qtyIncrement: '0.00001', shortable: false }],
    },
  },
]

const exposure: Case[] = [
  {
    title: 'position, open and in-flight buys count',
    check: 'position_size',
    code: 'POSITION_MAX',
    limits: { positionQtyMax: '0.04' },
    draft: { qty: 1_001 },
    set: (state) => {
      holdsTwo(state)
      state.portfolio.open.buy[0] = 1_000
    },
    seen: ['0.04001', '0.04'],
  },
  {
    title: 'a flip counts the side that it goes to',
    check: 'position_size',
    code: null,
    limits: { ...SHORT_ALLOWED, positionQtyMax: '0.01' },
    draft: { side: 'sell', qty: 3_000 },
    set: holdsTwo,
    seen: ['0.01', '0.01'],
  },
  {
    title: 'position value',
    check: 'position_value',
    code: 'POSITION_MAX',
    limits: { positionValueMax: '599.99' },
    seen: ['600', '599.99'],
  },
  {
    title: 'position value unknown',
    check: 'position_value',
    code: 'VALUE_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.marks[0] = null
    },
  },
  {
    title: 'at 5 % of equity',
    check: 'symbol_share',
    code: null,
    set: ({ portfolio }) => {
      portfolio.equityMoney = moneyFromText('12000')
    },
    seen: ['600', '600'],
  },
  {
    title: 'above 5 % of equity',
    check: 'symbol_share',
    code: 'SYMBOL_SHARE',
    set: ({ portfolio }) => {
      portfolio.equityMoney = moneyFromText('11999.99')
    },
  },
  {
    title: 'equity unknown',
    check: 'symbol_share',
    code: 'EQUITY_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.equityMoney = null
    },
    seen: ['600', null],
  },
  {
    title: 'negative equity',
    check: 'symbol_share',
    code: 'SYMBOL_SHARE',
    set: ({ portfolio }) => {
      portfolio.equityMoney = moneyFromText('-1')
    },
    seen: ['600', '0'],
  },
  { title: 'symbol share off', check: 'symbol_share', code: null, limits: { symbolShareMax: null } },
  {
    title: 'value unknown',
    check: 'symbol_share',
    code: 'VALUE_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.marks[0] = null
    },
  },
  {
    title: 'total: another symbol counts, long or short',
    check: 'total_share',
    code: 'TOTAL_SHARE',
    limits: { totalShareMax: '0.5' },
    set: ({ portfolio }) => {
      portfolio.equityMoney = moneyFromText('10000')
      portfolio.positions[1] = -15_000
    },
    seen: ['5100', '5000'],
  },
  {
    title: 'total: a held symbol without a mark',
    check: 'total_share',
    code: 'VALUE_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.positions[1] = 1
      portfolio.marks[1] = null
    },
  },
  {
    title: 'concentration',
    check: 'concentration',
    code: 'CONCENTRATION',
    limits: { concentrationMax: '0.5' },
    set: ({ portfolio }) => {
      portfolio.open.sell[1] = 1_999
    },
    seen: ['600', '599.85'],
  },
  { title: 'concentration off', check: 'concentration', code: null },
  {
    title: 'concentration unknown',
    check: 'concentration',
    code: 'VALUE_UNKNOWN',
    limits: { concentrationMax: '0.5' },
    set: ({ portfolio }) => {
      portfolio.marks[0] = null
    },
  },
  {
    title: 'gross',
    check: 'gross_exposure',
    code: 'GROSS_EXPOSURE',
    limits: { grossValueMax: '1199.99' },
    set: ({ portfolio }) => {
      portfolio.positions[1] = -2_000
    },
    seen: ['1200', '1199.99'],
  },
  {
    title: 'gross unknown',
    check: 'gross_exposure',
    code: 'VALUE_UNKNOWN',
    limits: { grossValueMax: '1' },
    set: ({ portfolio }) => {
      portfolio.marks[0] = null
    },
  },
  {
    title: 'net: a short of another symbol offsets',
    check: 'net_exposure',
    code: null,
    limits: { netValueMax: '1' },
    set: ({ portfolio }) => {
      portfolio.positions[1] = -2_000
    },
    seen: ['0', '1'],
  },
  {
    title: 'net in the direction of a sell',
    check: 'net_exposure',
    code: 'NET_EXPOSURE',
    limits: { ...SHORT_ALLOWED, netValueMax: '1199.99' },
    draft: { side: 'sell' },
    set: ({ portfolio }) => {
      portfolio.positions[1] = -2_000
    },
    seen: ['1200', '1199.99'],
  },
  {
    title: 'net of an order that stays on the other side',
    check: 'net_exposure',
    code: null,
    limits: { ...SHORT_ALLOWED, netValueMax: '0' },
    draft: { side: 'sell', qty: 2_000 },
    set: ({ portfolio }) => {
      portfolio.positions[0] = 3_000
      portfolio.strategyPositions = [0, 0, 0]
    },
    seen: ['-600', '0'],
  },
]

const conduct: Case[] = [
  {
    title: 'open orders',
    check: 'open_orders',
    code: 'OPEN_ORDERS_MAX',
    limits: { openOrdersMax: 3 },
    set: ({ portfolio }) => {
      portfolio.openOrderCount = 3
    },
    seen: ['4', '3'],
  },
  {
    title: 'same symbol and side open',
    check: 'duplicate_order',
    code: 'DUPLICATE_OPEN',
    set: ({ portfolio }) => {
      portfolio.working = 1
    },
  },
  {
    title: 'several working orders where the template has them',
    check: 'duplicate_order',
    code: null,
    draft: { workingOrdersPerSide: 2 },
    set: ({ portfolio }) => {
      portfolio.working = 1
    },
    seen: ['2', '2'],
  },
  {
    title: 'market against an own resting order',
    check: 'self_trade',
    code: 'SELF_TRADE',
    set: ({ portfolio }) => {
      portfolio.bestOpen.sell = 6_100_000
    },
  },
  {
    title: 'limit at an own resting sell',
    check: 'self_trade',
    code: 'SELF_TRADE',
    draft: { type: 'limit', price: 6_100_000 },
    set: ({ portfolio }) => {
      portfolio.bestOpen.sell = 6_100_000
    },
  },
  {
    title: 'limit below an own resting sell',
    check: 'self_trade',
    code: null,
    draft: { type: 'limit', price: 6_099_999 },
    set: ({ portfolio }) => {
      portfolio.bestOpen.sell = 6_100_000
    },
    seen: ['60999.99', '61000'],
  },
  {
    title: 'sell limit at an own resting buy',
    check: 'self_trade',
    code: 'SELF_TRADE',
    draft: { type: 'limit', price: 5_900_000, side: 'sell' },
    set: ({ portfolio }) => {
      portfolio.bestOpen.buy = 5_900_000
    },
  },
  {
    title: 'loss below the limit',
    check: 'daily_loss',
    code: null,
    set: ({ portfolio }) => {
      portfolio.dailyPnlMoney = moneyFromText('-19999.99')
    },
    seen: ['19999.99', '20000'],
  },
  {
    title: 'loss at 2 % of equity',
    check: 'daily_loss',
    code: 'DAILY_LOSS',
    set: ({ portfolio }) => {
      portfolio.dailyPnlMoney = moneyFromText('-20000')
    },
  },
  {
    title: 'a loss of a fraction of a unit is rounded up',
    check: 'daily_loss',
    code: 'DAILY_LOSS',
    set: ({ portfolio }) => {
      portfolio.dailyPnlMoney = moneyFromText('-19999.99999999')
    },
  },
  {
    title: 'a profit with no equity',
    check: 'daily_loss',
    code: null,
    set: ({ portfolio }) => {
      portfolio.equityMoney = 0n
    },
  },
  {
    title: 'profit of the day unknown',
    check: 'daily_loss',
    code: 'EQUITY_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.dailyPnlMoney = null
    },
  },
  {
    title: 'equity unknown for the loss limit',
    check: 'daily_loss',
    code: 'EQUITY_UNKNOWN',
    set: ({ portfolio }) => {
      portfolio.equityMoney = null
    },
  },
  { title: 'loss limit off', check: 'daily_loss', code: null, limits: { dailyLossShareMax: null } },
]

describe.each<[string, Case[]]>([
  ['R2 order parameters', parameters],
  ['R2 K2 permission', permission],
  ['R2 R6 R11 market', market],
  ['R6 price collar', collar],
  ['R2 R6 size', size],
  ['R2 long-only', holding],
  ['R2 R4 R6 exposure', exposure],
  ['R2 R6 conduct', conduct],
])('%s', (_group, cases) => {
  it.each(cases)('$check: $title → $code', ({ check, code, limits, options, draft, reasons, set, seen }) => {
    const state = bench(limits, options)
    set?.(state)
    const assessment = state.assess(draft, reasons)
    const result = resultOf(assessment, check)
    expect(result.code).toBe(code)
    expect(result.passed).toBe(code === null)
    if (code !== null) expect(assessment.passed).toBe(false)
    if (seen !== undefined) {
      const record = assessment.records().find((entry) => entry.check === check)
      expect([record?.value, record?.limit]).toEqual(seen)
    }
  })
})
