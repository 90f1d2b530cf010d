import { chmodSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { isLoopback } from '../config/checks-control.ts'
import type { Clock } from '../core/clock.ts'
import { TidegateError } from '../core/errors.ts'
import { Door } from './door.ts'
import { type HttpServer, type Listener, SERVER_LIMITS } from './http-server.ts'
import type { DoorSettings } from './messages.ts'
import { RateLimit } from './rate-limit.ts'
import type { RouteContext } from './routes.ts'
import { socketAddress } from './socket-address.ts'
import { TOKEN_BYTES_MIN, TokenTable } from './tokens.ts'

const SOCKET_MODE = 0o660
/** Requests of each door in a second, kills not counted. */
const REQUESTS_PER_SECOND_MAX = 200

export interface ControlServerOptions {
  readonly server: HttpServer
  /** path of the unix socket */
  readonly socket: string
  readonly door: DoorSettings
  readonly clock: Clock
  readonly context: RouteContext
  readonly onProblem: (message: string) => void
}

/**
 * True where an engine lives on a socket file: something takes the connection, or would if its queue had room, as that of an
 * engine that hangs. Neither takes time on a unix socket.
 */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    const end = (answered: boolean): void => {
      probe.destroy()
      resolve(answered)
    }
    probe.once('connect', () => end(true))
    probe.once('error', ({ code }: NodeJS.ErrnoException) => end(code === 'EAGAIN'))
  })
}

/**
 * The operator's doors: HTTP on a unix socket whose file mode lets in, and on TCP where that is configured, for who has a
 * token (CONTRACTS, Control). They run in the control thread, and a kill through them does not need the main one.
 */
export class ControlServer {
  /** the TCP port; null where there is none */
  readonly port: number | null
  readonly #listeners: readonly Listener[]
  readonly #socket: string
  readonly #release: () => void

  private constructor(
    listeners: readonly Listener[],
    port: number | null,
    socket: string,
    release: () => void,
  ) {
    this.#listeners = listeners
    this.port = port
    this.#socket = socket
    this.#release = release
  }

  /**
   * @throws SOCKET_IN_USE when an engine answers there, SOCKET_UNUSABLE for anything else; ADDRESS_UNUSABLE where TCP
   * cannot listen
   */
  static async listen(options: ControlServerOptions): Promise<ControlServer> {
    const { socket } = options
    const address = socketAddress(socket)
    if (await isAnswered(address.path)) {
      address.release()
      throw new TidegateError('SOCKET_IN_USE', `an engine answers on ${socket} already`)
    }
    const listeners: Listener[] = []
    const release = (): void => address.release()
    try {
      listeners.push(await listenUnix(options, address.path))
      const tcp = await listenTcp(options)
      if (tcp === null) return new ControlServer(listeners, null, socket, release)
      listeners.push(tcp)
      return new ControlServer(listeners, tcp.port, socket, release)
    } catch (error) {
      for (const listener of listeners) await listener.close()
      address.release()
      throw error
    }
  }

  /** Stops listening and ends every connection; the socket file goes away. */
  async close(): Promise<void> {
    for (const listener of this.#listeners) await listener.close()
    rmSync(this.#socket, { force: true })
    this.#release()
  }
}

async function listenUnix(options: ControlServerOptions, path: string): Promise<Listener> {
  const { server, socket } = options
  const door = doorOf(options, 'unix', [])
  try {
    rmSync(socket, { force: true })
    const listener = await server.listen(
      { kind: 'unix', path },
      SERVER_LIMITS,
      (request) => door.answer(request),
      options.onProblem,
    )
    chmodSync(socket, SOCKET_MODE)
    return listener
  } catch (error) {
    throw new TidegateError('SOCKET_UNUSABLE', `${socket}: ${(error as Error).message}`, { cause: error })
  }
}

async function listenTcp(options: ControlServerOptions): Promise<Listener | null> {
  const { listen, tls } = options.door
  if (listen === null) return null
  const { host, port } = listen
  const hosts: string[] = []
  const door = doorOf(options, 'tcp', hosts)
  try {
    const listener = await options.server.listen(
      { kind: 'tcp', host, port, tls },
      SERVER_LIMITS,
      (request) => door.answer(request),
      options.onProblem,
    )
    hosts.push(...hostsOf(host, listener.port))
    return listener
  } catch (error) {
    throw new TidegateError(
      'ADDRESS_UNUSABLE',
      `control.listen ${host}:${port}: ${(error as Error).message}`,
      {
        cause: error,
      },
    )
  }
}

/** What a client writes into `Host` when it means this address. */
function hostsOf(host: string, port: number): string[] {
  const name = host.includes(':') ? `[${host}]` : host.toLowerCase()
  const own = `${name}:${port}`
  return isLoopback(host) && host !== 'localhost' ? [own, `localhost:${port}`] : [own]
}

function doorOf(options: ControlServerOptions, transport: 'unix' | 'tcp', hosts: readonly string[]): Door {
  const { door, clock, context, onProblem } = options
  const remote = door.listen !== null && !isLoopback(door.listen.host)
  return new Door({
    transport,
    tokens: new TokenTable(door.tokens, remote ? TOKEN_BYTES_MIN : 1),
    hosts,
    limit: new RateLimit(clock, REQUESTS_PER_SECOND_MAX),
    context,
    onProblem,
  })
}
