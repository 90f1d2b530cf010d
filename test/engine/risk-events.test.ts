import { describe, expect, it, vi } from 'vitest'
import {
  type HandlerFault,
  RISK_EVENTS_QUEUED_MAX,
  type RiskEvent,
  RiskEvents,
  type RiskEventsOptions,
} from '../../src/engine/risk-events.ts'

/** Turns of the event loop that the test takes itself. */
function rig(options: Partial<RiskEventsOptions> = {}) {
  const turns: (() => void)[] = []
  const faults: [string, HandlerFault, string][] = []
  const events = new RiskEvents({
    limitMs: 10_000,
    schedule: (task) => turns.push(task),
    onFault: (...fault) => faults.push(fault),
    ...options,
  })
  const run = (): void => {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn()
  }
  return { events, faults, turns, run }
}

const cleared = (scope: string): RiskEvent => ({ event: 'cleared', scope, standing: [] })
const scopeOf = (event: RiskEvent): string => ('scope' in event ? event.scope : event.event)

describe('P7: risk and kill event handlers', () => {
  it('P7: many subscribers each hear every event, in order, in a turn of their own', () => {
    const { events, turns, run } = rig()
    const heard: string[] = []
    for (const name of ['a', 'b', 'c']) {
      events.subscribe(name, (event) => heard.push(`${name} ${scopeOf(event)}`))
    }
    events.emit(cleared('1'))
    events.emit(cleared('2'))
    expect(heard).toEqual([])
    expect(turns).toHaveLength(1)
    turns.shift()?.()
    expect(heard).toEqual(['a 1'])
    run()
    expect(heard).toEqual(['a 1', 'b 1', 'c 1', 'a 2', 'b 2', 'c 2'])
    expect(events.counts().map(({ counts }) => counts.calls)).toEqual([2, 2, 2])
  })

  it('P7: no handler can delay the halt that it is told of: emit runs none of them', () => {
    const { events, run } = rig()
    const order: string[] = []
    events.subscribe('slow', () => order.push('handler'))
    const halt = (): void => {
      order.push('word set')
      events.emit({
        event: 'halted',
        scope: 'all',
        reason: 'KILL',
        cause: { code: 'OPERATOR', text: 'stop', source: 'cli' },
      })
      order.push('halt returned')
    }
    halt()
    run()
    expect(order).toEqual(['word set', 'halt returned', 'handler'])
  })

  it('P7: one that throws or rejects is isolated, named and counted; the others hear all', async () => {
    const { events, faults, run } = rig()
    const heard: string[] = []
    events.subscribe('throws', () => {
      throw new Error('no')
    })
    events.subscribe('rejects', async () => {
      throw new Error('late no')
    })
    events.subscribe('throws a text', () => {
      ;(function* (): Generator {})().throw('plain')
    })
    events.subscribe('rejects with nothing', () => new Promise((_, reject) => (reject as () => void)()))
    events.subscribe(
      'broken thenable',
      () =>
        new Proxy(
          {},
          {
            get: () => {
              throw new Error('getter')
            },
          },
        ),
    )
    events.subscribe('well', (event) => heard.push(scopeOf(event)))
    events.emit(cleared('1'))
    events.emit(cleared('2'))
    run()
    await events.drain()
    expect(heard).toEqual(['1', '2'])
    expect(faults.filter(([, , message]) => message === 'no')).toHaveLength(2)
    expect(new Set(faults.map(([name, fault, message]) => `${name}: ${fault} ${message}`))).toEqual(
      new Set([
        'throws: threw no',
        'rejects: threw late no',
        'throws a text: threw plain',
        'rejects with nothing: threw undefined',
        'broken thenable: threw getter',
      ]),
    )
    expect(events.counts().map(({ counts }) => counts.threw)).toEqual([2, 2, 2, 2, 2, 0])
  })

  it('P7: an async handler that outlives its limit is counted once, and holds nobody up', async () => {
    vi.useFakeTimers()
    try {
      const { events, faults, run } = rig({ limitMs: 50 })
      const ends: ((error: Error) => void)[] = []
      events.subscribe('hangs', () => new Promise((_, reject) => ends.push(reject)))
      events.subscribe('quick', async () => {})
      events.emit(cleared('1'))
      run()
      const drained = events.drain()
      await vi.advanceTimersByTimeAsync(49)
      expect(faults).toEqual([])
      await vi.advanceTimersByTimeAsync(1)
      await drained
      expect(faults).toEqual([['hangs', 'timed_out', 'took longer than 50 ms']])
      expect(events.counts()[0]?.counts).toEqual({ calls: 1, threw: 0, timed_out: 1, dropped: 0 })
      ends[0]?.(new Error('much later'))
      await vi.advanceTimersByTimeAsync(1)
      expect(faults).toHaveLength(1)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('P7: handlers are added and removed while events fly', () => {
    const { events, run } = rig()
    const heard: string[] = []
    const removeLater = events.subscribe('removed by another', (event) => heard.push(`x ${scopeOf(event)}`))
    const removeSelf = events.subscribe('once', (event) => {
      heard.push(`once ${scopeOf(event)}`)
      removeSelf()
      removeLater()
      events.subscribe('added', (late) => heard.push(`added ${scopeOf(late)}`))
      events.emit(cleared('3'))
    })
    events.emit(cleared('1'))
    events.emit(cleared('2'))
    run()
    expect(heard).toEqual(['x 1', 'once 1', 'added 3'])
    removeSelf()
    removeLater()
    expect(events.counts().map(({ name }) => name)).toEqual(['added'])
  })

  it('P7: a handler cannot change the event that the next one hears', () => {
    const { events, faults, run } = rig()
    const heard: string[] = []
    events.subscribe('meddles', (event) => {
      ;(event as { scope: string }).scope = 'other'
    })
    events.subscribe('hears', (event) => heard.push(scopeOf(event)))
    events.emit(cleared('1'))
    run()
    expect(heard).toEqual(['1'])
    expect(faults).toMatchObject([['meddles', 'threw', expect.stringContaining('read only')]])
  })

  it('P7: events beyond the queue are dropped and counted, not waited for', () => {
    const { events, faults, run } = rig()
    let calls = 0
    events.subscribe('a', () => {
      calls += 1
    })
    for (let i = 0; i < RISK_EVENTS_QUEUED_MAX + 3; i++) events.emit(cleared(String(i)))
    expect(faults).toHaveLength(3)
    expect(faults[0]).toMatchObject(['a', 'dropped', expect.any(String)])
    run()
    expect(calls).toBe(RISK_EVENTS_QUEUED_MAX)
    expect(events.counts()[0]?.counts.dropped).toBe(3)
  })

  it('P7: the end tells what is queued, and what handlers emit meanwhile does not keep it from ending', async () => {
    const { events, turns } = rig()
    const heard: string[] = []
    events.subscribe('echo', (event) => {
      heard.push(scopeOf(event))
      events.emit(cleared(`${scopeOf(event)}+`))
    })
    events.emit(cleared('1'))
    events.emit(cleared('2'))
    await events.drain()
    expect(heard).toEqual(['1', '2'])
    expect(turns).toHaveLength(1)
    turns.shift()?.()
    expect(heard).toEqual(['1', '2', '1+'])
  })

  it('P7: an event that nobody hears costs no turn', () => {
    const { events, turns } = rig()
    events.emit(cleared('1'))
    expect(turns).toEqual([])
  })
})
