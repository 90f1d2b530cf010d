/** Most entries kept; later ones are counted only. */
export const ORDER_LOG_MAX = 200_000

/** One order request as it arrived at the venue. Times are monotonic ns of the venue's clock. */
export interface OrderLogEntry {
  readonly recvNs: number
  /** when the last market frame before it was handed to the socket; 0 before the first */
  readonly lastFrameNs: number
  readonly via: 'ws' | 'rest'
  readonly method: string
  readonly clientOrderId: string
  readonly symbol: string
  /** `accepted`, `lost` (fault: not executed), `unanswered` (executed, no answer), or the error code */
  readonly outcome: string
}

/** Requests of one kind, by both doors, and the request weight that they were counted with. */
export interface RequestCount {
  count: number
  weight: number
}

/** The venue's own record of what arrived: what tests hold against what an engine says that it sent. */
export class OrderLog {
  readonly #entries: OrderLogEntry[] = []
  /** WebSocket method → what was asked, by either door; refused requests too */
  readonly requests: Map<string, RequestCount> = new Map()
  #total = 0

  add(entry: OrderLogEntry): void {
    this.#total++
    if (this.#entries.length < ORDER_LOG_MAX) this.#entries.push(entry)
  }

  addRequest(method: string, weight: number): void {
    const counted = this.requests.get(method)
    if (counted === undefined) this.requests.set(method, { count: 1, weight })
    else {
      counted.count++
      counted.weight += weight
    }
  }

  get total(): number {
    return this.#total
  }

  entries(): readonly OrderLogEntry[] {
    return this.#entries
  }
}
