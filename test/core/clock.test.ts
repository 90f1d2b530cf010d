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

  /** Error of a clock's UTC, µs, where each look at any clock takes a microsecond, and the nth of all looks 5 ms. */
  function utcErrorUs(phaseUs: number, heldAt: number): number {
    let us = 1_700_000_000_000_000 + phaseUs
    let looks = 0
    const look = (): number => {
      us += ++looks === heldAt ? 5_000 : 1
      return us
    }
    vi.spyOn(Date, 'now').mockImplementation(() => Math.floor(look() / 1_000))
    vi.spyOn(performance, 'now').mockImplementation(() => (look() % 1e9) / 1_000)
    vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => BigInt(look() % 1e9) * 1_000n)
    const utcNs = new SystemClock().utcNs()
    vi.restoreAllMocks()
    return Math.abs(Number(utcNs - BigInt(us) * 1_000n)) / 1_000
  }

  it.each([0, 1, 250, 999])(
    'P8: knows UTC to some microseconds, begun %i µs after a millisecond: threads of a run agree',
    (phaseUs) => {
      expect(utcErrorUs(phaseUs, 0)).toBeLessThan(5)
    },
  )

  it('P8: and wherever its thread is held up', () => {
    const errors = Array.from({ length: 60 }, (_, look) => utcErrorUs(250, look + 1))
    expect(errors.filter((us) => us >= 5)).toEqual([])
  })

  it('P8: begins also where the wall clock stands still', () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000)
    const utcMs = Number(new SystemClock().utcNs()) / 1e6
    expect(Math.abs(utcMs - 1_700_000_000_000)).toBeLessThan(HELD_MS)
  })
})
