import { describe, expect, it } from 'vitest'
import type { OrderDraft } from '../../src/domain/draft.ts'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import type { Assessment } from '../../src/risk/assessment.ts'
import type { FlatBreaker } from '../../src/risk/breakers/circuit-breakers.ts'
import { CircuitBreakers } from '../../src/risk/breakers/circuit-breakers.ts'
import { CorrelatedExposure } from '../../src/risk/monitor/correlated-exposure.ts'
import { SelfHealth } from '../../src/risk/self-health.ts'
import { type Bench, bench, draftOf, NOW_NS, resultOf, UTC_MS } from './support.ts'

/** Holds 0.02 BTC, so that a sell of 0.01 only reduces. */
const holdsTwo = ({ portfolio }: Bench): void => {
  portfolio.positions[0] = 2_000
}
const SELL: Partial<OrderDraft> = { side: 'sell' }

function recordOf(assessment: Assessment, check: string): object | undefined {
  return assessment.records().find((record) => record.check === check)
}

describe('R9: the circuit breakers before an order', () => {
  const open =
    (breaker: FlatBreaker | null, asked: number[][] = []) =>
    (...args: number[]): FlatBreaker | null => {
      asked.push(args)
      return breaker
    }

  it('R9: the check does not apply where the run has no breakers', () => {
    const result = resultOf(bench().assess(), 'circuit_breaker')
    expect(result).toMatchObject({ applied: false, passed: true })
  })

  it('R9: asks for the strategy, the symbol and the age of its data', () => {
    const asked: number[][] = []
    const state = bench({}, { breakers: { flat: open(null, asked) } })
    state.market.dataAtNs = NOW_NS - 5
    const assessment = state.assess({ strategy: 3, instrument: 1, qty: 100 })
    expect(asked).toEqual([[3, 1, NOW_NS - 5, NOW_NS]])
    expect(recordOf(assessment, 'circuit_breaker')).toMatchObject({ passed: true, value: '0', limit: '0' })
  })

  it.each([
    ['market_data', 'BREAKER_DATA'],
    ['volatility', 'BREAKER_VOLATILITY'],
  ] as const)('R9: an open %s breaker denies an entry with %s', (breaker, code) => {
    const assessment = bench({}, { breakers: { flat: open(breaker) } }).assess()
    expect(assessment.code).toBe(code)
    expect(recordOf(assessment, 'circuit_breaker')).toMatchObject({ code, value: '1', limit: '0' })
  })

  it('R9, R12: an order that only reduces passes it', () => {
    const state = bench({}, { breakers: { flat: open('volatility') } })
    holdsTwo(state)
    expect(state.assess(SELL).code).toBeNull()
  })

  it('R9: missing market data makes the decision of that symbol flat, through the gate', () => {
    const triggers: object[] = []
    const breakers = new CircuitBreakers({
      strategies: [{ instruments: [0, 1], barPeriodNs: 1e9 }],
      instruments: 3,
      volatility: null,
      lossesMax: null,
      executions: null,
      ordersReal: false,
      dataAgeNsMax: 1e9,
      onTrigger: (trigger) => triggers.push(trigger),
      onFault: () => {},
    })
    const state = bench({}, { breakers })
    expect(state.assess().code).toBeNull()
    state.market.dataAtNs = NOW_NS - 1e9 - 1
    expect(state.assess().code).toBe('BREAKER_DATA')
    expect(triggers).toMatchObject([
      { event: 'circuit_breaker_triggered', breaker: 'market_data', instrument: 0 },
    ])
  })
})

