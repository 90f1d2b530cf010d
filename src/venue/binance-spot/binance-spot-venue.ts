import { Backoff } from '../../core/backoff.ts'
import { TidegateError } from '../../core/errors.ts'
import { Timers } from '../../core/timers.ts'
import type { InstrumentRules } from '../../domain/instrument-rules.ts'
import type { ExecutionReport } from '../../domain/report.ts'
import type {
  ApprovedOrder,
  SendResult,
  VenueBalance,
  VenueCapabilities,
  VenueFill,
  VenueOrder,
  VenuePort,
} from '../../domain/venue.ts'
import { Canceller } from './canceller.ts'
import { MaskPool } from './frame-writer.ts'
import { openWebSocket } from './handshake.ts'
import { OrderSession } from './order-session.ts'
import { OrderText } from './order-text.ts'
import { OrderTracker } from './order-tracker.ts'
import type { Outcome } from './outcome.ts'
import { Queries } from './queries.ts'
import { RestClient, venueError } from './rest-client.ts'
import { BINANCE_SPOT_CAPABILITIES, type BinanceSpotConfig } from './settings.ts'
import { Signer, wsPayload } from './signer.ts'
import { reportsOf } from './user-data.ts'
import { VenueRules } from './venue-rules.ts'
import { VenueTime } from './venue-time.ts'

/** Time between two looks at the venue's clock and rules. */
const LOOK_MS = 60_000

/**
 * Binance spot: orders by the WebSocket API over our own frames, user data on the same connection, queries and cancels
 * by REST. An order whose connection is down is denied, never sent by another road. After a connection loss it
 * reconnects by itself and says so through `onConnection`; what happened meanwhile is for the engine to reconcile by
 * the queries, with the reports that come on the new connection buffered until then.
 */
export class BinanceSpotVenue implements VenuePort {
  readonly id: string
  readonly capabilities: VenueCapabilities = BINANCE_SPOT_CAPABILITIES
  onReport: (report: ExecutionReport) => void = () => {}
  onConnection: (up: boolean, reason: string) => void = () => {}
  readonly #config: BinanceSpotConfig
  readonly #signer: Signer
  readonly #rest: RestClient
  readonly #queries: Queries
  readonly #canceller: Canceller
  readonly #time: VenueTime
  readonly #tracker = new OrderTracker()
  readonly #masks = new MaskPool()
  readonly #text: OrderText
  readonly #timers = new Timers('binance-spot venue: reconnect, clock')
  readonly #backoff: Backoff
  readonly #abort = new AbortController()
  readonly #rules: VenueRules
  #session: OrderSession | null = null
  #up = false
  #reconnecting: Promise<void> | null = null

