import { describe, expect, it } from 'vitest'
import { EventWindow } from '../../src/core/event-window.ts'

describe('EventWindow', () => {
  it('F6: lets as many through as are allowed, and the next when the oldest of them is out of the window', () => {
    const window = new EventWindow(3, 1_000)
    const waits = [5, 100, 100, 100, 1_004, 1_005, 1_005, 1_099, 1_100, 1_100, 9_000].map((nowMs) => {
      const waitMs = window.waitMs(nowMs)
      if (waitMs === 0) window.add(nowMs)
      return waitMs
    })
    expect(waits).toEqual([0, 0, 0, 905, 1, 0, 95, 1, 0, 0, 0])
  })
})
