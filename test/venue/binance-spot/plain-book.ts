type Levels = readonly (readonly [string, string])[]

interface DepthEvent {
  readonly U: number
  readonly u: number
  readonly b: Levels
  readonly a: Levels
}

interface SnapshotBody {
  readonly lastUpdateId: number
  readonly bids: Levels
  readonly asks: Levels
}

/** A local order book kept as the documentation says, by `JSON.parse` and maps: independent of the project's. */
export class PlainBook {
  lastUpdateId = 0
  gaps = 0
  /** asked for when the book needs a snapshot */
  onNeedSnapshot: () => void = () => {}
  readonly #bids = new Map<string, string>()
  readonly #asks = new Map<string, string>()
  #pending: DepthEvent[] = []
  #loaded = false

  onDepth(event: DepthEvent): void {
    if (!this.#loaded) {
      this.#pending.push(event)
      return
    }
    if (event.u <= this.lastUpdateId) return
    if (event.U > this.lastUpdateId + 1) {
      this.gaps++
      this.#loaded = false
      this.#pending = [event]
      this.onNeedSnapshot()
      return
    }
    this.#set(this.#bids, event.b)
    this.#set(this.#asks, event.a)
    this.lastUpdateId = event.u
  }

  /** False where it is too old. */
  onSnapshot(snapshot: SnapshotBody): boolean {
    const first = this.#pending.find((event) => event.u > snapshot.lastUpdateId)
    const tooOld = first !== undefined && first.U > snapshot.lastUpdateId + 1
    if (tooOld || snapshot.lastUpdateId < this.lastUpdateId) return false
    this.#bids.clear()
    this.#asks.clear()
    this.#set(this.#bids, snapshot.bids)
    this.#set(this.#asks, snapshot.asks)
    this.lastUpdateId = snapshot.lastUpdateId
    this.#loaded = true
    const pending = this.#pending
    this.#pending = []
    for (const event of pending) this.onDepth(event)
    return true
  }

  /** After a disconnect nothing is known until the next snapshot. */
  forget(): void {
    this.#loaded = false
    this.#pending = []
  }

  get text(): string {
    const side = (name: string, levels: Map<string, string>, sign: number): string =>
      [...levels]
        .sort(([a], [b]) => sign * (Number(a) - Number(b)))
        .map(([price, qty]) => `${name} ${price} ${qty}\n`)
        .join('')
    return side('B', this.#bids, -1) + side('A', this.#asks, 1)
  }

  snapshot(): { lastUpdateId: number; bids: [string, string][]; asks: [string, string][] } {
    return { lastUpdateId: this.lastUpdateId, bids: [...this.#bids], asks: [...this.#asks] }
  }

  #set(side: Map<string, string>, levels: Levels): void {
    for (const [price, qty] of levels) {
      if (Number(qty) === 0) side.delete(price)
      else side.set(price, qty)
    }
  }
}
