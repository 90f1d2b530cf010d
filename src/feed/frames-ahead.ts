import type { InstrumentTable } from '../domain/instrument.ts'
import type { TickSlots } from '../domain/tick.ts'
import type { BatchDecoder } from './decode/decoder.ts'
import { FRAME, type FrameBatch } from './recording/recording.ts'

/** Frames decoded by one call; their slots stay in the cache while they are taken in. */
const FRAMES_MAX = 256

/**
 * Decodes a recording's frames some hundreds at a time and hands them out one by one, in order. Only for decoders and
 * instruments that nothing changes in between.
 */
export class FramesAhead {
  /** slots of the frame that `seek` found */
  count = 0
  readonly #decoder: BatchDecoder
  readonly #slots: TickSlots
  readonly #instruments: InstrumentTable
  /** symbol of snapshots that name none */
  readonly #symbol: string
  #counts: Uint32Array = new Uint32Array(0)
  #snapshotInstruments: Int32Array = new Int32Array(0)
  #batch: FrameBatch | null = null
  #next = 0
  #decoded = 0
  #slot = 0

  constructor(decoder: BatchDecoder, slots: TickSlots, instruments: InstrumentTable, symbol: string) {
    this.#decoder = decoder
    this.#slots = slots
    this.#instruments = instruments
    this.#symbol = symbol
  }

  /**
   * Goes to a frame: the one after the last, or the first of a new batch. Its slots begin at the place returned and are
   * `count`; they last until the next call. A snapshot of an unknown symbol has none.
   */
  seek(batch: FrameBatch, frame: number): number {
    if (batch !== this.#batch || frame !== this.#next || frame === 0) this.#enter(batch, frame)
    if (frame === this.#decoded) {
      const last = Math.min(frame + FRAMES_MAX, batch.count)
      const instruments = this.#snapshotInstruments
      this.#decoded += this.#decoder.decodeBatch(
        batch,
        instruments,
        frame,
        last,
        this.#slots,
        0,
        this.#counts,
      )
      this.#slot = 0
    }
    const first = this.#slot
    this.count = this.#counts[frame] as number
    this.#slot += this.count
    this.#next = frame + 1
    return first
  }

  #enter(batch: FrameBatch, frame: number): void {
    this.#batch = batch
    this.#next = frame
    this.#decoded = frame
    if (this.#counts.length < batch.count) {
      this.#counts = new Uint32Array(batch.starts.length)
      this.#snapshotInstruments = new Int32Array(batch.starts.length)
    }
    for (let i = frame; i < batch.count; i++) {
      if (batch.types[i] !== FRAME.SNAPSHOT) continue
      const symbol = batch.symbols.get(i) ?? this.#symbol
      this.#snapshotInstruments[i] = this.#instruments.bySymbol(symbol)?.index ?? -1
    }
  }
}
