import type { Fill } from '../domain/report.ts'

/** A fill that was applied, and whether it still counts. */
export interface BookedFill {
  fill: Fill
  readonly clientOrderId: string
  busted: boolean
}

/**
 * Every fill applied, by (account, symbol, trade id), so that each applies exactly once (O6). The side is part of
 * the key: a venue that lets us trade with ourselves gives both sides one trade id.
 */
export class FillIndex {
  readonly #byKey = new Map<string, BookedFill>()
  readonly #byOrder = new Map<string, BookedFill[]>()

  /** The booked fill with the same key; a busted one counts, because its trade id is used up. */
  find(fill: Fill): Readonly<BookedFill> | undefined {
    return this.#byKey.get(key(fill))
  }

  add(fill: Fill, clientOrderId: string): void {
    const booked: BookedFill = { fill, clientOrderId, busted: false }
    this.#byKey.set(key(fill), booked)
    const ofOrder = this.#byOrder.get(clientOrderId)
    if (ofOrder === undefined) this.#byOrder.set(clientOrderId, [booked])
    else ofOrder.push(booked)
  }

  of(clientOrderId: string): readonly Fill[] {
    return this.#live(clientOrderId).map(({ fill }) => fill)
  }

  /** A booked fill of an order that still counts. */
  ofTrade(clientOrderId: string, tradeId: string): BookedFill | undefined {
    return this.#live(clientOrderId).find(({ fill }) => fill.tradeId === tradeId)
  }

  /** Drops the fills of an order that is no longer kept. */
  forget(clientOrderId: string): void {
    const booked = this.#byOrder.get(clientOrderId)
    if (booked === undefined) return
    for (const { fill } of booked) this.#byKey.delete(key(fill))
    this.#byOrder.delete(clientOrderId)
  }

  #live(clientOrderId: string): BookedFill[] {
    return (this.#byOrder.get(clientOrderId) ?? []).filter(({ busted }) => !busted)
  }
}

function key(fill: Fill): string {
  return `${fill.account ?? ''}\n${fill.instrument}\n${fill.side}\n${fill.tradeId}`
}
