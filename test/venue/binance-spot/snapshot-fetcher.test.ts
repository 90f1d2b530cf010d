import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../src/core/clock.ts'
import { SeededRandom } from '../../../src/core/random.ts'
import { Timers } from '../../../src/core/timers.ts'
import { RequestLimits } from '../../../src/venue/binance-spot/request-limits.ts'
import { SnapshotFetcher } from '../../../src/venue/binance-spot/snapshot-fetcher.ts'

const SYMBOLS = ['A', 'B', 'C', 'D', 'E']
const WEIGHT = 250

let server: Server
let fetcher: SnapshotFetcher
let timers: Timers
afterEach(async () => {
  timers.close()
  await fetcher.close()
  server.closeAllConnections()
  server.close()
})

/** A fetcher against a server that holds each answer until it is told. */
async function open(): Promise<{ held: ServerResponse[]; got: string[]; limits: RequestLimits }> {
  const held: ServerResponse[] = []
  const got: string[] = []
  server = createServer((_request, response) => held.push(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  timers = new Timers('test')
  const limits = new RequestLimits(new VirtualClock(0n))
  fetcher = new SnapshotFetcher({
    restUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{
      requestTimeoutMs: 60_000,
      retryMinMs: 5,
      retryMaxMs: 10,
      random: new SeededRandom(1),
      limits,
      timers,
    },
    depths: [{ levels: 5_000, weight: WEIGHT }],
    wanted: () => true,
    onBytes: (symbol) => {
      got.push(symbol)
      return true
    },
  })
  return { held, got, limits }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

describe('SnapshotFetcher', () => {
  it('F2: a request counts when it leaves, not while it waits for its turn', async () => {
    const { held, got, limits } = await open()
    for (const symbol of SYMBOLS) fetcher.request(symbol)
    for (let answered = 0; answered < SYMBOLS.length; answered++) {
      // Two are under way, and the next one leaves for an answer: none is between there and here now.
      const left = Math.min(answered + 2, SYMBOLS.length)
      await until(() => held.length === left)
      expect(limits.weightUsed).toBe(left * WEIGHT)
      held[answered]?.end('{}')
    }
    await until(() => got.length === SYMBOLS.length)
    expect([got.toSorted(), limits.weightUsed]).toEqual([SYMBOLS, SYMBOLS.length * WEIGHT])
  })

  it('S12: closed while requests wait for their turn, none of them leaves', async () => {
    const { held, got, limits } = await open()
    for (const symbol of SYMBOLS) fetcher.request(symbol)
    await until(() => held.length === 2)
    timers.close()
    await fetcher.close()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect([held.length, got, limits.weightUsed]).toEqual([2, [], 2 * WEIGHT])
  })
})
