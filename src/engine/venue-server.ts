import { configPath } from '../config/config-path.ts'
import type { Config } from '../config/types.ts'
import type { Clock } from '../core/clock.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { SeededRandom } from '../core/random.ts'
import type { Instrument, InstrumentTable } from '../domain/instrument.ts'
import { type Book, qtyText } from '../feed/book.ts'
import type { BookSide } from '../feed/book-side.ts'
import { createDecoder } from '../feed/decode/create.ts'
import { MarketFeed } from '../feed/market-feed.ts'
import { openRecording } from '../feed/recording/open.ts'
import { FRAME, type Recording } from '../feed/recording/recording.ts'
import { feedTick } from '../venue/sim/tick-input.ts'
import type { VenueKey } from '../venue/sim-server/auth.ts'
import type { DepthText } from '../venue/sim-server/operations.ts'
import type { PlayBatch } from '../venue/sim-server/player.ts'
import { type VenueMarket, VenueServer } from '../venue/sim-server/server.ts'
import { padded, wireNumber } from '../venue/sim-server/wire-text.ts'
import { instrumentTable } from './from-config.ts'

/** Batches that are searched for the first snapshot of the recording before it is played. */
const PRIME_BATCHES_MAX = 16

export interface VenueServerInput {
  readonly config: Config
  /** recordings to play; the configuration's `sim.data`, else its `replay.data`, where none are named */
  readonly files?: readonly string[]
  readonly clock: Clock
  readonly speed?: number | 'max'
  readonly startOn?: 'subscribe' | 'listen' | 'request'
  readonly pace?: 'sleep' | 'spin'
}

/** The simulated venue with its recording, ready to listen. */
export interface ComposedVenue {
  readonly server: VenueServer
  readonly recording: Recording
  readonly table: InstrumentTable
  /** the venue's own way from frames to ticks: its counts, its books */
  readonly feed: MarketFeed
}

/**
 * Puts the simulated venue together: the recording's frames go through our own decoder and sanity stage into the
 * matching and the book, and byte for byte to the clients.
 *
 * @throws DATA_… (exit 4) for recordings that cannot be read or are not Binance spot, and what the parts throw
 */
export async function composeVenue(input: VenueServerInput): Promise<ComposedVenue> {
  const { config, clock } = input
  const table = instrumentTable(config)
  const recording = await openRecording(recordedFiles(config, input.files))
  if (recording.kind !== 'binance-spot') {
    throw new TidegateError(
      'DATA_KIND',
      `the venue plays Binance spot; ${recording.files[0]} is ${recording.kind}`,
      {
        exitCode: EXIT.DATA,
      },
    )
  }
  const { sim } = config
  const server = new VenueServer({
    instruments: table,
    fillModel: sim.fill_model,
    fees: config.fees,
    balances: sim.cash,
    keys: venueKeys(config),
    clock,
    random: new SeededRandom(sim.seed),
    batches: () => recording.batches(),
    speed: input.speed ?? sim.speed,
    startOn: input.startOn ?? sim.start_on,
    pace: input.pace ?? 'sleep',
    rejectShare: sim.reject_share,
    latencyMs: sim.latency_ms,
  })
  const market = new RecordedMarket(server, recording, table, config)
  server.market = market
  await market.prime()
  return { server, recording, table, feed: market.feed }
}

/** The venue's market: what the recording says. */
class RecordedMarket implements VenueMarket {
  readonly feed: MarketFeed
  readonly #recording: Recording
  readonly #table: InstrumentTable
  readonly #baseMs: number
  #nowMs: number | null = null

  constructor(server: VenueServer, recording: Recording, table: InstrumentTable, config: Config) {
    this.#recording = recording
    this.#table = table
    this.#baseMs = Number(recording.eventBaseUtcNs / 1_000_000n)
    const { matching } = server.desk
    this.feed = new MarketFeed({
      kind: recording.kind,
      decoder: createDecoder(recording.kind, table, recording.eventBaseUtcNs, 'auto'),
      instruments: table,
      limits: { spikeRatio: config.feed.spike_ratio },
      sink: {
        onTick: (slots, slot) => feedTick(matching, slots, slot, this.#baseMs, this.#nowMs ?? this.#baseMs),
        onBookBroken: () => {},
        onResync: () => {},
      },
    })
  }

  /**
   * Loads the recording's first snapshots before it is played, so that a client that asks at once gets a book. Updates
   * that the snapshot holds already are then skipped, here as at the client.
   */
  async prime(): Promise<void> {
    let searched = 0
    for await (const batch of this.#recording.batches()) {
      for (const index of batch.symbols.keys()) this.#snapshot(batch, index)
      if (this.#allBooked() || ++searched === PRIME_BATCHES_MAX) return
    }
  }

  onFrame(batch: PlayBatch, index: number): boolean {
    const recvNs = batch.recvNs[index] as number
    this.#nowMs = this.#baseMs + Math.floor(recvNs / 1e6)
    if (batch.types[index] === FRAME.SNAPSHOT) {
      this.#snapshot(batch, index)
      return false
    }
    this.feed.onFrame(batch.bytes, batch.starts[index] as number, batch.ends[index] as number, recvNs)
    return true
  }

  depth(instrument: number, limit: number): DepthText | null {
    const sync = this.feed.bookSync(instrument)
    if (sync === undefined || !sync.book.live) return null
    return depthText(sync.book, sync.lastUpdateId, this.#table.get(instrument), limit)
  }

  marketMs(): number | null {
    return this.#nowMs
  }

  /** A live book needs no snapshot; one that lost updates takes the next that the recording has. */
  #snapshot(batch: PlayBatch, index: number): void {
    const instrument = this.#table.bySymbol(batch.symbols.get(index) ?? '')
    if (instrument === undefined || this.feed.bookSync(instrument.index)?.book.live === true) return
    const { bytes, starts, ends, recvNs } = batch
    this.feed.onSnapshot(
      bytes,
      starts[index] as number,
      ends[index] as number,
      instrument.index,
      recvNs[index] as number,
    )
  }

  #allBooked(): boolean {
    return this.#table.all().every(({ index }) => this.feed.bookSync(index)?.book.live === true)
  }
}

function recordedFiles(config: Config, named: readonly string[] | undefined): string[] {
  if (named !== undefined && named.length > 0) return [...named]
  const files = config.sim.data.length > 0 ? config.sim.data : config.replay.data
  return files.map((file) => configPath(config, file))
}

function venueKeys(config: Config): VenueKey[] {
  const { api_key: apiKey, api_secret: apiSecret } = config.sim
  if (apiKey === null || apiSecret === null) return []
  const secret = apiSecret.reveal()
  const kind = secret.includes('PUBLIC KEY') ? 'ed25519' : 'hmac'
  return [{ apiKey: apiKey.reveal(), kind, secret }]
}

function depthText(book: Book, lastUpdateId: number, instrument: Instrument, limit: number): DepthText {
  const levels = (side: BookSide): [string, string][] =>
    Array.from({ length: Math.min(limit, side.count) }, (_, i) => [
      wireNumber(side.priceAt(i), instrument.priceIncrement),
      padded(qtyText(side.qtyAt(i), instrument.qtyIncrement)),
    ])
  return { lastUpdateId, bids: levels(book.bids), asks: levels(book.asks) }
}
