import { afterEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { BinanceSpotConfig, Config } from '../../src/config/types.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { SeededRandom } from '../../src/core/random.ts'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import { openFeeds } from '../../src/engine/live-feed.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import { MarketFeed } from '../../src/feed/market-feed.ts'
import type { MarketConnections } from '../../src/venue/binance-spot/market-connections.ts'
import { HostLimits } from '../../src/venue/binance-spot/request-limits.ts'
import type { PlayBatch } from '../../src/venue/sim-server/player.ts'
import { admin, batchOf, startVenue, type TestFrame, type VenueRig } from '../venue/sim-server/rig.ts'

const CONFIG = new URL('../../examples/live-sim.yaml', import.meta.url).pathname
const MIDNIGHT_MS = 1_723_161_600_000
const SYMBOLS = 400

let venue: VenueRig
let feeds: MarketConnections
let gates: PromiseWithResolvers<void>[] = []
afterEach(async () => {
  for (const gate of gates) gate.resolve()
  await feeds.stop()
  await venue.server.close()
})

function coins(): InstrumentTable {
  const table = new InstrumentTable()
  for (let n = 0; n < SYMBOLS; n++) {
    const increments = { priceIncrement: '0.01', qtyIncrement: '0.00001' }
    table.add({ symbol: `COIN${n}USDT`, venue: 'sim', ...increments })
  }
  return table
}

/** The depth update of that number, one of each symbol. */
function updates(table: InstrumentTable, number: number): PlayBatch {
  const frames = table.all().map(({ symbol }): TestFrame => {
    const ms = MIDNIGHT_MS + number
    const data = {
      e: 'depthUpdate',
      E: ms,
      s: symbol,
      U: number,
      u: number,
      b: [['1.00', `${number}`]],
      a: [],
    }
    return {
      ms,
      text: `{"stream":"${symbol.toLowerCase()}@depth@100ms","data":${JSON.stringify(data)}}`,
    }
  })
  return batchOf(frames)
}

function configured(rig: VenueRig): Config {
  const config = loadConfig(CONFIG, { VENUE_KEY: 'key', VENUE_SECRET: 'secret' })
  const sim = { ...(config.venues['sim'] as BinanceSpotConfig), rest_url: rig.http, ws_url: rig.ws }
  return {
    ...config,
    venues: { sim },
    feed: { ...config.feed, reconnect_min_ms: 100, reconnect_max_ms: 200, silence_ms: 60_000 },
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('live market data of many symbols', () => {
  it('F2, F6: a lost connection costs its own symbols their data alone, and they get their books anew', async () => {
    const table = coins()
    gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    venue = await startVenue([], {
      startOn: 'request',
      instruments: table,
      batches: async function* (): AsyncGenerator<PlayBatch> {
        yield updates(table, 2)
        await gates[0]?.promise
        yield updates(table, 3)
        await gates[1]?.promise
        yield updates(table, 4)
      },
    })
    const asked = new Array<number>(SYMBOLS).fill(0)
    let snapshotId = 1
    venue.server.market = {
      onFrame: () => true,
      depth: (instrument) => {
        asked[instrument] = (asked[instrument] as number) + 1
        return { lastUpdateId: snapshotId, bids: [['1.00', '1']], asks: [['2.00', '1']] }
      },
      marketMs: () => null,
    }
    const clock = new SystemClock()
    const limits = new HostLimits(clock)
    limits.of(venue.http).setWeightPerMinute(1e9) // minutes of the venue in seconds
    const notes: string[] = []
    const feed = new MarketFeed({
      kind: 'binance-spot',
      decoder: createDecoder('binance-spot', table, BigInt(MIDNIGHT_MS) * 1_000_000n, 'auto'),
      instruments: table,
      sink: {
        onTick: () => {},
        onBookBroken: (index) => feeds.requestSnapshot(table.get(index).symbol),
        onResync: () => {},
      },
    })
    const opened = openFeeds(
      {
        config: configured(venue),
        table,
        random: new SeededRandom(5),
        limits,
        onNote: (level, text, details) => notes.push(`${level} ${text} ${JSON.stringify(details)}`),
      },
      { feed: () => feed, nowNs: () => clock.monoNs(), onFrameStart: () => {}, onFrameEnd: () => {} },
    )
    feeds = opened.get('sim') as MarketConnections
    const bookIds = (from: number, to: number): Set<number | undefined> =>
      new Set(
        table
          .all()
          .slice(from, to)
          .map(({ index }) => feed.bookSync(index)?.lastUpdateId),
      )
    const inStep = (from: number, to: number, id: number): boolean => {
      const ids = bookIds(from, to)
      return ids.size === 1 && ids.has(id)
    }
    const up = 'info market data up {"venue":"sim","symbols":200}'

    feeds.start()
    await until(() => inStep(0, SYMBOLS, 1))
    await admin(venue.http, 'start', {})
    await until(() => inStep(0, SYMBOLS, 2))
    expect(notes).toEqual([up, up])
    const askedBefore = [...asked]

    await admin(venue.http, 'cut', { what: 'streams', stream: 'coin399usdt@trade' })
    await until(() => notes.length > 2)
    snapshotId = 3
    gates[0]?.resolve()
    await until(() => inStep(0, SYMBOLS, 3))
    await until(() => asked.every((times, n) => n < 200 || times > (askedBefore[n] as number)))
    gates[1]?.resolve()
    await until(() => inStep(0, SYMBOLS, 4))
    const down = 'warn market data down {"venue":"sim","symbols":200,"reason":"CONNECTION_LOST"}'
    expect(notes).toEqual([up, up, down, up])
    expect(asked.slice(0, 200)).toEqual(askedBefore.slice(0, 200))
    expect(table.all().filter(({ index }) => feed.bookSync(index)?.book.live !== true)).toEqual([])
    expect(table.all().filter(({ index }) => index < 200 && feed.bookSync(index)?.breaks !== 0)).toEqual([])

    const [first, last] = [asked[5] as number, asked[395] as number]
    feeds.requestSnapshot('COIN5USDT')
    feeds.requestSnapshot('COIN395USDT')
    await until(() => (asked[5] as number) > first && (asked[395] as number) > last)
    expect([asked[5], asked[395]]).toEqual([first + 1, last + 1])
  })
})
