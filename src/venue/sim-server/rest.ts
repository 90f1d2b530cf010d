import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { Timers } from '../../core/timers.ts'
import { ApiError } from './api-error.ts'
import { checkTime, type KeyRing } from './auth.ts'
import type { Faults } from './faults.ts'
import type { Answer, Front } from './front.ts'
import { BY_ROUTE } from './operations.ts'
import { type Params, paramsOfQuery, required, signedQuery } from './params.ts'
import type { RateLimits } from './rate-limits.ts'

const BODY_BYTES_MAX = 65_536

export interface RestConfig {
  readonly front: Front
  readonly keys: KeyRing
  readonly rateLimits: RateLimits
  readonly faults: Faults
  readonly timers: Timers
  readonly clock: Clock
  readonly wallMs: () => number
  /** sends user data events that a request has caused */
  readonly flushEvents: () => void
}

/** The REST door: `/api/v3/…`. */
export class Rest {
  readonly #config: RestConfig

  constructor(config: RestConfig) {
    this.#config = config
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const recvNs = this.#config.clock.monoNs()
    readBody(request, BODY_BYTES_MAX, (body) => {
      if (body === null) response.writeHead(413).end()
      else this.#run(request, response, body, recvNs)
    })
  }

  #run(request: IncomingMessage, response: ServerResponse, body: string, recvNs: number): void {
    const { faults, timers, front } = this.#config
    const [path, query] = splitOnce(request.url ?? '', '?')
    const operation = BY_ROUTE.get(`${request.method} ${path}`)
    if (operation === undefined) {
      response
        .writeHead(404, { 'content-type': 'text/html' })
        .end('<html><body><h2>404 Not found</h2></body></html>')
      return
    }
    const params = paramsOfQuery(query, body)
    const authorise = (): void => this.#authorise(request, params, query, body)
    const answer = front.handle(operation, params, 'rest', authorise, recvNs)
    if (faults.events_first) this.#config.flushEvents()
    if (answer !== null) timers.after(faults.delay_ms, () => this.#send(response, answer))
    this.#config.flushEvents()
  }

  /** @throws ApiError */
  #authorise(request: IncomingMessage, params: Params, query: string, body: string): void {
    const apiKey = request.headers['x-mbx-apikey']
    if (typeof apiKey !== 'string' || apiKey === '') throw new ApiError('BAD_API_KEY_FMT')
    this.#config.keys.checkKey(apiKey)
    const signature = required(params, 'signature')
    checkTime(params, this.#config.wallMs())
    this.#config.keys.checkSignature(apiKey, signedQuery(query, body), signature)
  }

  #send(response: ServerResponse, answer: Answer): void {
    const retry =
      answer.retryAfterMs === null
        ? {}
        : { 'Retry-After': String(Math.ceil((answer.retryAfterMs - this.#config.wallMs()) / 1_000)) }
    response
      .writeHead(answer.status, {
        'content-type': 'application/json;charset=UTF-8',
        ...this.#config.rateLimits.headers(answer.order),
        ...retry,
      })
      .end(JSON.stringify(answer.body))
  }
}

/** Text of the body; null where it is longer than `bytesMax`. */
export function readBody(
  request: IncomingMessage,
  bytesMax: number,
  done: (body: string | null) => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= bytesMax) chunks.push(chunk)
  })
  request.on('end', () => done(length > bytesMax ? null : Buffer.concat(chunks).toString('utf8')))
}

export function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}
