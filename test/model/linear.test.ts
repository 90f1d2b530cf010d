import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TradingAction } from '../../src/domain/action.ts'
import type { ModelContext } from '../../src/domain/model.ts'
import { type LinearWeights, linearModel, readLinearWeights } from '../../src/model/linear.ts'
import { toModel } from '../../src/model/model.ts'

const NAMES = ['ret(1)', 'rsi(14)', 'spread']
const WEIGHTS: LinearWeights = {
  bias: 0.5,
  weights: { 'rsi(14)': -2, 'ret(1)': 3 },
  means: { 'rsi(14)': 50 },
  scales: { 'rsi(14)': 10 },
  buyAbove: 1,
  sellBelow: -1,
}
const predict = (weights: LinearWeights, features: number[]): unknown =>
  linearModel(weights, NAMES).predict(Float64Array.from(features), {} as ModelContext)

describe('linear model', () => {
  it('weighs standardised features by name and decides by thresholds', () => {
    expect(predict(WEIGHTS, [1, 60, 9])).toEqual({ action: TradingAction.BUY, score: 0.5 + 3 - 2 })
    expect(predict(WEIGHTS, [0, 60, 9])).toEqual({ action: TradingAction.SELL, score: 0.5 - 2 })
    expect(predict(WEIGHTS, [0, 50, 9])).toEqual({ action: TradingAction.HOLD, score: 0.5 })
  })

  it('acts at its thresholds', () => {
    expect(predict({ ...WEIGHTS, bias: 1 }, [0, 50, 0])).toMatchObject({ action: TradingAction.BUY })
    expect(predict({ ...WEIGHTS, bias: -1 }, [0, 50, 0])).toMatchObject({ action: TradingAction.SELL })
  })

  it.each([
    [
      'a weight of no feature',
      { ...WEIGHTS, weights: { 'rsi(15)': 1 } },
      'MODEL_WEIGHTS_INVALID',
      /rsi\(15\).*ret\(1\)/,
    ],
    [
      'a weight that is a text',
      { ...WEIGHTS, weights: { spread: '1' } },
      'MODEL_WEIGHTS_INVALID',
      /weight of spread/,
    ],
    [
      'a scale of 0',
      { ...WEIGHTS, scales: { 'ret(1)': 0 } },
      'MODEL_WEIGHTS_INVALID',
      /scale of ret\(1\) is 0/,
    ],
    ['thresholds that cross', { ...WEIGHTS, sellBelow: 2 }, 'MODEL_PARAM_INVALID', /sellBelow 2/],
    ['a missing threshold', { ...WEIGHTS, buyAbove: undefined }, 'MODEL_PARAM_INVALID', /buyAbove undefined/],
  ])('refuses %s', (_, weights, code, message) => {
    const build = (): unknown => linearModel(weights as unknown as LinearWeights, NAMES)
    expect(build).toThrow(expect.objectContaining({ code }))
    expect(build).toThrow(message)
  })

  it('reads its weights from YAML and from JSON, and names a file that it cannot read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-weights-'))
    const [yaml, json, odd] = ['w.yaml', 'w.json', 'odd.yaml'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(yaml, 'weights:\n  spread: 1\nbuyAbove: 1\nsellBelow: -1\n')
    writeFileSync(json, JSON.stringify(WEIGHTS))
    writeFileSync(odd, 'just text')
    expect(readLinearWeights(yaml)).toEqual({ weights: { spread: 1 }, buyAbove: 1, sellBelow: -1 })
    expect(readLinearWeights(json)).toEqual(WEIGHTS)
    expect(() => readLinearWeights(odd)).toThrow(/odd.yaml has no "weights"/)
    expect(() => readLinearWeights(join(folder, 'none'))).toThrow(
      expect.objectContaining({ code: 'MODEL_FILE_UNREADABLE' }),
    )
  })
})

describe('toModel', () => {
  it('P9: takes an object with predict or the function itself, and nothing else', () => {
    const predictFn = (): 0 => 0
    expect(toModel(predictFn).predict).toBe(predictFn)
    const model = { predict: predictFn }
    expect(toModel(model)).toBe(model)
    for (const odd of [null, undefined, 3, {}, { predict: 1 }]) {
      expect(() => toModel(odd)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }))
    }
  })
})
