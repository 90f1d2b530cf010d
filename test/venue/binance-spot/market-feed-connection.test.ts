import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { SystemClock, VirtualClock } from '../../../src/core/clock.ts'
import { SeededRandom } from '../../../src/core/random.ts'
import {
  type MarketFeedConfig,
  MarketFeedConnection,
} from '../../../src/venue/binance-spot/market-feed-connection.ts'
import { RequestLimits } from '../../../src/venue/binance-spot/request-limits.ts'
import type { PlayBatch } from '../../../src/venue/sim-server/player.ts'
import { Cuts } from '../sim-server/cuts.ts'
import {
  admin,
  PlainMarket,
  startVenue,
  type TestFrame,
  tradeFrame,
  type VenueRig,
} from '../sim-server/rig.ts'
import { PlainBook } from './plain-book.ts'

const FIXTURE = new URL('../../fixtures/binance-raw/spot_btcusdt_20240808.gz', import.meta.url)
const STREAMS = ['btcusdt@trade', 'btcusdt@bookTicker', 'btcusdt@depth@100ms']

let venue: VenueRig
let feed: MarketFeedConnection
afterEach(async () => {
  vi.useRealTimers()
  await feed.stop()
  await venue.server.close()
})

/** The first lines of the recording, and the snapshot among them. */
function recorded(lines: number): { frames: TestFrame[]; snapshot: string } {
  const text = gunzipSync(readFileSync(FIXTURE)).toString('utf8')
  const frames: TestFrame[] = []
  let snapshot = ''
  for (const line of text.split('\n', lines)) {
    const json = line.slice(20)
    if (json.startsWith('{"lastUpdateId"')) snapshot = json
    else frames.push({ ms: Number(line.slice(0, 19)) / 1e6, text: json })
  }
  return { frames, snapshot }
}

/** A market that also keeps the venue's own book. */
class BookMarket extends PlainMarket {
  readonly book = new PlainBook()

  override onFrame(batch: PlayBatch, index: number): boolean {
    const text = (batch.bytes as Buffer).toString('utf8', batch.starts[index], batch.ends[index])
    if (text.includes('@depth')) this.book.onDepth((JSON.parse(text) as { data: never }).data)
    return super.onFrame(batch, index)
  }

  override depth(): ReturnType<PlainMarket['depth']> {
    return this.book.snapshot()
  }
}

/** A market with as many levels of bids as are asked for. */
class DeepMarket extends PlainMarket {
  override depth(_instrument?: number, limit = 0): ReturnType<PlainMarket['depth']> {
    const bids = Array.from({ length: limit }, (_, n): [string, string] => [`${9_000 - n}.00`, '1'])
    return { lastUpdateId: 1, bids, asks: [] }
  }
}

interface Told {
  readonly frames: string[]
  readonly events: string[]
  readonly book: PlainBook
}

