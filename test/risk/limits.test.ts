import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactProduct, exactSum, exactTimes, floorDivide, floorPpm } from '../../src/core/exact.ts'
import { MARKET_SESSION } from '../../src/domain/calendar.ts'
import { createInstrument } from '../../src/domain/instrument.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'
import { sharePpm } from '../../src/risk/limits.ts'
import { NotionalScale } from '../../src/risk/scale.ts'
import { bench, UTC_MS } from './support.ts'

const big = fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n })
const safe = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
const exact = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value

function floorOf(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}

describe('exact numbers', () => {
  it('O7: products, sums, quotients and shares equal BigInt arithmetic at every size', () => {
    fc.assert(
      fc.property(safe, safe, big, big, fc.integer({ min: 0, max: 1_000_000_000 }), (a, b, c, d, ppm) => {
        expect(BigInt(exactProduct(a, b))).toBe(BigInt(a) * BigInt(b))
        expect(BigInt(exactTimes(exact(c), b))).toBe(c * BigInt(b))
        expect(BigInt(exactSum(exact(c), exact(d)))).toBe(c + d)
        expect(BigInt(floorPpm(exact(c), ppm))).toBe(floorOf(c * BigInt(ppm), 1_000_000n))
        const divisor = Math.abs(b) + (b === 0 ? 1 : 0)
        expect(BigInt(floorDivide(exact(c), divisor))).toBe(floorOf(c, BigInt(divisor)))
        expect(BigInt(floorDivide(a, divisor))).toBe(floorOf(BigInt(a), BigInt(divisor)))
      }),
      { numRuns: 3_000 },
    )
  })

  it('O7: sums and shares that leave the safe range become BigInt, and come back', () => {
    const max = Number.MAX_SAFE_INTEGER
    expect(exactSum(max, 1)).toBe(9_007_199_254_740_992n)
    expect(exactSum(9_007_199_254_740_992n, -1)).toBe(max)
    expect(floorPpm(max, 2_000_000)).toBe(18_014_398_509_481_982n)
    expect(floorPpm(-(2n ** 60n), 1)).toBe(-1_152_921_504_607)
    expect(floorPpm(-(10n ** 18n), 1)).toBe(-1_000_000_000_000)
  })

  it('O7: a quotient next to a whole number does not round up to it', () => {
    expect(floorDivide(Number.MAX_SAFE_INTEGER, 2)).toBe(4_503_599_627_370_495)
    expect(floorDivide(9_007_199_254_740_990, 94_906_267)).toBe(94_906_264)
  })
})

describe('risk limits', () => {
  it.each<[string, Parameters<typeof bench>[0]]>([
    ['negative share', { symbolShareMax: '-0.1' }],
    ['share with seven places', { totalShareMax: '0.1234567' }],
    ['share above 1000', { totalShareMax: '1001' }],
    ['negative money', { orderValueMax: '-1' }],
    ['negative quantity', { orderQtyMax: '-1' }],
    ['negative age', { signalAgeMaxSeconds: -1 }],
    ['age that is no number', { dataAgeMaxSeconds: Number.NaN }],
  ])('R2: %s is refused with its key', (_title, limits) => {
    expect(() => bench(limits)).toThrow(expect.objectContaining({ code: 'RISK_LIMIT_INVALID' }))
  })

  it('R6: a rate limit beyond its bounds is refused', () => {
    expect(() => bench({ ordersPerSecondMax: 0 })).toThrow(/1 to 100000/)
  })

  it('R2: shares are whole millionths', () => {
    expect(sharePpm('x', '0.05')).toBe(50_000)
    expect(sharePpm('x', null)).toBe(Number.POSITIVE_INFINITY)
  })

  it('R4: notionals of all instruments are whole in one unit of money', () => {
    const a = createInstrument({ symbol: 'A', priceIncrement: '0.05', qtyIncrement: '1' }, 0)
    const b = createInstrument({ symbol: 'B', priceIncrement: '0.01', qtyIncrement: '0.001' }, 1)
    const scale = new NotionalScale([a, b])
    expect([scale.factor(a), scale.factor(b)]).toEqual([5_000, 1])
    expect(scale.text(5_000)).toBe('0.05')
    expect(scale.units(-1n)).toBe(-1n)
    expect(new NotionalScale([]).unitMoney).toBe(1n)
    const negative = new NotionalScale([{ ...a, moneyPerIncrements: -a.moneyPerIncrements }])
    expect(negative.unitMoney).toBe(a.moneyPerIncrements)
  })

  it('R4: increments that cannot be added exactly are refused', () => {
    const a = createInstrument({ symbol: 'A', priceIncrement: '1000000000', qtyIncrement: '1000000000' }, 0)
    const b = createInstrument({ symbol: 'B', priceIncrement: '0.0001', qtyIncrement: '1' }, 1)
    const scale = new NotionalScale([a, b])
    expect(() => scale.factor(a)).toThrow(expect.objectContaining({ code: 'NOTIONAL_SCALE' }))
  })

  it('R3: 24/7 is always open, and a calendar that nobody knows counts as closed', () => {
    const calendar = new ExchangeCalendars()
    expect(calendar.session('24/7', UTC_MS)).toBe(MARKET_SESSION.REGULAR)
    expect(calendar.session('XXXX', UTC_MS)).toBe(MARKET_SESSION.UNKNOWN)
    expect(calendar.tradingDay('24/7', UTC_MS)).toBe('2024-08-08')
    expect(calendar.tradingDay('XXXX', UTC_MS)).toBeNull()
  })
})
