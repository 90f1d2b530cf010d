/** Closed orders that are remembered, so that a repeated event is known as one. */
export const CLOSED_ORDERS_MAX = 10_000

interface Track {
  venueOrderId: string | null
  triggered: boolean
}

/**
 * What has been reported of each order: an answer and an event may tell the same thing, in either order, and only the
 * first is passed on.
 */
export class OrderTracker {
  readonly #open = new Map<string, Track>()
  readonly #closed = new Map<string, string | null>()
  readonly #clientIds = new Map<string, string>()

  /** True where the order's acceptance has not been told yet. */
  accept(clientOrderId: string, venueOrderId: string): boolean {
    if (this.#closed.has(clientOrderId)) return false
    const track = this.#track(clientOrderId)
    if (track.venueOrderId !== null) return false
    track.venueOrderId = venueOrderId
    this.#clientIds.set(venueOrderId, clientOrderId)
    return true
  }

  /** True where the rejection is news: neither told nor contradicted by an acceptance. */
  reject(clientOrderId: string): boolean {
    const track = this.#open.get(clientOrderId)
    if (this.#closed.has(clientOrderId) || (track !== undefined && track.venueOrderId !== null)) return false
    this.#close(clientOrderId, null)
    return true
  }

  trigger(clientOrderId: string): boolean {
    const track = this.#track(clientOrderId)
    if (track.triggered) return false
    track.triggered = true
    return true
  }

  /** True where the order's end has not been told yet. */
  end(clientOrderId: string): boolean {
    if (this.#closed.has(clientOrderId)) return false
    this.#close(clientOrderId, this.#open.get(clientOrderId)?.venueOrderId ?? null)
    return true
  }

  isAccepted(clientOrderId: string): boolean {
    return this.#closed.has(clientOrderId) || (this.#open.get(clientOrderId)?.venueOrderId ?? null) !== null
  }

  isClosed(clientOrderId: string): boolean {
    return this.#closed.has(clientOrderId)
  }

  /** The venue's id where it is known. */
  venueOrderId(clientOrderId: string): string | null {
    return this.#open.get(clientOrderId)?.venueOrderId ?? this.#closed.get(clientOrderId) ?? null
  }

  /** A query showed both ids: fills of an order that an earlier run placed name only the venue's. */
  learn(clientOrderId: string, venueOrderId: string): void {
    this.#clientIds.set(venueOrderId, clientOrderId)
  }

  clientOrderId(venueOrderId: string): string | null {
    return this.#clientIds.get(venueOrderId) ?? null
  }

  #track(clientOrderId: string): Track {
    let track = this.#open.get(clientOrderId)
    if (track === undefined) {
      track = { venueOrderId: null, triggered: false }
      this.#open.set(clientOrderId, track)
    }
    return track
  }

  #close(clientOrderId: string, venueOrderId: string | null): void {
    this.#open.delete(clientOrderId)
    this.#closed.set(clientOrderId, venueOrderId)
    if (this.#closed.size <= CLOSED_ORDERS_MAX) return
    const [oldest] = this.#closed
    if (oldest === undefined) return
    this.#closed.delete(oldest[0])
    if (oldest[1] !== null) this.#clientIds.delete(oldest[1])
  }
}
