import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { Problem } from '../../src/config/problems.ts'
import { TidegateError } from '../../src/core/errors.ts'
import { instrumentTable, riskLimits } from '../../src/engine/from-config.ts'
import { riskWatchSettings } from '../../src/engine/risk-settings.ts'
import { SAMPLE, writeConfig } from './sample.ts'

const INSTRUMENT = 'calendar: "24/7"'
const withInstrument = (keys: string): string => SAMPLE.replace(INSTRUMENT, keys)
const withRisk = (keys: string): string => SAMPLE.replace('risk: {', `risk: {${keys}, `)
const withHealth = (yaml: string): string => `${SAMPLE}health: ${yaml}\n`

function problems(text: string): readonly Problem[] {
  try {
    loadConfig(writeConfig(text), {})
  } catch (error) {
    if (error instanceof TidegateError) return error.details['problems'] as readonly Problem[]
    throw error
  }
  return []
}

describe('keys of the live watch', () => {
  it('R3: a calendar that nobody knows is named with its neighbours', () => {
    expect(problems(withInstrument('calendar: XNYZ'))).toMatchObject([
      { path: 'instruments[0].calendar', allowed: expect.stringContaining('XNYS') },
    ])
    expect(problems(withInstrument('calendar: NASDAQ'))).toEqual([])
  })

  it('R6: splits reach the instrument', () => {
    const text = withInstrument('calendar: NYSE, splits: [{date: "2014-06-09", ratio: "7:1"}]')
    const table = instrumentTable(loadConfig(writeConfig(text), {}))
    expect(table.get(0).splits).toEqual([{ date: '2014-06-09', ratio: '7:1' }])
    expect(instrumentTable(loadConfig(writeConfig(SAMPLE), {})).get(0).splits).toEqual([])
  })

  it.each([
    ['{date: "9 June", ratio: "7:1"}', 'date'],
    ['{date: "2014-06-09", ratio: "7"}', 'ratio'],
    ['{date: "2014-06-09"}', 'ratio'],
  ])('R6: a split of %s is refused at its %s', (split, key) => {
    const found = problems(withInstrument(`splits: [${split}]`))
    expect(found.map(({ path }) => path)).toEqual([`instruments[0].splits[0].${key}`])
  })

  it('R8: limits on correlated exposure are off, and reach the limits', () => {
    expect(riskLimits(loadConfig(writeConfig(SAMPLE), {}))).toMatchObject({
      correlatedShareMax: null,
      correlationMin: 0.7,
    })
    const text = withRisk('correlation_min: 0.5, correlation_samples: 20, correlation_sample_seconds: 5')
    const config = loadConfig(writeConfig(text), {})
    expect(riskLimits(config).correlationMin).toBe(0.5)
    expect(riskWatchSettings(config, true)).toMatchObject({
      correlationWindow: 20,
      correlationSampleNs: 5e9,
    })
  })

  it('R9: breakers are off unless their thresholds are set', () => {
    const config = loadConfig(writeConfig(SAMPLE), {})
    expect(riskWatchSettings(config, false)).toMatchObject({
      volatility: null,
      lossesMax: null,
      ordersReal: false,
      dataAgeNsMax: 10e9,
    })
    const breakers = { ...config.breakers, vol_ratio_threshold: 3, consecutive_losses_max: 4 }
    expect(riskWatchSettings({ ...config, breakers }, true)).toMatchObject({
      volatility: { ratioMax: 3, recentN: 5, baselineN: 30 },
      lossesMax: 4,
      ordersReal: true,
    })
    const zeros = { ...config.breakers, vol_ratio_threshold: 0, consecutive_losses_max: 0 }
    expect(riskWatchSettings({ ...config, breakers: zeros }, true)).toMatchObject({
      volatility: null,
      lossesMax: null,
    })
  })

  it('R5: health has limits, each of which can be moved or turned off', () => {
    const health = (text: string): object => riskWatchSettings(loadConfig(writeConfig(text), {}), true).health
    expect(health(SAMPLE)).toEqual({
      loop_lag: { shrinkNs: 250e6, haltNs: 5e9 },
      worker_age: { shrinkNs: 1e9, haltNs: 5e9 },
      journal_lag: { shrinkNs: 500e6, haltNs: 5e9 },
    })
    expect(health(withHealth('{loop_lag: null, worker_age: {halt_ms: 2000}}'))).toMatchObject({
      loop_lag: null,
      worker_age: { shrinkNs: 1e9, haltNs: 2e9 },
    })
    expect(problems(withHealth('{loop_lag: {shrink_ms: 20, halt_ms: 10}}'))).toMatchObject([
      { path: 'health.loop_lag', allowed: expect.stringContaining('halt_ms') },
    ])
  })
})
