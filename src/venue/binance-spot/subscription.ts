import type { Timers } from '../../core/timers.ts'

/** Bytes of one request. The venue leaves a frame of more than 4,096 unanswered, and what it asks for undone. */
const REQUEST_BYTES_MAX = 4_000
/** From an answer to the next request, ms: two a second, where the venue drops whoever sends more than five, pongs included. */
const PACE_MS = 500

const request = (params: readonly string[], id: number): string =>
  JSON.stringify({ method: 'SUBSCRIBE', params, id })

/** SUBSCRIBE requests for all of `streams`, with ids from 1 on. */
export function subscribeRequests(streams: readonly string[]): string[] {
  const requests: string[] = []
  const emptyBytes = request([], 1_000).length
  let params: string[] = []
  let bytes = emptyBytes
  for (const stream of streams) {
    const streamBytes = Buffer.byteLength(stream) + 3 // two quotes and a comma
    if (bytes + streamBytes > REQUEST_BYTES_MAX) {
      requests.push(request(params, requests.length + 1))
      params = []
      bytes = emptyBytes
    }
    params.push(stream)
    bytes += streamBytes
  }
  requests.push(request(params, requests.length + 1))
  return requests
}

/** The SUBSCRIBE requests of one connection: the next one leaves a while after the answer to the one before. */
export class Subscription {
  readonly #requests: readonly string[]
  readonly #send: (text: string) => void
  readonly #timers: Timers
  #sent = 0
  #answered = 0

  /** @param timers of the connection: nothing is sent once they are closed */
  constructor(requests: readonly string[], send: (text: string) => void, timers: Timers) {
    this.#requests = requests
    this.#send = send
    this.#timers = timers
  }

  /** Requests that were answered. */
  get answered(): number {
    return this.#answered
  }

  /** A request is under way. */
  get waiting(): boolean {
    return this.#sent > this.#answered
  }

  /** Sends the first request. */
  start(): void {
    this.#send(this.#requests[this.#sent++] as string)
  }

  /** Takes an answer; true where it was the last one, and every stream is confirmed. */
  onAnswer(id: number): boolean {
    if (!this.waiting || id !== this.#sent) return false
    this.#answered++
    if (this.#answered === this.#requests.length) return true
    this.#timers.after(PACE_MS, () => this.start())
    return false
  }
}
