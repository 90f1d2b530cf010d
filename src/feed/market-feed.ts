import { DECODE_CODE, type DecodeCode } from '../domain/decode-codes.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import {
  createTickSlots,
  TICK,
  TICK_SLOT_F64,
  TICK_SLOT_I32,
  type TickSlots,
  TRADING_STATUS,
} from '../domain/tick.ts'
import { BookSync, codeOfDepthResult, DEPTH_RESULT, isOld, lengthOf } from './book-sync.ts'
import { type Decoder, type FeedKind, isBatchDecoder } from './decode/decoder.ts'
import { FRAME_SLOTS_MAX } from './decode/limits.ts'
import { ErrorCounts } from './error-counts.ts'
import { FEED_LIMITS_DEFAULT, type FeedLimits } from './feed-limits.ts'
import { FramesAhead } from './frames-ahead.ts'
import { FRAME, type FrameBatch } from './recording/recording.ts'
import { RepeatedFrames } from './repeated-frames.ts'
import { Sanity } from './sanity.ts'

/** Who takes what the feed accepts. Calls come in the order of the frames and must not call back into the feed. */
export interface FeedSink {
  /**
   * A tick that was accepted, or kept with flags. TRADE, QUOTE, BAR, STATUS, LULD, CORRECTION and TRADE_CANCEL as they
   * come; DEPTH and SNAPSHOT once they are in the book. Slots that belong to it (LEVELS, BAR_MORE, TRADE_REF) follow it.
   * The slots are the feed's and change with the next frame.
   */
  onTick(slots: TickSlots, slot: number): void
  /** Depth updates are missing: the symbol's book cannot be trusted until `onResync`. */
  onBookBroken(instrument: number): void
  onResync(instrument: number): void
}

export interface MarketFeedOptions {
  readonly kind: FeedKind
  readonly decoder: Decoder
  readonly instruments: InstrumentTable
  readonly sink: FeedSink
  readonly limits?: Partial<FeedLimits>
  /** symbol of a recording's snapshots that name none */
  readonly snapshotSymbol?: string
}

/**
 * One connection's way from frames to accepted ticks: decode → sanity → book → sink. It allocates nothing for a trade or
 * quote, never throws for what a venue may send, and counts every code.
 */
export class MarketFeed {
  /** frames and snapshots taken in */
  frames = 0
  readonly slots: TickSlots = createTickSlots(FRAME_SLOTS_MAX)
  readonly sanity: Sanity
  readonly #decoder: Decoder
  readonly #sink: FeedSink
  readonly #errors = new ErrorCounts()
  readonly #rules: 'spot' | 'usdm' | null
  readonly #books: BookSync[] = []
  readonly #repeats: RepeatedFrames | null
  readonly #instruments: InstrumentTable
  readonly #snapshotSymbol: string
  readonly #ahead: FramesAhead | null

