import { WebSocket } from 'ws'
import { Backoff } from '../../core/backoff.ts'
import type { Random } from '../../core/random.ts'
import { Timers } from '../../core/timers.ts'
import type { RequestLimits } from './request-limits.ts'
import { snapshotDepths } from './request-weight.ts'
import { SnapshotFetcher } from './snapshot-fetcher.ts'
import { Subscription, subscribeRequests } from './subscription.ts'

const FRAME_BYTES_MAX = 4_194_304

/** Where market data goes. The bytes are valid only inside the call: never keep a slice of them. */
export interface MarketDataSink {
  /** a combined stream frame */
  onFrame(bytes: Uint8Array, start: number, end: number, recvNs: number): void
  /** the answer of `GET /api/v3/depth`; false where it was too old for the book, which asks for another */
  onSnapshot(
    symbol: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    recvNs: number,
  ): boolean | undefined
  /** every stream is confirmed; snapshots follow */
  onUp(symbols: readonly string[]): void
  /** no data of these symbols until the next `onUp`; their books are to be taken as broken */
  onDown(reason: string, symbols: readonly string[]): void
}

export interface MarketFeedConfig {
  /** base of the streams, e.g. wss://stream.binance.com:9443 */
  readonly wsUrl: string
  readonly restUrl: string
  /** e.g. btcusdt@trade */
  readonly streams: readonly string[]
  /** symbols whose book is wanted: a snapshot is fetched after each connect, and on request */
  readonly bookSymbols: readonly string[]
  readonly sink: MarketDataSink
  /** receive time as the sink wants it, ns */
  readonly nowNs: () => number
  readonly random: Random
  /** of the REST host, shared by everything that asks it */
  readonly limits: RequestLimits
  /** a connection without a frame for so long is an outage, ms */
  readonly silenceMs: number
  readonly reconnectMinMs: number
  readonly reconnectMaxMs: number
  readonly requestTimeoutMs: number
}

/**
 * Market streams of Binance spot: one connection, subscribed by requests that are confirmed, watched for silence, opened
 * again after a jittered pause for as long as it is not stopped.
 */
export class MarketFeedConnection {
  readonly #config: MarketFeedConfig
  readonly #timers = new Timers('market data: reconnect')
  readonly #backoff: Backoff
  readonly #snapshots: SnapshotFetcher
  readonly #requests: readonly string[]
  #socket: WebSocket | null = null
  #loop: Promise<void> | null = null
  /** receive time of the last frame or answer */
  #heardNs = 0
  #frames = 0
  #connects = 0
  #up = false

