import { generateKeyPairSync } from 'node:crypto'
import { SystemClock } from '../../../src/core/clock.ts'
import { SeededRandom } from '../../../src/core/random.ts'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import type { OrderRequest } from '../../../src/domain/order.ts'
import type { ExecutionReport } from '../../../src/domain/report.ts'
import type { ApprovedOrder, SendResult } from '../../../src/domain/venue.ts'
import { BinanceSpotVenue } from '../../../src/venue/binance-spot/binance-spot-venue.ts'
import { RequestLimits } from '../../../src/venue/binance-spot/request-limits.ts'
import type { BinanceSpotConfig } from '../../../src/venue/binance-spot/settings.ts'
import type { VenueServerConfig } from '../../../src/venue/sim-server/server.ts'
import { admin, HMAC_KEY, HMAC_SECRET, quoteFrame, startVenue, type VenueRig } from '../sim-server/rig.ts'

const ED25519 = generateKeyPairSync('ed25519')
const ED_KEY = 'ed25519-api-key'
/** Far beyond what a machine that is held up needs: a test that waits for its end lets the clock leap. */
export const REQUEST_TIMEOUT_MS = 60_000

/** The adapter on the simulated venue's server, over real sockets. */
export class AdapterRig {
  readonly server: VenueRig
  readonly venue: BinanceSpotVenue
  readonly reports: ExecutionReport[] = []
  readonly connections: string[] = []
  #waiting: (() => void)[] = []

  constructor(server: VenueRig, config: Partial<BinanceSpotConfig>, keyType: 'hmac' | 'ed25519') {
    this.server = server
    const instruments = new InstrumentTable()
    instruments.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
    const clock = new SystemClock()
    const pem = ED25519.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    this.venue = new BinanceSpotVenue({
      id: 'sim',
      restUrl: server.http,
      wsApiUrl: `${server.ws}/ws-api/v3`,
      keyType,
      apiKey: { reveal: () => (keyType === 'hmac' ? HMAC_KEY : ED_KEY) },
      apiSecret: { reveal: () => (keyType === 'hmac' ? HMAC_SECRET : pem) },
      instruments,
      clock,
      limits: new RequestLimits(clock),
      random: new SeededRandom(7),
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      recvWindowMs: 60_000,
      reconnectMinMs: 5,
      reconnectMaxMs: 20,
      ...config,
    })
    this.venue.onReport = (report): void => {
      this.reports.push(report)
      this.#wake()
    }
    this.venue.onConnection = (up, reason): void => {
      this.connections.push(`${up ? 'up' : 'down'} ${reason}`)
      this.#wake()
    }
  }

  submit(clientOrderId: string, order: Partial<OrderRequest> = {}): SendResult {
    return this.venue.submit({
      clientOrderId,
      instrument: 0,
      strategy: 0,
      side: 'buy',
      type: 'market',
      timeInForce: 'GTC',
      qty: 10_000,
      price: null,
      stopPrice: null,
      reducing: false,
      ...order,
    } as OrderRequest as ApprovedOrder)
  }

  /** A limit order far below the market. */
  rest(clientOrderId: string): SendResult {
    return this.submit(clientOrderId, { type: 'limit', price: 6_000_000, qty: 1_000 })
  }

  /** Waits until the condition holds; reports and connection changes wake it. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async untilReport(kind: ExecutionReport['kind'], count = 1): Promise<void> {
    await this.until(() => this.reports.filter((report) => report.kind === kind).length >= count)
  }

  /** What was reported of an order, as kinds. */
  kinds(clientOrderId: string): string[] {
    return this.reports.filter((report) => report.clientOrderId === clientOrderId).map(({ kind }) => kind)
  }

  faults(body: object): Promise<unknown> {
    return admin(this.server.http, 'faults', body)
  }

  /** Lets answers and events that are under way arrive: a query goes round after them. */
  async settle(): Promise<void> {
    await this.venue.queryOpenOrders(null)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }

  async close(): Promise<void> {
    await this.venue.close()
    await this.server.server.close()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** A server with one quote in its book, and the adapter connected to it. */
export async function startAdapter(
  config: Partial<BinanceSpotConfig> = {},
  keyType: 'hmac' | 'ed25519' = 'hmac',
  server: Partial<VenueServerConfig> = {},
): Promise<AdapterRig> {
  const venue = await startVenue(
    [quoteFrame(1_723_161_254_000, '61837.63', '2.00000000', '61837.64', '0.50000000')],
    {
      startOn: 'listen',
      keys: [
        { apiKey: HMAC_KEY, kind: 'hmac', secret: HMAC_SECRET },
        {
          apiKey: ED_KEY,
          kind: 'ed25519',
          secret: ED25519.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        },
      ],
      ...server,
    },
  )
  await venue.server.player.finished
  const rig = new AdapterRig(venue, config, keyType)
  await rig.venue.connect()
  return rig
}
