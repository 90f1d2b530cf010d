import {
  loadNative,
  type NativeBinding,
  type NativeDecoderHandle,
  type NativeStatus,
  nativeStatus,
} from '../../core/native.ts'
import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { InstrumentTable } from '../../domain/instrument.ts'
import { TICK, TICK_SLOT_BYTES, type TickSlots, tickSlotsOver } from '../../domain/tick.ts'
import {
  type BatchDecoder,
  type Decoder,
  type DecoderOptions,
  FEED_KINDS,
  type FeedKind,
  type Frames,
} from './decoder.ts'
import * as limits from './limits.ts'

/** Words of the call array (`native/binding/src/decoder.rs`): arguments in, results out in the same words. */
const CALL = {
  START: 0,
  END: 1,
  RECV_NS: 2,
  SLOT: 3,
  CAPACITY: 4,
  INSTRUMENT: 5,
  FIRST: 6,
  LAST: 7,
  SLOTS: 0,
  FRAMES: 1,
} as const
const CALL_WORDS = 8
const NO_INSTRUMENT = -1
/** codes from here on are the sanity stage's, which Rust does not have */
const SANITY_CODE_MIN = 64

/**
 * The Rust decoder, by the same contract as the TypeScript one. A call that fails inside Rust (a panic, which would be a
 * bug) is counted in `faults` and its frame decoded by `fallback`.
 */
export class NativeDecoder implements BatchDecoder {
  readonly implementation = 'rust' as const
  /** calls that failed inside Rust */
  faults = 0
  readonly #handle: NativeDecoderHandle
  readonly #instruments: InstrumentTable
  readonly #fallback: Decoder
  readonly #call = new Float64Array(CALL_WORDS)
  // Rust holds the addresses of `#call` and of the slots, so both are kept here while a call may come.
  #out: TickSlots | null = null
  #outWords = 0
  #known = 0

  /** @throws NATIVE_ARGUMENT when the module does not know the kind */
  constructor(binding: NativeBinding, kind: FeedKind, options: DecoderOptions, fallback: Decoder) {
    const baseMs = Number(options.eventBaseUtcNs / 1_000_000n)
    this.#handle = binding.createDecoder(FEED_KINDS.indexOf(kind), baseMs)
    this.#instruments = options.instruments
    this.#fallback = fallback
  }

  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    const slots = this.#one(bytes, start, end, NO_INSTRUMENT, recvNs, out, slot)
    if (slots >= 0) return slots
    this.faults++
    return this.#fallback.decode(bytes, start, end, recvNs, out, slot)
  }

  decodeSnapshot(
    bytes: Uint8Array,
    start: number,
    end: number,
    instrument: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    const slots = this.#one(bytes, start, end, instrument, recvNs, out, slot)
    if (slots >= 0) return slots
    this.faults++
    return this.#fallback.decodeSnapshot(bytes, start, end, instrument, recvNs, out, slot)
  }

  decodeBatch(
    frames: Frames,
    instruments: Int32Array,
    first: number,
    last: number,
    out: TickSlots,
    slot: number,
    counts: Uint32Array,
  ): number {
    this.#prepare(out, slot)
    const call = this.#call
    call[CALL.FIRST] = first
    call[CALL.LAST] = last
    const { bytes, starts, ends, recvNs, types } = frames
    this.#handle.decodeBatch(bytes, starts, ends, recvNs, types, instruments, counts)
    return call[CALL.FRAMES] as number
  }

  #one(
    bytes: Uint8Array,
    start: number,
    end: number,
    instrument: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    this.#prepare(out, slot)
    const call = this.#call
    call[CALL.START] = start
    call[CALL.END] = end
    call[CALL.RECV_NS] = recvNs
    call[CALL.INSTRUMENT] = instrument
    this.#handle.decode(bytes)
    return call[CALL.SLOTS] as number
  }

  #prepare(out: TickSlots, slot: number): void {
    // A buffer that was given away (detached) has length 0, so its address is never used again.
    if (out !== this.#out || out.f64.length !== this.#outWords) {
      this.#handle.attach(this.#call, out.f64)
      this.#out = out
      this.#outWords = out.f64.length
    }
    if (this.#known !== this.#instruments.size) this.#follow()
    this.#call[CALL.SLOT] = slot
    this.#call[CALL.CAPACITY] = out.capacity
  }

  #follow(): void {
    for (; this.#known < this.#instruments.size; this.#known++) {
      const { symbol, priceIncrement, qtyIncrement, allowsNegativePrice } = this.#instruments.get(this.#known)
      this.#handle.addInstrument(
        symbol,
        symbol.toLowerCase(),
        priceIncrement.scale,
        priceIncrement.unitsPerIncrement,
        qtyIncrement.scale,
        qtyIncrement.unitsPerIncrement,
        allowsNegativePrice,
      )
    }
  }
}

