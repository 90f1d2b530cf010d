import type { Answer } from './http.ts'

/** A request as a door sees it, whatever server took it. */
export interface DoorRequest {
  readonly method: string
  /** path and query */
  readonly url: string
  readonly host: string
  readonly authorization: string | null
  readonly contentType: string | null
  readonly origin: string | null
  /** null: longer than `bodyBytesMax` */
  readonly body: Uint8Array | null
}

/** Answers a request. Must not throw and never rejects. */
export type DoorHandler = (request: DoorRequest) => Promise<Answer>

/** Limits of every server, of those that can be set. The rest is `HEAD_BYTES_MAX`. */
export interface ServerLimits {
  readonly bodyBytesMax: number
  readonly connectionsMax: number
  /** a request that is not complete by then is dropped within as much again, ms */
  readonly requestTimeoutMs: number
}

export const SERVER_LIMITS: ServerLimits = {
  bodyBytesMax: 16_384,
  connectionsMax: 64,
  requestTimeoutMs: 10_000,
}

/** Request line and headers; uWebSockets.js has it built in. A longer head is answered with 431. */
export const HEAD_BYTES_MAX = 4_096

/** Headers of every answer, beside its length. */
export const ANSWER_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['content-type', 'application/json'],
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
]

export type ServerAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'tcp'
      readonly host: string
      /** 0 takes a free one */
      readonly port: number
      /** PEM text; null: plain HTTP */
      readonly tls: { readonly cert: string; readonly key: string } | null
    }

/** A server that listens. */
export interface Listener {
  /** the TCP port that it got; 0 on a unix socket */
  readonly port: number
  /** Stops listening and ends every connection. */
  close(): Promise<void>
}

/**
 * The port behind which HTTP servers are exchanged: Node's own, or uWebSockets.js where that can be loaded. The contract
 * suite `test/control/http-server.contract.ts` holds each of them to the same behaviour. HTTP/1.1 is spoken, one request at
 * a time: a client that sends the next one before it has the answer, or closes its half, may lose the connection with it.
 */
export interface HttpServer {
  readonly implementation: string
  /** @throws the system's error where it cannot listen */
  listen(
    address: ServerAddress,
    limits: ServerLimits,
    handler: DoorHandler,
    onProblem: (message: string) => void,
  ): Promise<Listener>
}
