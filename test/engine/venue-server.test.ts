import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { incrementsToText } from '../../src/core/decimal.ts'
import { SeededRandom } from '../../src/core/random.ts'
import { TICK, TICK_SLOT_F64, tickKind } from '../../src/domain/tick.ts'
import { type ComposedVenue, composeVenue } from '../../src/engine/venue-server.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import { MarketFeed } from '../../src/feed/market-feed.ts'
import { MarketFeedConnection } from '../../src/venue/binance-spot/market-feed-connection.ts'
import { RequestLimits } from '../../src/venue/binance-spot/request-limits.ts'
import { Cuts } from '../venue/sim-server/cuts.ts'

const CONFIG = new URL('../../examples/sma-cross.yaml', import.meta.url).pathname
const FIXTURES = new URL('../fixtures/binance-raw/', import.meta.url).pathname
const FILES = [`${FIXTURES}spot_btcusdt_20240808.gz`, `${FIXTURES}spot_btcusdt_20240809.gz`]

interface Expected {
  readonly trades: { readonly count: number; readonly tape_sha256: string }
  readonly bookTicker: { readonly count: number }
  readonly depth: {
    readonly book_sha256: string
    readonly last_u: number
    readonly levels: readonly number[]
  }
}
const EXPECTED = JSON.parse(readFileSync(`${FIXTURES}spot_btcusdt.expected.json`, 'utf8')) as Expected

let venue: ComposedVenue
let connection: MarketFeedConnection
afterEach(async () => {
  await connection.stop()
  await venue.server.close()
})

interface Client {
  readonly feed: MarketFeed
  readonly tape: string[]
  readonly quotes: () => number
  readonly base: string
  readonly ups: () => number
  readonly downs: () => number
}

/** A client of the venue with our own feed behind it. */
async function follow(
  files: readonly string[],
  speed: number | 'max',
  onUp: () => void = () => {},
): Promise<Client> {
  const config = loadConfig(CONFIG, {})
  venue = await composeVenue({ config, files, clock: new SystemClock(0n), speed })
  const { port } = await venue.server.listen('127.0.0.1', 0)
  const { recording, table } = venue
  const instrument = table.get(0)
  const baseMs = Number(recording.eventBaseUtcNs / 1_000_000n)
  const tape: string[] = []
  let quotes = 0
  let [ups, downs] = [0, 0]
  const feed = new MarketFeed({
    kind: 'binance-spot',
    decoder: createDecoder('binance-spot', table, recording.eventBaseUtcNs, 'auto'),
    instruments: table,
    sink: {
      onTick: (slots, slot) => {
        if (tickKind(slots, slot) === TICK.QUOTE) quotes++
        if (tickKind(slots, slot) !== TICK.TRADE) return
        const at = slot * TICK_SLOT_F64
        const price = incrementsToText(slots.f64[at + 3] as number, instrument.priceIncrement)
        const qty = incrementsToText(slots.f64[at + 4] as number, instrument.qtyIncrement)
        tape.push(`${baseMs + (slots.f64[at + 1] as number) / 1e6},${price},${qty}\n`)
      },
      onBookBroken: () => connection.requestSnapshot('BTCUSDT'),
      onResync: () => {},
    },
  })
  const clock = new SystemClock()
  const limits = new RequestLimits(clock)
  limits.setWeightPerMinute(1e9) // a day is played in seconds
  connection = new MarketFeedConnection({
    wsUrl: `ws://127.0.0.1:${port}`,
    restUrl: `http://127.0.0.1:${port}`,
    streams: ['btcusdt@trade', 'btcusdt@bookTicker', 'btcusdt@depth@100ms'],
    bookSymbols: ['BTCUSDT'],
    nowNs: () => clock.monoNs(),
    random: new SeededRandom(1),
    limits,
    silenceMs: 60_000,
    reconnectMinMs: 2,
    reconnectMaxMs: 10,
    requestTimeoutMs: 5_000,
    sink: {
      onFrame: (bytes, start, end, recvNs) => feed.onFrame(bytes, start, end, recvNs),
      onSnapshot: (_symbol, bytes, start, end, recvNs) => {
        feed.onSnapshot(bytes, start, end, 0, recvNs)
        return feed.bookSync(0)?.book.live === true
      },
      onUp: () => {
        ups++
        onUp()
      },
      onDown: () => downs++,
    },
  })
  connection.start()
  const base = `http://127.0.0.1:${port}`
  return { feed, tape, quotes: () => quotes, base, ups: () => ups, downs: () => downs }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const bookSha = (feed: MarketFeed): string =>
  sha256(feed.bookSync(0)?.book.canonText(venue.table.get(0)) ?? '')

describe('the venue on the whole recording, over sockets', () => {
  it('F9: at full speed every frame arrives; tapes and books are the expected ones at both ends', async () => {
    const client = await follow(FILES, 'max')
    await until(() => venue.server.player.state === 'done')
    await until(() => connection.frames === 99_573)
    await until(() => client.feed.bookSync(0)?.lastUpdateId === EXPECTED.depth.last_u)
    expect(client.tape).toHaveLength(EXPECTED.trades.count)
    expect(sha256(client.tape.join(''))).toBe(EXPECTED.trades.tape_sha256)
    expect(client.quotes()).toBe(EXPECTED.bookTicker.count)
    expect(bookSha(client.feed)).toBe(EXPECTED.depth.book_sha256)
    expect(sha256(venue.feed.bookSync(0)?.book.canonText(venue.table.get(0)) ?? '')).toBe(
      EXPECTED.depth.book_sha256,
    )
    expect([client.feed.bookSync(0)?.breaks, client.ups()]).toEqual([0, 1])
  })

  it('F6: cut at random frames, the book ends equal to the venue’s', async () => {
    const cuts = new Cuts(
      () => venue.server.player,
      () => connection.up,
    )
    const client = await follow([FILES[0] as string], 300, cuts.goOn)
    await cuts.run(client.base, 6, 4_000, new SeededRandom(11), client.downs)
    const sync = venue.feed.bookSync(0)
    await until(
      () =>
        client.feed.bookSync(0)?.lastUpdateId === sync?.lastUpdateId &&
        client.feed.bookSync(0)?.book.live === true,
    )
    expect(bookSha(client.feed)).toBe(sha256(sync?.book.canonText(venue.table.get(0)) ?? ''))
    expect([client.ups(), client.downs()]).toEqual([7, 6])
  })
})