  constructor(options: MarketFeedOptions) {
    this.#decoder = options.decoder
    this.#sink = options.sink
    this.#instruments = options.instruments
    this.#snapshotSymbol = options.snapshotSymbol ?? ''
    this.#ahead = isBatchDecoder(options.decoder)
      ? new FramesAhead(options.decoder, this.slots, options.instruments, this.#snapshotSymbol)
      : null
    this.sanity = new Sanity(options.kind, { ...FEED_LIMITS_DEFAULT, ...options.limits }, this.#errors)
    this.#rules = options.kind === 'binance-spot' ? 'spot' : options.kind === 'binance-usdm' ? 'usdm' : null
    this.#repeats = options.kind === 'alpaca' ? new RepeatedFrames(this.sanity) : null
  }

  /** Counts by code since the start. */
  get errors(): Map<DecodeCode, number> {
    return this.#errors.toMap()
  }

  /** The book's state of a symbol, or undefined while it had no depth. */
  bookSync(instrument: number): BookSync | undefined {
    return this.#books[instrument]
  }

  /**
   * Takes in one frame of the stream.
   *
   * @returns the number of messages that the decoder refused (0: the frame was good, whatever became of its ticks)
   */
  onFrame(bytes: Uint8Array, start: number, end: number, recvNs: number): number {
    this.frames++
    return this.take(this.#decoder.decode(bytes, start, end, recvNs, this.slots, 0))
  }

  /** Takes in the body of a REST depth snapshot of `instrument`; otherwise like `onFrame`. */
  onSnapshot(bytes: Uint8Array, start: number, end: number, instrument: number, recvNs: number): number {
    this.frames++
    return this.take(this.#decoder.decodeSnapshot(bytes, start, end, instrument, recvNs, this.slots, 0))
  }

  /**
   * Takes in one frame of a recording, which come in order from the first of each batch; otherwise like `onFrame`. Where
   * the decoder takes many frames a call, the next ones are decoded ahead of their turn, into the same slots.
   */
  onBatchFrame(batch: FrameBatch, frame: number): number {
    if (this.#ahead !== null) {
      const first = this.#ahead.seek(batch, frame)
      this.frames++
      return this.#take(first, this.#ahead.count)
    }
    const start = batch.starts[frame] as number
    const end = batch.ends[frame] as number
    const recvNs = batch.recvNs[frame] as number
    if (batch.types[frame] !== FRAME.SNAPSHOT) return this.onFrame(batch.bytes, start, end, recvNs)
    const instrument = this.#instruments.bySymbol(batch.symbols.get(frame) ?? this.#snapshotSymbol)
    if (instrument !== undefined) return this.onSnapshot(batch.bytes, start, end, instrument.index, recvNs)
    this.frames++
    return 0
  }

  /** Takes in the first `count` of `slots`, one frame decoded elsewhere. */
  take(count: number): number {
    return this.#take(0, count)
  }

  #take(first: number, count: number): number {
    const { slots } = this
    if (count > 0 && this.#repeats?.isRepeated(slots, first, count) === true) {
      this.#errors.add(DECODE_CODE.duplicate_frame.n)
      return 0
    }
    let refused = 0
    for (let slot = first; slot < first + count; slot++) {
      switch ((slots.i32[slot * TICK_SLOT_I32] as number) & 0xff) {
        case TICK.TRADE:
          if (this.sanity.trade(slots, slot)) this.#sink.onTick(slots, slot)
          break
        case TICK.QUOTE:
          if (this.sanity.quote(slots, slot)) this.#sink.onTick(slots, slot)
          break
        case TICK.DEPTH:
          slot += this.#depth(slot) - 1
          break
        case TICK.SNAPSHOT:
          slot += this.#snapshot(slot) - 1
          break
        case TICK.ERROR:
          refused++
          this.#errors.add(slots.i32[slot * TICK_SLOT_I32 + 1] as number)
          break
        case TICK.BAR:
        case TICK.CORRECTION:
          this.#sink.onTick(slots, slot)
          slot++
          break
        default:
          this.#notice(slot)
          this.#sink.onTick(slots, slot)
      }
    }
    return refused
  }

  #depth(slot: number): number {
    const { slots } = this
    const instrument = slots.i32[slot * TICK_SLOT_I32 + 1] as number
    const length = lengthOf(slots, slot)
    const flagged = this.sanity.depth(slots, slot)
    const result = this.#bookOf(instrument).update(slots, slot, length)
    const code = codeOfDepthResult(result)
    // An old update with a wrong time is one fault, and has been counted.
    if (code !== 0 && !(flagged && isOld(result))) this.#errors.add(code)
    if (result === DEPTH_RESULT.APPLIED) this.#sink.onTick(slots, slot)
    else if (result === DEPTH_RESULT.GAP) this.#sink.onBookBroken(instrument)
    return length
  }

  #snapshot(slot: number): number {
    const { slots } = this
    const instrument = slots.i32[slot * TICK_SLOT_I32 + 1] as number
    const length = lengthOf(slots, slot)
    const sync = this.#bookOf(instrument)
    const breaksBefore = sync.breaks
    const result = sync.snapshot(slots, slot)
    const code = codeOfDepthResult(result)
    if (code !== 0) this.#errors.add(code)
    else this.#sink.onTick(slots, slot)
    if (result === DEPTH_RESULT.RESYNCED) this.#sink.onResync(instrument)
    if (sync.breaks > breaksBefore) {
      this.#errors.add(DECODE_CODE.depth_gap.n, sync.breaks - breaksBefore)
      this.#sink.onBookBroken(instrument)
    }
    return length
  }

  /** Counts what a venue says of a symbol's trading: halts, resumptions, price bands. */
  #notice(slot: number): void {
    const { slots } = this
    const kind = (slots.i32[slot * TICK_SLOT_I32] as number) & 0xff
    if (kind === TICK.LULD) this.#errors.add(DECODE_CODE.luld.n)
    if (kind !== TICK.STATUS) return
    const status = slots.f64[slot * TICK_SLOT_F64 + 3] as number
    if (status === TRADING_STATUS.TRADING) this.#errors.add(DECODE_CODE.resume.n)
    else if (status !== TRADING_STATUS.UNKNOWN) this.#errors.add(DECODE_CODE.halt.n)
  }

  #bookOf(instrument: number): BookSync {
    const rules = this.#rules ?? 'spot'
    while (this.#books.length <= instrument) this.#books.push(new BookSync(rules))
    return this.#books[instrument] as BookSync
  }
}
