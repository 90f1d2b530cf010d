import type { Clock } from '../../core/clock.ts'
import { ConnectLimit } from './connect-limit.ts'

/** Pause where the venue names none. */
const WAIT_MS_DEFAULT = 1_000
/** The longest ban there is: three days. */
const WAIT_MS_MAX = 259_200_000
const TOO_MANY_REQUESTS = -1003
const TOO_MANY_ORDERS = -1015
/** The venue's limit until it has told it. */
const WEIGHT_PER_MINUTE_DEFAULT = 6_000
const MINUTE_NS = 60e9

/**
 * What part of a minute's weight may be used up before a request that can wait is refused: snapshots of books leave the
 * other half, and what proves the outcome of orders a tenth, to orders, cancels and looks at what is open.
 */
export const SHARE = { SNAPSHOT: 0.5, PROOF: 0.9 } as const

/** What is read of the error of a WebSocket API answer; `data` comes with 429 and 418. */
export interface LimitError {
  readonly code?: unknown
  readonly data?: { readonly serverTime?: unknown; readonly retryAfter?: unknown }
}

/** Headers of a REST answer that tell of limits. */
export type LimitHeaders = Readonly<Record<string, unknown>>

/**
 * What one address may still ask of the venue. The weight of requests counts by address, over REST, the WebSocket API and
 * every connection, by minutes (of the venue's clock there, of ours as it was at the start here); so everything of this
 * process that asks one host shares this object.
 * Beyond the limit the venue answers 429, and who goes on is banned by 418: by the weight counted here we do not come
 * there, and where we do (others share the address) requests pause until the time that the venue names. Orders count by
 * account too, and only orders wait for that. Cancels never wait.
 *
 * Source: Binance spot API, "Limits" of REST and WebSocket API (weights, X-MBX-USED-WEIGHT-1M, Retry-After).
 */
export class RequestLimits {
  /** attempts to connect, of market data and of order entry */
  readonly connects: ConnectLimit
  readonly #clock: Clock
  readonly #utcLessMonoNs: number
  #weightPerMinute = WEIGHT_PER_MINUTE_DEFAULT
  #minute = -1
  #used = 0
  #requestsUntilNs = 0
  #ordersUntilNs = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.connects = new ConnectLimit(clock)
    this.#utcLessMonoNs = Number(clock.utcNs()) - clock.monoNs()
  }

  /** The limit as exchangeInfo tells it. */
  setWeightPerMinute(weight: number): void {
    if (weight > 0) this.#weightPerMinute = weight
  }

  /** The minute that weight is counted in. */
  minute(nowNs: number = this.#clock.monoNs()): number {
    const minute = Math.floor((nowNs + this.#utcLessMonoNs) / MINUTE_NS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#used = 0
    }
    return minute
  }

  /** Weight used in this minute, as counted here or told by the venue, whichever is more. */
  get weightUsed(): number {
    this.minute()
    return this.#used
  }

  /** Counts a request that goes now, whatever has been used. */
  count(weight: number, nowNs: number = this.#clock.monoNs()): void {
    this.minute(nowNs)
    this.#used += weight
  }

  /** Counts a request that can wait, where it may go: false leaves it to the next minute. */
  claim(weight: number, share: number): boolean {
    if (this.holdsRequests() || this.weightUsed + weight > this.#weightPerMinute * share) return false
    this.#used += weight
    return true
  }

  /** True where new orders must wait. */
  holdsOrders(nowNs: number = this.#clock.monoNs()): boolean {
    return nowNs < this.#ordersUntilNs || nowNs < this.#requestsUntilNs
  }

  /** True where requests must wait. */
  holdsRequests(): boolean {
    return this.#clock.monoNs() < this.#requestsUntilNs
  }

  /**
   * An answer by REST. What it tells of the weight is of the minute in which it was asked, and of no other.
   *
   * @param minute of the request, as `minute` was then
   */
  onRest(status: number, headers: LimitHeaders, minute: number): void {
    const used = Number(headers['x-mbx-used-weight-1m'])
    if (minute === this.minute() && used > this.#used) this.#used = used
    if (status !== 429 && status !== 418) return
    const waitMs = Number(headers['retry-after']) * 1_000
    this.#requestsUntilNs = this.#later(this.#requestsUntilNs, waitMs)
  }

  /** An answer by the WebSocket API, whose `retryAfter` is a time of the venue. */
  onAnswer(status: unknown, error: LimitError | undefined, venueMs: number): void {
    const code = error?.code
    if (status !== 429 && status !== 418 && code !== TOO_MANY_REQUESTS && code !== TOO_MANY_ORDERS) return
    const { serverTime, retryAfter } = error?.data ?? {}
    const nowMs = typeof serverTime === 'number' ? serverTime : venueMs
    const waitMs = typeof retryAfter === 'number' ? retryAfter - nowMs : Number.NaN
    if (code === TOO_MANY_ORDERS) this.#ordersUntilNs = this.#later(this.#ordersUntilNs, waitMs)
    else this.#requestsUntilNs = this.#later(this.#requestsUntilNs, waitMs)
  }

  /** A pause that stands is never made shorter. */
  #later(untilNs: number, waitMs: number): number {
    const namedMs = Number.isFinite(waitMs) ? Math.min(waitMs, WAIT_MS_MAX) : WAIT_MS_DEFAULT
    return Math.max(untilNs, this.#clock.monoNs() + namedMs * 1e6)
  }
}

/** The limits of each host that is asked, for all of the process that asks it. */
export class HostLimits {
  readonly #clock: Clock
  readonly #byHost = new Map<string, RequestLimits>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param restUrl base of any request to the host */
  of(restUrl: string): RequestLimits {
    const { host } = new URL(restUrl)
    let limits = this.#byHost.get(host)
    if (limits === undefined) {
      limits = new RequestLimits(this.#clock)
      this.#byHost.set(host, limits)
    }
    return limits
  }
}
