import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBar } from '../../src/bar/bar.ts'
import type { FeatureInput, FeatureSpec } from '../../src/domain/feature.ts'
import { ema, macd, sma } from '../../src/feature/average.ts'
import { atr, barCount, barVolume, closeInRange, relativeVolume } from '../../src/feature/bar-shape.ts'
import { orderFlowImbalance, tradeImbalance } from '../../src/feature/order-flow.ts'
import { lag, price } from '../../src/feature/price.ts'
import { imbalance, microPriceOffset, spread, spreadBps } from '../../src/feature/quote.ts'
import { logReturn, ret, volatility, zScore } from '../../src/feature/returns.ts'
import { rsi } from '../../src/feature/rsi.ts'
import { secondOfDay, timeOfDayCos, timeOfDaySin } from '../../src/feature/time.ts'
import { vwapDistance } from '../../src/feature/vwap.ts'
import { createInput, make } from './feature-harness.ts'

/** Every feature that ships; a new one is added here. */
const FEATURES: readonly FeatureSpec[] = [
  price(),
  price({ on: 'trade' }),
  price({ on: 'quote' }),
  lag(sma(3), 2),
  ret(2),
  logReturn(2),
  volatility(4),
  zScore(4),
  sma(5),
  ema(5),
  macd(2, 5),
  rsi(4),
  spread(),
  spreadBps(),
  imbalance(),
  microPriceOffset(),
  orderFlowImbalance(3),
  tradeImbalance(3),
  barVolume(),
  barCount(),
  closeInRange(),
  relativeVolume(3),
  atr(3),
  vwapDistance(3),
  secondOfDay(),
  timeOfDaySin(),
  timeOfDayCos({ on: 'trade' }),
]

/** A market that can be: low <= close <= high, bid < ask, sizes above zero. */
const input: fc.Arbitrary<FeatureInput> = fc
  .record({
    value: fc.integer({ min: 1, max: 1_000_000 }),
    spread: fc.integer({ min: 1, max: 50 }),
    qty: fc.integer({ min: 1, max: 10_000 }),
    otherQty: fc.integer({ min: 1, max: 10_000 }),
    range: fc.nat({ max: 40 }),
    aggressor: fc.constantFrom(-1, 0, 1),
    eventNs: fc.nat(),
  })
  .map(({ value, spread: width, qty, otherQty, range, aggressor, eventNs }) => {
    const prices = { open: value, high: value + range, low: Math.max(1, value - range), close: value }
    const sums = { volume: qty, count: 3, notionalLow: value * qty }
    const bar = { ...createBar(60e9), ...prices, ...sums }
    const quote = { bidPrice: value, bidQty: qty, askPrice: value + width, askQty: otherQty }
    return createInput({ value, eventNs, bar, price: value, qty, aggressor, ...quote })
  })
const inputs = fc.array(input, { maxLength: 60 })

describe.each(FEATURES.map((spec) => [spec.name, spec] as const))('feature %s', (_, spec) => {
  it('is finite once it is ready, stays ready, and writes its own place alone', () => {
    fc.assert(
      fc.property(inputs, (events) => {
        const feature = make(spec)
        const row = Float64Array.of(7, 7, 7)
        let wasReady = false
        for (const event of events) {
          feature.update(event)
          const isReady = feature.ready()
          expect(wasReady && !isReady).toBe(false)
          wasReady = isReady
          if (!isReady) continue
          row[1] = Number.NaN
          feature.write(row, 1)
          expect(Number.isFinite(row[1])).toBe(true)
          expect([row[0], row[2]]).toEqual([7, 7])
        }
      }),
      { numRuns: 40 },
    )
  })

  it('gives the same for the same events, and keeps no hold of its input', () => {
    fc.assert(
      fc.property(inputs, (events) => {
        const [one, other] = [make(spec), make(spec)]
        const reused = createInput()
        for (const event of events) {
          one.update(event)
          // What the runner does: one input, written over for each event, its bar too.
          other.update(Object.assign(reused, event, { bar: Object.assign(reused.bar, event.bar) }))
          Object.assign(reused, { value: -1, qty: -1, bidPrice: -1, askPrice: -1 })
          reused.bar.close = -1
          expect(other.ready()).toBe(one.ready())
        }
        const rows = [new Float64Array(1), new Float64Array(1)] as const
        if (!one.ready()) return
        one.write(rows[0], 0)
        other.write(rows[1], 0)
        expect(rows[1]).toEqual(rows[0])
      }),
      { numRuns: 40 },
    )
  })

  it('reads no clock and shares nothing between instances', () => {
    const [used, fresh] = [make(spec), make(spec)]
    for (let i = 0; i < 50; i += 1)
      used.update(createInput({ value: 100 + i, bidPrice: 1, askPrice: 2, bidQty: 1, askQty: 1, qty: 1 }))
    expect(used.ready()).toBe(true)
    expect(fresh.ready()).toBe(false)
  })
})
