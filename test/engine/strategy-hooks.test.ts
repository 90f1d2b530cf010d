import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StrategyHooks } from '../../src/domain/strategy.ts'
import { HOOKS_PENDING_MAX, HOOKS_QUEUED_MAX, HookRunner } from '../../src/engine/strategy-hooks.ts'
import { createRig, deciding } from './strategy-harness.ts'

function createHooks(
  hooks: StrategyHooks,
  schedule = false,
): { hooks: HookRunner; faults: string[][]; clock: { ns: number } } {
  const faults: string[][] = []
  const clock = { ns: 0 }
  const runner = new HookRunner({
    hooks,
    strategy: 's',
    limitMs: 100,
    schedule,
    monoNs: () => clock.ns,
    onFault: (code, hook, message) => faults.push([code, hook, message]),
  })
  return { hooks: runner, faults, clock }
}

describe('HookRunner', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('P6: a hook that throws or rejects is counted by name and the others run', async () => {
    const seen: unknown[] = []
    const { hooks, faults } = createHooks({
      onBar: () => {
        throw new Error('sync')
      },
      onFill: async () => {
        throw new Error('async')
      },
      onHalt: (event, context) => void seen.push([event, context]),
    })
    hooks.fire('onBar', {}, 'BTCUSDT')
    hooks.fire('onFill', {}, 'BTCUSDT')
    hooks.fire('onHalt', { reason: 'KILL' }, 'BTCUSDT')
    hooks.fire('onTick', {}, 'BTCUSDT')
    expect(hooks.run()).toBe(3)
    await vi.advanceTimersByTimeAsync(0)
    expect(seen).toEqual([[{ reason: 'KILL' }, { strategy: 's', symbol: 'BTCUSDT' }]])
    expect(faults).toEqual([
      ['HOOK_THREW', 'onBar', 'sync'],
      ['HOOK_THREW', 'onFill', 'async'],
    ])
    expect(hooks.counts.get('onBar')).toEqual({ calls: 1, threw: 1, timedOut: 0, dropped: 0 })
  })

  it('P6: a hook that outlives its limit is counted once, and its late rejection is handled', async () => {
    const answer = Promise.withResolvers<void>()
    const { hooks, faults } = createHooks({ onFill: () => answer.promise })
    hooks.fire('onFill', {}, '')
    hooks.run()
    expect(hooks.pending).toBe(1)
    await vi.advanceTimersByTimeAsync(100)
    answer.reject(new Error('late'))
    await vi.advanceTimersByTimeAsync(1)
    expect(faults).toEqual([['HOOK_TIMEOUT', 'onFill', 'took longer than 100 ms']])
    expect(hooks.pending).toBe(0)
  })

  it('P6: a sync hook that took too long is counted', () => {
    const { hooks, faults, clock } = createHooks({ onBar: () => void (clock.ns += 101e6) })
    hooks.fire('onBar', {}, '')
    hooks.run()
    expect(faults).toEqual([['HOOK_TIMEOUT', 'onBar', 'took longer than 100 ms']])
  })

  it('P6: calls beyond the limits are dropped and counted', () => {
    const { hooks, faults } = createHooks({ onBar: () => new Promise(() => {}) })
    for (let i = 0; i < HOOKS_QUEUED_MAX + 2; i += 1) hooks.fire('onBar', {}, '')
    expect(faults.map(([code]) => code)).toEqual(['HOOK_BACKLOG', 'HOOK_BACKLOG'])
    hooks.close()
    for (let i = 0; i < HOOKS_PENDING_MAX; i += 1) hooks.fire('onBar', {}, '')
    hooks.run()
    hooks.fire('onBar', {}, '')
    expect(faults).toHaveLength(3)
    expect(hooks.counts.get('onBar')?.dropped).toBe(3)
    hooks.close()
    expect(hooks.pending).toBe(0)
  })

  it('P6: scheduled hooks run in a later turn of the event loop, in order', async () => {
    const seen: unknown[] = []
    const { hooks } = createHooks({ onBar: (event) => void seen.push(event) }, true)
    for (let i = 0; i < 3; i += 1) hooks.fire('onBar', i, '')
    expect(seen).toEqual([])
    await vi.advanceTimersByTimeAsync(0)
    expect(seen).toEqual([0, 1, 2])
  })
})

describe('hooks of a strategy', () => {
  it('P6: each hook gets its event, after the intents of the tick have left', async () => {
    const log: unknown[] = []
    const hooks: StrategyHooks = {
      onTick: (event) => void log.push(['onTick', rig.intents.length, event]),
      onBar: (event) => void log.push(['onBar', rig.intents.length, event.close]),
      onSignal: (event) => void log.push(['onSignal', rig.intents.length, event]),
      onFill: (event, context) => void log.push(['onFill', context.symbol, event.qty]),
      onHalt: (event, context) => void log.push(['onHalt', context.symbol, event.reason]),
    }
    const rig = await createRig(deciding(() => ({ action: 1, score: 2 }), { hooks }))
    rig.trade(0, 100)
    rig.trade(1, 105)
    rig.runner.notify({
      hook: 'onFill',
      instrument: 0,
      event: { clientOrderId: 'c', tradeId: 't', side: 'buy', qty: 4, price: 105 },
    })
    rig.runner.notify({ hook: 'onHalt', instrument: -1, event: { reason: 'KILL', text: '', scope: 'all' } })
    expect(log).toEqual([
      ['onTick', 0, { kind: 'trade', tickSeq: 0, eventNs: 0, price: 100 }],
      ['onBar', 1, 100],
      ['onSignal', 1, { action: 'BUY', tickSeq: 1, features: {}, score: 2 }],
      ['onTick', 1, { kind: 'trade', tickSeq: 1, eventNs: 1e9, price: 105 }],
      ['onFill', 'BTCUSDT', 4],
      ['onHalt', '', 'KILL'],
    ])
  })

  it('P6: inline, hooks wait for the engine or for a turn of the event loop', async () => {
    const log: number[] = []
    const hooks: StrategyHooks = { onTick: (event) => void log.push(event.tickSeq) }
    const rig = await createRig(
      deciding(() => 0, { hooks }),
      { placement: 'inline' },
    )
    rig.trade(0, 100)
    expect(log).toEqual([])
    expect(rig.runner.runHooks()).toBe(1)
    rig.trade(1, 100)
    await new Promise(setImmediate)
    expect(log).toEqual([0, 1])
  })

  it('P6: onError hears of model errors, and a fault of its own is counted without an echo', async () => {
    const heard: string[] = []
    const hooks: StrategyHooks = {
      onError: (event) => {
        heard.push(event.code)
        throw new Error('in the handler')
      },
    }
    const rig = await createRig(deciding(() => Number.NaN, { acts: 'trade', hooks }))
    rig.trade(0, 100)
    rig.trade(1, 100)
    expect(heard).toEqual(['MODEL_NAN', 'MODEL_NAN'])
    expect(rig.runner.counters.errors).toEqual(
      new Map([
        ['MODEL_NAN', 2],
        ['HOOK_THREW', 2],
      ]),
    )
  })

  it('P6: a hook that throws changes no decision', async () => {
    const hooks: StrategyHooks = {
      onBar: () => {
        throw new Error('no')
      },
    }
    const [loud, quiet] = [await createRig(deciding(() => 1, { hooks })), await createRig(deciding(() => 1))]
    for (let i = 0; i < 5; i += 1) {
      loud.trade(i, 100)
      quiet.trade(i, 100)
    }
    expect(loud.intents).toEqual(quiet.intents)
    expect(loud.intents).toHaveLength(4)
  })
})
