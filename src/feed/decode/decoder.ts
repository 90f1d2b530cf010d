import type { InstrumentTable } from '../../domain/instrument.ts'
import type { TickSlots } from '../../domain/tick.ts'

export const FEED_KINDS = ['binance-spot', 'binance-usdm', 'alpaca', 'mt5', 'mt5-csv'] as const
export type FeedKind = (typeof FEED_KINDS)[number]

/**
 * Frames to tick slots (`domain/tick.ts`). The same frame gives the same bytes in every implementation.
 *
 * A frame is read in one of two ways that agree: a fast path that accepts only exact, plain frames, and a general path
 * that judges everything else. A frame gives either ticks or errors of its messages; when its text is broken, exactly
 * one ERROR slot and no tick. Which code wins, first to last:
 *
 * 1. `empty_frame` (no byte but JSON white space), `huge_frame` (longer than FRAME_BYTES_MAX; offset is that limit)
 * 2. `invalid_utf8` anywhere (a sequence cut off by the end of the frame is not judged here)
 * 3. JSON text by RFC 8259: the first of `truncated_json` (the text ends too early; offset is the frame's length),
 *    `garbage_text` (offset of the first byte that cannot be), `deep_nesting` (offset of the bracket too many)
 * 4. `proto_pollution`: a key `__proto__`, `constructor` or `prototype` at any depth, escapes resolved (offset of the
 *    key's opening quote)
 * 5. the message's shape and fields, in the order that the decoder of each kind documents. `duplicate_keys` is told for
 *    an object that is read (frame, `data`, message) when that object is entered, before its fields; keys are compared
 *    with escapes resolved where the decoder knows them and as written else.
 *
 * Offsets of fields are those of the value's first byte (the quote of a string), of missing fields those of the
 * object's brace, all from the frame's first byte.
 */
export interface Decoder {
  readonly implementation: 'typescript' | 'rust'
  /**
   * Decodes one frame, `bytes[start..end)`, into `out` from `slot` on. Nothing is kept of `bytes`. Never throws.
   *
   * @param recvNs receive time, ns from the event base
   * @returns slots written, ERROR slots included; 0 for an acknowledgement or a known message without ticks
   */
  decode(bytes: Uint8Array, start: number, end: number, recvNs: number, out: TickSlots, slot: number): number
  /**
   * Decodes a REST depth snapshot of `instrument`; otherwise like `decode`. Feeds without snapshots return 0.
   */
  decodeSnapshot(
    bytes: Uint8Array,
    start: number,
    end: number,
    instrument: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number
}

/** Many frames in one piece of memory; frame `i` is `bytes[starts[i]..ends[i])`. */
export interface Frames {
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** receive times, ns from the event base */
  readonly recvNs: Float64Array
  /** 0 stream frame, 1 REST depth snapshot, 2 anything else (gives no slots) */
  readonly types: Uint8Array
}

/** A decoder that takes many frames a call. */
export interface BatchDecoder extends Decoder {
  /**
   * Decodes frames `first` to `last` into `out` from `slot` on, as many as fit whole; `counts[i]` becomes the slots of
   * frame i. A frame that does not even fit alone gives its `slots_full`.
   *
   * @param instruments instrument of each snapshot, by frame; -1: unknown, gives no slots. Read for snapshots only
   * @returns frames consumed, at least one where there is one
   * @throws NATIVE_ARGUMENT when the arrays do not fit together or `out` has no slot; NATIVE_PANIC
   */
  decodeBatch(
    frames: Frames,
    instruments: Int32Array,
    first: number,
    last: number,
    out: TickSlots,
    slot: number,
    counts: Uint32Array,
  ): number
}

export function isBatchDecoder(decoder: Decoder): decoder is BatchDecoder {
  return 'decodeBatch' in decoder
}

export interface DecoderOptions {
  readonly instruments: InstrumentTable
  /** UTC ns that event times are counted from; whole milliseconds */
  readonly eventBaseUtcNs: bigint
}
