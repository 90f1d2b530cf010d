import type { Fill } from '../domain/report.ts'

interface BookedFill {
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
    return (this.#byOrder.get(clientOrderId) ?? []).filter((booked) => !booked.busted).map(({ fill }) => fill)
  }

  /** A booked fill of an order that still counts. */
  ofTrade(clientOrderId: string, tradeId: string): Fill | undefined {
    return this.of(clientOrderId).find((fill) => fill.tradeId === tradeId)
  }

  /** Puts `corrected` in place of a booked fill; null busts it. */
  restate(booked: Fill, clientOrderId: string, corrected: Fill | null): void {
    const entry = (this.#byOrder.get(clientOrderId) ?? []).find(({ fill }) => fill === booked)
    if (entry === undefined) return
    if (corrected === null) entry.busted = true
    else entry.fill = corrected
  }

  /** Drops the fills of an order that is no longer kept. */
  forget(clientOrderId: string): void {
    for (const { fill } of this.#byOrder.get(clientOrderId) ?? []) this.#byKey.delete(key(fill))
    this.#byOrder.delete(clientOrderId)
  }
}

function key(fill: Fill): string {
  return `${fill.account ?? ''}\n${fill.instrument}\n${fill.side}\n${fill.tradeId}`
}
