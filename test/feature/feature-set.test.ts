import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { createBar } from '../../src/bar/bar.ts'
import type { Feature, FeatureSpec } from '../../src/domain/feature.ts'
import { sma } from '../../src/feature/average.ts'
import { FeatureRow, ROW } from '../../src/feature/feature-row.ts'
import { createFeatureSet, FEATURES_MAX } from '../../src/feature/feature-set.ts'
import { price } from '../../src/feature/price.ts'
import { spread } from '../../src/feature/quote.ts'
import { logReturn } from '../../src/feature/returns.ts'

const write: Feature['write'] = (row, place) => {
  row[place] = 1
}

function custom(name: string, feature: Partial<Feature>): FeatureSpec {
  const create = (): Feature => ({ update: () => {}, ready: () => true, write, ...feature })
  return { name, kind: name, on: 'bar', params: {}, create }
}

describe('feature set', () => {
  it('has a hash over names, kinds, triggers, params and order', () => {
    const hash = (...specs: FeatureSpec[]): string => createFeatureSet(specs).hash
    const base = hash(sma(20), spread())
    expect(base).toMatch(/^[0-9a-f]{64}$/)
    expect(hash(sma(20), spread())).toBe(base)
    const others = [
      hash(spread(), sma(20)),
      hash(sma(21), spread()),
      hash(sma(20, { on: 'trade' }), spread()),
      hash(sma(20)),
    ]
    expect(new Set([base, ...others]).size).toBe(5)
  })

  it('keeps its hash from version to version: models are fitted to it', () => {
    const canon =
      '[["sma(20)","sma","bar",[["n",20]]],["log_ret(1)","log_ret","bar",[["n",1]]],["spread","spread","quote",[]]]'
    expect(createFeatureSet([sma(20), logReturn(), spread()]).hash).toBe(
      createHash('sha256').update(canon).digest('hex'),
    )
  })

  it.each([
    ['no array', 'sma' as unknown as FeatureSpec[], /array/],
    ['no feature', [{} as FeatureSpec], /feature 0 is not a feature/],
    ['a null', [null as unknown as FeatureSpec], /feature 0/],
    ['an unknown trigger', [{ ...sma(2), on: 'hour' as 'bar' }], /must be bar, trade or quote/],
    ['a name twice', [sma(2), sma(2)], /sma\(2\) is there twice/],
    ['too many', Array.from({ length: FEATURES_MAX + 1 }, (_, i) => sma(i + 1)), /at most/],
  ])('refuses %s', (_, specs, message) => {
    expect(() => createFeatureSet(specs)).toThrow(message)
    expect(() => createFeatureSet(specs)).toThrow(expect.objectContaining({ code: 'FEATURE_SET_INVALID' }))
  })
})

describe('FeatureRow', () => {
  it('moves each feature by its own trigger and gives the row in order', () => {
    const row = new FeatureRow(
      createFeatureSet([price({ on: 'trade' }), spread(), price(), price({ on: 'quote' })]),
      { ...createBar(60e9), close: 90 },
      0.5,
      () => {},
    )
    expect(row.fill()).toBe(ROW.WARMING)
    row.onTrade(Float64Array.of(0, 5, 0, 101, 1, 1), 0)
    row.onQuote(Float64Array.of(0, 6, 0, 100, 1, 103, 1), 0)
    expect(row.warming()).toEqual(['price'])
    row.onBar()
    expect(row.fill()).toBe(ROW.READY)
    expect([...row.values]).toEqual([101, 3, 45, 101.5, Number.NaN])
  })

  it('P9: a feature that throws holds one decision, is told by name, and the others still get their update', () => {
    const onError = vi.fn()
    let fail = true
    const seen: number[] = []
    const thrower = custom('thrower', {
      update() {
        if (fail) throw new Error('boom')
      },
    })
    const after = custom('after', { update: (input) => void seen.push(input.bar.close) })
    const row = new FeatureRow(createFeatureSet([thrower, after]), { ...createBar(1), close: 7 }, 1, onError)
    row.onBar()
    expect(onError.mock.calls).toEqual([['thrower', expect.objectContaining({ message: 'boom' })]])
    expect(seen).toEqual([7])
    expect(row.fill()).toBe(ROW.FAILED)
    fail = false
    row.onBar()
    expect(row.fill()).toBe(ROW.READY)
  })

  it.each<[string, Feature['write'], unknown]>([
    ['nothing written', () => {}, undefined],
    [
      'NaN',
      (row, place) => {
        row[place] = Number.NaN
      },
      undefined,
    ],
    [
      'an infinite value',
      (row, place) => {
        row[place] = Number.POSITIVE_INFINITY
      },
      undefined,
    ],
    [
      'a throw',
      () => {
        throw new Error('no')
      },
      expect.objectContaining({ message: 'no' }),
    ],
  ])('P9: %s of a ready feature fails the row', (_, writeOdd, error) => {
    const onError = vi.fn()
    const row = new FeatureRow(
      createFeatureSet([custom('odd', { write: writeOdd })]),
      createBar(1),
      1,
      onError,
    )
    expect(row.fill()).toBe(ROW.FAILED)
    expect(onError.mock.calls).toEqual([['odd', error]])
  })
})
