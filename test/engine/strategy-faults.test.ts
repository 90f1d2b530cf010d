import { describe, expect, it, vi } from 'vitest'
import type { Feature } from '../../src/domain/feature.ts'
import { price } from '../../src/feature/price.ts'
import { createRig, deciding } from './strategy-harness.ts'

describe('faults of strategy code give HOLD and a counted error', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
      'MODEL_THREW',
      'boom',
    ],
    [
      'throws no error',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error
        throw 'boom'
      },
      'MODEL_THREW',
      'boom',
    ],
    ['returns NaN', () => Number.NaN, 'MODEL_NAN', 'null'],
    ['returns a score of NaN', () => ({ action: 1, score: Number.NaN }), 'MODEL_NAN', '"action":1'],
    ['returns 3', () => 3, 'ACTION_INVALID', '3'],
    ['returns "buy"', () => 'buy', 'ACTION_INVALID', 'buy'],
    ['returns nothing', () => undefined, 'ACTION_INVALID', 'undefined'],
    [
      'returns a price between increments',
      () => ({ action: 1, limitPrice: 1.5 }),
      'LIMIT_PRICE_INVALID',
      '1.5',
    ],
    ['returns a negative quantity', () => ({ action: 1, qty: -1 }), 'QTY_INVALID', '-1'],
    [
      'returns a ring of objects',
      () => {
        const ring: { self?: object } = {}
        ring.self = ring
        return ring
      },
      'ACTION_INVALID',
      'object',
    ],
  ])('P9: a model that %s', async (_, decide, code, text) => {
    const rig = await createRig(deciding(decide, { acts: 'trade' }))
    expect(rig.trade(0, 100)).toBe(0)
    expect(rig.intents).toEqual([])
    expect(rig.errors).toEqual([
      {
        code,
        name: 'model',
        message: expect.stringContaining(text),
        tickSeq: 0,
        strategy: 'test',
        symbol: 'BTCUSDT',
      },
    ])
    expect(rig.runner.counters.errors).toEqual(new Map([[code, 1]]))
    expect(rig.runner.status(0)?.lastAction).toBe('HOLD')
  })

  it('P9: the next decision stands on its own', async () => {
    let calls = 0
    const rig = await createRig(deciding(() => (calls++ === 0 ? Number.NaN : 1), { acts: 'trade' }))
    expect([rig.trade(0, 100), rig.trade(0.1, 100)]).toEqual([0, 1])
  })

  it('P9: a feature that throws or gives NaN holds, whatever the model would say', async () => {
    let mode = 'throw'
    const odd = (): Feature => ({
      update() {
        if (mode === 'throw') throw new Error('no window')
      },
      ready: () => true,
      write(row, place) {
        row[place] = mode === 'nan' ? Number.NaN : 1
      },
    })
    const spec = { name: 'odd', kind: 'odd', on: 'bar', params: {}, create: odd } as const
    const rig = await createRig(deciding(() => 1, { features: () => [spec] }))
    const decideAt = (atS: number, next: string): number => {
      mode = next
      return rig.trade(atS, 100)
    }
    rig.trade(0, 100)
    expect([decideAt(1, 'throw'), decideAt(2, 'nan'), decideAt(3, 'good')]).toEqual([0, 0, 1])
    expect(rig.errors.map(({ code, name }) => [code, name])).toEqual([
      ['FEATURE_THREW', 'odd'],
      ['FEATURE_NAN', 'odd'],
    ])
    expect(rig.runner.counters.errorsByName).toEqual(new Map([['odd', 2]]))
  })

  it('P9: a model that answers after its deadline holds', async () => {
    const rig = await createRig(
      deciding(
        () => {
          rig.clockNs += 51e6
          return 1
        },
        { acts: 'trade' },
      ),
      { modelDeadlineMs: 50 },
    )
    expect(rig.trade(0, 100)).toBe(0)
    expect(rig.errors).toMatchObject([{ code: 'DECISION_DEADLINE', message: 'took 51.0 ms' }])
  })

  it('P9: the deadline counts the features of the bar with the model', async () => {
    const slow = {
      ...price(),
      create: () => ({
        update: () => void (rig.clockNs += 40e6),
        ready: () => true,
        write: (row: Float64Array) => void row.fill(1),
      }),
    }
    const definition = deciding(
      () => {
        rig.clockNs += 20e6
        return 1
      },
      { features: () => [slow] },
    )
    const rig = await createRig(definition, { modelDeadlineMs: 50 })
    rig.trade(0, 100)
    expect(rig.trade(1, 100)).toBe(0)
    expect(rig.errors).toMatchObject([{ code: 'DECISION_DEADLINE' }])
  })

  it('P9: a deadline of 0 is none', async () => {
    const rig = await createRig(
      deciding(
        () => {
          rig.clockNs += 1e12
          return 1
        },
        { acts: 'trade' },
      ),
      { modelDeadlineMs: 0 },
    )
    expect(rig.trade(0, 100)).toBe(1)
  })

  it('K6: strategy code can halt its strategy', async () => {
    const definition = deciding(() => 0, {
      acts: 'trade',
      model: () => (_, context) => {
        context.kill('drawdown')
        return 0
      },
    })
    const rig = await createRig(definition)
    rig.trade(0, 100)
    expect(rig.kills).toEqual(['drawdown'])
  })
})

