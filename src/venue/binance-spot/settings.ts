import type { Clock } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { InstrumentTable } from '../../domain/instrument.ts'
import type { VenueCapabilities } from '../../domain/venue.ts'
import type { RequestLimits } from './request-limits.ts'
import type { KeyType, SecretText } from './signer.ts'

export interface BinanceSpotConfig {
  readonly id: string
  readonly restUrl: string
  /** WebSocket API, with its path */
  readonly wsApiUrl: string
  readonly keyType: KeyType
  readonly apiKey: SecretText
  readonly apiSecret: SecretText
  readonly instruments: InstrumentTable
  readonly clock: Clock
  readonly random: Random
  /** of the REST host, shared by everything that asks it */
  readonly limits: RequestLimits
  /** default 5,000 */
  readonly recvWindowMs?: number
  /** an order or request without an answer for so long has an unknown outcome; default 3,000 */
  readonly requestTimeoutMs?: number
  /** silence after which the connection is asked for a sign of life; default 10,000 */
  readonly silenceMs?: number
  /** delays of reconnects; default 100 and 10,000 */
  readonly reconnectMinMs?: number
  readonly reconnectMaxMs?: number
  /** time between two looks at the venue's clock and rules; default 60,000 */
  readonly lookMs?: number
}

export const BINANCE_SPOT_CAPABILITIES: VenueCapabilities = {
  clientOrderId: true,
  queryByClientOrderId: true,
  replace: false,
  batchCancel: false,
  deadManTimer: false,
  cancelOnlyKey: false,
  shorting: false,
  fractional: true,
  orderTypes: ['market', 'limit', 'stop', 'stop_limit'],
  timesInForce: ['GTC', 'IOC', 'FOK'],
}
