import { asciiBytes, textAt } from '../decode/fast.ts'
import { skipSpace } from '../decode/fields.ts'
import { BatchBuilder } from './batch.ts'
import type { LineBlock } from './lines.ts'
import { memberAt } from './members.ts'
import { dataError, FRAME, type FrameBatch } from './recording.ts'
import { nanosecondsAt } from './times.ts'

const SNAPSHOT_NAMES = ['lastUpdateId', 'bids', 'asks'] as const
const SNAPSHOT_KEYS: readonly Uint8Array[] = SNAPSHOT_NAMES.map((name) => asciiBytes(`"${name}"`))
const SNAPSHOT_MEMBERS: readonly Uint8Array[] = SNAPSHOT_NAMES.map(asciiBytes)
/** what the usual frames of a stream begin with, bare book tickers of spot with the last */
const STREAM_KEYS: readonly Uint8Array[] = ['"stream"', '"e"', '"u"'].map(asciiBytes)
const EVENT = asciiBytes('e')

/**
 * Frames of `<recv_ns> <json>` lines, in place. A line without a receive time is no such recording, except for one that
 * ends the file without a newline: its writer was cut off, and what there is of it is a frame that no decoder takes.
 *
 * @param baseSeconds event base, seconds since 1970
 * @throws DATA_LINE
 */
export function* rawFrames(
  block: LineBlock,
  batch: BatchBuilder,
  baseSeconds: number,
  symbol: string,
): Generator<FrameBatch, void, void> {
  const { bytes, end } = block
  batch.clear(bytes)
  let line = block.firstLine
  for (let start = 0; start < end; line++) {
    let next = bytes.indexOf(10, start)
    if (next < 0 || next > end) next = end
    const lineEnd = next > start && bytes[next - 1] === 13 ? next - 1 : next
    if (lineEnd > start) {
      if (batch.full) {
        yield batch
        batch.clear(bytes)
      }
      const cut = next === end && bytes[end - 1] !== 10
      addLine(batch, bytes, start, lineEnd, line, baseSeconds, symbol, cut)
    }
    start = next + 1
  }
  block.lineCount = line - block.firstLine
  if (batch.count > 0) yield batch
}

function addLine(
  batch: BatchBuilder,
  bytes: Uint8Array,
  start: number,
  end: number,
  line: number,
  baseSeconds: number,
  symbol: string,
  cut: boolean,
): void {
  const recvNs = nanosecondsAt(bytes, start, end, baseSeconds)
  const timeEnd = start + 19
  if (Number.isNaN(recvNs) || (timeEnd < end && bytes[timeEnd] !== 32)) {
    if (cut) return batch.add(start, end, batch.lastRecvNs, FRAME.STREAM, line)
    throw dataError('DATA_LINE', batch.file, line, 'is no line of the form "<recv_ns> <json>"')
  }
  const frame = Math.min(timeEnd + 1, end)
  if (isSnapshot(bytes, frame, end)) {
    batch.addSnapshot(frame, end, recvNs, FRAME.SNAPSHOT, line, symbol)
  } else batch.add(frame, end, recvNs, FRAME.STREAM, line)
}

/**
 * Whether the frame is a REST depth body: an object that begins with one of its members, or has all of them and no event
 * name. A bare frame of spot's partial depth has the same members, and is read as a body.
 */
function isSnapshot(bytes: Uint8Array, start: number, end: number): boolean {
  const open = skipSpace(bytes, start)
  if (open >= end || bytes[open] !== 0x7b) return false
  const key = skipSpace(bytes, open + 1)
  const begins = (text: Uint8Array): boolean => text.length <= end - key && textAt(bytes, key, text) >= 0
  if (STREAM_KEYS.some(begins)) return false
  if (SNAPSHOT_KEYS.some(begins)) return true
  return (
    SNAPSHOT_MEMBERS.every((name) => memberAt(bytes, open, end, name) >= 0) &&
    memberAt(bytes, open, end, EVENT) < 0
  )
}
