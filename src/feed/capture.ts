import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, writeSync } from 'node:fs'
import { EXIT, TidegateError } from '../core/errors.ts'

const BUFFER_CHARS = 65_536
const SECOND_NS = 1_000_000_000n

/** Where the lines of a capture go. */
export interface CaptureSink {
  write(text: string): void
}

/**
 * Writes a session in the form that `openRecording` reads: one JSON object a line with `t` (receive time, epoch seconds),
 * `c` (connection), `d` (open, out, in, rest, note), `u` (address) and `m` (text), or `b64` where a frame is no UTF-8 text.
 * Outgoing texts may hold keys: the caller strips them before it hands them in.
 */
export class CaptureWriter {
  readonly #sink: CaptureSink

  constructor(sink: CaptureSink) {
    this.#sink = sink
  }

  /** A connection was opened to `url`. */
  open(utcNs: bigint, connection: string, url: string): void {
    this.#row({ t: secondsText(utcNs), c: connection, d: 'open', u: url })
  }

  /** Text that we sent. */
  out(utcNs: bigint, connection: string, text: string): void {
    this.#row({ t: secondsText(utcNs), c: connection, d: 'out', m: text })
  }

  /** A frame that came, byte for byte. Nothing is kept of `bytes`. */
  in(utcNs: bigint, connection: string, bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const row = { t: secondsText(utcNs), c: connection, d: 'in' }
    this.#row(
      isUtf8(buffer) ? { ...row, m: buffer.toString('utf8') } : { ...row, b64: buffer.toString('base64') },
    )
  }

  /** The body of an HTTP answer. */
  rest(utcNs: bigint, connection: string, url: string, body: string): void {
    this.#row({ t: secondsText(utcNs), c: connection, d: 'rest', u: url, m: body })
  }

  note(utcNs: bigint, connection: string, text: string): void {
    this.#row({ t: secondsText(utcNs), c: connection, d: 'note', m: text })
  }

  #row(row: Readonly<Record<string, string>>): void {
    this.#sink.write(`${JSON.stringify(row)}\n`)
  }
}

/** A capture file, appended to in larger pieces; what was not flushed is lost with the process. */
export class CaptureFile implements CaptureSink {
  readonly #file: number
  readonly #path: string
  #text = ''

  /** @throws CAPTURE_UNWRITABLE */
  constructor(path: string) {
    this.#path = path
    this.#file = this.#try(() => openSync(path, 'a'))
  }

  /** @throws CAPTURE_UNWRITABLE */
  write(text: string): void {
    this.#text += text
    if (this.#text.length >= BUFFER_CHARS) this.flush()
  }

  /** @throws CAPTURE_UNWRITABLE */
  flush(): void {
    if (this.#text === '') return
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    this.#try(() => {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written)
    })
  }

  /** @throws CAPTURE_UNWRITABLE */
  close(): void {
    this.flush()
    closeSync(this.#file)
  }

  #try<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      const message = `capture ${this.#path} cannot be written: ${(error as Error).message}`
      throw new TidegateError('CAPTURE_UNWRITABLE', message, { exitCode: EXIT.FAILURE, cause: error })
    }
  }
}

/** "1633998512.0633569": seconds since 1970 with as many digits as the time has. */
function secondsText(utcNs: bigint): string {
  const fraction = (utcNs % SECOND_NS).toString().padStart(9, '0').replace(/0+$/, '')
  return fraction === '' ? String(utcNs / SECOND_NS) : `${utcNs / SECOND_NS}.${fraction}`
}
