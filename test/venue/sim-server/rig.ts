import { createHmac, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'undici'
import { WebSocket } from 'ws'
import { SystemClock } from '../../../src/core/clock.ts'
import { SeededRandom } from '../../../src/core/random.ts'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import type { PlayBatch } from '../../../src/venue/sim-server/player.ts'
import {
  type VenueMarket,
  VenueServer,
  type VenueServerConfig,
} from '../../../src/venue/sim-server/server.ts'

export const HMAC_KEY = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A'
export const HMAC_SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j'

/** A recorded frame of the test: receive ms and text. */
export interface TestFrame {
  readonly ms: number
  readonly text: string
}

let tradeId = 1_000
export function tradeFrame(ms: number, price: string, qty: string): TestFrame {
  const data = { e: 'trade', E: ms, s: 'BTCUSDT', t: ++tradeId, p: price, q: qty, T: ms, m: true, M: true }
  return { ms, text: `{"stream":"btcusdt@trade","data":${JSON.stringify(data)}}` }
}

export function quoteFrame(ms: number, bid: string, bidQty: string, ask: string, askQty: string): TestFrame {
  const data = { u: ms, s: 'BTCUSDT', b: bid, B: bidQty, a: ask, A: askQty }
  return { ms, text: `{"stream":"btcusdt@bookTicker","data":${JSON.stringify(data)}}` }
}

export function batchOf(frames: readonly TestFrame[]): PlayBatch {
  const texts = frames.map((frame) => Buffer.from(frame.text))
  const bytes = Buffer.concat(texts)
  const starts = new Uint32Array(frames.length)
  const ends = new Uint32Array(frames.length)
  let at = 0
  texts.forEach((text, index) => {
    starts[index] = at
    at += text.length
    ends[index] = at
  })
  return {
    bytes,
    count: frames.length,
    starts,
    ends,
    recvNs: Float64Array.from(frames, (f) => f.ms * 1e6),
    types: new Uint8Array(frames.length),
    symbols: new Map(),
  }
}

/** A market by `JSON.parse`, independent of the project's decoders. */
export class PlainMarket implements VenueMarket {
  readonly #server: VenueServer
  #ms: number | null = null
  depthText: ReturnType<VenueMarket['depth']> = null

  constructor(server: VenueServer) {
    this.#server = server
  }

  onFrame(batch: PlayBatch, index: number): boolean {
    const text = (batch.bytes as Buffer).toString('utf8', batch.starts[index], batch.ends[index])
    const { stream, data } = JSON.parse(text) as { stream: string; data: Record<string, string> }
    const cents = (value: string | undefined): number => Math.round(Number(value) * 100)
    const units = (value: string | undefined): number => Math.round(Number(value) * 100_000)
    this.#ms = (batch.recvNs[index] as number) / 1e6
    const { matching } = this.#server.desk
    if (stream.endsWith('@trade')) {
      matching.onTrade(0, cents(data['p']), units(data['q']), Number(data['t']), Number(data['T']))
    } else if (stream.endsWith('@bookTicker')) {
      matching.onQuote(0, cents(data['b']), units(data['B']), cents(data['a']), units(data['A']), this.#ms)
    }
    return true
  }

  depth(): ReturnType<VenueMarket['depth']> {
    return this.depthText
  }

  marketMs(): number | null {
    return this.#ms
  }
}

export interface VenueRig {
  readonly server: VenueServer
  readonly market: PlainMarket
  readonly http: string
  readonly ws: string
}

export async function startVenue(
  frames: readonly TestFrame[] = [],
  config: Partial<VenueServerConfig> = {},
): Promise<VenueRig> {
  const instruments = new InstrumentTable()
  instruments.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
  const server = new VenueServer({
    instruments,
    fillModel: 'top-of-book',
    fees: { bps: '10', asset: 'received' },
    balances: { USDT: '100000', BTC: '1' },
    keys: [{ apiKey: HMAC_KEY, kind: 'hmac', secret: HMAC_SECRET }],
    clock: new SystemClock(0n),
    random: new SeededRandom(1),
    batches: async function* () {
      await Promise.resolve()
      if (frames.length > 0) yield batchOf(frames)
    },
    speed: 'max',
    startOn: 'subscribe',
    ...config,
  })
  const market = new PlainMarket(server)
  server.market = market
  const { port } = await server.listen('127.0.0.1', 0)
  return { server, market, http: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}` }
}

/** A plain client connection that keeps what it gets. */
export class Peer {
  readonly socket: WebSocket
  readonly got: string[] = []
  #waiting: (() => void)[] = []
  #nextId = 1

  constructor(url: string) {
    this.socket = new WebSocket(url, { perMessageDeflate: false })
    this.socket.on('message', (data) => {
      this.got.push((data as Buffer).toString())
      for (const wake of this.#waiting.splice(0)) wake()
    })
    this.socket.on('close', () => {
      for (const wake of this.#waiting.splice(0)) wake()
    })
    this.socket.on('error', () => {})
  }

  async open(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open')
    return this
  }

  /** Resolves with the first message that fits, also one that is here already. */
  async find<T = Record<string, unknown>>(fits: (message: T) => boolean): Promise<T> {
    for (;;) {
      for (const text of this.got) {
        const message = JSON.parse(text) as T
        if (fits(message)) return message
      }
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('closed before the message came')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Sends a request and gives its answer. */
  async ask(method: string, params?: object): Promise<Answer> {
    const id = this.#nextId++
    this.socket.send(JSON.stringify(params === undefined ? { id, method } : { id, method, params }))
    return this.find<Answer>((message) => message.id === id)
  }

  events(): Record<string, unknown>[] {
    return this.got
      .map((text) => JSON.parse(text) as { event?: Record<string, unknown> })
      .flatMap(({ event }) => (event === undefined ? [] : [event]))
  }
}

export interface Answer {
  readonly id: unknown
  readonly status: number
  readonly result: Record<string, unknown>
  readonly error: { readonly code: number; readonly msg: string; readonly data?: object }
  readonly rateLimits: readonly { readonly rateLimitType: string; readonly count: number }[]
}

/** The time of a request, and as long for it to arrive as the venue allows: a test may be held up on its way. */
export function timed(): { timestamp: number; recvWindow: number } {
  return { timestamp: Date.now(), recvWindow: 60_000 }
}

/** Parameters signed for the WebSocket API, as the documentation's steps say. */
export function signedParams(
  params: Record<string, string | number>,
  key: { apiKey: string; secret: string | KeyObject } = { apiKey: HMAC_KEY, secret: HMAC_SECRET },
): object {
  const all: Record<string, string | number> = { ...timed(), ...params, apiKey: key.apiKey }
  const payload = Object.keys(all)
    .sort()
    .map((name) => `${name}=${all[name]}`)
    .join('&')
  const signature =
    typeof key.secret === 'string'
      ? createHmac('sha256', key.secret).update(payload).digest('hex')
      : sign(null, Buffer.from(payload), key.secret).toString('base64')
  return { ...all, signature }
}

export interface RestAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Record<string, unknown>
}

/** A signed REST request, parameters in the query; one with a timestamp of its own goes as it is. */
export async function rest(
  base: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  params: Record<string, string | number> = {},
  sign = true,
): Promise<RestAnswer> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(
    sign && params['timestamp'] === undefined ? { ...timed(), ...params } : params,
  )) {
    query.set(name, String(value))
  }
  if (sign) {
    query.set('signature', createHmac('sha256', HMAC_SECRET).update(query.toString()).digest('hex'))
  }
  const text = query.toString()
  const response = await request(`${base}${path}${text === '' ? '' : `?${text}`}`, {
    method,
    headers: { 'X-MBX-APIKEY': HMAC_KEY },
  })
  return {
    status: response.statusCode,
    headers: response.headers,
    body: (await response.body.json()) as Record<string, unknown>,
  }
}

export async function admin(base: string, route: string, body?: object): Promise<Record<string, unknown>> {
  const response = await request(`${base}/sim/${route}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.body.json()) as Record<string, unknown>
}
