import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../src/core/money.ts'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import type { ControlData } from '../../src/domain/journal-records.ts'
import { REASON } from '../../src/domain/reasons.ts'
import { Halts } from '../../src/engine/halts.ts'
import type { Recorder } from '../../src/engine/recorder.ts'
import { type RiskEvent, RiskEvents } from '../../src/engine/risk-events.ts'
import { RiskWatch, type RiskWatchSettings } from '../../src/engine/risk-watch.ts'
import { DEFAULT_LIMITS, type RiskLimits } from '../../src/risk/limits.ts'
import type { ControlPlane } from '../../src/shm/control-plane.ts'
import { NAMES, openPlane } from '../control/support.ts'
import { FakePortfolio } from '../risk/support.ts'

const SETTINGS: RiskWatchSettings = {
  volatility: null,
  lossesMax: null,
  executions: null,
  ordersReal: true,
  dataAgeNsMax: 1_000,
  correlationWindow: 3,
  correlationSampleNs: 10,
  health: { loop_lag: { shrinkNs: 100, haltNs: 200 }, worker_age: null, journal_lag: null },
}
const WELL = { loop_lag: 0, worker_age: 0, journal_lag: 0 }
const loss = { closedQty: 1, realized: -1n }

/** Two strategies, sma on both symbols and linear on the second; what happened, in its order. */
function rig(settings: Partial<RiskWatchSettings> = {}, limits: Partial<RiskLimits> = {}) {
  const table = new InstrumentTable()
  for (const symbol of NAMES.symbol) table.add({ symbol, priceIncrement: '0.01', qtyIncrement: '1' })
  const portfolio = new FakePortfolio()
  portfolio.marks = [100, 200]
  const plane: ControlPlane = openPlane()
  const journal: string[] = []
  const heard: RiskEvent[] = []
  const faults: [string, string][] = []
  const turns: (() => void)[] = []
  const recorder = {
    control: (actor: string, { scope, set, cleared, code, text }: ControlData): number =>
      journal.push(`${actor}: ${scope} +${set.join()} -${cleared.join()} ${String(code)} ${text}`),
  } as unknown as Recorder
  const halts = new Halts(
    plane,
    NAMES,
    recorder,
    () => 7,
    () => '0',
  )
  const events = new RiskEvents({ limitMs: 1_000, schedule: (turn) => turns.push(turn), onFault: () => {} })
  events.subscribe('test', (event) => {
    heard.push(event)
  })
  const watch = new RiskWatch({
    settings: { ...SETTINGS, ...settings },
    limits: { ...DEFAULT_LIMITS, totalShareMax: null, dailyLossShareMax: null, ...limits },
    instruments: table.all(),
    strategies: [
      { instruments: [0, 1], barPeriodNs: 10 },
      { instruments: [1], barPeriodNs: 10 },
    ],
    portfolio,
    pnl: { realized: () => 0n, unrealized: () => 0n },
    halts,
    events,
    record: (event) => journal.push(event.event),
    onBreakerFault: (...fault) => faults.push(fault),
  })
  halts.follow((scope, set, cause) => watch.onHaltChange(scope, set, cause))
  const run = (): void => {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn()
  }
  const wordOf = (index: number): number => plane.scope({ kind: 'strategy', index }).load()
  return { watch, portfolio, halts, journal, heard, faults, run, wordOf }
}

