/** Limits of the API and what has been used; `null` counts without a bound. */
export interface RateLimitConfig {
  readonly requestWeight1m: number | null
  readonly orders10s: number | null
  readonly orders1d: number | null
}

/** What exchangeInfo shows where nothing is enforced: more than anybody asks. */
const UNBOUND = 2_147_483_647

interface Window {
  readonly type: 'REQUEST_WEIGHT' | 'ORDERS'
  readonly interval: 'MINUTE' | 'SECOND' | 'DAY'
  readonly intervalNum: number
  readonly lengthMs: number
  readonly shown: number
  readonly bound: number | null
  startMs: number
  count: number
}

/** Request weight and order counts by fixed intervals of the wall clock. */
export class RateLimits {
  readonly #windows: readonly Window[]

  constructor(config: RateLimitConfig) {
    const window = (
      type: Window['type'],
      interval: Window['interval'],
      intervalNum: number,
      lengthMs: number,
      key: keyof RateLimitConfig,
    ): Window => ({
      type,
      interval,
      intervalNum,
      lengthMs,
      shown: config[key] ?? UNBOUND,
      bound: config[key],
      startMs: 0,
      count: 0,
    })
    this.#windows = [
      window('ORDERS', 'SECOND', 10, 10_000, 'orders10s'),
      window('ORDERS', 'DAY', 1, 86_400_000, 'orders1d'),
      window('REQUEST_WEIGHT', 'MINUTE', 1, 60_000, 'requestWeight1m'),
    ]
  }

  /** Counts a request; the end of the interval (ms since 1970) where it goes beyond a bound, else null. */
  count(type: Window['type'], amount: number, nowMs: number): number | null {
    let blockedUntil: number | null = null
    for (const window of this.#windows) {
      if (window.type !== type) continue
      const startMs = Math.floor(nowMs / window.lengthMs) * window.lengthMs
      if (startMs !== window.startMs) {
        window.startMs = startMs
        window.count = 0
      }
      window.count += amount
      if (window.bound !== null && window.count > window.bound) blockedUntil = startMs + window.lengthMs
    }
    return blockedUntil
  }

  /** `X-MBX-…` headers. */
  headers(withOrders: boolean): Record<string, string> {
    const headers: Record<string, string> = {}
    for (const window of this.#windows) {
      const name = window.type === 'ORDERS' ? 'X-MBX-ORDER-COUNT' : 'X-MBX-USED-WEIGHT'
      if (window.type === 'ORDERS' && !withOrders) continue
      headers[`${name}-${window.intervalNum}${window.interval.slice(0, 1)}`] = String(window.count)
    }
    return headers
  }

  /** `rateLimits` of a WebSocket answer (with counts) or of exchangeInfo (without). */
  list(withOrders: boolean, withCounts: boolean): object[] {
    return this.#windows
      .filter((window) => withOrders || window.type !== 'ORDERS')
      .map(({ type, interval, intervalNum, shown, count }) => ({
        rateLimitType: type,
        interval,
        intervalNum,
        limit: shown,
        ...(withCounts ? { count } : {}),
      }))
  }
}
