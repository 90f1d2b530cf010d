import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../src/core/clock.ts'
import { HostLimits, RequestLimits, SHARE } from '../../../src/venue/binance-spot/request-limits.ts'
import { requestWeight, snapshotDepths } from '../../../src/venue/binance-spot/request-weight.ts'

const MINUTE_MS = 60_000

/** Limits on a clock that stands at `nowMs` after the beginning of a minute. */
class Rig {
  nowMs = 0
  readonly limits = new RequestLimits({
    monoNs: () => this.nowMs * 1e6,
    utcNs: () => BigInt(this.nowMs) * 1_000_000n + 1_723_161_240_000_000_000n,
  })

  /** First whole millisecond from now at which requests, and orders, go again; found by trying. */
  ends(): { requests: number; orders: number } {
    const first = (holds: () => boolean): number => {
      const fromMs = this.nowMs
      let [low, high] = [fromMs, fromMs + 1e9]
      while (low < high) {
        this.nowMs = Math.floor((low + high) / 2)
        if (holds()) low = this.nowMs + 1
        else high = this.nowMs
      }
      this.nowMs = fromMs
      return low
    }
    return {
      requests: first(() => this.limits.holdsRequests()),
      orders: first(() => this.limits.holdsOrders()),
    }
  }
}

describe('what the venue asks to wait', () => {
  it('F2: a limit by REST holds orders back too: its weight counts by address', () => {
    const rig = new Rig()
    rig.limits.onRest(200, { 'retry-after': '9' }, rig.limits.minute())
    rig.limits.onRest(503, { 'retry-after': '9' }, rig.limits.minute())
    expect(rig.ends()).toEqual({ requests: 0, orders: 0 })
    rig.limits.onRest(429, { 'retry-after': '5' }, rig.limits.minute())
    expect(rig.ends()).toEqual({ requests: 5_000, orders: 5_000 })
    rig.nowMs = 1_000
    rig.limits.onRest(418, { 'retry-after': '120' }, rig.limits.minute())
    expect(rig.ends()).toEqual({ requests: 121_000, orders: 121_000 })
  })

  it('F2: a limit on orders holds no queries back, one on requests does', () => {
    const rig = new Rig()
    rig.limits.onAnswer(429, { code: -1015, data: { serverTime: 7_000, retryAfter: 10_000 } }, 99)
    expect(rig.ends()).toEqual({ requests: 0, orders: 3_000 })
    rig.limits.onAnswer(429, { code: -1003, data: { serverTime: 7_000, retryAfter: 8_000 } }, 99)
    expect(rig.ends()).toEqual({ requests: 1_000, orders: 3_000 })
  })

  it('F2: a pause that stands is not made shorter, and one that is over holds nothing', () => {
    const rig = new Rig()
    rig.limits.onAnswer(418, { code: -1003, data: { retryAfter: 60_000 } }, 0)
    rig.limits.onAnswer(429, { code: -1003, data: { retryAfter: 1_000 } }, 0)
    rig.limits.onRest(429, { 'retry-after': '0' }, rig.limits.minute())
    expect(rig.ends()).toEqual({ requests: 60_000, orders: 60_000 })
    const late = new Rig()
    late.limits.onAnswer(429, { code: -1003, data: { retryAfter: 5 } }, 1_000)
    expect(late.ends()).toEqual({ requests: 0, orders: 0 })
  })

  it('F2: without a time a second is waited, and beyond the longest ban nothing', () => {
    for (const limited of [
      (limits: RequestLimits) => limits.onRest(429, {}, limits.minute()),
      (limits: RequestLimits) => limits.onAnswer(418, undefined, 0),
      (limits: RequestLimits) => limits.onAnswer(429, { code: -1003, data: {} }, 0),
    ]) {
      const rig = new Rig()
      limited(rig.limits)
      expect(rig.ends()).toEqual({ requests: 1_000, orders: 1_000 })
    }
    const rig = new Rig()
    rig.limits.onAnswer(418, { data: { serverTime: 0, retryAfter: 1e15 } }, 0)
    expect(rig.ends().orders).toBe(3 * 86_400_000)
  })
})

