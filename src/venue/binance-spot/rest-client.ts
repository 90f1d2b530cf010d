import { Pool } from 'undici'
import { TidegateError } from '../../core/errors.ts'
import type { RequestLimits } from './request-limits.ts'
import { requestWeight } from './request-weight.ts'
import type { Signer } from './signer.ts'

/** Connections for queries and cancels; one request in flight on each. */
const CONNECTIONS = 8

export interface RestAnswer {
  readonly status: number
  /** parsed body; null where it is not JSON */
  readonly body: unknown
}

export interface RestClientConfig {
  readonly baseUrl: string
  readonly signer: Signer
  readonly recvWindowMs: number
  readonly timeoutMs: number
  /** the venue's time, ms since 1970 */
  readonly venueMs: () => number
  /** of the host, shared by everything that asks it */
  readonly limits: RequestLimits
}

export type RestMethod = 'GET' | 'POST' | 'DELETE'
export type RestParams = Readonly<Record<string, string | number>>

/** REST of Binance spot over undici, without retries: those are the engine's. */
export class RestClient {
  readonly #config: RestClientConfig
  readonly #pool: Pool
  readonly #basePath: string

  constructor(config: RestClientConfig) {
    this.#config = config
    const url = new URL(config.baseUrl)
    this.#basePath = url.pathname.replace(/\/$/, '')
    this.#pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: config.timeoutMs },
      headersTimeout: config.timeoutMs,
      bodyTimeout: config.timeoutMs,
    })
  }

  /**
   * A public request.
   *
   * @param share of a request that can wait: refused where that part of the minute's weight is used up
   * @throws VENUE_UNREACHABLE, RATE_LIMITED
   */
  get(path: string, params: RestParams = {}, share: number | null = null): Promise<RestAnswer> {
    return this.#send('GET', path, params, queryOf(params), share)
  }

  /** Bytes of a public answer with status 200. @throws VENUE_UNREACHABLE, RATE_LIMITED, VENUE_ERROR */
  async getBytes(path: string, params: RestParams): Promise<Buffer> {
    const { status, bytes } = await this.#sendRaw('GET', path, params, queryOf(params))
    if (status === 200) return bytes
    throw venueError(path, { status, body: parseOrNull(bytes) })
  }

  /**
   * A signed request.
   *
   * @param share as of `get`
   * @throws VENUE_UNREACHABLE, RATE_LIMITED
   */
  signed(
    method: RestMethod,
    path: string,
    params: RestParams = {},
    share: number | null = null,
  ): Promise<RestAnswer> {
    const { signer, recvWindowMs, venueMs } = this.#config
    const query = queryOf({ ...params, recvWindow: recvWindowMs, timestamp: venueMs() })
    const signature = encodeURIComponent(signer.sign(query))
    return this.#send(method, path, params, `${query}&signature=${signature}`, share)
  }

  /** Ends open requests and connections. */
  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #send(
    method: RestMethod,
    path: string,
    params: RestParams,
    query: string,
    share: number | null = null,
  ): Promise<RestAnswer> {
    const { status, bytes } = await this.#sendRaw(method, path, params, query, share)
    return { status, body: parseOrNull(bytes) }
  }

  async #sendRaw(
    method: RestMethod,
    path: string,
    params: RestParams,
    query: string,
    share: number | null = null,
  ): Promise<{ readonly status: number; readonly bytes: Buffer }> {
    // A ban grows when requests go on after a 429; cancels go on all the same, they only reduce what is at risk.
    const { limits } = this.#config
    if (method !== 'DELETE' && limits.holdsRequests()) {
      throw new TidegateError('RATE_LIMITED', `${path}: the venue has asked to wait`)
    }
    const weight = requestWeight(method, path, params)
    if (share === null) limits.count(weight)
    else if (!limits.claim(weight, share)) {
      throw new TidegateError('RATE_LIMITED', `${path}: what is left of the minute's weight is for orders`)
    }
    const minute = limits.minute()
    try {
      const response = await this.#pool.request({
        method,
        path: `${this.#basePath}${path}${query === '' ? '' : `?${query}`}`,
        headers: { 'X-MBX-APIKEY': this.#config.signer.apiKey },
        signal: AbortSignal.timeout(this.#config.timeoutMs),
      })
      const bytes = Buffer.from(await response.body.arrayBuffer())
      limits.onRest(response.statusCode, response.headers, minute)
      return { status: response.statusCode, bytes }
    } catch (cause) {
      throw new TidegateError('VENUE_UNREACHABLE', `${method} ${path}: ${(cause as Error).message}`, {
        cause,
      })
    }
  }
}

/** The error of an answer that is not the expected one; `details` hold status and the venue's code. */
export function venueError(what: string, answer: RestAnswer): TidegateError {
  const { code, msg } = (answer.body ?? {}) as { code?: number; msg?: string }
  return new TidegateError('VENUE_ERROR', `${what}: ${answer.status} ${code ?? ''} ${msg ?? ''}`, {
    details: { status: answer.status, code: code ?? null },
  })
}

function queryOf(params: RestParams): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

function parseOrNull(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}
