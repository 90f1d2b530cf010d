import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDecimal, toIncrements } from '../../../src/core/decimal.ts'
import { createOrderDraft, type OrderDraft } from '../../../src/domain/draft.ts'
import { createInstrument, type Instrument } from '../../../src/domain/instrument.ts'
import { BROKEN, brokenRules, type InstrumentRules } from '../../../src/domain/instrument-rules.ts'
import { type FilterBody, rulesOfFilters } from '../../../src/venue/binance-spot/symbol-filters.ts'
import type { SimOrderInput } from '../../../src/venue/sim/types.ts'
import {
  checkFilters,
  exchangeInfoSymbol,
  SYMBOL_LIMITS,
} from '../../../src/venue/sim-server/symbol-rules.ts'

interface Vector {
  order: { symbol: string; type: string; qty: string; price?: string }
  reference_price: string
  accept: boolean
  violations: string[]
}

interface FilterFile {
  filters: Record<string, { status: string; filters: FilterBody[] }>
  vectors: Vector[]
}

const NAMES: readonly (readonly [number, string])[] = [
  [BROKEN.TRADING, 'SYMBOL_NOT_TRADING'],
  [BROKEN.PRICE, 'PRICE_FILTER'],
  [BROKEN.PERCENT_PRICE, 'PERCENT_PRICE'],
  [BROKEN.LOT, 'LOT_SIZE'],
  [BROKEN.MARKET_LOT, 'MARKET_LOT_SIZE'],
  [BROKEN.NOTIONAL_MIN, 'MIN_NOTIONAL'],
]

