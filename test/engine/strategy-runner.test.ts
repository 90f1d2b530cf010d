import { describe, expect, it } from 'vitest'
import { createBar } from '../../src/bar/bar.ts'
import { TradingAction } from '../../src/domain/action.ts'
import { defineStrategy } from '../../src/domain/strategy.ts'
import { TICK_FLAG } from '../../src/domain/tick.ts'
import { sma } from '../../src/feature/average.ts'
import { lag, price } from '../../src/feature/price.ts'
import { spread } from '../../src/feature/quote.ts'
import { BTC, createRig, deciding, ETH, SECOND } from './strategy-harness.ts'

const buy = (): TradingAction => TradingAction.BUY

/** Buys with the last two closes in the intent's features. */
const closes = defineStrategy({
  name: 'closes',
  features: () => [price(), lag(price())],
  model: () => buy,
})

describe('from tick to intent', () => {
  it('P1: a bar close decides at the tick that closed it, with everything the order side needs', async () => {
    const rig = await createRig(closes)
    rig.trade(0.1, 100)
    rig.trade(1.2, 105)
    expect(rig.intents).toEqual([])
    rig.clockNs = 77
    expect(rig.trade(2.5, 110)).toBe(1)
    expect(rig.intents).toEqual([
      {
        strategy: 3,
        instrument: 0,
        action: TradingAction.BUY,
        tickSeq: 2,
        tickRecvNs: 2.5 * SECOND + 5,
        tickEventNs: 2.5 * SECOND,
        decidedNs: 77,
        referencePrice: 110,
        limitPrice: Number.NaN,
        qty: Number.NaN,
        permit: [4096, 8192, 12288, 16384, 20480],
        features: [105, 100, Number.NaN],
      },
    ])
    expect(rig.runner.rowNames).toEqual(['price', 'lag(price,1)', 'score'])
  })

  it('A3: price, quantity and score of the model travel with the intent', async () => {
    const rig = await createRig(
      deciding(() => ({ action: 'SELL', limitPrice: '1.02', qty: 5, score: -0.25 }), { acts: 'trade' }),
    )
    rig.trade(0, 101)
    expect(rig.intents[0]).toMatchObject({ action: 2, limitPrice: 102, qty: 5, features: [-0.25] })
  })

  it('P4: acting on ticks means each trade, each quote, or both', async () => {
    for (const [acts, expected] of [
      ['trade', 1],
      ['quote', 2],
      ['tick', 3],
      ['bar', 0],
    ] as const) {
      const rig = await createRig(deciding(buy, { acts }))
      rig.trade(0, 100)
      rig.quote(0.1, 99, 101)
      rig.quote(0.2, 99, 101)
      expect(rig.intents).toHaveLength(expected)
    }
  })

  it('P4: bars of quotes close at the mid; a quote without a side moves nothing', async () => {
    const rig = await createRig(closes, { barSource: 'quotes' })
    rig.quote(0, 100, 103)
    rig.quote(0.5, 0, 500, { qty: 0 })
    rig.trade(0.6, 900)
    rig.quote(1, 100, 102)
    rig.quote(2, 110, 112)
    expect(rig.intents).toMatchObject([{ referencePrice: 111, features: [101, 101.5, Number.NaN] }])
  })

  it('P4: a period whose seconds are no exact double is the nanoseconds that were meant', async () => {
    const rig = await createRig(closes, { barPeriodNs: 0.067 * 1e9 })
    expect(0.067 * 1e9).not.toBe(67_000_000)
    rig.trade(0, 100)
    rig.trade(0.067, 101)
    expect(rig.runner.status(0)?.lastBar?.periodNs).toBe(67_000_000)
  })

  it('P4: ready-made bars decide as they arrive, also of five made of ones', async () => {
    const rig = await createRig(closes, { barSource: 'bars' })
    rig.trade(0, 5)
    rig.bar(0, [10, 12, 9, 11, 100])
    rig.bar(1, [11, 15, 11, 14, 50])
    expect(rig.intents).toMatchObject([{ referencePrice: 14, features: [14, 11, Number.NaN] }])
    const five = await createRig(closes, { barSource: 'bars', barPeriodNs: 5 * SECOND })
    for (let i = 0; i < 10; i += 1) five.bar(i, [i + 1, i + 1, i + 1, i + 1, 1])
    expect(five.intents.map((intent) => intent.features.slice(0, 2))).toEqual([[10, 5]])
  })

  it.each([
    ['off its period', 0.5, [1, 1, 1, 1, 1], 1],
    ['of a period that does not fill ours', 0, [1, 1, 1, 1, 1], 2],
    ['with a high below its low', 0, [5, 4, 6, 5, 1], 1],
  ] as const)(
    'P5: a ready-made bar %s is a counted error and is not built in',
    async (_, atS, ohlcv, periodS) => {
      const rig = await createRig(deciding(buy), { barSource: 'bars' })
      rig.bar(atS, ohlcv, periodS)
      expect(rig.errors).toMatchObject([{ code: 'BAR_INVALID', strategy: 'test', symbol: 'BTCUSDT' }])
      expect(rig.intents).toEqual([])
    },
  )

  it('P5: a corrected ready-made bar rebuilds nothing, and the running bar of a day is none of ours', async () => {
    const rig = await createRig(deciding(buy), { barSource: 'bars' })
    rig.bar(0, [1, 1, 1, 1, 1])
    rig.bar(0, [2, 2, 2, 2, 2], 1, 'u')
    rig.bar(0, [3, 3, 3, 3, 3], 86_400, 'd')
    expect(rig.intents).toHaveLength(1)
    expect(rig.runner.status(0)).toMatchObject({ closedBars: 1, lateTicks: 1, lastBar: { close: 1 } })
    expect(rig.errors).toEqual([])
  })

  it('P4: of a feed with trades and aggregate trades one series is built in, so that none counts twice', async () => {
    const rig = await createRig(deciding(buy, { acts: 'trade' }))
    const aggregate = { flags: TICK_FLAG.AGGREGATE }
    const written = [{}, aggregate, {}, aggregate].map((tick, i) => rig.trade(i / 10, 100, tick))
    expect(written).toEqual([1, 0, 1, 0])
    expect(rig.runner.counters.notTraded).toBe(2)
  })

  it('ticks of symbols that are not the strategy’s are passed over', async () => {
    const rig = await createRig(deciding(buy, { acts: 'tick' }))
    expect(rig.trade(0, 100, { instrument: 1 })).toBe(0)
    expect(rig.runner.counters.ticks).toBe(0)
  })

  it('P11: several symbols of one strategy have bars, features and models of their own', async () => {
    const made: string[] = []
    const definition = defineStrategy({
      name: 'two',
      features: () => [sma(2)],
      model: (_, { symbol }) => {
        made.push(symbol)
        return (_, context) => ({ action: context.symbol === symbol ? 1 : 2 })
      },
    })
    const rig = await createRig(definition, { instruments: [BTC, ETH] })
    for (let i = 0; i < 4; i += 1) {
      rig.trade(i, 100 + i)
      rig.trade(i + 0.5, 900 + i, { instrument: 1 })
    }
    expect(made).toEqual(['BTCUSDT', 'ETHUSDT'])
    expect(rig.intents.map(({ instrument, action, features }) => [instrument, action, features[0]])).toEqual([
      [0, 1, 100.5],
      [1, 1, 900.5],
      [0, 1, 101.5],
      [1, 1, 901.5],
    ])
  })

  it('P5: flagged ticks build no bar, move no feature and decide nothing', async () => {
    const rig = await createRig(deciding(buy, { acts: 'tick', features: () => [price({ on: 'trade' })] }))
    rig.trade(0, 100)
    for (const flag of ['IMPLAUSIBLE', 'FUTURE', 'LATE', 'SYNTHETIC'] as const) {
      expect(rig.trade(90, 9_999, { flags: TICK_FLAG[flag] })).toBe(0)
    }
    expect(rig.trade(0.5, 101, { flags: TICK_FLAG.BACKWARDS })).toBe(1)
    expect(rig.intents.map((intent) => intent.features[0])).toEqual([100, 101])
    expect(rig.runner.counters).toMatchObject({ ticks: 6, notTraded: 4, bars: 0 })
  })

  it('the same input gives the same intents in both placements', async () => {
    const seen = await Promise.all(
      (['worker', 'inline'] as const).map(async (placement) => {
        const rig = await createRig(closes, { placement })
        for (let i = 0; i < 50; i += 1) rig.trade(i * 0.4, 100 + ((i * 7) % 11))
        return rig.intents
      }),
    )
    expect(seen[0]).toHaveLength(18)
    expect(seen[0]).toEqual(seen[1])
  })

  it('INTENT_REFUSED: a sink without room loses the intent, and it is counted', async () => {
    const rig = await createRig(deciding(buy, { acts: 'trade' }))
    rig.room = false
    expect(rig.trade(0, 100)).toBe(0)
    expect(rig.errors).toMatchObject([{ code: 'INTENT_REFUSED', tickSeq: 0 }])
    expect(rig.runner.counters.intents).toBe(0)
  })

  it('P14: status shows action, bar, features and what is still filling', async () => {
    const rig = await createRig(closes)
    rig.trade(0.1, 100)
    rig.trade(1, 105)
    expect(rig.runner.status(0)).toMatchObject({
      closedBars: 1,
      warming: ['lag(price,1)'],
      lastDecisionEventNs: null,
    })
    rig.trade(2, 110)
    expect(rig.runner.status(0)).toMatchObject({
      symbol: 'BTCUSDT',
      lastAction: 'BUY',
      lastDecisionEventNs: 2 * SECOND,
      lastBar: { close: 105, startNs: SECOND },
      features: { price: 105, 'lag(price,1)': 100 },
      warming: [],
      pending: false,
    })
    expect(rig.runner.status(9)).toBeUndefined()
  })
})

