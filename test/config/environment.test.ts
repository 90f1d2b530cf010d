import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { Environment } from '../../src/config/secret.ts'
import type { Config } from '../../src/config/types.ts'
import { SAMPLE, writeConfig } from './sample.ts'

const file = writeConfig(SAMPLE)
const load = (env: Environment): Config => loadConfig(file, env)

describe('environment', () => {
  it('A1: TIDEGATE_A__B_C sets a.b_c, places in lists and names of venues included', () => {
    const config = load({
      TIDEGATE_RISK__ORDER_VALUE_MAX: '20000',
      TIDEGATE_STRATEGIES__0__BAR_PERIOD_SECONDS: '5',
      TIDEGATE_VENUES__SIM__RECV_WINDOW_MS: '1000',
      TIDEGATE_RISK__RESTRICTED: '[GME, AMC]',
      TIDEGATE_LOG__LEVEL: 'debug',
    })
    expect(config.risk.order_value_max).toBe('20000')
    expect(config.strategies[0]?.bar_period_seconds).toBe(5)
    expect(config.venues['sim']).toMatchObject({ recv_window_ms: 1000 })
    expect(config.risk.restricted).toEqual(['GME', 'AMC'])
    expect(config.log.level).toBe('debug')
  })

  it('A1: a wrong value or an unknown key is reported with the name of the variable', () => {
    expect(() => load({ TIDEGATE_JOURNAL__INTENT: 'powr' })).toThrow(
      /TIDEGATE_JOURNAL__INTENT: journal\.intent is 'powr'/,
    )
    expect(() => load({ TIDEGATE_RISK__ORDER_VALU_MAX: '1' })).toThrow(/did you mean "order_value_max"/)
  })

  it('TIDEGATE_NATIVE=0 turns the native module off', () => {
    expect(load({ TIDEGATE_NATIVE: '0' }).native).toBe('off')
    expect(load({ TIDEGATE_NATIVE: '1' }).native).toBe('auto')
  })

  it('S2: EXEC_SHUTDOWN_DRAIN_TIMEOUT_S sets its key', () => {
    expect(load({ EXEC_SHUTDOWN_DRAIN_TIMEOUT_S: '3.5' }).shutdown.drain_seconds).toBe(3.5)
    expect(load({ STRATEGY_CB_VOL_RECENT_N: '7', STRATEGY_CB_VOL_BASELINE_N: '40' }).breakers).toMatchObject({
      vol_recent_n: 7,
      vol_baseline_n: 40,
    })
  })

  it('K6: EXECUTION_HALTED_FILE sets its key, also to a name that looks like another type', () => {
    expect(load({ EXECUTION_HALTED_FILE: '/etc/halted' }).kill.halted_file).toBe('/etc/halted')
    expect(load({ EXECUTION_HALTED_FILE: '1' }).kill.halted_file).toBe('1')
  })

  it.each([
    ['STRATEGY_CB_VOL_RATIO_THRESHOLD', '3', 'vol_ratio_threshold', 3],
    ['EXEC_CB_MAX_CONSECUTIVE_LOSSES', '4', 'consecutive_losses_max', 4],
  ] as const)('R9: %s=%s sets breakers.%s', (variable, text, key, value) => {
    expect(load({}).breakers[key]).toBeNull()
    expect(load({ [variable]: text }).breakers[key]).toBe(value)
    expect(() => load({ [variable]: 'x' })).toThrow(variable)
  })

  it.each(['1', 'true', 'YES', 'On', ' true '])(
    'K6: KILL_SWITCH and EXECUTION_HALTED assert with %j',
    (value) => {
      expect(load({ KILL_SWITCH: value }).facts.killSwitch).toBe(true)
      expect(load({ EXECUTION_HALTED: value }).facts.executionHalted).toBe(true)
    },
  )

  it.each([undefined, '', '0', 'false', 'No', 'OFF'])('K6: they do not with %j', (value) => {
    expect(load({ KILL_SWITCH: value, EXECUTION_HALTED: value }).facts).toMatchObject({
      killSwitch: false,
      executionHalted: false,
    })
  })

  it('K6: a switch that is neither on nor off is an error, never a guess', () => {
    expect(() => load({ KILL_SWITCH: 'maybe' })).toThrow(expect.objectContaining({ exitCode: 3 }))
    expect(() => load({ EXEC_DRY_RUN: 'maybe' })).toThrow(/EXEC_DRY_RUN is "maybe"; allowed: 1, true/)
  })
})

describe('mode', () => {
  const inMode = (mode: string): string => writeConfig(SAMPLE.replace('mode: paper', `mode: ${mode}`))

  it.each([
    ['dry-run', {}, 'dry-run', false],
    ['dry-run', { AGENT_MODE: 'LIVE', EXEC_DRY_RUN: '0' }, 'dry-run', true],
    ['paper', {}, 'paper', false],
    ['paper', { EXEC_DRY_RUN: '1' }, 'dry-run', false],
    ['live', { AGENT_MODE: 'LIVE' }, 'live', true],
    ['live', { AGENT_MODE: 'LIVE', EXEC_DRY_RUN: '1' }, 'dry-run', true],
    ['live', {}, 'live', false],
    ['live', { AGENT_MODE: 'live' }, 'live', false],
    ['live', { AGENT_MODE: 'PAPER' }, 'live', false],
  ])('A9: %s with %j is %s, authorised %s', (mode, env, effective, authorised) => {
    const config = loadConfig(inMode(mode), env)
    expect(config.mode).toBe(effective)
    expect(config.facts.authorised).toBe(authorised)
  })

  it('A12: says which setting won and why', () => {
    expect(loadConfig(inMode('live'), { EXEC_DRY_RUN: '1' }).facts.modeReason).toBe(
      'EXEC_DRY_RUN is on; the configuration says live',
    )
    expect(loadConfig(inMode('live'), { AGENT_MODE: 'PAPER' }).facts.modeReason).toBe(
      'the configuration says so, but AGENT_MODE is "PAPER": no order leaves',
    )
  })
})