describe('R8: correlated exposure before an order', () => {
  const correlated = (correlation: number): CorrelatedExposure => {
    const table = new InstrumentTable()
    table.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
    table.add({ symbol: 'ETHUSDT', priceIncrement: '0.01', qtyIncrement: '0.0001' })
    table.add({ symbol: 'XYZUSDT', priceIncrement: '0.05', qtyIncrement: '1' })
    return new CorrelatedExposure(table.all(), { samples: 0, correlation: () => correlation }, 0.7)
  }
  /** 0.3 ETH at 3,000 beside the draft's $600 of BTC: 1,500 together. */
  const holdsEther = ({ portfolio }: Bench): void => {
    portfolio.positions[1] = 3_000
  }

  it('R8: is off by default, with or without a monitor', () => {
    for (const options of [{}, { correlated: correlated(1) }]) {
      const state = bench({}, options)
      holdsEther(state)
      expect(resultOf(state.assess(), 'correlated_exposure')).toMatchObject({ applied: false, passed: true })
    }
  })

  it.each([
    ['0.0015', 0.9, null, '1500', '1500'],
    ['0.001499', 0.9, 'CORRELATED_EXPOSURE', '1500', '1499'],
    ['0.001499', 0.5, null, '600', '1499'],
    ['0.001499', Number.NaN, 'CORRELATED_EXPOSURE', '1500', '1499'],
  ] as const)(
    'R8: a share of %s at a correlation of %s: %s',
    (correlatedShareMax, rho, code, value, limit) => {
      const state = bench({ correlatedShareMax }, { correlated: correlated(rho) })
      holdsEther(state)
      const assessment = state.assess()
      expect(assessment.code).toBe(code)
      expect(recordOf(assessment, 'correlated_exposure')).toMatchObject({ code, value, limit })
    },
  )

  it('R8: what cannot be told denies', () => {
    const limits = { correlatedShareMax: '0.5' }
    const without = bench(limits)
    expect(without.assess().code).toBe('VALUE_UNKNOWN')
    const unpriced = bench({ ...limits, totalShareMax: null }, { correlated: correlated(1) })
    holdsEther(unpriced)
    unpriced.portfolio.marks[1] = null
    expect(unpriced.assess().code).toBe('VALUE_UNKNOWN')
    const priceless = bench(limits, { correlated: correlated(1) })
    priceless.portfolio.marks[0] = null
    expect(resultOf(priceless.assess(), 'correlated_exposure').code).toBe('VALUE_UNKNOWN')
    const poor = bench(limits, { correlated: correlated(1) })
    poor.portfolio.equityMoney = null
    expect(resultOf(poor.assess(), 'correlated_exposure').code).toBe('EQUITY_UNKNOWN')
  })

  it('R8, R12: an order that only reduces passes it', () => {
    const state = bench({ correlatedShareMax: '0' }, { correlated: correlated(1) })
    holdsTwo(state)
    state.portfolio.positions[1] = -3_000
    expect(state.assess(SELL).code).toBeNull()
  })
})

describe('R5: self-health before an order', () => {
  function unwell(loop_lag: number): SelfHealth {
    const limits = { loop_lag: { shrinkNs: 100, haltNs: 200 }, worker_age: null, journal_lag: null }
    const health = new SelfHealth(limits, () => {})
    health.update({ loop_lag, worker_age: 0, journal_lag: 0 })
    return health
  }
  function assess(health: SelfHealth, fields: Partial<OrderDraft> = {}, set = (_: Bench): void => {}) {
    const state = bench({}, { health })
    set(state)
    const draft = draftOf(fields)
    const assessment = state.gate.assess(draft, NOW_NS, UTC_MS, 0)
    return { assessment, qty: draft.qty }
  }

  it('R5: the check does not apply where nobody measures, and passes while all is well', () => {
    expect(resultOf(bench().assess(), 'self_health')).toMatchObject({ applied: false, passed: true })
    const { assessment, qty } = assess(unwell(50))
    expect(assessment.code).toBeNull()
    expect(assessment.throttle.rule).toBeNull()
    expect(recordOf(assessment, 'self_health')).toMatchObject({ passed: true, value: null, limit: null })
    expect(qty).toBe(1_000)
  })

  it('R5: a lag shrinks the size, and says so', () => {
    const { assessment, qty } = assess(unwell(140))
    expect(assessment.code).toBeNull()
    expect(assessment.throttle).toEqual({ rule: 'health', from: 1_000, to: 600 })
    expect(recordOf(assessment, 'self_health')).toMatchObject({ value: '140', limit: '200', unit: 'ns' })
    expect(qty).toBe(600)
  })

  it('R5: a size that is no longer worth sending is refused', () => {
    expect(assess(unwell(195)).assessment.code).toBe('THROTTLED')
  })

  it('R5: beyond the last limit nothing enters', () => {
    const { assessment, qty } = assess(unwell(200))
    expect(assessment.code).toBe('SELF_HEALTH')
    expect(recordOf(assessment, 'self_health')).toMatchObject({ passed: false, value: '200', limit: '200' })
    expect(qty).toBe(0)
    expect(assess(unwell(Number.NaN)).assessment.code).toBe('SELF_HEALTH')
  })

  it('R5, R12: an order that only reduces keeps its size', () => {
    const { assessment, qty } = assess(unwell(500), SELL, holdsTwo)
    expect(assessment.code).toBeNull()
    expect(qty).toBe(1_000)
  })
})
