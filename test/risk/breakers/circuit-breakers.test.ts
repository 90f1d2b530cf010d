import { describe, expect, it } from 'vitest'
import {
  type BreakerTrigger,
  CircuitBreakers,
  type CircuitBreakersOptions,
} from '../../../src/risk/breakers/circuit-breakers.ts'

const AGE_NS = 1_000
const PERIOD_NS = 10
const VOLATILITY = { ratioMax: 3, recentN: 2, baselineN: 4 }

interface Rig {
  readonly breakers: CircuitBreakers
  readonly triggers: BreakerTrigger[]
  readonly faults: [number, string][]
}

/** Two strategies: the first trades instruments 0 and 1, the second instrument 1. */
function rig(options: Partial<CircuitBreakersOptions> = {}): Rig {
  const triggers: BreakerTrigger[] = []
  const faults: [number, string][] = []
  const breakers = new CircuitBreakers({
    strategies: [
      { instruments: [0, 1], barPeriodNs: PERIOD_NS },
      { instruments: [1], barPeriodNs: 2 * PERIOD_NS },
    ],
    instruments: 3,
    volatility: null,
    lossesMax: null,
    executions: null,
    ordersReal: true,
    dataAgeNsMax: AGE_NS,
    onTrigger: (trigger) => triggers.push(trigger),
    onFault: (strategy, order) => faults.push([strategy, order]),
    ...options,
  })
  return { breakers, triggers, faults }
}

const loss = { closedQty: 1, realized: -1n }
const gain = { closedQty: 1, realized: 1n }

/** One price a bar of the first strategy, from bar `first` on. */
function bars(breakers: CircuitBreakers, instrument: number, prices: readonly number[], first = 0): void {
  for (const [index, price] of prices.entries()) {
    breakers.onPrice(instrument, price, (first + index) * PERIOD_NS)
  }
}

const CALM = [100, 101, 100, 101, 100, 101, 100, 101]

describe('R9: missing market data', () => {
  it('R9: makes the decision of that symbol flat, of no other, and tells it once', () => {
    const { breakers, triggers } = rig()
    expect(breakers.flat(0, 0, 0, AGE_NS)).toBeNull()
    expect(breakers.flat(0, 0, 0, AGE_NS + 1)).toBe('market_data')
    expect(breakers.flat(0, 0, 0, AGE_NS + 2)).toBe('market_data')
    expect(breakers.flat(0, 1, AGE_NS, AGE_NS + 2)).toBeNull()
    expect(triggers).toEqual([
      {
        event: 'circuit_breaker_triggered',
        breaker: 'market_data',
        strategy: 0,
        instrument: 0,
        value: AGE_NS + 1,
        limit: AGE_NS,
      },
    ])
  })

  it('R9: ends with fresh data, and is told again when it comes back', () => {
    const { breakers, triggers } = rig()
    breakers.flat(0, 0, 0, 5_000)
    expect(breakers.flat(0, 0, 5_000, 5_001)).toBeNull()
    expect(triggers).toHaveLength(1)
    expect(breakers.flat(0, 0, 5_000, 9_000)).toBe('market_data')
    expect(triggers).toHaveLength(2)
  })

  it('R9: a look at the status tells nobody', () => {
    const { breakers, triggers } = rig()
    expect(breakers.status(() => Number.NaN, 0).map(({ flat }) => flat)).toEqual(Array(3).fill('market_data'))
    expect(triggers).toEqual([])
    expect(breakers.flat(0, 0, Number.NaN, 0)).toBe('market_data')
    expect(triggers).toHaveLength(1)
  })

  it('R9: no data at all is missing data', () => {
    const { breakers, triggers } = rig()
    expect(breakers.flat(0, 0, Number.NaN, 1)).toBe('market_data')
    expect(triggers[0]).toMatchObject({ breaker: 'market_data', value: null })
  })

  it('R9: an outage is told when it happens, to every strategy of the symbol, not before the first data', () => {
    const { breakers, triggers } = rig()
    breakers.watch(1, Number.NaN, 9_000)
    breakers.watch(1, 9_000, 9_500)
    expect(triggers).toEqual([])
    breakers.watch(1, 9_000, 10_001)
    breakers.watch(1, 9_000, 10_002)
    expect(triggers.map(({ strategy, instrument }) => [strategy, instrument])).toEqual([
      [0, 1],
      [1, 1],
    ])
  })

  it('R9: is not asked of a symbol that the strategy does not trade', () => {
    const { breakers, triggers } = rig()
    expect(breakers.flat(1, 0, Number.NaN, 1)).toBeNull()
    expect(breakers.flat(7, 0, Number.NaN, 1)).toBeNull()
    expect(breakers.flat(-1, 0, Number.NaN, 1)).toBeNull()
    expect(triggers).toEqual([])
  })
})

