import { describe, expect, it } from 'vitest'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import { CorrelatedExposure } from '../../../src/risk/monitor/correlated-exposure.ts'
import { FakePortfolio } from '../support.ts'

/** Three symbols whose increments are worth the same: values are price × quantity in increments. */
function rig(correlations: Readonly<Record<string, number>>, increments = ['1', '1', '1']) {
  const table = new InstrumentTable()
  for (const [index, qtyIncrement] of increments.entries()) {
    table.add({ symbol: `S${index}USD`, priceIncrement: '1', qtyIncrement })
  }
  const portfolio = new FakePortfolio()
  portfolio.marks = [10, 20, 30]
  const view = {
    samples: 0,
    correlation: (a: number, b: number) => correlations[`${Math.min(a, b)}${Math.max(a, b)}`] ?? 0,
  }
  return { portfolio, view, correlated: new CorrelatedExposure(table.all(), view, 0.7) }
}

describe('R8: correlated exposure', () => {
  it('R8: a long adds to the longs that move with it, from the threshold up', () => {
    const { portfolio, correlated } = rig({ '01': 0.7, '02': 0.699 })
    portfolio.positions = [0, 5, 5]
    expect(correlated.together(0, 'buy', 1_000, portfolio)).toBe(1_100)
  })

  it('R8: a short against it is a hedge and does not add; it adds to a sell', () => {
    const { portfolio, correlated } = rig({ '01': 0.9 })
    portfolio.positions = [0, -5, 0]
    expect(correlated.together(0, 'buy', 1_000, portfolio)).toBe(1_000)
    expect(correlated.together(0, 'sell', 1_000, portfolio)).toBe(1_100)
  })

  it('R8: what moves the other way adds on the other side', () => {
    const { portfolio, correlated } = rig({ '01': -0.7, '02': -0.699 })
    portfolio.positions = [0, -5, -5]
    expect(correlated.together(0, 'buy', 1_000, portfolio)).toBe(1_100)
    expect(correlated.together(0, 'sell', 1_000, portfolio)).toBe(1_000)
    portfolio.positions = [0, 5, 5]
    expect(correlated.together(0, 'buy', 1_000, portfolio)).toBe(1_000)
    expect(correlated.together(0, 'sell', 1_000, portfolio)).toBe(1_100)
  })

  it('R8: an unknown correlation counts on the larger side', () => {
    const { portfolio, correlated } = rig({ '01': Number.NaN })
    portfolio.positions = [0, 3, 0]
    portfolio.open.sell = [0, 10, 0]
    expect(correlated.together(0, 'buy', 1_000, portfolio)).toBe(1_140)
    expect(correlated.together(0, 'sell', 1_000, portfolio)).toBe(1_140)
    portfolio.positions = [0, 8, 0]
    expect(correlated.together(0, 'sell', 1_000, portfolio)).toBe(1_160)
  })

  it('R8: open orders count as if they had filled, and only the side that they are on', () => {
    const { portfolio, correlated } = rig({ '01': 0.9 })
    portfolio.positions = [0, 5, 0]
    portfolio.open.buy = [0, 2, 0]
    portfolio.open.sell = [0, 9, 0]
    expect(correlated.together(0, 'buy', 0, portfolio)).toBe(140)
    expect(correlated.together(0, 'sell', 0, portfolio)).toBe(80)
  })

  it('R8: the symbol itself is counted once', () => {
    const { portfolio, correlated } = rig({ '00': 1 })
    portfolio.positions = [5, 0, 0]
    expect(correlated.together(0, 'buy', 50, portfolio)).toBe(50)
  })

  it('R8: a symbol without a mark makes it unknown only where it counts', () => {
    const { portfolio, correlated } = rig({ '01': 0.9 })
    portfolio.positions = [0, 5, 5]
    portfolio.marks = [10, 20, null]
    expect(correlated.together(0, 'buy', 0, portfolio)).toBe(100)
    portfolio.marks = [10, null, 30]
    expect(correlated.together(0, 'buy', 0, portfolio)).toBeNull()
  })

  it('R8: a new sample changes what moves together, from then on', () => {
    const correlations: Record<string, number> = { '01': 0.9 }
    const { portfolio, correlated, view } = rig(correlations)
    portfolio.positions = [0, 5, 0]
    expect(correlated.together(0, 'buy', 0, portfolio)).toBe(100)
    correlations['01'] = 0.1
    expect(correlated.together(0, 'buy', 0, portfolio)).toBe(100)
    view.samples = 1
    expect(correlated.together(0, 'buy', 0, portfolio)).toBe(0)
    expect(correlated.together(1, 'buy', 7, portfolio)).toBe(7)
  })

  it('R8: increments of different worth add in one unit, exact beyond 2^53, marks by their magnitude', () => {
    const { portfolio, correlated } = rig({ '01': 0.9, '02': 0.9 }, ['1', '0.1', '10'])
    portfolio.positions = [0, 1, 1]
    portfolio.marks = [10, -19.5, 30]
    expect(correlated.together(0, 'buy', 0, portfolio)).toBe(20 + 3_000)
    portfolio.positions = [0, 2 ** 52, -1]
    expect(correlated.together(0, 'buy', 1, portfolio)).toBe(2n ** 52n * 20n + 1n)
    portfolio.positions = [0, 1, 0]
    expect(correlated.together(0, 'buy', 2n ** 60n, portfolio)).toBe(2n ** 60n + 20n)
    portfolio.marks = [10, null, 30]
    expect(correlated.together(0, 'buy', 2n ** 60n, portfolio)).toBeNull()
  })
})
