import { createTickSlots, TICK, type TickSlots } from '../../src/domain/tick.ts'
import { levelSlots, writeLevel, writeSlot } from '../../src/feed/decode/slots.ts'

/** One slot with a TRADE of instrument 0. */
export function tradeSlot(
  eventNs: number,
  recvNs: number,
  price: number,
  id: number,
  qty = 1,
  detail = 0,
): TickSlots {
  const slots = createTickSlots(1)
  writeSlot(slots, 0, TICK.TRADE, 0, eventNs, recvNs, price, qty, 1, detail, id)
  return slots
}

/** One slot with a QUOTE of instrument 0. */
export function quoteSlot(eventNs: number, recvNs: number, bid: number, ask: number, id = 0): TickSlots {
  const slots = createTickSlots(1)
  writeSlot(slots, 0, TICK.QUOTE, 0, eventNs, recvNs, bid, 1, ask, 1, id)
  return slots
}

export type Levels = readonly (readonly [price: number, qty: number])[]

function withLevels(write: (slots: TickSlots) => void, bids: Levels, asks: Levels): TickSlots {
  const slots = createTickSlots(1 + levelSlots(bids.length) + levelSlots(asks.length))
  write(slots)
  bids.forEach(([price, qty], n) => writeLevel(slots, 1, n, 1, price, qty))
  asks.forEach(([price, qty], n) => writeLevel(slots, 1 + levelSlots(bids.length), n, -1, price, qty))
  return slots
}

/** A DEPTH of instrument 0 and its levels. */
export function depthSlots(
  first: number,
  last: number,
  previous: number,
  bids: Levels = [],
  asks: Levels = [],
): TickSlots {
  const write = (slots: TickSlots): void =>
    writeSlot(slots, 0, TICK.DEPTH, 0, 0, 0, first, previous, bids.length, asks.length, last)
  return withLevels(write, bids, asks)
}

/** A SNAPSHOT of instrument 0 and its levels. */
export function snapshotSlots(lastUpdateId: number, bids: Levels = [], asks: Levels = []): TickSlots {
  const write = (slots: TickSlots): void =>
    writeSlot(slots, 0, TICK.SNAPSHOT, 0, 0, 0, 0, 0, bids.length, asks.length, lastUpdateId)
  return withLevels(write, bids, asks)
}
