import type { InstrumentTable } from '../domain/instrument.ts'
import type { MarketFeed } from '../feed/market-feed.ts'
import { MarketConnections } from '../venue/binance-spot/market-connections.ts'
import type { LiveInput } from './live.ts'

/** Streams that a symbol is followed by. */
const STREAMS = ['trade', 'bookTicker', 'depth@100ms'] as const
const REQUEST_TIMEOUT_MS = 5_000

/** What a live feed tells the engine. */
export interface LiveFeedEvents {
  /** the feed of now; a live run makes it anew when the first event tells its day */
  readonly feed: () => MarketFeed
  /** receive time on the engine's clock, ns from the event base */
  readonly nowNs: () => number
  /** before a frame is decoded */
  readonly onFrameStart: (bytes: Uint8Array, start: number, end: number) => void
  /** after a frame was decoded: run what is in the queue */
  readonly onFrameEnd: () => void
}

/** The market connections of each venue that has market data; notes say with how many symbols one comes up or goes down. */
export function openFeeds(
  {
    config,
    table,
    random,
    limits,
    onNote,
  }: Pick<LiveInput, 'config' | 'table' | 'random' | 'limits' | 'onNote'>,
  events: LiveFeedEvents,
): Map<string, MarketConnections> {
  const feeds = new Map<string, MarketConnections>()
  for (const [id, venue] of Object.entries(config.venues)) {
    if (venue.kind !== 'binance-spot') continue
    const symbols = table
      .all()
      .filter((instrument) => instrument.venue === id)
      .map(({ symbol }) => symbol)
    if (symbols.length === 0) continue
    feeds.set(
      id,
      new MarketConnections({
        wsUrl: venue.ws_url,
        restUrl: venue.rest_url,
        symbols,
        streams: STREAMS,
        nowNs: events.nowNs,
        random,
        limits: limits.of(venue.rest_url),
        silenceMs: config.feed.silence_ms,
        reconnectMinMs: config.feed.reconnect_min_ms,
        reconnectMaxMs: config.feed.reconnect_max_ms,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        sink: {
          onFrame: (bytes, start, end, recvNs) => {
            events.onFrameStart(bytes, start, end)
            events.feed().onFrame(bytes, start, end, recvNs)
            events.onFrameEnd()
          },
          onSnapshot: (symbol, bytes, start, end, recvNs) => {
            const instrument = table.bySymbol(symbol)
            if (instrument === undefined) return true
            events.onFrameStart(bytes, start, end)
            const feed = events.feed()
            feed.onSnapshot(bytes, start, end, instrument.index, recvNs)
            events.onFrameEnd()
            return feed.bookSync(instrument.index)?.book.live === true
          },
          onUp: ({ length }) => onNote('info', 'market data up', { venue: id, symbols: length }),
          onDown: (reason, { length }) =>
            onNote('warn', 'market data down', { venue: id, symbols: length, reason }),
        },
      }),
    )
  }
  return feeds
}

/** Asks again for the books that a feed has, because another feed takes its place. */
export function askForBooks(
  feed: MarketFeed,
  table: InstrumentTable,
  feeds: ReadonlyMap<string, MarketConnections>,
): void {
  for (const { index, symbol, venue } of table.all()) {
    if (feed.bookSync(index)?.book.live === true) feeds.get(venue)?.requestSnapshot(symbol)
  }
}
