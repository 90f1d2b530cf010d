import { describe, expect, it } from 'vitest'
import { createBar } from '../../src/bar/bar.ts'
import type { Bar } from '../../src/domain/bar.ts'
import type { FeatureInput } from '../../src/domain/feature.ts'
import { atr, barCount, barVolume, closeInRange, relativeVolume } from '../../src/feature/bar-shape.ts'
import { orderFlowImbalance, tradeImbalance } from '../../src/feature/order-flow.ts'
import { imbalance, microPriceOffset, spread, spreadBps } from '../../src/feature/quote.ts'
import { secondOfDay, timeOfDayCos, timeOfDaySin } from '../../src/feature/time.ts'
import { vwapDistance } from '../../src/feature/vwap.ts'
import { runInputs } from './feature-harness.ts'

const quote = (
  bidPrice: number,
  bidQty: number,
  askPrice: number,
  askQty: number,
): Partial<FeatureInput> => ({
  bidPrice,
  bidQty,
  askPrice,
  askQty,
})
const bar = (fields: Partial<Bar>): Partial<FeatureInput> => ({ bar: { ...createBar(60e9), ...fields } })

describe('features of quotes', () => {
  it('spread, negative where crossed, and in basis points of the mid', () => {
    expect(runInputs(spread(), [quote(100, 1, 103, 1), quote(101, 1, 100, 1)])).toEqual([3, -1])
    expect(runInputs(spreadBps(), [quote(9_999, 1, 10_001, 1)])).toEqual([2])
  })

  it('imbalance of the top of book; 0 where the feed has no sizes', () => {
    const values = runInputs(imbalance(), [quote(1, 3, 2, 1), quote(1, 0, 2, 5), quote(1, 0, 2, 0)])
    expect(values).toEqual([0.5, -1, 0])
  })

  it('the micro-price leans towards the thinner side', () => {
    // (100 × 1 + 104 × 3) / 4 = 103, one above the mid.
    expect(runInputs(microPriceOffset(), [quote(100, 3, 104, 1), quote(100, 0, 104, 0)])).toEqual([1, 0])
  })

  it('order flow: a better bid adds, a better ask takes, a size alone counts its change', () => {
    const flow = runInputs(orderFlowImbalance(1), [
      quote(100, 5, 102, 5),
      quote(101, 4, 102, 5),
      quote(101, 7, 102, 2),
      quote(101, 7, 101, 9),
      quote(100, 6, 103, 1),
    ])
    expect(flow).toEqual([undefined, 4, 3 + 3, -9, -7 + 9])
  })
})

describe('features of trades', () => {
  it('trade imbalance weighs the aggressor by quantity', () => {
    const trade = (aggressor: number, qty: number): Partial<FeatureInput> => ({ aggressor, qty })
    const values = runInputs(tradeImbalance(2), [trade(1, 6), trade(-1, 2), trade(-1, 6), trade(0, 6)])
    expect(values).toEqual([undefined, 0.5, -1, -0.5])
  })
})

describe('features of bars', () => {
  it('volume, count and the close within the range', () => {
    expect(runInputs(barVolume(), [bar({ volume: 12 })])).toEqual([12])
    expect(runInputs(barCount(), [bar({ count: 3 })])).toEqual([3])
    expect(
      runInputs(closeInRange(), [bar({ low: 10, high: 20, close: 15 }), bar({ low: 5, high: 5, close: 5 })]),
    ).toEqual([0.5, 0.5])
  })

  it('relative volume is 1 at the mean, and where nothing traded', () => {
    const values = runInputs(relativeVolume(2), [bar({ volume: 10 }), bar({ volume: 30 }), bar({}), bar({})])
    expect(values).toEqual([undefined, 1.5, 0, 1])
  })

  it('the true range reaches over gaps', () => {
    const bars = [bar({ high: 12, low: 10, close: 11 }), bar({ high: 20, low: 18, close: 19 })]
    expect(runInputs(atr(2), bars)).toEqual([undefined, (2 + 9) / 2])
    const halves = bars.map((input) => ({ ...input, barPriceUnit: 0.5 }))
    expect(runInputs(atr(2), halves)).toEqual([undefined, (2 + 9) / 4])
  })

  it('distance from the volume-weighted average price; 0 without volume', () => {
    const first = bar({ close: 100, volume: 2, notionalLow: 200 })
    const second = bar({ close: 110, volume: 2, notionalLow: 240 })
    expect(runInputs(vwapDistance(2), [first, second])).toEqual([undefined, 0])
    expect(runInputs(vwapDistance(1), [second, bar({ close: 5 })])).toEqual([110 / 120 - 1, 0])
  })
})

describe('features of time', () => {
  it('tell the time of day by event time, also before the event base', () => {
    expect(runInputs(secondOfDay(), [{ eventNs: 90e9 }, { eventNs: 86_400e9 }, { eventNs: -1e9 }])).toEqual([
      90, 0, 86_399,
    ])
    const sixOClock = [{ eventNs: 6 * 3_600e9 }]
    expect(runInputs(timeOfDaySin(), sixOClock)[0]).toBeCloseTo(1, 12)
    expect(runInputs(timeOfDayCos(), sixOClock)[0]).toBeCloseTo(0, 12)
  })
})
