import { STATUS_CODES } from 'node:http'
import type { Answer } from '../http.ts'
import { ANSWER_HEADERS, type DoorHandler, type DoorRequest, type ServerLimits } from '../http-server.ts'
import type { UwsRequest, UwsResponse } from './binding.ts'

type Head = Omit<DoorRequest, 'body'>

/**
 * The head of a request; null for one whose length is told twice or in a way of its own: what stands behind such a head
 * could be read as a second request. uWebSockets.js itself lets it pass.
 */
function headOf(request: UwsRequest): Head | null {
  let lengths = 0
  request.forEach((name, value) => {
    if (name === 'content-length') lengths++
    if (name === 'transfer-encoding') lengths += value.toLowerCase() === 'chunked' ? 1 : 2
  })
  if (lengths > 1) return null
  const header = (name: string): string | null => request.getHeader(name) || null
  const query = request.getQuery()
  return {
    method: request.getCaseSensitiveMethod(),
    url: query === undefined ? request.getUrl() : `${request.getUrl()}?${query}`,
    host: request.getHeader('host'),
    authorization: header('authorization'),
    contentType: header('content-type'),
    origin: header('origin'),
  }
}

/**
 * One request over uWebSockets.js and its answer. Its response object is a bare pointer: from the moment that the
 * connection is gone, or the answer has ended, nothing here touches it.
 */
export class UwsExchange {
  readonly #response: UwsResponse
  readonly #limits: ServerLimits
  #over = false
  #timer: NodeJS.Timeout | undefined

  constructor(response: UwsResponse, limits: ServerLimits) {
    this.#response = response
    this.#limits = limits
    response.onAborted(() => this.#end())
  }

  /** Takes the request, has it answered, and answers. Never throws. */
  run(request: UwsRequest, handler: DoorHandler, onProblem: (message: string) => void): void {
    const head = headOf(request)
    // An answer would not keep uWebSockets.js from reading on.
    if (head === null) return this.#drop()
    this.#collect((body) => {
      handler({ ...head, body })
        .then((answer) => this.#send(answer, head.method === 'HEAD'))
        .catch((error: unknown) => {
          this.#drop()
          onProblem((error as Error).message)
        })
    })
  }

  /** Reads on to the end of a body that is too long without keeping it, so that the client hears the answer. */
  #collect(done: (body: Uint8Array | null) => void): void {
    const { bodyBytesMax, requestTimeoutMs } = this.#limits
    const chunks: Uint8Array[] = []
    let bytes = 0
    this.#timer = setTimeout(() => this.#drop(), requestTimeoutMs)
    this.#response.onData((chunk, isLast) => {
      if (this.#over) return
      bytes += chunk.byteLength
      if (bytes <= bodyBytesMax) chunks.push(new Uint8Array(chunk).slice())
      else if (bytes > 64 * bodyBytesMax) this.#drop()
      if (this.#over || !isLast) return
      clearTimeout(this.#timer)
      done(bytes > bodyBytesMax ? null : Buffer.concat(chunks))
    })
  }

  #send({ status, body }: Answer, headOnly: boolean): void {
    if (this.#over) return
    const text = Buffer.from(`${JSON.stringify(body)}\n`)
    this.#end()
    this.#response.cork(() => {
      this.#response.writeStatus(`${status} ${STATUS_CODES[status] ?? 'Unknown'}`)
      for (const [name, value] of ANSWER_HEADERS) this.#response.writeHeader(name, value)
      if (headOnly) this.#response.endWithoutBody(text.length)
      else this.#response.end(text)
    })
  }

  #drop(): void {
    if (this.#over) return
    this.#end()
    this.#response.close()
  }

  #end(): void {
    this.#over = true
    clearTimeout(this.#timer)
  }
}