describe('gate 1', () => {
  it('K2: a shut gate blocks every tick, runs no model and writes no intent', async () => {
    let calls = 0
    const rig = await createRig(
      deciding(
        () => {
          calls += 1
          return 1
        },
        { acts: 'trade' },
      ),
    )
    for (let i = 1; i <= 15; i += 1) {
      if (i === 5) rig.open = false
      rig.trade(i, 100)
    }
    expect(calls).toBe(4)
    expect(rig.intents).toHaveLength(4)
    expect(rig.runner.counters.blocked).toBe(11)
  })

  it('K2: bars and features go on behind a shut gate, so a re-arm does not decide over a hole', async () => {
    const [halted, never] = [await createRig(closes), await createRig(closes)]
    for (let i = 0; i < 10; i += 1) {
      halted.open = i < 3 || i > 6
      halted.trade(i, 100 + i)
      never.trade(i, 100 + i)
    }
    expect(halted.intents).toHaveLength(4)
    expect(halted.intents.at(-1)).toEqual(never.intents.at(-1))
  })

  it('K5: an intent carries the words that gate 1 saw at its own tick', async () => {
    const rig = await createRig(deciding(buy, { acts: 'trade' }))
    rig.trade(0, 100)
    rig.words = [1, 2, 3, 4, 5]
    rig.trade(1, 100)
    expect(rig.intents.map((intent) => intent.permit)).toEqual([
      [4096, 8192, 12288, 16384, 20480],
      [1, 2, 3, 4, 5],
    ])
  })
})

