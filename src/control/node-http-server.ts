import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Answer, refusal } from './http.ts'
import {
  ANSWER_HEADERS,
  type DoorHandler,
  type DoorRequest,
  HEAD_BYTES_MAX,
  type HttpServer,
  type ServerAddress,
  type ServerLimits,
} from './http-server.ts'

const HTTP_VERSION = '1.1'

/** Node's own HTTP server as the operator's door. */
export const NODE_HTTP_SERVER: HttpServer = {
  implementation: 'node:http',

  async listen(address, limits, handler, onProblem) {
    const server = createServer(address, limits, (request, response) => {
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

function createServer(address: ServerAddress, limits: ServerLimits, onRequest: RequestListener): Server {
  // Node looks at its time limits every 30 s where nothing else is said.
  const connectionsCheckingInterval = Math.ceil(limits.requestTimeoutMs / 4)
  const options = { maxHeaderSize: HEAD_BYTES_MAX, connectionsCheckingInterval }
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
  const refused = refusalOf(request)
  if (refused !== null) return send(response.setHeader('connection', 'close'), refused)
  let body: Uint8Array | null
  try {
    body = await bodyOf(request, limits.bodyBytesMax)
  } catch {
    // The client went away in the middle of its request, or does not come to an end.
    response.destroy()
    return
  }
  try {
    const answer = await handler({ ...headOf(request), body })
    if (!response.destroyed) send(response, answer)
  } catch (error) {
    response.destroy()
    onProblem((error as Error).message)
  }
}

/** What Node lets pass and the port does not; null: nothing is wrong. Without `Host`, Node itself has answered HTTP/1.1 with 400. */
function refusalOf(request: IncomingMessage): Answer | null {
  if (request.httpVersion !== HTTP_VERSION) {
    return refusal(505, 'HTTP_VERSION', `HTTP/${HTTP_VERSION} is spoken here`)
  }
  const hosts = request.headersDistinct['host'] as string[]
  return hosts.length > 1 ? refusal(400, 'HOST_TWICE', 'Host must be told once') : null
}

/** Of a request that was not refused. Method and URL are there for every request of a server. */
function headOf({ method, url, headers }: IncomingMessage): Omit<DoorRequest, 'body'> {
  return {
    method: method as string,
    url: url as string,
    host: headers.host as string,
    authorization: headers.authorization ?? null,
    contentType: headers['content-type'] ?? null,
    origin: headers.origin ?? null,
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
  const length = { 'content-length': Buffer.byteLength(text) }
  response.writeHead(answer.status, { ...Object.fromEntries(ANSWER_HEADERS), ...length })
  response.end(text)
}
