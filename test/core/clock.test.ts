import { afterEach, describe, expect, it, vi } from 'vitest'
import { SystemClock } from '../../src/core/clock.ts'

const HELD_MS = 200

afterEach(() => {
  vi.restoreAllMocks()
})

describe("the machine's clock", () => {
  it.each([1, 3, 7])(
    'P8: is not late where its thread was held up between two readings, the %ith time',
    (nth) => {
      const now = performance.now.bind(performance)
      let reads = 0
      vi.spyOn(performance, 'now').mockImplementation(() => {
        const untilMs = now() + (++reads === nth ? HELD_MS : 0)
        while (now() < untilMs);
        return now()
      })
      const clock = new SystemClock(0n)
      vi.restoreAllMocks()
      const beforeNs = Number(process.hrtime.bigint())
      const ns = clock.monoNs()
      const afterNs = Number(process.hrtime.bigint())
      const slackNs = (HELD_MS / 4) * 1e6
      expect(ns).toBeGreaterThan(beforeNs - slackNs)
      expect(ns).toBeLessThan(afterNs + slackNs)
    },
  )

  it.each([1, 3, 7])('P8: nor is its UTC, the %ith time', (nth) => {
    const now = Date.now.bind(Date)
    let reads = 0
    vi.spyOn(Date, 'now').mockImplementation(() => {
      const readMs = now()
      const untilMs = readMs + (++reads === nth ? HELD_MS : 0)
      while (now() < untilMs);
      return readMs
    })
    const clock = new SystemClock()
    vi.restoreAllMocks()
    const beforeMs = now()
    const utcMs = Number(clock.utcNs()) / 1e6
    const slackMs = HELD_MS / 4
    expect(utcMs).toBeGreaterThan(beforeMs - slackMs)
    expect(utcMs).toBeLessThan(now() + slackMs)
  })
})