describe('R9: breakers in the engine', () => {
  it('R9: losses in a row halt their strategy at once, then the record, then the handlers', () => {
    const { watch, journal, heard, run, wordOf } = rig({ lossesMax: 2 })
    watch.breakers.onFill(0, 'a', loss)
    expect(wordOf(0) & REASON.BREAKER).toBe(0)
    watch.breakers.onFill(0, 'b', loss)
    expect(wordOf(0) & REASON.BREAKER).toBe(REASON.BREAKER)
    expect(wordOf(1) & REASON.BREAKER).toBe(0)
    expect(journal).toEqual([
      'breaker: strategy:sma +BREAKER - RISK_LIMIT 2 realised losses in a row',
      'circuit_breaker_triggered',
    ])
    expect(heard).toEqual([])
    run()
    expect(heard).toMatchObject([
      { event: 'halted', scope: 'strategy:sma', reason: 'BREAKER', cause: { code: 'RISK_LIMIT' } },
      {
        event: 'circuit_breaker_triggered',
        breaker: 'losses',
        strategy: 'sma',
        symbol: null,
        value: 2,
        limit: 2,
      },
    ])
  })

  it('R9: an operator who clears it starts the count anew; another change of the word does not', () => {
    const { watch, halts, wordOf, heard, run } = rig({ lossesMax: 2 })
    const scope = { kind: 'strategy', index: 0 } as const
    const cause = { code: 'OPERATOR', text: 'looked at it', source: 'cli' } as const
    const clear = (reason: number): boolean =>
      halts.clear(scope, reason, 'operator', wordOf(0), { text: cause.text }, cause).done
    watch.breakers.onFill(0, 'a', loss)
    halts.halt(scope, 'PAUSE', 'operator', cause)
    expect(clear(REASON.PAUSE)).toBe(true)
    watch.breakers.onFill(0, 'b', loss)
    expect(wordOf(0) & REASON.BREAKER).toBe(REASON.BREAKER)
    halts.halt(scope, 'PAUSE', 'operator', cause)
    expect(clear(REASON.PAUSE)).toBe(true)
    expect(watch.breakers.tripped(0)).toBe(true)
    expect(clear(REASON.BREAKER)).toBe(true)
    expect(watch.breakers.tripped(0)).toBe(false)
    run()
    expect(heard.at(-1)).toEqual({ event: 'cleared', scope: 'strategy:sma', standing: [] })
    expect(heard.filter(({ event }) => event === 'cleared')).toMatchObject([
      { standing: [] },
      { standing: ['BREAKER'] },
      { standing: [] },
    ])
    watch.breakers.onFill(0, 'c', loss)
    expect(wordOf(0) & REASON.BREAKER).toBe(0)
  })

  it('R9: a symbol that loses its data is flat and told, and nothing is halted for it', () => {
    const { watch, journal, heard, run, wordOf } = rig()
    watch.onTimer((instrument) => (instrument === 0 ? 0 : 5_000), 5_000, WELL)
    expect(journal).toEqual(['circuit_breaker_triggered'])
    expect(watch.gate(true).breakers?.flat(0, 0, 0, 5_000)).toBe('market_data')
    expect(wordOf(0) & 0xfff).toBe(0)
    run()
    expect(heard).toMatchObject([
      { breaker: 'market_data', strategy: 'sma', symbol: 'BTCUSDT', value: 5_000 },
    ])
  })

  it('R9: prices make the bars of volatility', () => {
    const { watch, journal } = rig({ volatility: { ratioMax: 3, recentN: 2, baselineN: 4 } })
    for (const [bar, price] of [100, 101, 100, 101, 100, 101, 100, 101, 150, 100, 150].entries()) {
      watch.onPrice(0, price, bar * 10)
    }
    expect(journal).toEqual(['circuit_breaker_triggered'])
    expect(watch.gate(true).breakers?.flat(0, 0, 0, 1)).toBe('volatility')
  })

  it('R6: so many executed orders within the window halt their strategy until an operator clears it', () => {
    const { watch, halts, journal, heard, run, wordOf } = rig({ executions: { max: 3, windowNs: 10 } })
    const fills = (first: boolean, ...times: number[]): void => {
      for (const nowNs of times) watch.onFill(0, `order at ${nowNs}`, loss, first, nowNs)
    }
    fills(true, 0, 1, 11, 12)
    fills(false, 13, 14, 15)
    expect(wordOf(0) & REASON.BREAKER).toBe(0)
    fills(true, 21)
    expect([wordOf(0), wordOf(1)].map((word) => word & REASON.BREAKER)).toEqual([REASON.BREAKER, 0])
    fills(true, 22)
    expect(journal).toEqual([
      'breaker: strategy:sma +BREAKER - RISK_LIMIT 3 orders executed within the window',
      'circuit_breaker_triggered',
    ])
    run()
    expect(heard[1]).toMatchObject({ breaker: 'executions', strategy: 'sma', value: 3, limit: 3 })
    const cause = { code: 'OPERATOR', text: 'looked at it', source: 'cli' } as const
    const scope = { kind: 'strategy', index: 0 } as const
    expect(halts.clear(scope, REASON.BREAKER, 'operator', wordOf(0), { text: 'fine' }, cause).done).toBe(true)
    fills(true, 23, 24)
    expect(wordOf(0) & REASON.BREAKER).toBe(0)
    fills(true, 25)
    expect(wordOf(0) & REASON.BREAKER).toBe(REASON.BREAKER)
  })

  it('R8: what is held is judged after every fill', () => {
    const { watch, portfolio, journal } = rig({}, { grossValueMax: '1' })
    portfolio.positions = [5, 0]
    watch.onFill(0, 'a', null, true, 0)
    expect(journal).toEqual(['risk_limit_breached'])
  })

  it('R5: where nothing is measured, the gate does not ask for health', () => {
    expect(rig().watch.gate(false)).not.toHaveProperty('health')
  })

  it('R9: a fill whose losses cannot be told is named, and trading goes on', () => {
    const { watch, faults, journal, wordOf } = rig({ lossesMax: 1 })
    watch.breakers.onFill(1, 'x', null)
    expect(faults).toEqual([['linear', 'x']])
    expect(journal).toEqual([])
    expect(wordOf(1) & 0xfff).toBe(0)
  })
})