function tableFault(
  what: string,
  rust: Readonly<Record<string, number>>,
  ours: Readonly<Record<string, number>>,
): string | null {
  const names = new Set([...Object.keys(rust), ...Object.keys(ours)])
  for (const name of names) {
    if (rust[name] !== ours[name]) return `${what} ${name} is ${rust[name]} in Rust, ${ours[name]} here`
  }
  return null
}

/** Why the module's constants do not fit this source, or null. */
export function constantsFault(binding: NativeBinding): string | null {
  const rust = binding.constants()
  const codes = Object.entries(DECODE_CODE).filter(([, { n }]) => n < SANITY_CODE_MIN)
  if (rust.slotBytes !== TICK_SLOT_BYTES) return `a slot has ${rust.slotBytes} bytes in Rust`
  return (
    tableFault('slot kind', rust.kinds, TICK) ??
    tableFault('code', rust.codes, Object.fromEntries(codes.map(([name, { n }]) => [name, n]))) ??
    tableFault('limit', rust.limits, { ...limits })
  )
}

const SAMPLE =
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,' +
  '"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}'
const SAMPLE_BASE_UTC_NS = 1_723_075_200_000_000_000n

/** Decodes one known frame into shared memory; why that failed, or null. */
function sampleFault(binding: NativeBinding): string | null {
  const instruments = new InstrumentTable()
  instruments.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
  const fallback: Decoder = { implementation: 'typescript', decode: () => -1, decodeSnapshot: () => -1 }
  const options = { instruments, eventBaseUtcNs: SAMPLE_BASE_UTC_NS }
  const decoder = new NativeDecoder(binding, 'binance-spot', options, fallback)
  const out = tickSlotsOver(new SharedArrayBuffer(3 * TICK_SLOT_BYTES), TICK_SLOT_BYTES)
  const bytes = new TextEncoder().encode(SAMPLE)
  const slots = decoder.decode(bytes, 0, bytes.length, 7, out, 1)
  const seen = [slots, out.i32[16], out.i32[17], ...out.f64.subarray(9)].join(' ')
  const expected = [1, TICK.TRADE, 0, 86_055_342e6, 7, 6_183_763, 2_000, -1, 1e6, 3_735_683_259].join(' ')
  return seen === expected ? null : `self-test: a known frame gave ${seen}`
}

const checked = new WeakMap<NativeBinding, string | null>()

/** The native module when it is loaded and decodes as this source expects, else null. */
export function loadNativeDecoding(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NativeBinding | null {
  const binding = loadNative(environment)
  if (binding === null) return null
  let fault = checked.get(binding)
  if (fault === undefined) {
    fault = constantsFault(binding) ?? sampleFault(binding)
    checked.set(binding, fault)
  }
  return fault === null ? binding : null
}

/** Whether frames can be decoded natively, and why not. */
export function nativeDecodingStatus(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NativeStatus {
  const status = nativeStatus(environment)
  if (!status.live || loadNativeDecoding(environment) !== null) return status
  return { live: false, why: checked.get(loadNative(environment) as NativeBinding) ?? 'not checked' }
}

/**
 * The Rust decoder where it is live, else `typescript`. It is the faster one for every kind of message, one frame a call
 * included (docs/adr/0005-native-boundary.md).
 */
export function nativeOr(
  kind: FeedKind,
  options: DecoderOptions,
  typescript: Decoder,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Decoder {
  const binding = loadNativeDecoding(environment)
  return binding === null ? typescript : new NativeDecoder(binding, kind, options, typescript)
}
