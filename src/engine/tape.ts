import { basename } from 'node:path'
import type { DecodeCode } from '../domain/decode-codes.ts'
import { InstrumentTable } from '../domain/instrument.ts'
import { TICK, TICK_SLOT_I32, type TickSlots, tickKind } from '../domain/tick.ts'
import { createDecoder } from '../feed/decode/create.ts'
import type { Decoder, FeedKind } from '../feed/decode/decoder.ts'
import { DiscoveringDecoder } from '../feed/decode/discover.ts'
import { FEED_LIMITS_DEFAULT, type FeedLimits } from '../feed/feed-limits.ts'
import { type FeedSink, MarketFeed } from '../feed/market-feed.ts'
import { openRecording } from '../feed/recording/open.ts'
import { FRAME, type FrameBatch, type Recording } from '../feed/recording/recording.ts'
import type { TradeBars } from './tape-bars.ts'
import { SymbolTape, type TapeCanon, type TapeSymbol } from './tape-symbol.ts'
import { alpacaType, binanceType, bookTickerLine } from './tape-types.ts'

/** Increment of price and quantity where nothing defines a symbol. */
const DISCOVERED_INCREMENT = '0.00000001'
/**
 * Raw lines carry no subscription: a symbol that has fewer frames than this and less than a thousandth of all is a fault
 * of the recording, not a subscription.
 */
const RARE_FRAMES_MAX = 20
const RARE_SHARE = 0.001

/** The document that `tape --json` prints (CONTRACTS). */
export interface TapeDocument {
  readonly files: readonly string[]
  readonly kind: FeedKind
  readonly messages: number
  readonly by_type: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  readonly symbols: Readonly<Record<string, TapeSymbol>>
}

export interface TapeOptions {
  readonly native: 'auto' | 'off'
  /** definitions of symbols, to which others that the recording has are added; none by default */
  readonly instruments?: InstrumentTable
  readonly limits?: FeedLimits
  /** further bars per symbol, for callers that want other periods than a minute */
  readonly extraBars?: (symbol: string) => readonly TradeBars[]
}

/**
 * Decodes recordings and nothing else: counts, trade and quote tapes, books, bars.
 *
 * @throws DATA_* (exit code 4)
 */
export async function runTape(files: readonly string[], options: TapeOptions): Promise<TapeDocument> {
  const tape = new Tape(await openRecording(files), options)
  await tape.run()
  return tape.toJson()
}

/** Counts Alpaca's and MetaTrader's messages as they are decoded, before anything is dropped. */
class Tape implements FeedSink {
  readonly #recording: Recording
  readonly #options: TapeOptions
  readonly #instruments: InstrumentTable
  /** how many instruments were defined before the recording was read */
  readonly #defined: number
  readonly #discovering: DiscoveringDecoder
  readonly #feed: MarketFeed
  readonly #canon: TapeCanon
  readonly #symbols: SymbolTape[] = []
  readonly #types = new Map<string, number>()
  readonly #binance: boolean
  #messages = 0
  // The frame being decoded: the venue's own text is the canon of its quotes.
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0