describe('warm-up', () => {
  it('P12: no intent leaves before the bars that configuration and strategy ask for', async () => {
    for (const [warmupBars, own, first] of [
      [3, 0, 3],
      [0, 4, 4],
      [5, 2, 5],
    ] as const) {
      const rig = await createRig(deciding(buy, { warmupBars: () => own }), { warmupBars })
      for (let i = 0; i <= 8; i += 1) rig.trade(i, 100)
      expect(rig.intents[0]?.tickEventNs).toBe(first * SECOND)
      expect(rig.runner.counters.warming).toBe(first - 1)
    }
  })

  it('P12: a strategy that acts on ticks waits for its bars too', async () => {
    const rig = await createRig(deciding(buy, { acts: 'trade' }), { warmupBars: 2 })
    const written = [0, 0.5, 1, 1.5, 2, 2.5].map((atS) => rig.trade(atS, 100))
    expect(written).toEqual([0, 0, 0, 0, 1, 1])
  })

  it('P12: backfilled bars warm up and decide nothing, and live ticks of their time are late', async () => {
    const rig = await createRig(closes, { warmupBars: 3 })
    const bar = (startS: number, close: number): ReturnType<typeof createBar> => ({
      ...createBar(SECOND),
      startNs: startS * SECOND,
      open: close,
      high: close,
      low: close,
      close,
      count: 1,
    })
    rig.runner.backfill(0, [bar(0, 50), bar(1, 51)])
    expect(rig.intents).toEqual([])
    rig.trade(1.9, 999)
    rig.trade(2, 52)
    rig.trade(3, 53)
    expect(rig.intents.map((intent) => intent.features.slice(0, 2))).toEqual([[52, 51]])
    expect(rig.runner.status(0)?.lateTicks).toBe(1)
  })

  it('P5: a backfill with a bad index is an error and nothing of it is taken', async () => {
    const rig = await createRig(closes)
    const bar = { ...createBar(SECOND), count: 1 }
    expect(() => rig.runner.backfill(0, [bar, { ...bar, startNs: 5 }])).toThrow(/bar 1 of 2.*not on a period/)
    expect(rig.runner.status(0)?.closedBars).toBe(0)
  })

  it('a feature that never gets its input holds the strategy and is named', async () => {
    const rig = await createRig(deciding(buy, { acts: 'trade', features: () => [spread()] }))
    rig.trade(0, 100)
    expect(rig.intents).toEqual([])
    expect(rig.errors).toEqual([])
    expect(rig.runner.status(0)?.warming).toEqual(['spread'])
  })
})
