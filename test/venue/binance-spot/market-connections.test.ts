import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { SystemClock, VirtualClock } from '../../../src/core/clock.ts'
import { SeededRandom } from '../../../src/core/random.ts'
import {
  MarketConnections,
  type MarketConnectionsConfig,
} from '../../../src/venue/binance-spot/market-connections.ts'
import { RequestLimits } from '../../../src/venue/binance-spot/request-limits.ts'
import type { PlayBatch } from '../../../src/venue/sim-server/player.ts'
import { admin, batchOf, startVenue, type TestFrame, type VenueRig } from '../sim-server/rig.ts'

const STREAMS = ['trade', 'bookTicker', 'depth@100ms']

let venue: VenueRig | null = null
let feeds: MarketConnections
let cut = Promise.withResolvers<void>()
afterEach(async () => {
  cut.resolve()
  await feeds.stop()
  await venue?.server.close()
})

const symbolsOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `COIN${n}USDT`)
const streamOf = (frame: string): string => (JSON.parse(frame) as { stream: string }).stream

interface Told {
  readonly frames: string[]
  readonly ups: (readonly string[])[]
  readonly downs: { readonly reason: string; readonly symbols: readonly string[] }[]
}

function open(config: Partial<MarketConnectionsConfig>): Told {
  const told: Told = { frames: [], ups: [], downs: [] }
  const clock = new SystemClock()
  const limits = new RequestLimits(clock)
  feeds = new MarketConnections({
    wsUrl: venue?.ws ?? 'ws://127.0.0.1:1',
    restUrl: venue?.http ?? 'http://127.0.0.1:1',
    symbols: [],
    streams: STREAMS,
    nowNs: () => clock.monoNs(),
    random: new SeededRandom(3),
    limits,
    silenceMs: 60_000,
    reconnectMinMs: 2,
    reconnectMaxMs: 10,
    requestTimeoutMs: 60_000,
    sink: {
      onFrame: (bytes, start, end) => told.frames.push(Buffer.from(bytes.subarray(start, end)).toString()),
      onSnapshot: () => true,
      onUp: (symbols) => told.ups.push(symbols),
      onDown: (reason, symbols) => told.downs.push({ reason, symbols }),
    },
    ...config,
  })
  return told
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('MarketConnections', () => {
  it.each([
    [1, 1],
    [341, 1],
    [342, 2],
    [683, 3],
    [1_024, 4],
  ])('F2: %i symbols of three streams take %i connections', (symbols, connections) => {
    open({ symbols: symbolsOf(symbols) })
    expect(feeds.connections).toHaveLength(connections)
  })

  it('F6: those of all venues at a host stay together within the attempts that it allows', async () => {
    let attempts = 0
    const door = createServer((socket) => {
      attempts++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(door, 'listening')
    const wsUrl = `ws://127.0.0.1:${(door.address() as AddressInfo).port}`
    const limits = new RequestLimits(new VirtualClock(0n))
    const venues = [1, 2].map(() => {
      open({ wsUrl, limits, symbols: ['BTCUSDT'], reconnectMinMs: 1, reconnectMaxMs: 1 })
      return feeds
    })
    for (const each of venues) each.start()
    await until(() => attempts >= 240)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(attempts).toBe(240)
    for (const each of venues) await each.stop()
    door.close()
  })

  it('F2, F6: 400 symbols come whole over two connections, and those of one outlive the other', async () => {
    const symbols = symbolsOf(400)
    const names = symbols.flatMap((symbol) => STREAMS.map((stream) => `${symbol.toLowerCase()}@${stream}`))
    const frames = names.map((stream, ms): TestFrame => ({ ms, text: `{"stream":"${stream}","data":{}}` }))
    cut = Promise.withResolvers<void>()
    venue = await startVenue([], {
      startOn: 'request',
      batches: async function* (): AsyncGenerator<PlayBatch> {
        yield batchOf(frames)
        await cut.promise
        yield batchOf(frames)
      },
    })
    const told = open({ symbols, reconnectMinMs: 60_000, reconnectMaxMs: 60_000 })
    feeds.start()
    await until(() => told.ups.length === 2)
    expect(told.ups.flat().toSorted()).toEqual(symbols.toSorted())
    expect(await admin(venue.http, 'status')).toMatchObject({ stream_connections: 2 })

    await admin(venue.http, 'start', {})
    await until(() => told.frames.length === frames.length)
    expect(told.frames.map(streamOf).toSorted()).toEqual(names.toSorted())
    expect(feeds.frames).toBe(frames.length)

    const stream = 'coin399usdt@bookTicker'
    expect(await admin(venue.http, 'cut', { what: 'streams', stream })).toEqual({ cut: 1 })
    await until(() => told.downs.length > 0)
    told.frames.length = 0
    cut.resolve()
    const lost = new Set(told.downs[0]?.symbols)
    const left = names.filter((name) => !lost.has(name.slice(0, name.indexOf('@')).toUpperCase()))
    await until(() => venue?.server.player.state === 'done' && told.frames.length >= left.length)
    expect(told.frames.map(streamOf).toSorted()).toEqual(left.toSorted())
    expect(told.downs).toHaveLength(1)
    expect([lost.size, left.length, lost.has('COIN399USDT')]).toEqual([200, 600, true])
  })
})