function load(name: string): FilterFile {
  const file = new URL(`../../fixtures/rounding/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as FilterFile
}

/** The finest of the decimals as an increment. */
function incrementOf(...texts: string[]): string {
  return `1e-${Math.max(...texts.map((text) => parseDecimal(text).scale))}`
}

const instrumentOf = (priceIncrement: string, qtyIncrement: string): Instrument =>
  createInstrument({ symbol: 'XUSDT', priceIncrement, qtyIncrement }, 0)

function draftOf(fields: Partial<OrderDraft>): OrderDraft {
  const type = fields.price === undefined ? 'market' : 'limit'
  return { ...createOrderDraft(), type, ...fields }
}

/** An instrument whose increments count whatever the order says, also what is off the venue's steps. */
function violations(file: FilterFile, { order, reference_price }: Vector): string[] {
  const { status, filters } = file.filters[order.symbol] as FilterFile['filters'][string]
  const { qty, price = reference_price } = order
  const instrument = instrumentOf(incrementOf(price, reference_price), incrementOf(qty))
  const { priceIncrement, qtyIncrement } = instrument
  const draft = draftOf({
    qty: toIncrements(qty, qtyIncrement),
    ...(order.type === 'MARKET' ? {} : { price: toIncrements(price, priceIncrement) }),
  })
  const reference = toIncrements(reference_price, priceIncrement)
  const broken = brokenRules(rulesOfFilters(instrument, status, filters), draft, reference)
  return NAMES.flatMap(([bit, name]) => ((broken & bit) === 0 ? [] : [name]))
}

describe('symbol filters of Binance', () => {
  it.each([
    ['binance_spot_filters_2021', 600],
    ['binance_usdm_filters_2021', 400],
  ])('O7: %s: all %d verdicts with every violated filter', (name, count) => {
    const file = load(name)
    expect(file.vectors).toHaveLength(count)
    const wrong = file.vectors.filter((vector) => {
      const found = violations(file, vector)
      return found.join() !== vector.violations.join() || (found.length === 0) !== vector.accept
    })
    expect(wrong).toEqual([])
  })

  const compiled = (...filters: FilterBody[]): InstrumentRules =>
    rulesOfFilters(instrumentOf('0.01', '0.1'), 'TRADING', filters)
  const broken = (rules: InstrumentRules, fields: Partial<OrderDraft>, reference = Number.NaN): number =>
    brokenRules(rules, draftOf(fields), reference)

  it('O7: a symbol without filters takes any positive quantity and price', () => {
    const none = compiled()
    expect(broken(none, { qty: 3, price: 7 }, 1)).toBe(0)
    expect(broken(none, { qty: Number.MAX_SAFE_INTEGER, price: Number.MAX_SAFE_INTEGER })).toBe(0)
    expect(broken(none, { qty: 3 })).toBe(0)
    expect(broken(none, { qty: 0 })).toBe(BROKEN.LOT)
    expect(broken(none, { qty: 3, price: 0 })).toBe(BROKEN.PRICE)
  })

  it('O7: a bound that is missing or zero is off, one between two increments is the next inside, one beyond 2^53 none', () => {
    const lot = { filterType: 'LOT_SIZE', minQty: '2.05', maxQty: '0' }
    expect(broken(compiled(lot), { qty: 999_999_999 })).toBe(0)
    expect(broken(compiled(lot), { qty: 21 })).toBe(0)
    expect(broken(compiled(lot), { qty: 20 })).toBe(BROKEN.LOT)
    const huge = compiled({ ...lot, maxQty: '1e30' })
    expect(broken(huge, { qty: Number.MAX_SAFE_INTEGER })).toBe(0)
    const most = compiled({ filterType: 'LOT_SIZE', maxQty: '2.05' })
    expect([broken(most, { qty: 20 }), broken(most, { qty: 21 })]).toEqual([0, BROKEN.LOT])
  })

  it('O7: a step that is coarser, finer or of another kind than the increment is exact', () => {
    const steps = (stepSize: string): number => compiled({ filterType: 'LOT_SIZE', stepSize }).lot.step
    expect(['0.1', '0.5', '0.01', '0.25', '0.15', '0'].map(steps)).toEqual([1, 5, 1, 5, 3, 1])
    const coarse = compiled({ filterType: 'LOT_SIZE', stepSize: '0.25' })
    expect([5, 10, 6].map((qty) => broken(coarse, { qty }))).toEqual([0, 0, BROKEN.LOT])
  })

  it('O7: a price at each end of the percentage passes, and any where no reference is given', () => {
    const rules = compiled({ filterType: 'PERCENT_PRICE', multiplierUp: '1.15', multiplierDown: '0.85' })
    const verdicts = [84, 85, 115, 116].map((price) => broken(rules, { qty: 1, price }, 100))
    expect(verdicts).toEqual([BROKEN.PERCENT_PRICE, 0, 0, BROKEN.PERCENT_PRICE])
    expect(broken(rules, { qty: 1, price: 1_000_000 })).toBe(0)
  })

  it('O7: a notional beyond 2^53 increments is exact', () => {
    const fine = instrumentOf('1e-8', '1e-8')
    const rules = rulesOfFilters(fine, 'TRADING', [{ filterType: 'NOTIONAL', minNotional: '1' }])
    expect(rules.notionalMin).toBe(10n ** 16n)
    expect(broken(rules, { qty: 100_000_000, price: 100_000_000 })).toBe(0)
    expect(broken(rules, { qty: 99_999_999, price: 100_000_001 })).toBe(BROKEN.NOTIONAL_MIN)
  })

  it('R2, F2: denies what the simulated venue refuses by filters of its own, and nothing else', () => {
    const instrument = instrumentOf('0.01', '0.00001')
    const { filters } = exchangeInfoSymbol(instrument, SYMBOL_LIMITS, 'TRADING') as { filters: FilterBody[] }
    const rules = rulesOfFilters(instrument, 'TRADING', filters)
    const refused = (input: Pick<SimOrderInput, 'type' | 'price' | 'qty'>): boolean => {
      const whole = { ...input, stopPrice: null } as SimOrderInput
      try {
        checkFilters(instrument, SYMBOL_LIMITS, whole, Number.NaN, { orders: 0, algoOrders: 0 })
        return false
      } catch {
        return true
      }
    }
    const around = (...middles: number[]) =>
      fc.oneof(...middles.map((middle) => fc.integer({ min: Math.max(1, middle - 3), max: middle + 3 })))
    const prices = around(1, 5_000, 6_000_000, 10_000_000, 100_000_000)
    const quantities = around(1, 5, 10_000, 15_000_000, 900_000_000)
    fc.assert(
      fc.property(prices, quantities, (price, qty) => {
        expect(broken(rules, { qty, price }) !== 0).toBe(refused({ type: 'limit', price, qty }))
        expect(broken(rules, { qty }) !== 0).toBe(refused({ type: 'market', price: null, qty }))
      }),
      { numRuns: 2_000 },
    )
  })

  it('O7: a stop price is held against the range of prices, and has no notional of its own', () => {
    const rules = compiled(
      { filterType: 'PRICE_FILTER', minPrice: '1', maxPrice: '2', tickSize: '0.01' },
      { filterType: 'MIN_NOTIONAL', minNotional: '100' },
    )
    const stop = (stopPrice: number): number => broken(rules, { type: 'stop', qty: 1, stopPrice })
    expect([99, 100, 200, 201].map(stop)).toEqual([BROKEN.STOP_PRICE, 0, 0, BROKEN.STOP_PRICE])
  })

  it('O7: the most of a market order holds beside the lot, and the notional on both ends', () => {
    const rules = compiled(
      { filterType: 'LOT_SIZE', minQty: '0.1', maxQty: '100', stepSize: '0.1' },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0', maxQty: '10', stepSize: '0' },
      { filterType: 'NOTIONAL', minNotional: '5.0005', maxNotional: '1000' },
    )
    expect([100, 101, 1_001].map((qty) => broken(rules, { qty }))).toEqual([0, BROKEN.MARKET_LOT, BROKEN.LOT])
    // 5.0005 is between 5.000 and 5.001, in thousandths.
    expect(broken(rules, { qty: 10, price: 500 })).toBe(BROKEN.NOTIONAL_MIN)
    expect(broken(rules, { qty: 1, price: 5_001 })).toBe(0)
    expect(broken(rules, { qty: 1_000, price: 1_000 })).toBe(0)
    expect(broken(rules, { qty: 1_000, price: 1_001 })).toBe(BROKEN.NOTIONAL_MAX)
  })
})
