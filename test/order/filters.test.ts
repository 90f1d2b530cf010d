import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseDecimal } from '../../src/core/decimal.ts'
import { type FilterText, isUsEquityPrice, parseFilters, violatedFilters } from '../../src/order/filters.ts'

interface Vector {
  order: { symbol: string; type: string; qty: string; price?: string }
  reference_price: string
  accept: boolean
  violations: string[]
}

interface FilterFile {
  filters: Record<string, { status: string; filters: FilterText[] }>
  vectors: Vector[]
}

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/rounding/${name}.json`, import.meta.url), 'utf8')) as T
}

function violations(file: FilterFile, { order, reference_price }: Vector): string[] {
  const { status, filters } = file.filters[order.symbol] as FilterFile['filters'][string]
  return violatedFilters(parseFilters(status, filters), {
    qty: parseDecimal(order.qty),
    price: order.type === 'MARKET' ? null : parseDecimal(order.price as string),
    reference: parseDecimal(reference_price),
  })
}

describe('symbol filters', () => {
  it.each([
    ['binance_spot_filters_2021', 600],
    ['binance_usdm_filters_2021', 400],
  ])('O7: %s: all %d verdicts with every violated filter', (name, count) => {
    const file = load<FilterFile>(name)
    expect(file.vectors).toHaveLength(count)
    const wrong = file.vectors.filter((vector) => {
      const found = violations(file, vector)
      return found.join() !== vector.violations.join() || (found.length === 0) !== vector.accept
    })
    expect(wrong).toEqual([])
  })

  it('O7: a symbol without filters takes any positive quantity and price', () => {
    const none = parseFilters('TRADING', [])
    const order = { qty: parseDecimal('0.3'), price: parseDecimal('7'), reference: parseDecimal('1') }
    expect(violatedFilters(none, order)).toEqual([])
    expect(violatedFilters(none, { ...order, price: null })).toEqual([])
    expect(violatedFilters(none, { ...order, qty: parseDecimal('0') })).toEqual(['LOT_SIZE'])
  })

  it('O7: a bound that is missing or zero is off', () => {
    const filters = parseFilters('TRADING', [{ filterType: 'LOT_SIZE', minQty: '2', maxQty: '0' }])
    const order = { price: null, reference: parseDecimal('1') }
    expect(violatedFilters(filters, { ...order, qty: parseDecimal('99999999.123') })).toEqual([])
    expect(violatedFilters(filters, { ...order, qty: parseDecimal('1.9') })).toEqual(['LOT_SIZE'])
  })
})

describe('US equity prices', () => {
  const { vectors } = load<{ vectors: { limit_price: string; accept: boolean }[] }>('us_equity_subpenny')

  it('O7: all 100 sub-penny verdicts', () => {
    expect(vectors).toHaveLength(100)
    expect(vectors.filter(({ limit_price, accept }) => isUsEquityPrice(limit_price) !== accept)).toEqual([])
  })
})
