import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { dataError } from './recording.ts'

const CHUNK_BYTES = 1 << 18
/** Longest line that is kept whole; of a longer one only the beginning is, so that memory stays bounded. */
export const LINE_BYTES_MAX = 17_825_792
/** bytes behind the last line that may be read (never used) */
const SLACK_BYTES = 256
const NEWLINE = 10
const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/** Complete lines in one piece of memory, valid until the next block is asked for. */
export interface LineBlock {
  readonly bytes: Uint8Array
  /** lines lie in `bytes[0..end)`; each ends in a newline, the last of a file perhaps not */
  readonly end: number
  /** number of the first line, from 1 */
  readonly firstLine: number
  /** how many lines there were: its reader counts them, because it finds them all anyway */
  lineCount: number
}

/**
 * The lines of a file, plain or gzip (told by its first bytes), in blocks of about 256 KiB. A byte order mark before the
 * first line is no part of it.
 *
 * @throws DATA_UNREADABLE when the file is missing, no file, or broken gzip
 */
export async function* lineBlocks(file: string): AsyncGenerator<LineBlock, void, void> {
  const stream = await openStream(file)
  let bytes = new Uint8Array(CHUNK_BYTES * 2 + SLACK_BYTES)
  let held = 0
  let line = 1
  let skipping = false
  let begun = false
  try {
    for await (const chunk of stream) {
      let piece = chunk as Buffer
      if (!begun && piece.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
        piece = piece.subarray(BYTE_ORDER_MARK.length)
      }
      begun = true
      if (skipping) {
        const newline = piece.indexOf(NEWLINE)
        if (newline < 0) continue
        piece = piece.subarray(newline + 1)
        skipping = false
      }
      if (held + piece.length + SLACK_BYTES > bytes.length) bytes = grown(bytes, held, held + piece.length)
      bytes.set(piece, held)
      held += piece.length
      let end = bytes.lastIndexOf(NEWLINE, held - 1) + 1
      if (end === 0 && held >= LINE_BYTES_MAX) {
        // One line beyond every limit: hand out its beginning and drop the rest.
        held = LINE_BYTES_MAX
        bytes[held++] = NEWLINE
        end = held
        skipping = true
      }
      if (end === 0) continue
      const block = { bytes, end, firstLine: line, lineCount: 0 }
      yield block
      line += block.lineCount
      bytes.copyWithin(0, end, held)
      held -= end
    }
  } catch (error) {
    throw dataError('DATA_UNREADABLE', file, line, `cannot be read: ${(error as Error).message}`, error)
  }
  if (held > 0) yield { bytes, end: held, firstLine: line, lineCount: 0 }
}

async function openStream(file: string): Promise<Readable> {
  try {
    const handle = await open(file, 'r')
    const magic = new Uint8Array(2)
    try {
      await handle.read(magic, 0, 2, 0)
    } finally {
      await handle.close()
    }
    const plain = createReadStream(file, { highWaterMark: CHUNK_BYTES })
    if (magic[0] !== 0x1f || magic[1] !== 0x8b) return plain
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
    plain.on('error', (error) => gunzip.destroy(error))
    return plain.pipe(gunzip)
  } catch (error) {
    throw dataError('DATA_UNREADABLE', file, 0, `cannot be opened: ${(error as Error).message}`, error)
  }
}

function grown(bytes: Uint8Array, held: number, needed: number): Uint8Array<ArrayBuffer> {
  let size = bytes.length
  while (size < needed + SLACK_BYTES) size *= 2
  const larger = new Uint8Array(size)
  larger.set(bytes.subarray(0, held))
  return larger
}