  constructor(recording: Recording, options: TapeOptions) {
    const { kind, eventBaseUtcNs } = recording
    this.#recording = recording
    this.#options = options
    this.#instruments = options.instruments ?? new InstrumentTable()
    this.#defined = this.#instruments.size
    this.#binance = kind === 'binance-spot' || kind === 'binance-usdm'
    this.#canon = {
      tradeTime: !(this.#binance && recording.form === 'capture'),
      quoteBars: kind === 'mt5' || kind === 'mt5-csv',
      barVwapPlaces: kind === 'alpaca' ? 8 : 10,
      baseMs: Number(eventBaseUtcNs / 1_000_000n),
    }
    const decoder = createDecoder(kind, this.#instruments, eventBaseUtcNs, options.native)
    this.#discovering = new DiscoveringDecoder(
      decoder,
      kind,
      this.#instruments,
      DISCOVERED_INCREMENT,
      recording.subscribed,
    )
    const counting = this.#binance ? this.#discovering : this.#counting(this.#discovering)
    const limits = options.limits ?? FEED_LIMITS_DEFAULT
    this.#feed = new MarketFeed({
      kind,
      decoder: counting,
      instruments: this.#instruments,
      limits,
      sink: this,
    })
  }

  async run(): Promise<void> {
    for await (const batch of this.#recording.batches()) {
      for (let i = 0; i < batch.count; i++) {
        if (batch.types[i] === FRAME.SNAPSHOT) this.#snapshot(batch, i)
        else this.#frame(batch, i)
      }
    }
  }

  #frame(batch: FrameBatch, i: number): void {
    const start = batch.starts[i] as number
    const end = batch.ends[i] as number
    this.#bytes = batch.bytes
    this.#start = start
    const refused = this.#feed.onFrame(batch.bytes, start, end, batch.recvNs[i] as number)
    if (!this.#binance) return
    this.#messages++
    if (refused === 0) this.#count(binanceType(batch.bytes, start, end))
  }

  #snapshot(batch: FrameBatch, i: number): void {
    const instrument = this.#discovering.instrumentOf(batch.symbols.get(i) ?? this.#recording.symbol)
    if (this.#recording.form === 'raw') {
      this.#messages++
      this.#count('rest_depth_snapshot')
    }
    if (instrument < 0) return
    this.#feed.onSnapshot(
      batch.bytes,
      batch.starts[i] as number,
      batch.ends[i] as number,
      instrument,
      batch.recvNs[i] as number,
    )
  }

  #counting(decoder: Decoder): Decoder {
    const alpaca = this.#recording.kind === 'alpaca'
    const count = (slots: TickSlots, first: number, n: number): number => {
      for (let slot = first; slot < first + n; slot++) {
        if (slots.i32[slot * TICK_SLOT_I32] === TICK.ERROR) this.#messages++
        const type = alpaca ? alpacaType(slots, slot) : tickKind(slots, slot) === TICK.QUOTE ? 'TICK' : null
        if (type === null) continue
        this.#messages++
        this.#count(type)
      }
      return n
    }
    return {
      implementation: decoder.implementation,
      decode: (bytes, start, end, recvNs, out, slot) =>
        count(out, slot, decoder.decode(bytes, start, end, recvNs, out, slot)),
      decodeSnapshot: (bytes, start, end, instrument, recvNs, out, slot) =>
        decoder.decodeSnapshot(bytes, start, end, instrument, recvNs, out, slot),
    }
  }

  #count(type: string): void {
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1)
  }

  onTick(slots: TickSlots, slot: number): void {
    const tape = this.#symbolTape(slots.i32[slot * TICK_SLOT_I32 + 1] as number)
    switch (tickKind(slots, slot)) {
      case TICK.TRADE:
        tape.trade(slots, slot)
        break
      case TICK.QUOTE:
        tape.quote(slots, slot, this.#binance ? bookTickerLine(this.#bytes, this.#start) : null)
        break
      default:
        tape.frames++
    }
  }

  onBookBroken(): void {}

  onResync(): void {}

  #symbolTape(instrument: number): SymbolTape {
    for (let index = this.#symbols.length; index <= instrument; index++) {
      const definition = this.#instruments.get(index)
      const bars = this.#options.extraBars?.(definition.symbol) ?? []
      this.#symbols.push(new SymbolTape(definition, this.#canon, bars))
    }
    return this.#symbols[instrument] as SymbolTape
  }

  toJson(): TapeDocument {
    const errors = this.#feed.errors
    const symbols: [string, TapeSymbol][] = []
    for (const { index, symbol } of this.#instruments.all()) {
      const tape = this.#symbolTape(index)
      const sync = this.#feed.bookSync(index)
      if (index < this.#defined && tape.frames === 0 && sync?.book.live !== true) continue
      if (this.#isRare(tape, index)) {
        errors.set('unknown_symbol', (errors.get('unknown_symbol') ?? 0) + tape.frames)
      } else symbols.push([symbol, tape.toJson(sync)])
    }
    return {
      files: this.#recording.files.map((file) => basename(file)),
      kind: this.#recording.kind,
      messages: this.#messages,
      by_type: Object.fromEntries([...this.#types].sort(([a], [b]) => compare(a, b))),
      errors: Object.fromEntries(errors) as Record<DecodeCode, number>,
      symbols: Object.fromEntries(symbols.sort(([a], [b]) => compare(a, b))),
    }
  }

  #isRare(tape: SymbolTape, index: number): boolean {
    if (this.#recording.form !== 'raw' || index < Math.max(1, this.#defined)) return false
    return tape.frames < RARE_FRAMES_MAX && tape.frames < this.#messages * RARE_SHARE
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
