import { EXIT, TidegateError } from '../../core/errors.ts'
import type { FeedKind } from '../decode/decoder.ts'

/** What a frame of a recording is. */
export const FRAME = {
  /** a message of the stream, for `Decoder.decode` */
  STREAM: 0,
  /** the body of a REST depth snapshot, for `Decoder.decodeSnapshot` */
  SNAPSHOT: 1,
} as const

/** How the bytes lie in the files: `<recv_ns> <json>` lines, captured sessions, MetaTrader ticks as JSON or as export. */
export type RecordingForm = 'raw' | 'capture' | 'mt5' | 'mt5-csv'

/**
 * Many frames in one piece of memory; frame `i` is `bytes[starts[i]..ends[i])`. A batch belongs to the reader: it is valid
 * until the next one is asked for.
 */
export interface FrameBatch {
  readonly bytes: Uint8Array
  readonly count: number
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** receive time, ns from the recording's event base; event time where a recording has no other */
  readonly recvNs: Float64Array
  /** FRAME of each */
  readonly types: Uint8Array
  /** line number in the file, from 1 */
  readonly lines: Uint32Array
  /** symbols of the snapshots, by frame number */
  readonly symbols: ReadonlyMap<number, string>
  readonly file: string
}

/** Files of one kind, read as one stream in the given order. */
export interface Recording {
  readonly kind: FeedKind
  readonly form: RecordingForm
  readonly files: readonly string[]
  /** UTC midnight before the first event, ns since 1970 */
  readonly eventBaseUtcNs: bigint
  /** symbols that the recorded client subscribed to; null where the recording does not tell */
  readonly subscribed: ReadonlySet<string> | null
  /** symbol of the first message; raw snapshots, which name none, are of it */
  readonly symbol: string
  /** Reads the files from the beginning; may be called again after the last batch. */
  batches(): AsyncIterable<FrameBatch>
}

/**
 * @param code DATA_UNREADABLE, DATA_LINE, DATA_KIND_UNKNOWN, DATA_KIND_MIXED or DATA_EMPTY
 * @param line from 1; 0 when the file as a whole is meant
 */
export function dataError(
  code: string,
  file: string,
  line: number,
  message: string,
  cause?: unknown,
): TidegateError {
  const place = line > 0 ? `${file}:${line}` : file
  return new TidegateError(code, `${place}: ${message}`, {
    exitCode: EXIT.DATA,
    details: { file, line },
    cause,
  })
}
