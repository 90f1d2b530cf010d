import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import type { Clock } from '../../core/clock.ts'
import { TidegateError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import { Timers } from '../../core/timers.ts'
import type { InstrumentTable } from '../../domain/instrument.ts'
import type { FeeSchedule, FillModel } from '../sim/types.ts'
import { type CutOptions, handleAdmin } from './admin.ts'
import { KeyRing, type VenueKey } from './auth.ts'
import { Desk } from './desk.ts'
import { type Faults, noFaults } from './faults.ts'
import { Front } from './front.ts'
import type { DepthText } from './operations.ts'
import { OrderLog } from './order-log.ts'
import { type PlayBatch, Player } from './player.ts'
import { type RateLimitConfig, RateLimits } from './rate-limits.ts'
import { Rest, splitOnce } from './rest.ts'
import { StreamHub, UNSENT_BYTES_HIGH } from './stream-hub.ts'
import type { SymbolLimits } from './symbol-rules.ts'
import { WsApi } from './ws-api.ts'

const PING_MS = 20_000
const SLOW_MS_MAX = 30_000

/** The market behind the venue: decodes what is played, feeds the desk's matching, keeps the book. */
export interface VenueMarket {
  /** shows one recorded frame to the market; true where it is a stream frame that clients are sent */
  onFrame(batch: PlayBatch, index: number): boolean
  /** present book, null while there is none */
  depth(instrument: number, limit: number): DepthText | null
  /** receive time of the last frame, ms since 1970; null before the first */
  marketMs(): number | null
}

export interface VenueServerConfig {
  readonly instruments: InstrumentTable
  readonly fillModel: FillModel
  readonly fees: FeeSchedule
  readonly balances: Readonly<Record<string, string>>
  readonly keys: readonly VenueKey[]
  readonly clock: Clock
  readonly random: Random
  readonly batches: () => AsyncIterable<PlayBatch>
  readonly speed: number | 'max'
  readonly startOn: 'subscribe' | 'listen' | 'request'
  readonly pace?: 'sleep' | 'spin'
  readonly rejectShare?: number
  readonly latencyMs?: number
  readonly limits?: SymbolLimits
  readonly rateLimits?: RateLimitConfig
}

/**
 * The simulated venue as a server that speaks Binance spot on one port: market streams, REST, WebSocket API and
 * `/sim/…` for tests. The market is set before `listen`; it feeds `desk.matching`.
 */
export class VenueServer {
  readonly desk: Desk
  readonly faults: Faults = noFaults()
  readonly log: OrderLog = new OrderLog()
  readonly player: Player
  market: VenueMarket | null = null
  readonly #config: VenueServerConfig
  readonly #hub: StreamHub
  readonly #wsApi: WsApi
  readonly #timers = new Timers('venue server')
  readonly #http: Server
  readonly #ws: WebSocketServer
  readonly #sockets = new Set<Socket>()
  #lastFrameNs = 0
  #cutAt: { readonly frames: number; readonly what: string; readonly options: CutOptions } | null = null

  constructor(config: VenueServerConfig) {
    this.#config = config
    const { clock } = config
    this.#hub = new StreamHub(clock)
    const wallMs = (): number => Number(clock.utcNs() / 1_000_000n)
    const { instruments, fillModel, fees, balances } = config
    this.faults.delay_ms = config.latencyMs ?? 0
    this.desk = new Desk({
      instruments,
      fillModel,
      fees,
      balances,
      wallMs,
      marketMs: () => this.market?.marketMs() ?? wallMs(),
      ...(config.limits === undefined ? {} : { limits: config.limits }),
    })
    const rateLimits = new RateLimits(
      config.rateLimits ?? { requestWeight1m: null, orders10s: null, orders1d: null },
    )
    const state = {
      instruments,
      desk: this.desk,
      rateLimits,
      depth: (instrument: number, limit: number) => this.market?.depth(instrument, limit) ?? null,
      wallMs,
      symbolStatus: () => this.faults.symbol_status,
      feeRate: feeRate(fees),
    }
    const front = new Front({
      state,
      faults: this.faults,
      log: this.log,
      clock,
      rejectShare: config.rejectShare ?? 0,
      random: config.random,
      lastFrameNs: () => this.#lastFrameNs,
    })
    const keys = new KeyRing(config.keys)
    const door = { front, keys, rateLimits, faults: this.faults, timers: this.#timers, clock, wallMs }
    this.#wsApi = new WsApi(door)
    const rest = new Rest({ ...door, flushEvents: () => this.#wsApi.flush() })
    this.desk.onEvent = (event): void => this.#wsApi.hold(event)
    this.player = this.#createPlayer()
    this.#hub.onFirstSubscriber = (): void => {
      if (config.startOn === 'subscribe') this.player.start()
    }
    this.#ws = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
    this.#http = createServer((request, response) => {
      if (request.url?.startsWith('/sim/') === true) handleAdmin(this.#admin(), request, response)
      else rest.handle(request, response)
    })
    this.#http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#upgrade(request, socket, head),
    )
    this.#http.on('connection', (socket: Socket) => {
      socket.setNoDelay(true)
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** Listens on `host` and the port (0: any free one) and gives the address. @throws VENUE_LISTEN */
  listen(host: string, port: number): Promise<{ host: string; port: number }> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', (cause) =>
        reject(new TidegateError('VENUE_LISTEN', `cannot listen on ${host}:${port}`, { cause })),
      )
      this.#http.listen(port, host, () => {
        const address = this.#http.address() as AddressInfo
        this.#timers.every(PING_MS, () => {
          this.#hub.ping()
          this.#wsApi.ping()
        })
        if (this.#config.startOn === 'listen') this.player.start()
        resolve({ host, port: address.port })
      })
    })
  }

  /** Every open connection; tests stall or cut them. */
  get sockets(): ReadonlySet<Socket> {
    return this.#sockets
  }

  status(): object {
    return {
      recording: this.player.state,
      done: this.player.state === 'done',
      frames: this.player.frames,
      frames_delivered: this.#hub.delivered,
      stream_connections: this.#hub.connections,
      ws_api_connections: this.#wsApi.connections,
      unsent_bytes: this.#hub.unsentBytes(),
      orders: this.log.total,
      requests: Object.fromEntries(this.log.requests),
      open_orders: this.desk.matching.openCount,
      faults: this.faults,
    }
  }

  /** Ends the recording, every connection and the port. */
  async close(): Promise<void> {
    this.player.stop()
    this.#timers.close()
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
    await this.player.finished
  }

  #createPlayer(): Player {
    const { batches, speed, clock, pace } = this.#config
    return new Player({
      batches,
      speed,
      clock,
      pace: pace ?? 'sleep',
      unsentBytes: () => this.#hub.unsentBytes(),
      unsentBytesHigh: UNSENT_BYTES_HIGH,
      slowMsMax: SLOW_MS_MAX,
      dropSlow: (bytes) => this.#hub.dropSlow(bytes),
      play: (batch, index) => this.#play(batch, index),
    })
  }

  /** Market first, then user data, then the frame: a fill is told before the trade that made it. */
  #play(batch: PlayBatch, index: number): void {
    const sent = this.market?.onFrame(batch, index) ?? true
    this.#wsApi.flush()
    if (sent && !this.faults.hang) {
      this.#hub.publish(batch.bytes, batch.starts[index] as number, batch.ends[index] as number)
      this.#lastFrameNs = this.#config.clock.monoNs()
    }
    const cutAt = this.#cutAt
    if (cutAt !== null && this.player.frames >= cutAt.frames) {
      this.#cutAt = null
      this.#cut(cutAt.what, cutAt.options)
    }
  }

  #cut(what: string, { midFrame, reset, stream }: CutOptions): number {
    const streams = what === 'ws-api' ? 0 : this.#hub.cut(midFrame, reset, stream)
    return streams + (what === 'streams' ? 0 : this.#wsApi.cut(midFrame, reset))
  }

  #admin(): Parameters<typeof handleAdmin>[0] {
    return {
      faults: this.faults,
      log: this.log,
      status: () => this.status(),
      start: () => this.player.start(),
      pause: () => this.player.pause(),
      resume: () => this.player.resume(),
      announceShutdown: () => this.#wsApi.announceShutdown(),
      cut: (what, options) => {
        if (options.afterFrames <= 0) return this.#cut(what, options)
        this.#cutAt = { frames: this.player.frames + options.afterFrames, what, options }
        return 0
      },
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const [path, query] = splitOnce(request.url ?? '', '?')
    const accept = (then: (ws: import('ws').WebSocket) => void): void =>
      this.#ws.handleUpgrade(request, socket, head, then)
    if (path === '/ws-api/v3') {
      accept((ws) => this.#wsApi.add(ws, socket, new URLSearchParams(query)))
    } else if (path === '/stream') {
      const names = new URLSearchParams(query).get('streams')?.split('/') ?? []
      accept((ws) =>
        this.#hub.add(
          ws,
          socket,
          true,
          names.filter((name) => name !== ''),
        ),
      )
    } else if (path === '/ws' || path.startsWith('/ws/')) {
      const names = decodeURIComponent(path.slice(4)).split('/')
      accept((ws) =>
        this.#hub.add(
          ws,
          socket,
          false,
          names.filter((name) => name !== ''),
        ),
      )
    } else {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    }
  }
}

/** Basis points as the fraction that the account answer shows. */
function feeRate(fees: FeeSchedule): string {
  return (Number(fees.bps) / 10_000).toFixed(8)
}
