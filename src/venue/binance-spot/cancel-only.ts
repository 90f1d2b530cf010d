import type { Clock } from '../../core/clock.ts'
import { RequestLimits } from './request-limits.ts'
import { RestClient, venueError } from './rest-client.ts'
import { type KeyType, type SecretText, Signer } from './signer.ts'
import { VenueTime } from './venue-time.ts'

export interface CancelOnlyConfig {
  readonly id: string
  readonly restUrl: string
  readonly keyType: KeyType
  readonly apiKey: SecretText
  readonly apiSecret: SecretText
  readonly clock: Clock
  readonly recvWindowMs: number
  readonly requestTimeoutMs: number
}

interface OrderBody {
  readonly symbol: string
  readonly orderId: number
  readonly clientOrderId: string
}

const UNKNOWN_ORDER = -2011

/**
 * Binance spot with nothing but a look at open orders and their cancel, by REST, on connections and a key of its own.
 * The venue has no key that may only cancel: give this one no right to withdraw, and pin its address.
 */
export class CancelOnlyBinanceSpot {
  readonly id: string
  /** the venue refuses a signed request that is older than its receive window */
  readonly arrivalMsMax: number
  /** Binance spot has no dead-man timer */
  readonly refreshDeadMan = null
  readonly #rest: RestClient
  readonly #time: VenueTime
  #synced = false

  /** @throws SECRET_INVALID, and what `reveal` throws */
  constructor(config: CancelOnlyConfig) {
    this.id = config.id
    this.arrivalMsMax = config.recvWindowMs
    this.#time = new VenueTime(config.clock)
    this.#rest = new RestClient({
      baseUrl: config.restUrl,
      signer: new Signer(config.keyType, config.apiKey, config.apiSecret),
      recvWindowMs: config.recvWindowMs,
      timeoutMs: config.requestTimeoutMs,
      venueMs: () => this.#time.nowMs(),
      limits: new RequestLimits(config.clock),
    })
  }

  /** @throws VENUE_UNREACHABLE, VENUE_ERROR, RATE_LIMITED */
  async connect(): Promise<void> {
    await this.#time.sync(this.#rest)
    this.#synced = true
  }

  /** Every open order of the account, of whoever. @throws VENUE_UNREACHABLE, VENUE_ERROR, RATE_LIMITED */
  async openOrders(): Promise<{ symbol: string; clientOrderId: string; venueOrderId: string }[]> {
    if (!this.#synced) await this.connect()
    const answer = await this.#rest.signed('GET', '/api/v3/openOrders')
    if (answer.status !== 200 || !Array.isArray(answer.body)) {
      this.#synced = false
      throw venueError('openOrders', answer)
    }
    return (answer.body as readonly OrderBody[]).map(({ symbol, orderId, clientOrderId }) => ({
      symbol,
      clientOrderId,
      venueOrderId: String(orderId),
    }))
  }

  /** False where it was not open any more. @throws VENUE_UNREACHABLE, VENUE_ERROR */
  async cancel(order: { symbol: string; venueOrderId: string }): Promise<boolean> {
    const { symbol, venueOrderId: orderId } = order
    const answer = await this.#rest.signed('DELETE', '/api/v3/order', { symbol, orderId })
    if (answer.status === 200) return true
    if ((answer.body as { code?: number } | null)?.code === UNKNOWN_ORDER) return false
    throw venueError('cancel', answer)
  }

  async close(): Promise<void> {
    await this.#rest.close()
  }
}
