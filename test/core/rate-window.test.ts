import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RateWindow } from '../../src/core/rate-window.ts'

describe('RateWindow', () => {
  it('R6: the window counts like a list of times does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }), (gaps) => {
        const window = new RateWindow(5, 1_000)
        const times: number[] = []
        let now = 0
        for (const gap of gaps) {
          now += gap
          const inside = times.filter((time) => now - time < 1_000).length
          expect(window.count(now)).toBe(Math.min(inside, 5))
          window.note(now)
          times.push(now)
        }
      }),
    )
  })

  it('F6: lets as many through as are allowed, and the next when the oldest of them is out of the window', () => {
    const window = new RateWindow(3, 1_000)
    const waits = [5, 100, 100, 100, 1_004, 1_005, 1_005, 1_099, 1_100, 1_100, 9_000].map((nowNs) => {
      const waitNs = window.waitNs(nowNs)
      if (waitNs === 0) window.note(nowNs)
      return waitNs
    })
    expect(waits).toEqual([0, 0, 0, 905, 1, 0, 95, 1, 0, 0, 0])
  })
})