describe('R9: abnormal volatility', () => {
  it('R9: is off by default', () => {
    const { breakers, triggers } = rig()
    bars(breakers, 0, [...CALM, 200, 100, 300])
    breakers.onBar(0, 0, 900)
    expect(breakers.flat(0, 0, 0, 1)).toBeNull()
    expect(triggers).toEqual([])
  })

  it('R9: no entry before its windows are full, which is no event', () => {
    const { breakers, triggers } = rig({ volatility: VOLATILITY })
    bars(breakers, 0, CALM.slice(0, 7))
    expect(breakers.flat(0, 0, 0, 1)).toBe('volatility')
    bars(breakers, 0, [101], 7)
    expect(breakers.flat(0, 0, 0, 1)).toBeNull()
    expect(triggers).toEqual([])
  })

  it('R9: makes the decision flat while it lasts, and tells it once', () => {
    const { breakers, triggers } = rig({ volatility: VOLATILITY })
    bars(breakers, 0, [...CALM, 150, 100, 150])
    expect(breakers.flat(0, 0, 0, 1)).toBe('volatility')
    expect(breakers.flat(0, 1, 0, 1)).toBe('volatility')
    expect(triggers).toHaveLength(1)
    expect(triggers[0]).toMatchObject({ breaker: 'volatility', strategy: 0, instrument: 0, limit: 3 })
    expect(triggers[0]?.value).toBeGreaterThan(3)
    bars(breakers, 0, [100, 150, 100, 150, 100, 150, 100, 150, 100], 11)
    expect(breakers.flat(0, 0, 0, 1)).toBeNull()
    bars(breakers, 0, [...CALM, 500, 100], 20)
    expect(triggers).toHaveLength(2)
  })

  it('R9: each strategy has bars of its own period', () => {
    const { breakers, triggers } = rig({ volatility: VOLATILITY })
    bars(breakers, 1, [...CALM, 150, 100, 150])
    expect(triggers.map(({ strategy }) => strategy)).toEqual([0])
    const status = breakers.status(() => 0, 1)
    expect(status.find(({ strategy }) => strategy === 1)).toMatchObject({ volatility: 'warming' })
  })

  it('R9: fails safe where it cannot be told', () => {
    const { breakers, triggers } = rig({ volatility: VOLATILITY })
    for (const close of [...CALM, Number.NaN]) breakers.onBar(0, 0, close)
    expect(breakers.flat(0, 0, 0, 1)).toBe('volatility')
    expect(triggers[0]).toMatchObject({ breaker: 'volatility', value: null })
  })

  it('R9: bars from elsewhere count for the strategies and symbols that there are', () => {
    const { breakers } = rig({ volatility: VOLATILITY })
    for (const close of CALM) {
      breakers.onBar(0, 0, close)
      breakers.onBar(1, 0, close)
      breakers.onBar(9, 0, close)
    }
    expect(breakers.flat(0, 0, 0, 1)).toBeNull()
  })

  it('R9: missing data is named before volatility', () => {
    const { breakers } = rig({ volatility: VOLATILITY })
    expect(breakers.flat(0, 0, Number.NaN, 1)).toBe('market_data')
  })
})

