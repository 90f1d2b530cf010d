import { hash } from 'node:crypto'
import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { segmentName } from './segments.ts'

const NEWLINE = 10
const BRACE = 125
/** what is hashed beside a record's body: the hash before it, a newline, a brace */
const CHAINED_BYTES = 66
/** what follows the body in its line */
const TAIL_BYTES = 80

/** The file calls that the writer makes; tests give ones that fail or write short. */
export interface WriterFs {
  open(path: string): number
  write(fd: number, bytes: Uint8Array, offset: number, length: number): number
  sync(fd: number): void
  close(fd: number): void
  syncDir(dir: string): void
}

export const nodeFs: WriterFs = {
  open: (path) => openSync(path, 'a', 0o640),
  write: (fd, bytes, offset, length) => writeSync(fd, bytes, offset, length, null),
  sync: (fd) => {
    fdatasyncSync(fd)
  },
  close: (fd) => {
    closeSync(fd)
  },
  syncDir: (dir) => {
    const fd = openSync(dir, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  },
}

/**
 * One growing file with a reused buffer before it. Every method may throw the system's error; after a throw the caller
 * never uses the writer again, because what is on disk is then not known (a failed sync drops dirty pages).
 */
export class SegmentWriter {
  readonly number: number
  readonly #fs: WriterFs
  readonly #fd: number
  #buffer: Buffer
  #held = 0
  #bytes: number
  #unsynced = false

  /** `bytes` is the length that the file has already; `buffer` is handed from segment to segment. */
  constructor(dir: string, number: number, bytes: number, buffer: Buffer, fs: WriterFs) {
    this.number = number
    this.#fs = fs
    this.#buffer = buffer
    this.#bytes = bytes
    this.#fd = fs.open(`${dir}/${segmentName(number)}`)
    if (bytes === 0) fs.syncDir(dir)
  }

  /** Bytes of the segment, buffered ones included. */
  get bytes(): number {
    return this.#bytes + this.#held
  }

  get buffer(): Buffer {
    return this.#buffer
  }

  /**
   * Adds the line of a record to the buffer; writes first where it does not fit. The record is laid out behind its
   * predecessor's hash, as the chain has it, hashed in place, and moved over that hash: it is encoded once.
   *
   * @param body the record's text up to its hash member
   * @returns the record's link of the chain (`chain` of `line.ts`)
   */
  put(body: string, previousHex: string): string {
    const room = body.length * 3 + CHAINED_BYTES + TAIL_BYTES
    if (this.#held + room > this.#buffer.length) {
      this.write()
      if (room > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(room)
    }
    const buffer = this.#buffer
    const from = this.#held
    const start = from + buffer.write(previousHex, from, 'latin1') + 1
    buffer[start - 1] = NEWLINE
    const end = start + buffer.write(body, start, 'utf8')
    buffer[end] = BRACE
    const head = hash('sha256', buffer.subarray(from, end + 1), 'hex')
    buffer.copyWithin(from, start, end)
    const held = from + end - start
    this.#held = held + buffer.write(`,"hash":"${head}"}\n`, held, 'latin1')
    return head
  }

  /** Writes the buffer out whole; a short write is continued, one of nothing is an error. */
  write(): void {
    let from = 0
    while (from < this.#held) {
      const written = this.#fs.write(this.#fd, this.#buffer, from, this.#held - from)
      if (written <= 0) throw Object.assign(new Error('write returned 0'), { code: 'EIO' })
      from += written
      this.#unsynced = true
    }
    this.#bytes += this.#held
    this.#held = 0
  }

  /** Writes and syncs. */
  sync(): void {
    this.write()
    if (!this.#unsynced) return
    this.#fs.sync(this.#fd)
    this.#unsynced = false
  }

  /** Closes without writing what is buffered. */
  close(): void {
    this.#fs.close(this.#fd)
  }
}
