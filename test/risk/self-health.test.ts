import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HealthChange, type HealthLimits, SelfHealth } from '../../src/risk/self-health.ts'

const LIMITS: HealthLimits = {
  loop_lag: { shrinkNs: 100, haltNs: 300 },
  worker_age: { shrinkNs: 1_000, haltNs: 2_000 },
  journal_lag: null,
}
const GOOD = { loop_lag: 0, worker_age: 0, journal_lag: 0 }

function rig(limits: HealthLimits = LIMITS): { health: SelfHealth; changes: HealthChange[] } {
  const changes: HealthChange[] = []
  return { health: new SelfHealth(limits, (change) => changes.push(change)), changes }
}

describe('R5: self-health shrinks sizes, then halts', () => {
  it.each([
    [0, 1_000_000, 'good'],
    [100, 1_000_000, 'good'],
    [101, 995_000, 'shrinking'],
    [200, 500_000, 'shrinking'],
    [299, 5_000, 'shrinking'],
    [300, 0, 'halt'],
    [9_999, 0, 'halt'],
    [Number.NaN, 0, 'halt'],
    [Number.POSITIVE_INFINITY, 0, 'halt'],
  ] as const)('R5: a lag of %s ns leaves %s millionths: %s', (loop_lag, sizePpm, state) => {
    const { health } = rig()
    health.update({ ...GOOD, loop_lag })
    expect(health.sizePpm).toBe(sizePpm)
    expect(health.state).toBe(state)
  })

  it('R5: the worst of several measures decides and is named, with what nothing is left at', () => {
    const { health } = rig()
    health.update({ ...GOOD, loop_lag: 150, worker_age: 1_900 })
    expect(health).toMatchObject({ sizePpm: 100_000, measure: 'worker_age', valueNs: 1_900, haltNs: 2_000 })
    health.update({ ...GOOD, loop_lag: 299, worker_age: 1_900 })
    expect(health).toMatchObject({ sizePpm: 5_000, measure: 'loop_lag', valueNs: 299, haltNs: 300 })
  })

  it('R5: a measure that is off is not asked, whatever it says', () => {
    const { health, changes } = rig()
    health.update({ ...GOOD, journal_lag: Number.NaN })
    health.update({ ...GOOD, journal_lag: 1e12 })
    expect(health).toMatchObject({
      sizePpm: 1_000_000,
      measure: null,
      valueNs: Number.NaN,
      haltNs: Number.NaN,
    })
    expect(changes).toEqual([])
  })

  it('R5: a limit without room to shrink halts at once', () => {
    const { health } = rig({ ...LIMITS, loop_lag: { shrinkNs: 100, haltNs: 100 } })
    health.update({ ...GOOD, loop_lag: 99 })
    expect(health.state).toBe('good')
    health.update({ ...GOOD, loop_lag: 100 })
    expect(health.state).toBe('halt')
  })

  it('R5: is told once a change of state, and recovers by itself', () => {
    const { health, changes } = rig()
    for (const loop_lag of [0, 150, 160, 400, Number.NaN, 150, 0, 0]) health.update({ ...GOOD, loop_lag })
    expect(changes).toEqual([
      { event: 'self_health', state: 'shrinking', measure: 'loop_lag', value_ns: 150, limit_ns: 300 },
      { event: 'self_health', state: 'halt', measure: 'loop_lag', value_ns: 400, limit_ns: 300 },
      { event: 'self_health', state: 'shrinking', measure: 'loop_lag', value_ns: 150, limit_ns: 300 },
      { event: 'self_health', state: 'good', measure: null, value_ns: null, limit_ns: null },
    ])
    health.update({ ...GOOD, worker_age: Number.NaN })
    expect(changes.at(-1)).toMatchObject({
      state: 'halt',
      measure: 'worker_age',
      value_ns: null,
      limit_ns: 2_000,
    })
  })

  it('R5: a longer lag never leaves more', () => {
    const lag = fc.double({ min: 0, max: 500, noNaN: true })
    fc.assert(
      fc.property(lag, lag, (a, b) => {
        const size = (loop_lag: number): number => {
          const { health } = rig()
          health.update({ ...GOOD, loop_lag })
          return health.sizePpm
        }
        expect(size(Math.max(a, b))).toBeLessThanOrEqual(size(Math.min(a, b)))
        expect(Number.isInteger(size(a))).toBe(true)
      }),
    )
  })

  it('R5: limits that cross cannot be made', () => {
    expect(() => rig({ ...LIMITS, journal_lag: { shrinkNs: 2, haltNs: 1 } })).toThrow('health limit')
    expect(() => rig({ ...LIMITS, journal_lag: { shrinkNs: -1, haltNs: 1 } })).toThrow('health limit')
  })
})
