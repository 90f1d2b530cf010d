import { afterEach, describe, expect, it, vi } from 'vitest'
import { environmentCases, watchdogCase } from '../../../src/control/drill/own-cases.ts'
import { OwnEngine } from '../../../src/control/drill/own-engine.ts'
import { nowNs } from '../../../src/control/drill/target.ts'
import { fakeTarget, no, ownActs, quietly } from './support.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** The engine that the drill starts next is this one; what it is asked to end is told. */
function starts(changes: { readonly target?: object; readonly own?: object } = {}): string[] {
  const { target, acts } = fakeTarget(changes.target)
  const close = async () => {
    acts.push('closed')
  }
  const own = { target, ...ownActs(), close, ...changes.own } as unknown as OwnEngine
  vi.spyOn(OwnEngine, 'start').mockResolvedValue(own)
  return acts
}

/** A status that tells a stall only when it is asked for the nth time. */
function stalledAt(nth: number) {
  let asked = 0
  return {
    status: async () => {
      asked += 1
      return { control: { words: [{ scope: 'all', reasons: asked < nth ? [] : ['STALLED'] }] } }
    },
  }
}

describe('the watchdog of an engine of the drill', () => {
  it('K11 K7: passes where STALLED is told while the main thread stands still, and ends its own halt', async () => {
    const mark = async (name: string) => (name === 'free' ? nowNs() + 60e9 : nowNs())
    const acts = starts({ target: stalledAt(2), own: { mark } })
    const done = await watchdogCase(quietly)
    expect(done).toMatchObject({ source: 'watchdog', main: 'blocked', verdict: 'passed', findings: [] })
    expect(done.trigger_to_set_us).toBeGreaterThanOrEqual(0)
    expect(acts).toEqual(['rearm all 3', 'closed'])
  })

  const NOT_SET = 'STALLED was not set while the main thread stood still'
  const NO_MARK = 'the engine of the drill left no "blocked"'
  const never = stalledAt(Number.POSITIVE_INFINITY)
  it.each<[string, string, object, object]>([
    ['a stall that is never told', NOT_SET, never, {}],
    ['a stall that is told when it is over', NOT_SET, stalledAt(1), { mark: async () => 0 }],
    ['a halt that stays', 'all stays halted', { ...stalledAt(1), rearm: no('all stays halted') }, {}],
    ['a main thread that does not stand still', NO_MARK, {}, { mark: no(NO_MARK) }],
  ])('K11 K7: %s', async (_what, finding, target, own) => {
    const acts = starts({ target, own })
    const done = await watchdogCase(quietly)
    expect(done).toMatchObject({ verdict: 'failed', findings: [finding] })
    expect(acts.at(-1)).toBe('closed')
  })

  it('K11 K7: orders that arrive while it is stalled', async () => {
    let asked = 0
    const orderTimes = async () => Array.from({ length: asked++ }, () => nowNs() + 120e9)
    starts({ target: stalledAt(1), own: { orderTimes } })
    const done = await watchdogCase(quietly)
    expect(done).toMatchObject({ verdict: 'failed', findings: ['3 orders arrived after the stall'] })
  })

  it('K11: an engine that does not come up fails the case with its own words', async () => {
    vi.spyOn(OwnEngine, 'start').mockImplementation(no('the engine did not come up: no recording'))
    const done = await watchdogCase(quietly)
    expect(done).toMatchObject({
      ...{ verdict: 'failed', findings: ['the engine did not come up: no recording'] },
      trigger_to_set_us: null,
    })
  })
})

describe('the environment of an engine of the drill', () => {
  it('K11: passes where it boots latched, sends nothing and refuses a re-arm', async () => {
    const acts = starts({ target: { rearm: no('the variable asserts') } })
    const [free, blocked] = await environmentCases(quietly)
    expect(free).toMatchObject({
      source: 'environment',
      verdict: 'passed',
      findings: [],
      orders_after_set: 0,
    })
    expect(blocked).toMatchObject({ main: 'blocked', verdict: 'not_applicable' })
    expect(OwnEngine.start).toHaveBeenCalledWith(expect.objectContaining({ env: { KILL_SWITCH: 'yes' } }))
    expect(acts).toEqual(['closed'])
  })

  it('K11: an engine that trades on, latches nothing and re-arms, is found out', async () => {
    starts({ target: { latchedAfter: () => null }, own: { orderTimes: async () => [1, 2] } })
    const [free] = await environmentCases(quietly)
    expect(free).toMatchObject({ verdict: 'failed', orders_after_set: 2, trigger_to_set_us: null })
    expect(free?.findings).toEqual([
      'no kill was latched at the start',
      '2 orders were sent',
      'a re-arm was not refused while the variable asserts',
    ])
  })

  it('K11: an engine that does not come up fails the case with its own words', async () => {
    vi.spyOn(OwnEngine, 'start').mockImplementation(no('the engine did not come up: no recording'))
    const [free] = await environmentCases(quietly)
    expect(free).toMatchObject({
      ...{ verdict: 'failed', findings: ['the engine did not come up: no recording'] },
      orders_after_set: null,
    })
  })
})
