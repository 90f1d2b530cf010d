import { WebSocket } from 'ws'
import { Backoff } from '../../core/backoff.ts'
import type { Random } from '../../core/random.ts'
import { Timers } from '../../core/timers.ts'
import type { RequestLimits } from './request-limits.ts'
import { snapshotDepths } from './request-weight.ts'
import { SnapshotFetcher } from './snapshot-fetcher.ts'

/** Stream names of one SUBSCRIBE request. */
const NAMES_PER_REQUEST = 200
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
  onUp(): void
  /** no data until the next `onUp`; books are to be taken as broken */
  onDown(reason: string): void
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
 * Market streams of Binance spot: one connection, subscribed by request and confirmed, watched for silence, opened
 * again after a jittered pause for as long as it is not stopped.
 */
export class MarketFeedConnection {
  readonly #config: MarketFeedConfig
  readonly #timers = new Timers('market data: reconnect')
  readonly #backoff: Backoff
  readonly #snapshots: SnapshotFetcher
  #socket: WebSocket | null = null
  #loop: Promise<void> | null = null
  #lastFrameNs = 0
  #frames = 0
  #connects = 0
  #up = false

  constructor(config: MarketFeedConfig) {
    this.#config = config
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

  /** Receive time of the last frame, 0 before the first. */
  get lastFrameNs(): number {
    return this.#lastFrameNs
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
    while (!this.#timers.closed) {
      const reason = await this.#connection()
      if (this.#up) {
        this.#up = false
        this.#config.sink.onDown(reason)
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
      const unconfirmed = new Set<number>()
      const watch = this.#watch(end, unconfirmed)
      socket.on('open', () => {
        this.#lastFrameNs = this.#config.nowNs()
        this.#subscribe(socket, unconfirmed)
      })
      socket.on('message', (data) => this.#onMessage(data as Buffer, unconfirmed, end))
      socket.on('error', () => {
        // 'close' follows and carries on
      })
      socket.on('close', () => {
        watch.close()
        resolve(reason)
      })
    })
  }

  #subscribe(socket: WebSocket, unconfirmed: Set<number>): void {
    const { streams } = this.#config
    for (let at = 0, id = 1; at < streams.length; at += NAMES_PER_REQUEST, id++) {
      unconfirmed.add(id)
      const params = streams.slice(at, at + NAMES_PER_REQUEST)
      socket.send(JSON.stringify({ method: 'SUBSCRIBE', params, id }))
    }
  }

  /**
   * Ends a connection that stays unconfirmed or silent. Looks are counted, and not the time: one that comes late, as this
   * thread was held up, is one look and no silence of the venue.
   */
  #watch(end: (why: string) => void, unconfirmed: ReadonlySet<number>): Timers {
    const { silenceMs, requestTimeoutMs } = this.#config
    const everyMs = Math.max(10, Math.min(silenceMs, requestTimeoutMs) / 4)
    const watch = new Timers('market data: silence')
    let [seenNs, looks] = [0, 0]
    watch.every(everyMs, () => {
      if (this.#socket?.readyState !== WebSocket.OPEN) return
      looks = this.#lastFrameNs === seenNs ? looks + 1 : 0
      seenNs = this.#lastFrameNs
      const silentMs = looks * everyMs
      if (unconfirmed.size > 0 && silentMs > requestTimeoutMs) end('SUBSCRIBE_UNCONFIRMED')
      else if (silentMs > silenceMs) end('SILENT')
    })
    return watch
  }

  #onMessage(data: Buffer, unconfirmed: Set<number>, end: (why: string) => void): void {
    const recvNs = this.#config.nowNs()
    // {"stream":"…: what is not a frame is an answer to a request; "!serverShutdown" is the one stream of the server's own
    if (data[2] === 0x73 && data[11] !== 0x21) {
      this.#lastFrameNs = recvNs
      this.#frames++
      this.#config.sink.onFrame(data, 0, data.length, recvNs)
      return
    }
    if (data[11] === 0x21) return end('SERVER_SHUTDOWN')
    this.#onAnswer(data, unconfirmed, end)
  }

  #onAnswer(data: Buffer, unconfirmed: Set<number>, end: (why: string) => void): void {
    let answer: { readonly result?: unknown; readonly id?: unknown; readonly code?: unknown }
    try {
      answer = JSON.parse(data.toString('utf8')) as typeof answer
    } catch {
      return end('PROTOCOL_ERROR')
    }
    if (answer.code !== undefined) return end('SUBSCRIBE_REFUSED')
    if (answer.result !== null || !unconfirmed.delete(Number(answer.id)) || unconfirmed.size > 0) return
    this.#up = true
    this.#connects++
    this.#backoff.reset()
    this.#config.sink.onUp()
    for (const symbol of this.#config.bookSymbols) this.#snapshots.request(symbol)
  }
}
