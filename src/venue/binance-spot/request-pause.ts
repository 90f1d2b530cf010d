/** Pause where the venue names none. */
const WAIT_MS_DEFAULT = 1_000
/** The longest ban there is: three days. */
const WAIT_MS_MAX = 259_200_000
const TOO_MANY_REQUESTS = -1003
const TOO_MANY_ORDERS = -1015

/** What is read of the error of a WebSocket API answer; `data` comes with 429 and 418. */
export interface LimitError {
  readonly code?: unknown
  readonly data?: { readonly serverTime?: unknown; readonly retryAfter?: unknown }
}

/**
 * Until when the venue has asked to wait by 429, or 418 where it has banned the address. The weight of requests counts by
 * address over every connection, so both doors and all connections share one pause; orders count by account, and only
 * orders wait for that. Requests that go on meanwhile make a ban, or a longer one.
 */
export class RequestPause {
  #requestsUntilNs = 0
  #ordersUntilNs = 0

  /** True where new orders must wait. */
  holdsOrders(nowNs: number): boolean {
    return nowNs < this.#ordersUntilNs || nowNs < this.#requestsUntilNs
  }

  /** True where requests must wait. */
  holdsRequests(nowNs: number): boolean {
    return nowNs < this.#requestsUntilNs
  }

  /** An answer by REST. @param retryAfter the header's seconds */
  onRest(status: number, retryAfter: unknown, nowNs: number): void {
    if (status !== 429 && status !== 418) return
    this.#requestsUntilNs = later(this.#requestsUntilNs, nowNs, Number(retryAfter) * 1_000)
  }

  /** An answer by the WebSocket API, whose `retryAfter` is a time of the venue. */
  onAnswer(status: unknown, error: LimitError | undefined, nowNs: number, venueMs: number): void {
    const code = error?.code
    if (status !== 429 && status !== 418 && code !== TOO_MANY_REQUESTS && code !== TOO_MANY_ORDERS) return
    const { serverTime, retryAfter } = error?.data ?? {}
    const nowMs = typeof serverTime === 'number' ? serverTime : venueMs
    const waitMs = typeof retryAfter === 'number' ? retryAfter - nowMs : Number.NaN
    if (code === TOO_MANY_ORDERS) this.#ordersUntilNs = later(this.#ordersUntilNs, nowNs, waitMs)
    else this.#requestsUntilNs = later(this.#requestsUntilNs, nowNs, waitMs)
  }
}

/** A pause that stands is never made shorter. */
function later(untilNs: number, nowNs: number, waitMs: number): number {
  const namedMs = Number.isFinite(waitMs) ? Math.min(waitMs, WAIT_MS_MAX) : WAIT_MS_DEFAULT
  return Math.max(untilNs, nowNs + namedMs * 1e6)
}
