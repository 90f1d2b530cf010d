import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../../src/core/money.ts'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import { compileAccountLimits, DEFAULT_LIMITS, type RiskLimits } from '../../../src/risk/limits.ts'
import { CorrelatedExposure } from '../../../src/risk/monitor/correlated-exposure.ts'
import { type RiskBreach, RiskMonitor } from '../../../src/risk/monitor/risk-monitor.ts'
import { RollingCorrelation } from '../../../src/risk/monitor/rolling-correlation.ts'
import { NotionalScale } from '../../../src/risk/scale.ts'
import { FakePortfolio } from '../support.ts'

const OFF: Partial<RiskLimits> = { totalShareMax: null, dailyLossShareMax: null }
const WINDOW = 3

/** Three symbols, price increments of 0.5; equity 10,000. */
function rig(limits: Partial<RiskLimits> = {}) {
  const table = new InstrumentTable()
  for (const symbol of ['AUSD', 'BUSD', 'CUSD']) {
    table.add({ symbol, priceIncrement: '0.5', qtyIncrement: '0.1' })
  }
  const portfolio = new FakePortfolio()
  portfolio.equityMoney = moneyFromText('10000')
  portfolio.marks = [20, 40, null]
  const breaches: RiskBreach[] = []
  const correlation = new RollingCorrelation(3, WINDOW)
  const monitor = new RiskMonitor({
    instruments: table.all(),
    portfolio,
    pnl: {
      realized: (instrument) => moneyFromText(String(instrument + 1)),
      unrealized: (instrument, mark) => moneyFromText(String(-instrument - mark)),
    },
    limits: compileAccountLimits({ ...DEFAULT_LIMITS, ...OFF, ...limits }, new NotionalScale(table.all())),
    correlation,
    correlated: new CorrelatedExposure(table.all(), correlation, 0.7),
    sampleNs: 10,
    onBreach: (breach) => breaches.push(breach),
  })
  return { portfolio, breaches, monitor, correlation }
}

describe('R8: snapshot of the live risk', () => {
  it('R8: positions, exposure, P&L and correlations of what is held, as exact text', () => {
    const { portfolio, monitor } = rig()
    portfolio.positions = [10, -5, 0]
    portfolio.dailyPnlMoney = moneyFromText('-3.25')
    expect(monitor.snapshot()).toEqual({
      equity: '10000',
      daily_pnl: '-3.25',
      gross: '20',
      net: '0',
      positions: [
        {
          symbol: 'AUSD',
          position: '1',
          mark: '10',
          exposure: '10',
          realized: '1',
          unrealized: '-20',
          correlated: '20',
        },
        {
          symbol: 'BUSD',
          position: '-0.5',
          mark: '20',
          exposure: '-10',
          realized: '2',
          unrealized: '-41',
          correlated: '20',
        },
      ],
      correlations: [{ a: 'AUSD', b: 'BUSD', correlation: null }],
      breached: [],
    })
  })

  it('R8: says null where a price or equity is missing, and nothing where nothing is held', () => {
    const { portfolio, monitor } = rig()
    expect(monitor.snapshot()).toMatchObject({ gross: '0', net: '0', positions: [], correlations: [] })
    portfolio.positions = [10, 0, 1]
    portfolio.equityMoney = null
    portfolio.dailyPnlMoney = null
    const snapshot = monitor.snapshot()
    expect(snapshot).toMatchObject({ equity: null, daily_pnl: null, gross: null, net: null })
    expect(snapshot.positions[1]).toEqual({
      symbol: 'CUSD',
      position: '0.1',
      mark: null,
      exposure: null,
      realized: '3',
      unrealized: null,
      correlated: null,
    })
  })

  it('R8: a mid between two increments is told exactly and valued away from zero', () => {
    const { portfolio, monitor } = rig()
    portfolio.positions = [10, 10, 0]
    portfolio.marks = [20.5, -20.5, null]
    expect(monitor.snapshot().positions).toMatchObject([
      { mark: '10.25', exposure: '10.5' },
      { mark: '-10.25', exposure: '-10.5' },
    ])
    portfolio.marks = [0.5, 0, null]
    expect(monitor.snapshot().positions).toMatchObject([{ exposure: '0.5' }, { mark: '0', exposure: '0' }])
  })

  it('R8: the least position is on its side', () => {
    const { portfolio, monitor, correlation } = rig()
    for (const sample of [100, 101, 99, 102]) correlation.push(() => sample)
    portfolio.positions = [1, 1, 0]
    expect(monitor.snapshot().positions.map(({ correlated }) => correlated)).toEqual(['3', '3'])
    portfolio.positions = [1, -1, 0]
    expect(monitor.snapshot().positions.map(({ correlated }) => correlated)).toEqual(['1', '2'])
  })

  it('R8: correlations come from samples of the marks on the grid of time', () => {
    const { portfolio, monitor, correlation } = rig()
    portfolio.positions = [10, 10, 0]
    const taken = [0, 3, 10, 19, 25, 20, 44, Number.NaN, 50].map((nowNs, index) => {
      portfolio.marks = [100 + (index % 3), 200 + 2 * (index % 3), null]
      return monitor.onTime(nowNs)
    })
    expect(taken).toEqual([true, false, true, false, true, false, true, false, true])
    expect(correlation.correlation(0, 1)).toBeCloseTo(1, 9)
    expect(monitor.snapshot().correlations[0]?.correlation).toBeCloseTo(1, 9)
  })
})