describe('the weight of a minute', () => {
  it('F2: what can wait is refused from its share on, until the next minute begins', () => {
    const rig = new Rig()
    const { limits } = rig
    for (let n = 0; n < 12; n++) expect(limits.claim(250, SHARE.SNAPSHOT)).toBe(true)
    expect([limits.claim(5, SHARE.SNAPSHOT), limits.claim(20, SHARE.PROOF)]).toEqual([false, true])
    limits.count(2_380)
    expect([limits.claim(1, SHARE.PROOF), limits.weightUsed]).toEqual([false, 5_400])
    limits.count(4_000)
    expect(limits.weightUsed).toBe(9_400)
    rig.nowMs = MINUTE_MS - 1
    expect(limits.claim(5, SHARE.SNAPSHOT)).toBe(false)
    rig.nowMs = MINUTE_MS
    expect([limits.weightUsed, limits.claim(5, SHARE.SNAPSHOT)]).toEqual([0, true])
  })

  it("F2: the venue's count goes before ours where it is more, and its limit before the usual one", () => {
    const { limits } = new Rig()
    limits.count(100)
    limits.onRest(200, { 'x-mbx-used-weight-1m': '90' }, limits.minute())
    expect(limits.weightUsed).toBe(100)
    limits.onRest(200, { 'x-mbx-used-weight-1m': '2999' }, limits.minute())
    expect([limits.claim(2, SHARE.SNAPSHOT), limits.claim(1, SHARE.SNAPSHOT)]).toEqual([false, true])
    limits.setWeightPerMinute(12_000)
    expect(limits.claim(3_000, SHARE.SNAPSHOT)).toBe(true)
    limits.setWeightPerMinute(0)
    expect([limits.claim(1, SHARE.SNAPSHOT), limits.claim(3_600, SHARE.PROOF)]).toEqual([false, true])
  })

  it('F2: what an answer tells of the minute before is not taken for this one', () => {
    const rig = new Rig()
    const asked = rig.limits.minute()
    rig.nowMs = MINUTE_MS + 40
    rig.limits.count(1)
    rig.limits.onRest(200, { 'x-mbx-used-weight-1m': '4900' }, asked)
    expect([rig.limits.weightUsed, rig.limits.claim(2_999, SHARE.SNAPSHOT)]).toEqual([1, true])
    rig.limits.onRest(429, { 'retry-after': '7' }, asked)
    expect(rig.limits.holdsRequests()).toBe(true)
  })

  it('F2: while the venue asks to wait nothing that can wait goes, however little was used', () => {
    const rig = new Rig()
    rig.limits.onRest(418, { 'retry-after': '90' }, rig.limits.minute())
    rig.nowMs = 89_999
    expect(rig.limits.claim(1, 1)).toBe(false)
    rig.nowMs = 90_000
    expect(rig.limits.claim(1, 1)).toBe(true)
  })

  it('F2: counts by host: another base path of it is the same, another host is not', () => {
    const limits = new HostLimits(new VirtualClock(0n))
    expect(limits.of('https://a.test/x')).toBe(limits.of('https://a.test'))
    expect(limits.of('https://b.test')).not.toBe(limits.of('https://a.test'))
  })

  it('F2: requests weigh what the venue says', () => {
    const weights = [
      ['GET', '/api/v3/time', {}],
      ['GET', '/api/v3/exchangeInfo', {}],
      ['GET', '/api/v3/account', {}],
      ['GET', '/api/v3/openOrders', {}],
      ['GET', '/api/v3/openOrders', { symbol: 'BTCUSDT' }],
      ['GET', '/api/v3/myTrades', { symbol: 'BTCUSDT' }],
      ['GET', '/api/v3/myTrades', { symbol: 'BTCUSDT', orderId: '1' }],
      ['GET', '/api/v3/order', {}],
      ['DELETE', '/api/v3/order', {}],
    ] as const
    expect(weights.map(([method, path, params]) => requestWeight(method, path, params))).toEqual([
      1, 20, 20, 80, 6, 20, 5, 4, 1,
    ])
  })

  it('F3: with more symbols books are asked for with fewer levels, never with none', () => {
    const levels = (symbols: number): number[] => snapshotDepths(symbols).map((depth) => depth.levels)
    expect([6, 7, 30, 31, 60, 61, 1_024].map((symbols) => levels(symbols)[0])).toEqual([
      5_000, 1_000, 1_000, 500, 500, 100, 100,
    ])
    expect([levels(1), levels(1_024)]).toEqual([[5_000, 1_000, 500, 100], [100]])
  })
})
