import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { configPath } from '../../src/config/config-path.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Problem } from '../../src/config/problems.ts'
import type { Environment } from '../../src/config/secret.ts'
import type { Config } from '../../src/config/types.ts'
import { TidegateError } from '../../src/core/errors.ts'
import { SAMPLE, writeConfig } from './sample.ts'

function load(text: string, env: Environment = {}): Config {
  return loadConfig(writeConfig(text), env)
}

function failure(text: string, env: Environment = {}): TidegateError {
  try {
    load(text, env)
  } catch (error) {
    if (error instanceof TidegateError) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

function problems(text: string, env: Environment = {}): readonly Problem[] {
  return failure(text, env).details['problems'] as readonly Problem[]
}

describe('loadConfig', () => {
  it('A1: reads the documented shape and fills in the documented defaults', () => {
    const config = load(SAMPLE)
    expect(config.mode).toBe('paper')
    expect(config.strategies[0]).toMatchObject({ bar_period_seconds: 1, params: { window: 20 } })
    expect(config.risk).toMatchObject({
      total_share_max: '0.6',
      daily_loss_share_max: '0.02',
      concentration_max: '1',
    })
    expect(config.feed.spike_ratio).toBe(5)
    expect(config.clock.future_ms).toBe(5_000)
    expect(config.shutdown).toEqual({ total_seconds: 9.5, drain_seconds: 8, scope: 'own' })
  })

  it('R2: the limits default to the required ones where the file names none', () => {
    const config = load(SAMPLE.replace(/^risk: .*$/m, ''))
    expect(config.risk).toMatchObject({
      order_value_min: '50',
      order_value_max: '10000',
      symbol_share_max: '0.05',
      total_share_max: '0.6',
      signal_age_max_seconds: 120,
      long_only: true,
    })
  })

  it('P4: a bar is 60 seconds where the strategy says nothing', () => {
    expect(load(SAMPLE.replace('    bar_period_seconds: 1\n', '')).strategies[0]?.bar_period_seconds).toBe(60)
  })

  it('A1: an unknown key is named with its line, what is allowed and the nearest key', () => {
    const error = failure(SAMPLE.replace('order_value_min:', 'order_value_mni:'))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 3 })
    expect(error.message).toMatch(
      /engine\.yaml:21: risk\.order_value_mni is an unknown key; allowed: order_value_min, /,
    )
    expect(error.message).toContain('did you mean "order_value_min"?')
  })

  it('A1: reports every problem at once, each with key path, value and what is allowed', () => {
    const bad = SAMPLE.replace('mode: paper', 'mode: papr').replace('fixed: "0.01"', 'fixed: "-1"')
    expect(problems(bad).map(({ path: key, value }) => [key, value])).toEqual([
      ['mode', "'papr'"],
      ['strategies[0].order.sizing.fixed', "'-1'"],
    ])
    expect(problems(bad)[0]?.allowed).toBe('one of dry-run, paper, live (did you mean "paper"?)')
  })

  it.each([
    [
      'two sizings',
      'sizing: {fixed: "0.01"}',
      'sizing: {fixed: "0.01", notional: "5"}',
      'strategies[0].order.sizing',
    ],
    ['no sizing', 'sizing: {fixed: "0.01"}', 'sizing: {}', 'strategies[0].order.sizing'],
    ['a symbol without instrument', 'symbols: [BTCUSDT]', 'symbols: [BTCUSD]', 'strategies[0].symbols[0]'],
    ['an instrument without venue', 'venue: sim', 'venue: sin', 'instruments[0].venue'],
    ['limits crossed', 'order_value_min: "50"', 'order_value_min: "50000"', 'risk.order_value_min'],
    [
      'shorts while long only',
      '{fixed: "0.01"}',
      '{target: {long: "1", short: "1"}}',
      'strategies[0].order.sizing.target.short',
    ],
    [
      'a position that is no whole quantity increment',
      '{fixed: "0.01"}',
      '{target: {long: "0.000001"}}',
      'strategies[0].order.sizing.target.long',
    ],
    ['no quoted decimal', 'bps: "7.5"', 'bps: seven', 'fees.bps'],
    ['a fee that the simulated venue does not know', 'bps: "7.5"', 'bps: "-1"', 'fees.bps'],
    ['a negative bar', 'bar_period_seconds: 1', 'bar_period_seconds: -1', 'strategies[0].bar_period_seconds'],
    ['a node id that would not fit an order id', 'id: a1', 'id: a-very-long-name', 'node.id'],
    [
      'drain beyond the total',
      'total_seconds: 9.5',
      'total_seconds: 9.5, drain_seconds: 10',
      'shutdown.drain_seconds',
    ],
  ])('A1: %s is an error at its key', (_name, from, to, key) => {
    expect(SAMPLE).toContain(from)
    expect(problems(SAMPLE.replace(from, to)).map((problem) => problem.path)).toEqual([key])
  })

  it('A1: bad YAML, a folder, a binary file and a missing file are errors of exit code 3', () => {
    expect(failure('node: {id: a1')).toMatchObject({ code: 'CONFIG_SYNTAX', exitCode: 3 })
    expect(failure('a: 1\na: 2')).toMatchObject({ code: 'CONFIG_SYNTAX' })
    expect(failure('- a')).toMatchObject({ code: 'CONFIG_SYNTAX' })
    const file = writeConfig('')
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00]))
    expect(() => loadConfig(file, {})).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE', exitCode: 3 }),
    )
    expect(() => loadConfig('/nowhere/engine.yaml', {})).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE' }),
    )
  })

  it('A1: a key that would reach the prototype is an unknown key like any other', () => {
    expect(problems(`${SAMPLE}\n__proto__: {polluted: true}\n`)[0]?.path).toBe('__proto__')
    expect(problems(SAMPLE, { TIDEGATE___PROTO__: '{polluted: true}' }).length).toBeGreaterThan(0)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('is frozen to its leaves', () => {
    const config = load(SAMPLE)
    expect(() => Object.assign(config.risk, { order_value_max: '1' })).toThrow(TypeError)
    expect(() => Object.assign(config.strategies[0]?.params as object, { window: 1 })).toThrow(TypeError)
  })

  it('finds files from the current folder first, then from beside the configuration', () => {
    const config = load(SAMPLE)
    expect(configPath(config, 'package.json')).toBe(path.resolve('package.json'))
    expect(configPath(config, 'engine.yaml')).toBe(path.join(config.facts.directory, 'engine.yaml'))
    expect(configPath(config, 'absent.ts')).toBe(path.resolve('absent.ts'))
  })

  it('mode paper refuses a venue whose orders would be real', () => {
    const real = SAMPLE.replace('rest_url: "http://127.0.0.1:9080", ws_url: "ws://127.0.0.1:9080", ', '')
    expect(problems(real).map((problem) => problem.path)).toEqual(['venues.sim.rest_url'])
    expect(load(real.replace('mode: paper', 'mode: dry-run')).mode).toBe('dry-run')
  })
})