  constructor(config: MarketFeedConfig) {
    this.#config = config
    this.#requests = subscribeRequests(config.streams)
    this.#backoff = new Backoff(config.reconnectMinMs, config.reconnectMaxMs, config.random)
    this.#snapshots = new SnapshotFetcher({
      restUrl: config.restUrl,
      requestTimeoutMs: config.requestTimeoutMs,
      retryMinMs: config.reconnectMinMs,
      retryMaxMs: config.reconnectMaxMs,
      random: config.random,
      limits: config.limits,
      depths: snapshotDepths(config.bookSymbols.length),
      timers: this.#timers,
      wanted: () => this.#up,
      onBytes: (symbol, bytes) => config.sink.onSnapshot(symbol, bytes, 0, bytes.length, config.nowNs()),
    })
  }

  /** Frames received since the start. */
  get frames(): number {
    return this.#frames
  }

  /** Times that all streams were confirmed. */
  get connects(): number {
    return this.#connects
  }

  get up(): boolean {
    return this.#up
  }

  /** Starts the loop; what happens is told to the sink. */
  start(): void {
    this.#loop ??= this.#run()
  }

  /** Asks for a book anew: after a gap, or a snapshot that was too old. Requests under way are not doubled. */
  requestSnapshot(symbol: string): void {
    this.#snapshots.request(symbol)
  }

  /** Ends the connection, the loop and every timer. */
  async stop(): Promise<void> {
    this.#timers.close()
    this.#socket?.terminate()
    await this.#loop
    await this.#snapshots.close()
  }

  async #run(): Promise<void> {
    const { limits, sink, bookSymbols } = this.#config
    for (;;) {
      await limits.connects.turn(this.#timers)
      if (this.#timers.closed) return
      const reason = await this.#connection()
      if (this.#up) {
        this.#up = false
        sink.onDown(reason, bookSymbols)
      }
      await this.#timers.sleep(this.#backoff.nextMs())
    }
  }

  /** One connection, from opening to end; why it ended. */
  #connection(): Promise<string> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`${this.#config.wsUrl.replace(/\/$/, '')}/stream`, {
        perMessageDeflate: false,
        handshakeTimeout: this.#config.requestTimeoutMs,
        maxPayload: FRAME_BYTES_MAX,
        skipUTF8Validation: true,
      })
      this.#socket = socket
      let reason = 'CONNECTION_LOST'
      const end = (why: string): void => {
        reason = why
        socket.terminate()
      }
      const timers = new Timers('market data: connection')
      const subscription = new Subscription(this.#requests, (text) => socket.send(text), timers)
      socket.on('open', () => {
        this.#heardNs = this.#config.nowNs()
        this.#watch(timers, end, subscription)
        subscription.start()
      })
      socket.on('message', (data) => this.#onMessage(data as Buffer, subscription, end))
      socket.on('error', () => {
        // 'close' follows and carries on
      })
      socket.on('close', () => {
        timers.close()
        resolve(reason)
      })
    })
  }

  /**
   * Ends a connection that leaves a request unanswered or is silent. Looks are counted, and not the time: one that comes
   * late, as this thread was held up, is one look and no silence of the venue.
   */
  #watch(timers: Timers, end: (why: string) => void, subscription: Subscription): void {
    const { silenceMs, requestTimeoutMs } = this.#config
    const everyMs = Math.max(10, Math.min(silenceMs, requestTimeoutMs) / 4)
    let [heardNs, silent, answered, unanswered] = [0, 0, 0, 0]
    timers.every(everyMs, () => {
      silent = this.#heardNs === heardNs ? silent + 1 : 0
      heardNs = this.#heardNs
      unanswered = subscription.waiting && subscription.answered === answered ? unanswered + 1 : 0
      answered = subscription.answered
      if (unanswered * everyMs > requestTimeoutMs) end('SUBSCRIBE_UNCONFIRMED')
      else if (silent * everyMs > silenceMs) end('SILENT')
    })
  }

  #onMessage(data: Buffer, subscription: Subscription, end: (why: string) => void): void {
    const recvNs = this.#config.nowNs()
    this.#heardNs = recvNs
    // {"stream":"…: what is not a frame is an answer to a request; "!serverShutdown" is the one stream of the server's own
    if (data[2] === 0x73 && data[11] !== 0x21) {
      this.#frames++
      this.#config.sink.onFrame(data, 0, data.length, recvNs)
      return
    }
    if (data[11] === 0x21) return end('SERVER_SHUTDOWN')
    this.#onAnswer(data, subscription, end)
  }

  #onAnswer(data: Buffer, subscription: Subscription, end: (why: string) => void): void {
    let answer: { readonly result?: unknown; readonly id?: unknown; readonly code?: unknown }
    try {
      answer = JSON.parse(data.toString('utf8')) as typeof answer
    } catch {
      return end('PROTOCOL_ERROR')
    }
    if (answer.code !== undefined) return end('SUBSCRIBE_REFUSED')
    if (answer.result !== null || !subscription.onAnswer(Number(answer.id))) return
    this.#up = true
    this.#connects++
    this.#backoff.reset()
    const { sink, bookSymbols } = this.#config
    sink.onUp(bookSymbols)
    for (const symbol of bookSymbols) this.#snapshots.request(symbol)
  }
}