describe('async models', () => {
  const later = (): {
    promise: Promise<unknown>
    resolve: (x: unknown) => void
    reject: (x: unknown) => void
  } => Promise.withResolvers<unknown>()

  it('P9: the answer becomes the intent of its own tick, permit included', async () => {
    const answer = later()
    const rig = await createRig(
      deciding(() => answer.promise, { acts: 'trade', features: () => [price({ on: 'trade' })] }),
    )
    expect(rig.trade(1, 100)).toBe(0)
    expect(rig.runner.pendingDecisions).toBe(1)
    rig.words = [9, 9, 9, 9, 9]
    rig.trade(2, 200)
    answer.resolve({ action: 'BUY', score: 0.5 })
    await rig.runner.settle()
    expect(rig.intents).toMatchObject([
      {
        tickSeq: 0,
        tickEventNs: 1e9,
        referencePrice: 100,
        features: [100, 0.5],
        permit: [4096, 8192, 12288, 16384, 20480],
      },
    ])
    // The tick between found the model busy: held, and counted.
    expect(rig.errors.map((error) => error.code)).toEqual(['MODEL_BUSY'])
    expect(rig.runner.pendingDecisions).toBe(0)
  })

  it('P9: a promise that rejects, or resolves to nonsense, holds', async () => {
    const answers = [Promise.reject(new Error('session lost')), Promise.resolve(7), Promise.resolve(1)]
    const rig = await createRig(deciding(() => answers.shift(), { acts: 'trade' }))
    for (let i = 0; i < 3; i += 1) {
      rig.trade(i, 100)
      await rig.runner.settle()
    }
    expect(rig.errors.map(({ code, message }) => [code, message])).toEqual([
      ['MODEL_THREW', 'session lost'],
      ['ACTION_INVALID', 'predicted 7'],
    ])
    expect(rig.intents).toHaveLength(1)
  })

  it('P9: a promise that never settles misses its deadline, and the next decision is free', async () => {
    vi.useFakeTimers()
    try {
      const answers = [new Promise(() => {}), Promise.resolve(1)]
      const rig = await createRig(
        deciding(() => answers.shift(), { acts: 'trade' }),
        { modelDeadlineMs: 50 },
      )
      rig.trade(0, 100)
      const settled = rig.runner.settle()
      await vi.advanceTimersByTimeAsync(50)
      await settled
      expect(rig.errors).toMatchObject([{ code: 'DECISION_DEADLINE', message: 'no answer within 50 ms' }])
      rig.trade(1, 100)
      await rig.runner.settle()
      expect(rig.intents.map((intent) => intent.tickSeq)).toEqual([1])
    } finally {
      vi.useRealTimers()
    }
  })

  it('P9: an answer after the deadline is dropped', async () => {
    vi.useFakeTimers()
    try {
      const answer = later()
      const rig = await createRig(
        deciding(() => answer.promise, { acts: 'trade' }),
        { modelDeadlineMs: 50 },
      )
      rig.trade(0, 100)
      await vi.advanceTimersByTimeAsync(51)
      answer.resolve(1)
      await vi.advanceTimersByTimeAsync(1)
      expect(rig.intents).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  it('S8: after close no answer becomes an intent, and settle does not wait', async () => {
    const answer = later()
    const rig = await createRig(deciding(() => answer.promise, { acts: 'trade' }))
    rig.trade(0, 100)
    const settled = rig.runner.settle()
    rig.runner.close()
    await settled
    answer.resolve(1)
    await answer.promise
    expect(rig.intents).toEqual([])
  })
})
