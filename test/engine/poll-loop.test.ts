import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { PollLoop } from '../../src/engine/poll-loop.ts'

function rig(withTwin = true) {
  const clock = new VirtualClock(0n)
  const seen = { intents: 0, tickSeq: 0, drained: 0, rehearsed: 0 }
  const loop = new PollLoop({
    drain: () => {
      seen.drained++
      return seen.intents
    },
    tickSeq: () => seen.tickSeq,
    twin: withTwin ? { rehearse: () => seen.rehearsed++ } : null,
    clock,
  })
  const turnAt = (us: number): number => {
    clock.advanceToMono(us * 1e3)
    loop.turn()
    return seen.rehearsed
  }
  return { loop, seen, turnAt }
}

describe('the polling main thread', () => {
  it('rehearses an order after each 200 µs without a tick or an intent, and not before', () => {
    const { seen, turnAt } = rig()
    expect([turnAt(199), turnAt(200), turnAt(399), turnAt(400)]).toEqual([0, 1, 1, 2])
    seen.tickSeq = 1
    expect([turnAt(650), turnAt(849), turnAt(850)]).toEqual([2, 2, 3])
    seen.intents = 1
    expect(turnAt(2_000)).toBe(3)
    seen.intents = 0
    expect(turnAt(2_199)).toBe(3)
    expect(seen.drained).toBe(9)
  })

  it('only hands on intents where nothing is to be rehearsed', () => {
    const { seen, turnAt } = rig(false)
    expect(turnAt(5_000)).toBe(0)
    expect(seen.drained).toBe(1)
  })

  it('S12: turns until it is stopped, and starts once', async () => {
    const { loop, seen } = rig()
    loop.start()
    loop.start()
    expect(loop.running).toBe(true)
    while (seen.drained < 5) await new Promise((resolve) => setImmediate(resolve))
    loop.stop()
    const { drained } = seen
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect([loop.running, seen.drained]).toEqual([false, drained])
  })
})
