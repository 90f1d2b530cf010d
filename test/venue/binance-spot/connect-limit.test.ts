import { afterEach, describe, expect, it, vi } from 'vitest'
import { VirtualClock } from '../../../src/core/clock.ts'
import { Timers } from '../../../src/core/timers.ts'
import { ConnectLimit } from '../../../src/venue/binance-spot/connect-limit.ts'
import { HostLimits } from '../../../src/venue/binance-spot/request-limits.ts'

afterEach(() => vi.useRealTimers())

describe('ConnectLimit', () => {
  it('F6: makes an attempt beyond 240 wait until five minutes after the first, and ends with its timers', async () => {
    vi.useFakeTimers()
    const startMs = Date.now()
    const limit = new ConnectLimit({ monoNs: () => (Date.now() - startMs) * 1e6 })
    const timers = new Timers('test')
    for (let n = 0; n < 240; n++) {
      await limit.turn(timers)
      if (n === 0) vi.setSystemTime(startMs + 1_000)
    }
    const made: number[] = []
    const next = (): Promise<unknown> => limit.turn(timers).then(() => made.push(Date.now() - startMs))
    const ended = Promise.all([next(), next()])
    await vi.advanceTimersByTimeAsync(298_999)
    expect(made).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(made).toEqual([300_000])
    timers.close()
    await ended
    expect(made).toEqual([300_000, 300_000])
  })

  it('F6: is one for a host, however many venues ask it', () => {
    const limits = new HostLimits(new VirtualClock(0n))
    const { connects } = limits.of('https://api.example/')
    expect(limits.of('https://api.example/other').connects).toBe(connects)
    expect(limits.of('https://api2.example/').connects).not.toBe(connects)
  })
})