function follow(config: Partial<MarketFeedConfig> = {}, onUp: () => void = () => {}): Told {
  const told: Told = { frames: [], events: [], book: new PlainBook() }
  const limits = new RequestLimits(new SystemClock())
  limits.setWeightPerMinute(1e9) // many connections in a moment
  told.book.onNeedSnapshot = (): void => feed.requestSnapshot('BTCUSDT')
  feed = new MarketFeedConnection({
    wsUrl: venue.ws,
    restUrl: venue.http,
    streams: STREAMS,
    bookSymbols: ['BTCUSDT'],
    nowNs: () => performance.now() * 1e6,
    random: new SeededRandom(3),
    limits,
    silenceMs: 60_000,
    reconnectMinMs: 2,
    reconnectMaxMs: 10,
    requestTimeoutMs: 2_000,
    sink: {
      onFrame: (bytes, start, end) => {
        const text = Buffer.from(bytes.subarray(start, end)).toString()
        told.frames.push(text)
        if (text.includes('@depth')) told.book.onDepth((JSON.parse(text) as { data: never }).data)
      },
      onSnapshot: (_symbol, bytes, start, end) =>
        told.book.onSnapshot(JSON.parse(Buffer.from(bytes.subarray(start, end)).toString()) as never),
      onUp: () => {
        told.events.push('up')
        onUp()
      },
      onDown: (reason) => {
        told.events.push(`down ${reason}`)
        told.book.forget()
      },
    },
    ...config,
  })
  feed.start()
  return told
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

describe('MarketFeedConnection', () => {
  it('F2: takes every recorded frame byte for byte and ends with the venue’s book', async () => {
    const { frames, snapshot } = recorded(12_000)
    venue = await startVenue(frames)
    const market = new BookMarket(venue.server)
    market.book.onSnapshot(JSON.parse(snapshot) as never)
    venue.server.market = market
    const told = follow()
    await until(() => told.frames.length === frames.length)
    expect(told.frames).toEqual(frames.map((frame) => frame.text))
    await until(() => told.book.lastUpdateId === market.book.lastUpdateId)
    expect(told.book.text).toBe(market.book.text)
    expect([told.book.gaps, told.events]).toEqual([0, ['up']])
  })

  it.each([1, 2, 3])(
    'F6: cut at random frames it comes back, and the book ends equal (seed %i)',
    async (seed) => {
      const { frames, snapshot } = recorded(9_000)
      venue = await startVenue(frames, { speed: 40 })
      const market = new BookMarket(venue.server)
      market.book.onSnapshot(JSON.parse(snapshot) as never)
      venue.server.market = market
      const cuts = new Cuts(
        () => venue.server.player,
        () => feed.up,
      )
      const told = follow({}, cuts.goOn)
      const downs = (): number => told.events.filter((event) => event.startsWith('down')).length
      await cuts.run(venue.http, 5, 600, new SeededRandom(seed), downs)
      await until(() => told.book.lastUpdateId === market.book.lastUpdateId)
      expect(told.book.text).toBe(market.book.text)
      expect(told.events.filter((event) => event === 'down CONNECTION_LOST').length).toBe(5)
      expect(feed.connects).toBe(6)
    },
  )

  it('F6: a gap makes the book ask for a snapshot, until one fits', async () => {
    const depth = (U: number, u: number): TestFrame => ({
      ms: u,
      text: `{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","U":${U},"u":${u},"b":[["1.00","${u}"]],"a":[]}}`,
    })
    venue = await startVenue([depth(2, 3), depth(4, 5), depth(9, 10)], { startOn: 'request' })
    venue.market.depthText = { lastUpdateId: 1, bids: [], asks: [] }
    const told = follow()
    await until(() => told.book.lastUpdateId === 1)
    await admin(venue.http, 'start', {})
    await until(() => told.book.gaps === 1)
    venue.market.depthText = { lastUpdateId: 6, bids: [], asks: [] }
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(told.book.lastUpdateId).toBe(5)
    venue.market.depthText = { lastUpdateId: 8, bids: [['2.00', '1']], asks: [] }
    await until(() => told.book.lastUpdateId === 10)
    expect(told.book.text).toBe('B 2.00 1\nB 1.00 10\n')
  })

  it("F2, F6: snapshots keep within half of the minute's weight: first with fewer levels, then in the next minute", async () => {
    const rateLimits = { requestWeight1m: 600, orders10s: null, orders1d: null }
    venue = await startVenue([], { startOn: 'request', rateLimits })
    venue.server.market = new DeepMarket(venue.server)
    const clock = new VirtualClock(0n)
    const limits = new RequestLimits(clock)
    limits.setWeightPerMinute(600)
    const told = follow({ limits })
    const levels = (): number => told.book.text.split('\n').length - 1
    const reconnected = async (): Promise<void> => {
      const connects = feed.connects
      await admin(venue.http, 'cut', { what: 'streams' })
      await until(() => feed.connects > connects)
    }
    await until(() => levels() === 5_000)
    await reconnected()
    await until(() => levels() === 1_000)
    await reconnected()
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect([levels(), limits.weightUsed]).toEqual([1_000, 300])
    clock.advanceToMono(60e9)
    await until(() => levels() === 5_000)
    expect(limits.weightUsed).toBeLessThanOrEqual(600)
  })

  it('F6: a silent connection is an outage and is opened anew', async () => {
    venue = await startVenue([tradeFrame(1, '1.00', '1.0')], { startOn: 'request' })
    const told = follow({ silenceMs: 60 })
    await until(() => told.events.length >= 3)
    expect(told.events.slice(0, 3)).toEqual(['up', 'down SILENT', 'up'])
  })

  it('F6: a look that comes an hour late, as this thread was held up, is one look and no silence', async () => {
    let hours = 0
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    venue = await startVenue([], { startOn: 'request' })
    const told = follow({ silenceMs: 400, nowNs: () => ++hours * 3_600e9 })
    await until(() => told.events.length > 0)
    vi.advanceTimersByTime(500)
    // A connection that was given up would be closed by the time of the answer.
    await admin(venue.http, 'status')
    expect(told.events).toEqual(['up'])
    vi.advanceTimersByTime(100)
    await until(() => told.events.length >= 3)
    expect(told.events.slice(0, 3)).toEqual(['up', 'down SILENT', 'up'])
  })

  it('F6: as many streams as one connection may have are confirmed at the pace that the venue allows', async () => {
    const streams = Array.from({ length: 1_024 }, (_, n) => `symbol${n}usdt@kline_1s`)
    const frames = streams.map((stream, ms) => ({ ms, text: `{"stream":"${stream}","data":{}}` }))
    venue = await startVenue(frames, { startOn: 'request' })
    const told = follow({ streams, bookSymbols: [] })
    await until(() => told.events.length > 0)
    await admin(venue.http, 'start', {})
    await until(() => told.frames.length >= frames.length || told.events.length > 1)
    expect(told.frames).toEqual(frames.map(({ text }) => text))
    expect(told.events).toEqual(['up'])
  })

  it('F6: a refused subscription is no connection', async () => {
    venue = await startVenue([], { startOn: 'request' })
    const streams = Array.from({ length: 1_025 }, (_, n) => `s${n}@trade`)
    const told = follow({ streams, requestTimeoutMs: 60_000 })
    await until(() => venue.server.sockets.size > 0)
    const [first] = venue.server.sockets
    await until(() => first?.destroyed === true)
    expect([told.events, feed.up]).toEqual([[], false])
  })

  it('F6: a request that stays unanswered is no connection, though frames come of those before it', async () => {
    venue = await startVenue()
    const silent = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    const connections: number[][] = []
    silent.on('connection', (peer) => {
      const asked: number[] = []
      const frames = setInterval(() => peer.send(tradeFrame(1, '1.00', '1.0').text), 10)
      peer.on('close', () => clearInterval(frames))
      peer.on('message', (data) => {
        const { id } = JSON.parse((data as Buffer).toString()) as { id: number }
        if (asked.push(id) > 1) return
        connections.push(asked)
        peer.send(JSON.stringify({ result: null, id }))
      })
    })
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const streams = Array.from({ length: 200 }, (_, n) => `symbol${n}usdt@depth@100ms`)
    const told = follow({ streams, wsUrl: `ws://127.0.0.1:${port}`, requestTimeoutMs: 200 })
    await until(() => connections.length > 1)
    expect([connections[0], told.events]).toEqual([[1, 2], []])
    expect(told.frames.length).toBeGreaterThan(0)
    await feed.stop()
    silent.close()
  })

  it('S12: stop ends it while it is opening, connected, and waiting to try again', async () => {
    venue = await startVenue()
    follow()
    await feed.stop()
    follow()
    await until(() => feed.up)
    await feed.stop()
    const told = follow({ wsUrl: 'ws://127.0.0.1:1', reconnectMinMs: 60_000, reconnectMaxMs: 60_000 })
    await new Promise((resolve) => setTimeout(resolve, 30))
    await feed.stop()
    expect(told.events).toEqual([])
    expect(venue.server.sockets.size).toBeLessThan(3)
  })
})
