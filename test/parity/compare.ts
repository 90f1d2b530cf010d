import { loadNative } from '../../src/core/native.ts'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import { createTickSlots, TICK, TICK_SLOT_BYTES, type TickSlots } from '../../src/domain/tick.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import type { Decoder, FeedKind } from '../../src/feed/decode/decoder.ts'
import { NativeDecoder, nativeDecodingStatus } from '../../src/feed/decode/native.ts'
import type { Frame } from './frames.ts'

const native = nativeDecodingStatus({})
/** Why the decoders cannot be compared; null where they can. */
export const missing: string | null = native.live ? null : `needs the native module: ${native.why}`

export const EVENT_BASE_UTC_NS = 1_723_075_200_000_000_000n
const GARBAGE = 0xa5
const SLOTS = 8_192

export interface Pair {
  readonly typescript: Decoder
  readonly rust: NativeDecoder
  readonly instruments: InstrumentTable
}

/** Both decoders over instruments of 10^-8 increments, or those given as [symbol, price, quantity increment]. */
export function decoderPair(
  kind: FeedKind,
  symbols: readonly (string | readonly [string, string, string])[],
  eventBaseUtcNs: bigint = EVENT_BASE_UTC_NS,
): Pair {
  const instruments = new InstrumentTable()
  for (const entry of symbols) {
    const [symbol, priceIncrement, qtyIncrement] =
      typeof entry === 'string' ? [entry, '0.00000001', '0.00000001'] : entry
    instruments.add({ symbol, priceIncrement, qtyIncrement })
  }
  const options = { instruments, eventBaseUtcNs }
  const binding = loadNative({})
  if (binding === null) throw new Error('the native module is not live')
  const typescript = createDecoder(kind, instruments, eventBaseUtcNs, 'off')
  const unused: Decoder = { implementation: 'typescript', decode: () => -1, decodeSnapshot: () => -1 }
  return { typescript, rust: new NativeDecoder(binding, kind, options, unused), instruments }
}

const slotsA = createTickSlots(SLOTS)
const slotsB = createTickSlots(SLOTS)
const bytesA = new Uint8Array(slotsA.f64.buffer)
const bytesB = new Uint8Array(slotsB.f64.buffer)

/** numbers of the codes that the TypeScript decoder gave in first slots */
export const errorCodesSeen: Set<number> = new Set()

function decodeBy(decoder: Decoder, frame: Frame, instruments: InstrumentTable, out: TickSlots): number {
  const { text, recvNs, snapshotOf } = frame
  if (snapshotOf === null) return decoder.decode(text, 0, text.length, recvNs, out, 1)
  const instrument = instruments.bySymbol(snapshotOf)?.index ?? 0
  return decoder.decodeSnapshot(text, 0, text.length, instrument, recvNs, out, 1)
}

function describeSlots(out: TickSlots, count: number): string {
  const rows: string[] = []
  for (let slot = 1; slot <= Math.min(count, 4); slot++) {
    rows.push(
      `[${out.i32[slot * 16]} ${out.i32[slot * 16 + 1]} ${out.f64.slice(slot * 8 + 1, slot * 8 + 8).join(' ')}]`,
    )
  }
  return `${count} slots ${rows.join(' ')}`
}

/**
 * Decodes one frame by both and compares the slots, byte for byte, over memory that held garbage before. Null when they
 * are equal, else both outcomes.
 */
export function difference(pair: Pair, frame: Frame, capacity: number = SLOTS): string | null {
  const used = Math.min(SLOTS, capacity) * TICK_SLOT_BYTES
  bytesA.fill(GARBAGE, 0, 256)
  bytesB.fill(GARBAGE, 0, 256)
  const a = decodeBy(pair.typescript, frame, pair.instruments, { ...slotsA, capacity })
  const b = decodeBy(pair.rust, frame, pair.instruments, { ...slotsB, capacity })
  if (a > 0 && slotsA.i32[16] === TICK.ERROR) errorCodesSeen.add(slotsA.i32[17] as number)
  const length = Math.max(a, b) * TICK_SLOT_BYTES
  const end = Math.min(TICK_SLOT_BYTES + length, used)
  const same =
    a === b &&
    Buffer.compare(bytesA.subarray(TICK_SLOT_BYTES, end), bytesB.subarray(TICK_SLOT_BYTES, end)) === 0
  if (same && pair.rust.faults === 0) return null
  const text = Buffer.from(frame.text).toString('latin1').slice(0, 400)
  return `${JSON.stringify(text)}\n  typescript: ${describeSlots(slotsA, a)}\n  rust: ${describeSlots(slotsB, b)}`
}

/** The first few differences over many frames. */
export function differences(pair: Pair, frames: readonly Frame[], most = 5): string[] {
  const found: string[] = []
  for (const frame of frames) {
    const text = difference(pair, frame)
    if (text !== null) found.push(text)
    if (found.length >= most) break
  }
  return found
}
