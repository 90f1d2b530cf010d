import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { TidegateError } from '../core/errors.ts'
import { type Answer, readJson, refusal, send } from './http.ts'
import { findRoute, type RouteContext } from './routes.ts'
import { socketAddress } from './socket-address.ts'

const SOCKET_MODE = 0o660
const CONNECTIONS_MAX = 64
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
const PROBE_TIMEOUT_MS = 500

/** True where something answers on a socket file: an engine lives there. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    const end = (answered: boolean): void => {
      probe.destroy()
      resolve(answered)
    }
    probe.setTimeout(PROBE_TIMEOUT_MS, () => end(true))
    probe.once('connect', () => end(true))
    probe.once('error', () => end(false))
  })
}

async function answerTo(request: IncomingMessage, context: RouteContext): Promise<Answer> {
  const route = findRoute(request.method ?? 'GET', request.url ?? '/')
  if ('status' in route) return route
  const body = await readJson(request)
  return body.refused ?? route(body.fields, context)
}

/**
 * The operator's door: HTTP on a unix socket whose file mode is the authority (CONTRACTS, Control). Runs in the control
 * thread; the routes do not need the main one.
 */
export class ControlServer {
  readonly #server: Server
  readonly #socket: string
  readonly #release: () => void

  private constructor(server: Server, socket: string, release: () => void) {
    this.#server = server
    this.#socket = socket
    this.#release = release
  }

  /** @throws SOCKET_IN_USE when an engine answers there, SOCKET_UNUSABLE for anything else */
  static async listen(
    socket: string,
    context: RouteContext,
    onProblem: (message: string) => void,
  ): Promise<ControlServer> {
    const address = socketAddress(socket)
    if (await isAnswered(address.path)) {
      address.release()
      throw new TidegateError('SOCKET_IN_USE', `an engine answers on ${socket} already`)
    }
    const server = createServer((request, response) => void serve(request, response, context, onProblem))
    server.maxConnections = CONNECTIONS_MAX
    server.headersTimeout = HEADERS_TIMEOUT_MS
    server.requestTimeout = REQUEST_TIMEOUT_MS
    try {
      rmSync(socket, { force: true })
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(address.path, resolve)
      })
      chmodSync(socket, SOCKET_MODE)
    } catch (error) {
      server.close()
      address.release()
      throw new TidegateError('SOCKET_UNUSABLE', `${socket}: ${(error as Error).message}`, { cause: error })
    }
    server.on('error', (error) => onProblem(error.message))
    return new ControlServer(server, socket, address.release)
  }

  /** Stops listening and ends every connection; the socket file goes away. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
    rmSync(this.#socket, { force: true })
    this.#release()
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  context: RouteContext,
  onProblem: (message: string) => void,
): Promise<void> {
  let answer: Answer
  try {
    answer = await answerTo(request, context)
  } catch (error) {
    onProblem(`${request.method} ${request.url}: ${(error as Error).message}`)
    answer = refusal(500, 'INTERNAL', (error as Error).message)
  }
  if (!response.destroyed) send(response, answer)
}
