import { describe, expect, it } from 'vitest'
import type { OrderDraft } from '../../src/domain/draft.ts'
import { NO_THROTTLE, type ThrottleLimits } from '../../src/risk/throttle.ts'
import { type Bench, bench, draftOf, NOW_NS, resultOf, UTC_MS } from './support.ts'

function run(
  throttle: Partial<ThrottleLimits>,
  set: (state: Bench) => void = () => {},
  fields: Partial<OrderDraft> = {},
): { rule: string | null; from: number; to: number; qty: number; code: string | null } {
  const state = bench({ longOnly: false }, { throttle: { ...NO_THROTTLE, ...throttle } })
  set(state)
  const draft = draftOf(fields)
  const assessment = state.gate.assess(draft, NOW_NS, UTC_MS, 0)
  return { ...assessment.throttle, qty: draft.qty, code: resultOf(assessment, 'throttle').code }
}

describe('throttle', () => {
  it('R5: nothing configured reduces nothing', () => {
    expect(run({})).toEqual({ rule: null, from: 1_000, to: 1_000, qty: 1_000, code: null })
  })

  it('R5: absolute limits reduce the size and say from what to what', () => {
    expect(run({ qtyMax: '0.004' })).toEqual({ rule: 'qty', from: 1_000, to: 400, qty: 400, code: null })
    expect(run({ valueMax: '100' })).toMatchObject({ rule: 'value', to: 166 })
    expect(run({ valueMax: '600' })).toMatchObject({ rule: null, to: 1_000 })
    const limit = { type: 'limit', price: 5_000_000 } as const
    expect(run({ valueMax: '100' }, undefined, limit)).toMatchObject({ rule: 'value', to: 200 })
  })

  it('R5: an order without any price is left to the checks', () => {
    const set = ({ portfolio }: Bench): void => {
      portfolio.marks[0] = null
    }
    expect(run({ valueMax: '1', qtyMax: '0.005' }, set)).toMatchObject({ rule: 'qty', to: 500 })
  })

  it('R5: volume participation', () => {
    const volume =
      (qty: number) =>
      ({ market }: Bench): void => {
        market.volumeQty = qty
      }
    expect(run({ participationMax: '0.1' }, volume(4_999))).toMatchObject({ rule: 'participation', to: 499 })
    expect(run({ participationMax: '0.1' }, volume(10_000))).toMatchObject({ rule: null, to: 1_000 })
    expect(run({ participationMax: '0.1' }, volume(Number.NaN))).toMatchObject({ to: 0, code: 'THROTTLED' })
  })

  it('R5: spread and volatility shrink in proportion, and the rule that leaves least is named', () => {
    const set = ({ market }: Bench): void => {
      market.bid = 5_999_000
      market.ask = 6_001_000
      market.ratio = 4
    }
    const spreadBps = (2_000 / 6_000_000) * 10_000
    expect(run({ spreadBpsMax: spreadBps }, set)).toMatchObject({ rule: null })
    expect(run({ spreadBpsMax: spreadBps / 2 }, set)).toMatchObject({ rule: 'spread', to: 500 })
    expect(run({ volatilityRatioMax: 2 }, set)).toMatchObject({ rule: 'volatility', to: 500 })
    expect(run({ volatilityRatioMax: 1, spreadBpsMax: spreadBps / 2 }, set)).toMatchObject({
      rule: 'volatility',
      to: 250,
    })
    expect(run({ volatilityRatioMax: 4 }, set)).toMatchObject({ rule: null })
  })

  it('R5: missing quotes and volatility shrink nothing', () => {
    expect(run({ spreadBpsMax: 1, volatilityRatioMax: 1 })).toMatchObject({ rule: null, to: 1_000 })
  })

  it('R5: a size below the minimum becomes a denial with that reason', () => {
    expect(run({ valueMax: '49.99' })).toMatchObject({ to: 83, code: 'THROTTLED' })
    expect(run({ valueMax: '0.1' })).toMatchObject({ to: 0, code: 'THROTTLED' })
  })

  it('R12: a reducing order keeps its size, also one that became reducing by the throttle', () => {
    const holds = ({ portfolio }: Bench): void => {
      portfolio.positions[0] = 700
    }
    const sell = { side: 'sell', qty: 700 } as const
    expect(run({ valueMax: '1' }, holds, sell)).toMatchObject({ rule: null, qty: 700, code: null })
    expect(run({ qtyMax: '0.001' }, holds, { side: 'sell' })).toMatchObject({
      rule: 'qty',
      qty: 100,
      code: null,
    })
  })
})