  /** @throws SECRET_INVALID, and what `reveal` throws */
  constructor(config: BinanceSpotConfig) {
    this.id = config.id
    this.#config = config
    this.#signer = new Signer(config.keyType, config.apiKey, config.apiSecret)
    const recvWindowMs = config.recvWindowMs ?? 5_000
    const timeoutMs = config.requestTimeoutMs ?? 3_000
    this.#time = new VenueTime(config.clock)
    this.#rest = new RestClient({
      baseUrl: config.restUrl,
      signer: this.#signer,
      recvWindowMs,
      timeoutMs,
      venueMs: () => this.#time.nowMs(),
      limits: config.limits,
    })
    this.#rules = new VenueRules(this.#rest, config)
    this.#queries = new Queries(this.#rest, config.instruments, this.#tracker)
    this.#canceller = new Canceller(
      this.#rest,
      this.#tracker,
      (report) => {
        if (!this.#timers.closed) this.onReport(report)
      },
      config.clock,
    )
    this.#text = new OrderText(this.#signer, recvWindowMs)
    this.#backoff = new Backoff(config.reconnectMinMs ?? 100, config.reconnectMaxMs ?? 10_000, config.random)
  }

  /**
   * Learns the venue's time and rules, then opens order entry with the user data stream. Nothing is left running where
   * it fails; the caller may try again.
   *
   * @throws VENUE_UNREACHABLE, VENUE_ERROR, RATE_LIMITED, WS_HANDSHAKE, VENUE_TIMEOUT, INSTRUMENT_MISMATCH
   */
  async connect(): Promise<void> {
    await this.#time.sync(this.#rest)
    await this.#rules.learn()
    await this.#openSession()
    this.#timers.every(this.#config.lookMs ?? LOOK_MS, () => {
      void this.#rules.renew()
      this.#time.sync(this.#rest).catch(() => {
        // The next look comes in a minute, and a request refused for its time is an outcome of its own.
      })
    })
  }

  submit(order: ApprovedOrder): SendResult {
    const session = this.#session
    if (session === null || !this.#up) return 'NOT_CONNECTED'
    return session.place(order, this.#config.instruments.get(order.instrument))
  }

  cancel(order: {
    readonly clientOrderId: string
    readonly venueOrderId: string | null
    readonly symbol: string
  }): void {
    void this.#canceller.cancel(order)
  }

  queryOrder(symbol: string, clientOrderId: string): Promise<VenueOrder | null> {
    return this.#queries.order(symbol, clientOrderId)
  }

  queryOpenOrders(symbol: string | null): Promise<readonly VenueOrder[]> {
    return this.#queries.openOrders(symbol)
  }

  queryFills(symbol: string, fromTradeId: string | null): Promise<readonly VenueFill[] | null> {
    return this.#queries.fills(symbol, fromTradeId)
  }

  queryOrderFills(symbol: string, venueOrderId: string): Promise<readonly VenueFill[]> {
    return this.#queries.orderFills(symbol, venueOrderId)
  }

  queryNewestFill(symbol: string): Promise<VenueFill | null> {
    return this.#queries.newestFill(symbol)
  }

  queryBalances(): Promise<readonly VenueBalance[]> {
    return this.#queries.balances()
  }

  rules(instrument: number): InstrumentRules | null {
    return this.#rules.of(instrument)
  }

  /** Orders without an answer. */
  get inFlight(): number {
    return this.#session?.inFlight ?? 0
  }

  /** The venue's clock less ours, ms, by the last look; NaN before the first. */
  get clockOffsetMs(): number {
    return this.#time.offsetMs
  }

  /** Ends every connection, timer and loop. */
  async close(): Promise<void> {
    this.#timers.close()
    this.#abort.abort()
    this.#session?.end('CLOSED')
    await this.#reconnecting
    await this.#rest.close()
  }

  async #openSession(): Promise<void> {
    const requestTimeoutMs = this.#config.requestTimeoutMs ?? 3_000
    await this.#config.limits.connects.turn(this.#timers)
    const upgraded = await openWebSocket(this.#config.wsApiUrl, requestTimeoutMs, this.#abort.signal)
    const session: OrderSession = new OrderSession(upgraded, {
      text: this.#text,
      masks: this.#masks,
      limits: this.#config.limits,
      clock: this.#config.clock,
      venueMs: () => this.#time.nowMs(),
      requestTimeoutMs,
      silenceMs: this.#config.silenceMs ?? 10_000,
      events: {
        onOutcome: (clientOrderId, outcome) => this.#onOutcome(clientOrderId, outcome),
        onEvent: (event) => this.#onEvent(session, event),
        onEnd: (reason) => this.#onEnd(session, reason),
      },
    })
    this.#session = session
    try {
      if (this.#signer.type === 'ed25519') await this.#ask(session, 'session.logon')
      await this.#ask(session, 'userDataStream.subscribe.signature')
    } catch (error) {
      session.end('NOT_OPENED')
      throw error
    }
    if (session.ended) throw new TidegateError('WS_HANDSHAKE', 'the connection ended while it was opened')
    this.#up = true
    this.#backoff.reset()
    this.onConnection(true, 'CONNECTED')
  }

  /** A request with key and signature. @throws VENUE_ERROR, VENUE_TIMEOUT, NOT_CONNECTED */
  async #ask(session: OrderSession, method: string): Promise<void> {
    const params = {
      apiKey: this.#signer.apiKey,
      recvWindow: this.#config.recvWindowMs ?? 5_000,
      timestamp: this.#time.nowMs(),
    }
    const signature = this.#signer.sign(wsPayload(params))
    const answer = await session.request(method, { ...params, signature })
    if (answer['status'] !== 200) {
      throw venueError(method, { status: Number(answer['status']), body: answer['error'] })
    }
  }

  #onOutcome(clientOrderId: string, outcome: Outcome): void {
    const ts =
      outcome.kind === 'accepted' && outcome.tMs > 0
        ? `${outcome.tMs}000000`
        : String(this.#config.clock.utcNs())
    switch (outcome.kind) {
      case 'accepted':
        if (!this.#tracker.accept(clientOrderId, outcome.venueOrderId)) return
        return this.onReport({ kind: 'accepted', clientOrderId, venueOrderId: outcome.venueOrderId, ts })
      case 'rejected':
        if (!this.#tracker.reject(clientOrderId)) return
        return this.onReport({ kind: 'rejected', clientOrderId, reason: outcome.reason, ts })
      case 'unknown':
        if (this.#tracker.isAccepted(clientOrderId)) return
        return this.onReport({ kind: 'unknown', clientOrderId, reason: outcome.reason, ts })
    }
  }

  #onEvent(session: OrderSession, event: Readonly<Record<string, unknown>>): void {
    if (event['e'] === 'eventStreamTerminated') return session.end('USER_DATA_ENDED')
    if (event['e'] !== 'executionReport') return
    let reports: readonly ExecutionReport[]
    try {
      reports = reportsOf(event, this.#config.instruments, this.#tracker)
    } catch {
      // What cannot be read must not be lost: a new connection makes the engine ask for it.
      return session.end('EVENT_UNREADABLE')
    }
    for (const report of reports) this.onReport(report)
  }

  #onEnd(session: OrderSession, reason: string): void {
    if (this.#session === session) this.#session = null
    if (!this.#up) return
    this.#up = false
    this.onConnection(false, reason)
    if (!this.#timers.closed) this.#reconnecting = this.#reconnect()
  }

  /** Tries until a session is open or the venue is closed. */
  async #reconnect(): Promise<void> {
    while (!this.#timers.closed) {
      await this.#timers.sleep(this.#backoff.nextMs())
      if (this.#timers.closed) return
      // A handshake counts too, and lengthens a ban.
      if (this.#config.limits.holdsRequests()) continue
      try {
        await this.#openSession()
        void this.#rules.renew()
        return
      } catch {
        // The reason is the outage itself, which `onConnection` has told; the next try comes after a longer pause.
      }
    }
  }
}