describe('R8: the monitor in the engine', () => {
  it('R8: a loss of the day beyond its limit halts every strategy, with what was lost', () => {
    const { watch, portfolio, journal, wordOf, heard, run } = rig({}, { dailyLossShareMax: '0.02' })
    portfolio.equityMoney = moneyFromText('1000')
    portfolio.dailyPnlMoney = moneyFromText('-20')
    watch.onTimer(() => Number.NaN, 0, WELL)
    expect(journal).toEqual([])
    portfolio.dailyPnlMoney = moneyFromText('-20.01')
    watch.onTimer(() => Number.NaN, 0, WELL)
    watch.onTimer(() => Number.NaN, 0, WELL)
    expect(journal).toEqual([
      'risk: strategy:sma +BREAKER - DAILY_LOSS lost 20.01 of 20',
      'risk: strategy:linear +BREAKER - DAILY_LOSS lost 20.01 of 20',
      'risk_limit_breached',
    ])
    expect([wordOf(0), wordOf(1)].map((word) => word & REASON.BREAKER)).toEqual([128, 128])
    run()
    expect(heard.map(({ event }) => event)).toEqual(['halted', 'halted', 'risk_limit_breached'])
  })

  it('R8: what cannot be told, and other limits, are told and halt nothing', () => {
    const { watch, portfolio, journal, wordOf } = rig({}, { dailyLossShareMax: '0.02', grossValueMax: '1' })
    portfolio.positions = [5, 0]
    portfolio.dailyPnlMoney = null
    watch.onTimer(() => Number.NaN, 0, WELL)
    portfolio.dailyPnlMoney = moneyFromText('-1')
    portfolio.equityMoney = null
    watch.onTimer(() => Number.NaN, 0, WELL)
    expect(journal).toEqual(['risk_limit_breached', 'risk_limit_breached'])
    expect(wordOf(0) & 0xfff).toBe(0)
  })

  it('R8: ticks sample the correlation that the gate asks for', () => {
    const { watch, portfolio } = rig()
    portfolio.positions = [1, 1]
    for (const [sample, price] of [100, 101, 99, 102].entries()) {
      portfolio.marks = [price, 2 * price]
      watch.onPrice(0, price, sample * 10)
    }
    expect(watch.monitor.snapshot().correlations[0]?.correlation).toBeCloseTo(1, 9)
    expect(watch.gate(true).correlated?.together(0, 'buy', 0, portfolio)).toBe(204)
  })
})

describe('R5: self-health in the engine', () => {
  it('R5: a change is on record and told, and the gate asks for it', () => {
    const { watch, journal, heard, run, wordOf } = rig()
    watch.onTimer(() => Number.NaN, 0, { ...WELL, loop_lag: 150 })
    expect(watch.gate(true).health?.sizePpm).toBe(500_000)
    expect(journal).toEqual(['self_health'])
    run()
    expect(heard).toMatchObject([{ event: 'self_health', state: 'shrinking', measure: 'loop_lag' }])
    watch.onTimer(() => Number.NaN, 0, { ...WELL, loop_lag: 900 })
    expect(watch.gate(true).health?.sizePpm).toBe(0)
    expect(wordOf(0) & 0xfff).toBe(0)
  })
})
