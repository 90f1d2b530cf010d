import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isUsEquityPrice } from '../../src/order/us-equity-price.ts'

const FILE = new URL('../fixtures/rounding/us_equity_subpenny.json', import.meta.url)

describe('US equity prices', () => {
  const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as {
    vectors: { limit_price: string; accept: boolean }[]
  }

  it('O7: all 100 sub-penny verdicts', () => {
    expect(vectors).toHaveLength(100)
    expect(vectors.filter(({ limit_price, accept }) => isUsEquityPrice(limit_price) !== accept)).toEqual([])
  })
})
