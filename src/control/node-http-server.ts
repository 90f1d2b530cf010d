import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Answer } from './http.ts'
import type { DoorHandler, DoorRequest, HttpServer, ServerAddress, ServerLimits } from './http-server.ts'

const HEADER_BYTES_MAX = 8_192

/** Node's own HTTP server as the operator's door. */
export const NODE_HTTP_SERVER: HttpServer = {
  implementation: 'node:http',

  async listen(address, limits, handler, onProblem) {
    const server = createServer(address, (request, response) => {
      void serve(request, response, limits, handler, onProblem)
    })
    server.maxConnections = limits.connectionsMax
    server.headersTimeout = limits.requestTimeoutMs / 2
    server.requestTimeout = limits.requestTimeoutMs
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      if (address.kind === 'unix') server.listen(address.path, resolve)
      else server.listen(address.port, address.host, resolve)
    })
    server.on('error', (error) => onProblem(error.message))
    return {
      port: address.kind === 'unix' ? 0 : (server.address() as AddressInfo).port,
      close: async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeAllConnections()
        await closed
      },
    }
  },
}

function createServer(address: ServerAddress, onRequest: RequestListener): Server {
  const options = { maxHeaderSize: HEADER_BYTES_MAX }
  if (address.kind === 'unix' || address.tls === null) return createHttpServer(options, onRequest)
  return createHttpsServer({ ...options, ...address.tls }, onRequest)
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  limits: ServerLimits,
  handler: DoorHandler,
  onProblem: (message: string) => void,
): Promise<void> {
  try {
    const answer = await handler(await doorRequest(request, limits.bodyBytesMax))
    if (!response.destroyed) send(response, answer)
  } catch (error) {
    // The client went away in the middle of its request.
    response.destroy()
    if (!request.destroyed) onProblem((error as Error).message)
  }
}

async function doorRequest(request: IncomingMessage, bytesMax: number): Promise<DoorRequest> {
  const { headers } = request
  const authorization = headers.authorization ?? null
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    host: headers.host ?? '',
    authorization,
    contentType: headers['content-type'] ?? null,
    origin: headers.origin ?? null,
    body: await bodyOf(request, bytesMax),
  }
}

/** Reads on to the end of a body that is too long without keeping it, so that the client hears the answer. */
async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= bytesMax) chunks.push(chunk)
    else if (bytes > 64 * bytesMax) throw new Error('a body without end')
  }
  return bytes > bytesMax ? null : Buffer.concat(chunks)
}

function send(response: ServerResponse, answer: Answer): void {
  const text = `${JSON.stringify(answer.body)}\n`
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
