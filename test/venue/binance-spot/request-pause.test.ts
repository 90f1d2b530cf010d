import { describe, expect, it } from 'vitest'
import { RequestPause } from '../../../src/venue/binance-spot/request-pause.ts'

/** First whole millisecond at which requests, and orders, go again; found by trying. */
function ends(pause: RequestPause, fromMs: number): { requests: number; orders: number } {
  const first = (holds: (nowNs: number) => boolean): number => {
    let low = fromMs
    let high = fromMs + 1e9
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (holds(middle * 1e6)) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    requests: first((nowNs) => pause.holdsRequests(nowNs)),
    orders: first((nowNs) => pause.holdsOrders(nowNs)),
  }
}

describe('RequestPause', () => {
  it('F2: a limit by REST holds orders back too: its weight counts by address', () => {
    const pause = new RequestPause()
    pause.onRest(200, '9', 0)
    pause.onRest(503, '9', 0)
    expect(ends(pause, 0)).toEqual({ requests: 0, orders: 0 })
    pause.onRest(429, '5', 0)
    expect(ends(pause, 0)).toEqual({ requests: 5_000, orders: 5_000 })
    pause.onRest(418, '120', 1_000e6)
    expect(ends(pause, 1_000)).toEqual({ requests: 121_000, orders: 121_000 })
  })

  it('F2: a limit on orders holds no queries back, one on requests does', () => {
    const pause = new RequestPause()
    pause.onAnswer(429, { code: -1015, data: { serverTime: 7_000, retryAfter: 10_000 } }, 0, 99)
    expect(ends(pause, 0)).toEqual({ requests: 0, orders: 3_000 })
    pause.onAnswer(429, { code: -1003, data: { serverTime: 7_000, retryAfter: 8_000 } }, 0, 99)
    expect(ends(pause, 0)).toEqual({ requests: 1_000, orders: 3_000 })
  })

  it('F2: a pause that stands is not made shorter, and one that is over holds nothing', () => {
    const pause = new RequestPause()
    pause.onAnswer(418, { code: -1003, data: { retryAfter: 60_000 } }, 0, 0)
    pause.onAnswer(429, { code: -1003, data: { retryAfter: 1_000 } }, 0, 0)
    pause.onRest(429, '0', 0)
    expect(ends(pause, 0)).toEqual({ requests: 60_000, orders: 60_000 })
    const late = new RequestPause()
    late.onAnswer(429, { code: -1003, data: { retryAfter: 5 } }, 0, 1_000)
    expect(ends(late, 0)).toEqual({ requests: 0, orders: 0 })
  })

  it('F2: without a time a second is waited, and beyond the longest ban nothing', () => {
    for (const limited of [
      (pause: RequestPause) => pause.onRest(429, undefined, 0),
      (pause: RequestPause) => pause.onAnswer(418, undefined, 0, 0),
      (pause: RequestPause) => pause.onAnswer(429, { code: -1003, data: {} }, 0, 0),
    ]) {
      const pause = new RequestPause()
      limited(pause)
      expect(ends(pause, 0)).toEqual({ requests: 1_000, orders: 1_000 })
    }
    const pause = new RequestPause()
    pause.onAnswer(418, { data: { serverTime: 0, retryAfter: 1e15 } }, 0, 0)
    expect(ends(pause, 0).orders).toBe(3 * 86_400_000)
  })
})
