import { gunzipSync } from 'node:zlib'
import { FRAME_BYTES_MAX } from '../decode/limits.ts'
import type { BatchBuilder } from './batch.ts'
import { CaptureRow, DIRECTION } from './capture-row.ts'
import { LINE_BYTES_MAX, type LineBlock } from './lines.ts'
import { dataError, FRAME, type FrameBatch } from './recording.ts'
import { secondsAt } from './times.ts'

const ARENA_SLACK_BYTES = 256
const NEWLINE = 10
const RETURN = 13
/** what separates frames in the arena, so that a cut frame never runs on into the next */
const SEPARATOR = 10
const SNAPSHOT_URL = /\/depth\?(?:[^"]*&)?symbol=([^&"]+)/

/**
 * Frames of captured sessions: texts of `in` rows (binary ones decoded, and inflated where they are gzip), and bodies of
 * `rest` rows that answer a depth query. Texts are resolved into an arena of the reader's.
 */
export class CaptureFrames {
  readonly #row = new CaptureRow()
  readonly #baseSeconds: number
  #arena = new Uint8Array(0)
  #lastNs = 0

  constructor(baseSeconds: number) {
    this.#baseSeconds = baseSeconds
  }

  /** @throws DATA_LINE for what is no row, unless it ends the file without a newline */
  *frames(block: LineBlock, batch: BatchBuilder): Generator<FrameBatch, void, void> {
    const { bytes, end } = block
    if (this.#arena.length < end + ARENA_SLACK_BYTES)
      this.#arena = new Uint8Array(end * 2 + ARENA_SLACK_BYTES)
    batch.clear(this.#arena)
    let at = 0
    let line = block.firstLine
    for (let start = 0; start < end; line++) {
      let next = bytes.indexOf(NEWLINE, start)
      if (next < 0 || next > end) next = end
      if (batch.full) {
        yield batch
        batch.clear(this.#arena)
        at = 0
      }
      const cut = next === end && bytes[end - 1] !== NEWLINE
      const lineEnd = next > start && bytes[next - 1] === RETURN ? next - 1 : next
      if (lineEnd > start) at = this.#add(batch, bytes, start, lineEnd, line, at, cut)
      start = next + 1
    }
    block.lineCount = line - block.firstLine
    if (batch.count > 0) yield batch
  }

  /** Adds the row's frame, if it has one; returns the next free place in the arena. */
  #add(
    batch: BatchBuilder,
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    at: number,
    cut: boolean,
  ): number {
    const row = this.#row
    if (!row.read(bytes, start, end, this.#arena, at)) {
      if (cut) {
        // Its writer was cut off: half a row is half an object, which every decoder refuses.
        this.#arena.set(bytes.subarray(start, end), at)
        batch.add(at, at + end - start, this.#lastNs, FRAME.STREAM, line)
        return this.#separated(at + end - start)
      }
      if (end - start < LINE_BYTES_MAX) {
        throw dataError('DATA_LINE', batch.file, line, 'is no row of a capture ({"t","c","d","u","m"})')
      }
      // The rest of a line without end was dropped; its frame is too long for every decoder.
      batch.add(at, at + FRAME_BYTES_MAX + 1, this.#lastNs, FRAME.STREAM, line)
      return at + FRAME_BYTES_MAX + 1
    }
    if (row.direction !== DIRECTION.IN && row.direction !== DIRECTION.REST) return at
    const recvNs = secondsAt(bytes, row.timeStart, row.timeEnd, this.#baseSeconds)
    if (Number.isNaN(recvNs)) throw dataError('DATA_LINE', batch.file, line, 'has no receive time "t"')
    this.#lastNs = recvNs
    if (row.direction === DIRECTION.REST) {
      const url = latin1(bytes, row.urlStart, row.urlEnd)
      const symbol = SNAPSHOT_URL.exec(url)?.[1]
      if (symbol === undefined || row.textStart < 0) return at
      batch.addSnapshot(row.textStart, row.textEnd, recvNs, FRAME.SNAPSHOT, line, symbol)
      return this.#separated(row.textEnd)
    }
    if (row.textStart >= 0) {
      batch.add(row.textStart, row.textEnd, recvNs, FRAME.STREAM, line)
      return this.#separated(row.textEnd)
    }
    if (row.base64Start < 0) return at
    return this.#addBinary(batch, bytes, recvNs, line, at)
  }

  #addBinary(batch: BatchBuilder, bytes: Uint8Array, recvNs: number, line: number, at: number): number {
    const base64 = latin1(bytes, this.#row.base64Start, this.#row.base64End)
    let content = Buffer.from(base64, 'base64')
    if (content[0] === 0x1f && content[1] === 0x8b) {
      try {
        content = gunzipSync(content, { maxOutputLength: LINE_BYTES_MAX })
      } catch {
        // Broken gzip stays as it is: the decoder names it as garbage.
      }
    }
    if (at + content.length + ARENA_SLACK_BYTES > this.#arena.length) {
      const larger = new Uint8Array((at + content.length) * 2 + ARENA_SLACK_BYTES)
      larger.set(this.#arena.subarray(0, at))
      this.#arena = larger
      batch.bytes = larger
    }
    this.#arena.set(content, at)
    batch.add(at, at + content.length, recvNs, FRAME.STREAM, line)
    return this.#separated(at + content.length)
  }

  #separated(at: number): number {
    this.#arena[at] = SEPARATOR
    return at + 1
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}
