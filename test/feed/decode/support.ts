import { decodeCodeName } from '../../../src/domain/decode-codes.ts'
import { type InstrumentInput, InstrumentTable } from '../../../src/domain/instrument.ts'
import {
  createTickSlots,
  TICK,
  TICK_SLOT_F64,
  TICK_SLOT_I32,
  type TickSlots,
} from '../../../src/domain/tick.ts'
import { createDecoder } from '../../../src/feed/decode/create.ts'
import type { Decoder, FeedKind } from '../../../src/feed/decode/decoder.ts'

/** 2024-08-08, the day before the first event of the Binance recordings. */
export const BASE_UTC_NS = 1_723_075_200_000_000_000n
export const BTCUSDT: InstrumentInput = { symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' }
const SLOTS = 4_096

/** A decoder in TypeScript with its own instruments. */
export function decoderOf(
  kind: FeedKind,
  instruments: readonly InstrumentInput[] = [BTCUSDT],
  baseUtcNs: bigint = BASE_UTC_NS,
): Decoder {
  const table = new InstrumentTable()
  for (const instrument of instruments) table.add(instrument)
  return createDecoder(kind, table, baseUtcNs, 'off')
}

/** One slot, readable: kind or code, instrument, and the words from [1] on. */
export type Slot = readonly [kind: string, instrument: number, ...words: number[]]

const KIND_NAMES = new Map<number, string>(Object.entries(TICK).map(([name, n]) => [n, name]))

function slotAt(slots: TickSlots, slot: number): Slot {
  const head = slots.i32[slot * TICK_SLOT_I32] as number
  const second = slots.i32[slot * TICK_SLOT_I32 + 1] as number
  const words = slots.f64.subarray(slot * TICK_SLOT_F64 + 1, (slot + 1) * TICK_SLOT_F64)
  if (head === TICK.ERROR) return [decodeCodeName(second), words[1] as number]
  const flags = head >>> 8
  const name = KIND_NAMES.get(head & 0xff) ?? '?'
  return [flags === 0 ? name : `${name}+${flags}`, second, ...words]
}

const POISONED_WORDS = 512
const reused = new Map<number, TickSlots>()

/**
 * Decodes `text` amid other bytes, so that reading beyond the frame would show. The slot before must stay as
 * it was.
 */
export function decode(
  decoder: Decoder,
  text: string | Uint8Array,
  recvNs = 5,
  room: number = SLOTS,
): Slot[] {
  const frame = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const bytes = new Uint8Array(frame.length + 600).fill(0x37)
  bytes.set(frame, 100)
  let slots = reused.get(room)
  if (slots === undefined) reused.set(room, (slots = createTickSlots(room)))
  // Whatever was written before must not show: every word is poisoned.
  slots.f64.fill(-7, 0, POISONED_WORDS)
  const count = decoder.decode(bytes, 100, 100 + frame.length, recvNs, slots, 1)
  if (slots.f64.subarray(0, TICK_SLOT_F64).some((word) => word !== -7))
    throw new Error('wrote before the slot')
  return Array.from({ length: count }, (_, i) => slotAt(slots, i + 1))
}

/** As `decode`, for the body of a REST depth snapshot. */
export function decodeSnapshot(decoder: Decoder, text: string, instrument = 0, recvNs = 5): Slot[] {
  const bytes = new TextEncoder().encode(text)
  const slots = createTickSlots(SLOTS)
  const count = decoder.decodeSnapshot(bytes, 0, bytes.length, instrument, recvNs, slots, 0)
  return Array.from({ length: count }, (_, i) => slotAt(slots, i))
}

/** Name of the first slot: a kind or a code; "nothing" where there is none. */
export function outcome(decoder: Decoder, text: string | Uint8Array): string {
  return decode(decoder, text)[0]?.[0] ?? 'nothing'
}