describe('R8: limits on what is held', () => {
  it('R8: all of them off tell nothing', () => {
    const { portfolio, monitor, breaches } = rig()
    portfolio.positions = [1_000_000, -1_000_000, 0]
    portfolio.dailyPnlMoney = moneyFromText('-100000')
    monitor.evaluate()
    portfolio.positions = [0, 0, 1]
    portfolio.dailyPnlMoney = null
    portfolio.equityMoney = null
    monitor.evaluate()
    expect(breaches).toEqual([])
  })

  it('R8: a limit is told when it is passed, not at it, and again after it has held', () => {
    const { portfolio, monitor, breaches } = rig({ grossValueMax: '20' })
    portfolio.positions = [10, -5, 0]
    monitor.evaluate()
    expect(breaches).toEqual([])
    portfolio.marks = [21, 40, null]
    monitor.evaluate()
    monitor.evaluate()
    expect(breaches).toEqual([
      { event: 'risk_limit_breached', limit: 'gross_exposure', value: '20.5', max: '20' },
    ])
    expect(monitor.snapshot().breached).toEqual(['gross_exposure'])
    portfolio.marks = [20, 40, null]
    monitor.evaluate()
    expect(monitor.snapshot().breached).toEqual([])
    portfolio.marks = [22, 40, null]
    monitor.evaluate()
    expect(breaches).toHaveLength(2)
  })

  it.each([
    ['net_exposure', { netValueMax: '10' }, [0, -5, 0], [0, -6, 0], '12', '10'],
    ['total_share', { totalShareMax: '0.001' }, [0, -5, 0], [0, -6, 0], '12', '10'],
    ['correlated_exposure', { correlatedShareMax: '0.002' }, [10, -5, 0], [11, -5, 0], '21', '20'],
  ] as const)('R8: %s', (limit, limits, within, beyond, value, max) => {
    const { portfolio, monitor, breaches } = rig(limits)
    portfolio.positions = [...within]
    monitor.evaluate()
    expect(breaches).toEqual([])
    portfolio.positions = [...beyond]
    monitor.evaluate()
    expect(breaches).toEqual([{ event: 'risk_limit_breached', limit, value, max }])
  })

  it('R8: the loss of the day, to the least unit that instruments can lose', () => {
    const { portfolio, monitor, breaches } = rig({ dailyLossShareMax: '0.02' })
    portfolio.dailyPnlMoney = moneyFromText('-200')
    monitor.evaluate()
    expect(breaches).toEqual([])
    portfolio.dailyPnlMoney = moneyFromText('-200.01')
    monitor.evaluate()
    expect(breaches).toEqual([
      { event: 'risk_limit_breached', limit: 'daily_loss', value: '200.05', max: '200' },
    ])
  })

  it('R8: the larger of several groups is the one that counts', () => {
    const { portfolio, monitor, breaches, correlation } = rig({ correlatedShareMax: '0.0015' })
    portfolio.positions = [10, 10, 0]
    for (const [a, b] of [
      [100, 100],
      [101, 99],
      [100, 100],
      [102, 98],
    ]) {
      correlation.push((instrument) => [a, b, 1][instrument] as number)
    }
    expect(correlation.correlation(0, 1)).toBeLessThan(-0.9)
    monitor.evaluate()
    expect(breaches).toMatchObject([{ value: '20', max: '15' }])
  })

  it('R8: what cannot be told is told as such, unless nothing is at risk', () => {
    const limits = {
      grossValueMax: '20',
      netValueMax: '20',
      totalShareMax: '0.6',
      dailyLossShareMax: '0.02',
      correlatedShareMax: '0.2',
    }
    const { portfolio, monitor, breaches } = rig(limits)
    portfolio.equityMoney = null
    monitor.evaluate()
    expect(breaches).toEqual([])
    portfolio.positions = [0, 0, 1]
    portfolio.dailyPnlMoney = null
    monitor.evaluate()
    expect(breaches.map(({ limit, value }) => [limit, value])).toEqual([
      ['daily_loss', null],
      ['total_share', null],
      ['gross_exposure', null],
      ['net_exposure', null],
      ['correlated_exposure', null],
    ])
  })

  it('R8: an excess that becomes known after a doubt is told, once, and a doubt after it is not', () => {
    const { portfolio, monitor, breaches } = rig({ dailyLossShareMax: '0.02' })
    const lose = (money: bigint | null): void => {
      portfolio.dailyPnlMoney = money
      monitor.evaluate()
    }
    lose(null)
    lose(null)
    expect(breaches).toMatchObject([{ limit: 'daily_loss', value: null }])
    const equity = portfolio.equityMoney as bigint
    lose(-equity)
    lose(null)
    lose(-equity)
    expect(breaches).toHaveLength(2)
    expect(breaches[1]?.value).not.toBeNull()
    lose(0n)
    lose(-equity)
    expect(breaches).toHaveLength(3)
  })

  it('R8: an unknown equity, and one that is gone, allow no exposure', () => {
    for (const equity of [null, 0n, -1n]) {
      const { portfolio, monitor, breaches } = rig({ totalShareMax: '0.6' })
      portfolio.equityMoney = equity
      portfolio.positions = [1, 0, 0]
      monitor.evaluate()
      expect(breaches).toEqual([
        { event: 'risk_limit_breached', limit: 'total_share', value: '1', max: equity === null ? null : '0' },
      ])
    }
  })
})
