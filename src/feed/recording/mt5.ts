import { asciiBytes } from '../decode/fast.ts'
import { skipSpace } from '../decode/fields.ts'
import type { BatchBuilder } from './batch.ts'
import type { LineBlock } from './lines.ts'
import { memberAt } from './members.ts'
import { FRAME, type FrameBatch } from './recording.ts'
import { csvTimeAt, millisecondsAt } from './times.ts'

const NEWLINE = 10
const SLACK_BYTES = 256
const DATA = asciiBytes('data')

/**
 * Frames of MetaTrader recordings, which have no receive time: the event's own time stands in for it, and where that
 * cannot be read the one before.
 */
export class Mt5Frames {
  readonly #baseSeconds: number
  /** "EURUSD<tab>", put before each row of an export; empty for JSON lines */
  readonly #prefix: Uint8Array
  #arena = new Uint8Array(0)
  #lastNs = 0

  /** @param symbol what a csv export is of; '' for JSON lines, which name it themselves */
  constructor(baseSeconds: number, symbol: string) {
    this.#baseSeconds = baseSeconds
    this.#prefix = new TextEncoder().encode(symbol === '' ? '' : `${symbol}\t`)
  }

  *frames(block: LineBlock, batch: BatchBuilder): Generator<FrameBatch, void, void> {
    const { bytes, end } = block
    const size = (end + this.#prefix.length) * 2 + SLACK_BYTES
    if (this.#prefix.length > 0 && this.#arena.length < size) this.#arena = new Uint8Array(size)
    const target = this.#prefix.length > 0 ? this.#arena : bytes
    batch.clear(target)
    let at = 0
    let line = block.firstLine
    for (let start = 0; start < end; line++) {
      let next = bytes.indexOf(NEWLINE, start)
      if (next < 0 || next > end) next = end
      const lineEnd = next > start && bytes[next - 1] === 13 ? next - 1 : next
      if (batch.full || at + lineEnd - start + this.#prefix.length + SLACK_BYTES > target.length) {
        yield batch
        batch.clear(target)
        at = 0
      }
      if (lineEnd > start && !isHeader(bytes, start)) at = this.#add(batch, bytes, start, lineEnd, line, at)
      start = next + 1
    }
    block.lineCount = line - block.firstLine
    if (batch.count > 0) yield batch
  }

  #add(batch: BatchBuilder, bytes: Uint8Array, start: number, end: number, line: number, at: number): number {
    const csv = this.#prefix.length > 0
    const recvNs = csv
      ? csvTimeAt(bytes, start, end, this.#baseSeconds)
      : millisecondsAt(bytes, dataAt(bytes, start, end), end, this.#baseSeconds)
    if (!Number.isNaN(recvNs)) this.#lastNs = recvNs
    if (!csv) {
      batch.add(start, end, this.#lastNs, FRAME.STREAM, line)
      return 0
    }
    this.#arena.set(this.#prefix, at)
    this.#arena.set(bytes.subarray(start, end), at + this.#prefix.length)
    const frameEnd = at + this.#prefix.length + end - start
    this.#arena[frameEnd] = NEWLINE
    batch.add(at, frameEnd, this.#lastNs, FRAME.STREAM, line)
    return frameEnd + 1
  }
}

/** "<DATE>" */
function isHeader(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 0x3c
}

/** Place of the first item of the member "data", wherever it is among the others; `end` where there is none. */
function dataAt(bytes: Uint8Array, start: number, end: number): number {
  const value = memberAt(bytes, skipSpace(bytes, start), end, DATA)
  return value >= 0 && bytes[value] === 0x5b ? skipSpace(bytes, value + 1) : end
}
