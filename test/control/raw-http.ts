import { connect, type Socket } from 'node:net'

/** Where a server listens: a TCP port of loopback, or the path of a unix socket. */
export type Target = number | string

/** A connection that speaks bytes, for what no HTTP client would send. */
export class RawConnection {
  readonly #socket: Socket
  readonly #closed: Promise<void>
  #text = ''
  #changed: () => void = () => {}
  #over = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      this.#text += chunk
      this.#changed()
    })
    // A server may reset a connection that it drops; that it is over is what counts.
    socket.on('error', () => {})
    this.#closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#over = true
        this.#changed()
        resolve()
      })
    })
  }

  static open(target: Target, options: { allowHalfOpen?: boolean } = {}): Promise<RawConnection> {
    return new Promise((resolve) => {
      const to = typeof target === 'number' ? { port: target, host: '127.0.0.1' } : { path: target }
      const socket = connect({ ...to, ...options })
      const connection = new RawConnection(socket)
      socket.once('connect', () => resolve(connection))
      socket.once('close', () => resolve(connection))
    })
  }

  /** What came so far. */
  get text(): string {
    return this.#text
  }

  get over(): boolean {
    return this.#over
  }

  send(text: string): void {
    this.#socket.write(text)
  }

  /** Ends this side; what the server still says comes in. */
  half(): void {
    this.#socket.end()
  }

  leave(): void {
    this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Everything that came until the server closed. */
  async whole(): Promise<string> {
    await this.#closed
    return this.#text
  }

  /** Resolves when the text so far satisfies the condition, or the connection is over. */
  async until(condition: (text: string) => boolean): Promise<string> {
    while (!condition(this.#text) && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
    return this.#text
  }
}

/** Sends a text and gives everything that comes back until the server closes. */
export async function exchange(target: Target, text: string): Promise<string> {
  const connection = await RawConnection.open(target)
  connection.send(text)
  return connection.whole()
}

/** The status of the first answer in a text; null where there is none. */
export function statusOf(text: string): number | null {
  const found = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
  return found === undefined ? null : Number(found)
}
