import { type MarketFeedConfig, MarketFeedConnection } from './market-feed-connection.ts'

/** Most streams of one connection at Binance. */
const STREAMS_MAX = 1_024

export interface MarketConnectionsConfig extends Omit<MarketFeedConfig, 'streams' | 'bookSymbols'> {
  readonly symbols: readonly string[]
  /** streams of each symbol, e.g. trade */
  readonly streams: readonly string[]
}

/** As few groups of symbols as `perGroup` allows, of nearly the same size. */
function groupsOf(symbols: readonly string[], perGroup: number): string[][] {
  const size = Math.ceil(symbols.length / Math.ceil(symbols.length / perGroup))
  const groups: string[][] = []
  for (let at = 0; at < symbols.length; at += size) groups.push(symbols.slice(at, at + size))
  return groups
}

/**
 * Market data of all symbols of a venue, on as many connections as its limit of streams asks for. All streams of a symbol are
 * on one connection; each is lost, opened anew and given its books by itself.
 */
export class MarketConnections {
  readonly connections: readonly MarketFeedConnection[]
  readonly #bySymbol = new Map<string, MarketFeedConnection>()

  constructor({ symbols, streams, ...shared }: MarketConnectionsConfig) {
    this.connections = groupsOf(symbols, Math.floor(STREAMS_MAX / streams.length)).map((group) => {
      const names = group.flatMap((symbol) => streams.map((stream) => `${symbol.toLowerCase()}@${stream}`))
      const connection = new MarketFeedConnection({ ...shared, streams: names, bookSymbols: group })
      for (const symbol of group) this.#bySymbol.set(symbol, connection)
      return connection
    })
  }

  /** Frames received on all connections since the start. */
  get frames(): number {
    return this.connections.reduce((sum, { frames }) => sum + frames, 0)
  }

  start(): void {
    for (const connection of this.connections) connection.start()
  }

  /** Asks for a book anew, on the symbol's connection. */
  requestSnapshot(symbol: string): void {
    this.#bySymbol.get(symbol)?.requestSnapshot(symbol)
  }

  async stop(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.stop()))
  }
}
