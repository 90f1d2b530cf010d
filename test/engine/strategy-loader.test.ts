import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defineStrategy } from '../../src/domain/strategy.ts'
import { createStrategyRunner } from '../../src/engine/strategy-create.ts'
import { checkDefinition, loadStrategy, resolveParams } from '../../src/engine/strategy-loader.ts'
import { BTC } from './strategy-harness.ts'

const GOOD = { name: 'good', features: () => [], model: () => () => 0 }
const folder = mkdtempSync(join(tmpdir(), 'tidegate-strategies-'))

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('strategy files', () => {
  it('P11: a TypeScript file is loaded as it is', async () => {
    const file = write(
      'good.ts',
      'const window: number = 3\nexport default { name: "typed", features: () => [], model: () => () => window }\n',
    )
    expect(await loadStrategy(file)).toMatchObject({ name: 'typed' })
  })

  it.each(['sma-cross', 'linear', 'onnx-momentum', 'every-tick', 'quote-imbalance'])(
    'P11: the example %s loads and makes a runner',
    async (name) => {
      const file = `examples/strategies/${name}.ts`
      const definition = await loadStrategy(file)
      expect(definition.name).toBe(name)
      const runner = await createStrategyRunner({
        strategyIndex: 0,
        strategyId: name,
        definition,
        params: resolveParams(definition, {}, file),
        instruments: [BTC],
        barPeriodNs: 1e9,
        placement: 'worker',
        gate1: () => true,
        intents: { write: () => true },
        clock: { monoNs: () => 0 },
        onError: () => {},
      })
      expect(runner.featureSet.hash).toMatch(/^[0-9a-f]{64}$/)
    },
  )

  it('A1: a file that is not there, does not parse, or throws is a coded error that names it', async () => {
    const [syntax, throws] = [
      write('syntax.ts', 'export default {'),
      write('throws.ts', 'throw new Error("at import")'),
    ]
    await expect(loadStrategy(join(folder, 'none.ts'))).rejects.toMatchObject({
      code: 'STRATEGY_FILE_MISSING',
      exitCode: 3,
      message: expect.stringContaining('none.ts'),
    })
    await expect(loadStrategy(syntax)).rejects.toMatchObject({ code: 'STRATEGY_FILE_FAILED' })
    await expect(loadStrategy(throws)).rejects.toMatchObject({
      code: 'STRATEGY_FILE_FAILED',
      message: expect.stringMatching(/throws\.ts.*at import/),
    })
  })

  it.each([
    ['no default export', undefined, /x\.ts: the default export/],
    ['no name', { ...GOOD, name: '' }, /x\.ts: name/],
    ['features that are no function', { ...GOOD, features: [] }, /x\.ts: features/],
    ['no model', { ...GOOD, model: undefined }, /x\.ts: model/],
    ['an unknown field', { ...GOOD, feature: 1 }, /x\.ts: feature is not a field/],
    ['an unknown bar source', { ...GOOD, bars: 'ticks' }, /x\.ts: bars is "ticks".*trades, quotes, bars/],
    ['an unknown moment', { ...GOOD, acts: 'hour' }, /x\.ts: acts is "hour"/],
    ['a number of warm-up bars', { ...GOOD, warmupBars: 20 }, /x\.ts: warmupBars/],
    ['an unknown hook', { ...GOOD, hooks: { onDay: () => {} } }, /x\.ts: hooks\.onDay is not a hook/],
    ['a hook that is no function', { ...GOOD, hooks: { onBar: 1 } }, /x\.ts: hooks\.onBar must be/],
    ['hooks that are no object', { ...GOOD, hooks: 1 }, /x\.ts: hooks must/],
    ['params that are a list', { ...GOOD, params: [1] }, /x\.ts: params/],
    ['a default that is an object', { ...GOOD, params: { a: {} } }, /x\.ts: params\.a/],
    ['emptyBars that are a text', { ...GOOD, emptyBars: 'yes' }, /x\.ts: emptyBars/],
  ])('A1: %s is refused, with file and field', (_, definition, message) => {
    expect(() => checkDefinition(definition, 'x.ts')).toThrow(message)
    expect(() => checkDefinition(definition, 'x.ts')).toThrow(
      expect.objectContaining({ code: 'STRATEGY_DEFINITION_INVALID', exitCode: 3 }),
    )
  })
})

describe('parameters', () => {
  const definition = defineStrategy({
    ...GOOD,
    params: { window: 20, side: 'buy', strict: false },
    model: () => () => 0,
  })

  it('P11: the configuration sets what it names; the rest keeps its default', () => {
    expect(resolveParams(definition, { window: 50 }, 'x.ts')).toEqual({
      window: 50,
      side: 'buy',
      strict: false,
    })
    expect(definition.params).toEqual({ window: 20, side: 'buy', strict: false })
  })

  it.each([
    [{ windw: 5 }, 'STRATEGY_PARAM_UNKNOWN', /params\.windw.*x\.ts \(window, side, strict\)/],
    [{ toString: 5 }, 'STRATEGY_PARAM_UNKNOWN', /params\.toString/],
    [{ window: '5' }, 'STRATEGY_PARAM_INVALID', /params\.window of x\.ts is "5" \(string\); a number/],
    [{ window: Number.NaN }, 'STRATEGY_PARAM_INVALID', /params\.window/],
    [{ side: 1 }, 'STRATEGY_PARAM_INVALID', /a string is needed/],
    [{ strict: null }, 'STRATEGY_PARAM_INVALID', /a boolean is needed/],
  ])('A1: %j is refused', (given, code, message) => {
    expect(() => resolveParams(definition, given, 'x.ts')).toThrow(expect.objectContaining({ code }))
    expect(() => resolveParams(definition, given, 'x.ts')).toThrow(message)
  })
})