describe('R9: realised losses in a row', () => {
  it('R9: the limit halts the strategy, once, until it is reset', () => {
    const { breakers, triggers } = rig({ lossesMax: 2 })
    breakers.onFill(0, 'a', loss)
    breakers.onFill(1, 'x', loss)
    expect(triggers).toEqual([])
    breakers.onFill(0, 'b', loss)
    breakers.onFill(0, 'c', loss)
    expect(triggers).toEqual([
      {
        event: 'circuit_breaker_triggered',
        breaker: 'losses',
        strategy: 0,
        instrument: null,
        value: 2,
        limit: 2,
      },
    ])
    expect([breakers.tripped(0), breakers.tripped(1)]).toEqual([true, false])
    breakers.reset(0)
    expect(breakers.tripped(0)).toBe(false)
    breakers.onFill(0, 'd', loss)
    expect(triggers).toHaveLength(1)
    breakers.onFill(0, 'e', loss)
    expect(triggers).toHaveLength(2)
  })

  it('R9: a gain ends the row, a fill that closes nothing does not', () => {
    const { breakers, triggers } = rig({ lossesMax: 2 })
    breakers.onFill(0, 'a', loss)
    breakers.onFill(0, 'b', gain)
    breakers.onFill(0, 'c', loss)
    breakers.onFill(0, 'd', { closedQty: 0, realized: 0n })
    expect(triggers).toEqual([])
    breakers.onFill(0, 'e', loss)
    expect(triggers).toHaveLength(1)
  })

  it('R9: trades that the venue took back do not count', () => {
    const { breakers, triggers } = rig({ lossesMax: 2 })
    breakers.onFill(0, 'a', loss)
    breakers.onBust(0, 'a')
    breakers.onFill(0, 'b', loss)
    expect(triggers).toEqual([])
  })

  it('R9: is off by default, and where orders are not real', () => {
    for (const options of [{}, { lossesMax: 1, ordersReal: false }]) {
      const { breakers, triggers, faults } = rig(options)
      breakers.onFill(0, 'a', loss)
      breakers.onFill(0, 'b', null)
      breakers.onFill(9, 'c', loss)
      breakers.onBust(0, 'a')
      breakers.reset(0)
      expect(triggers).toEqual([])
      expect(faults).toEqual([])
    }
  })

  it('R9: a result that cannot be told is logged and counted, and the request goes on', () => {
    const { breakers, triggers, faults } = rig({ lossesMax: 2 })
    breakers.onFill(0, 'a', loss)
    breakers.onFill(0, 'b', null)
    breakers.onFill(0, 'c', { closedQty: 1, realized: Number.NaN as unknown as bigint })
    expect(faults).toEqual([
      [0, 'b'],
      [0, 'c'],
    ])
    expect(breakers.faults).toBe(2)
    expect(breakers.flat(0, 0, 0, 1)).toBeNull()
    expect(triggers).toEqual([])
    breakers.onFill(0, 'd', loss)
    expect(triggers).toHaveLength(1)
  })
})

describe('R9: status', () => {
  it('R9: tells every strategy in every symbol', () => {
    const { breakers } = rig({ volatility: VOLATILITY, lossesMax: 5 })
    for (const close of CALM) breakers.onBar(0, 0, close)
    breakers.onFill(1, 'a', loss)
    expect(breakers.status((instrument) => (instrument === 0 ? 0 : Number.NaN), 1)).toEqual([
      {
        strategy: 0,
        instrument: 0,
        flat: null,
        volatility_ratio: expect.any(Number),
        volatility: 'normal',
        losses: 0,
      },
      {
        strategy: 0,
        instrument: 1,
        flat: 'market_data',
        volatility_ratio: null,
        volatility: 'warming',
        losses: 0,
      },
      {
        strategy: 1,
        instrument: 1,
        flat: 'market_data',
        volatility_ratio: null,
        volatility: 'warming',
        losses: 1,
      },
    ])
    const off = rig().breakers.status(() => 0, 1)
    expect(off[0]).toEqual({
      strategy: 0,
      instrument: 0,
      flat: null,
      volatility_ratio: null,
      volatility: 'off',
      losses: 0,
    })
  })
})
