import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { loadNative, type NativeBinding, type NativeDecoderHandle } from '../../../src/core/native.ts'
import { DECODE_CODE } from '../../../src/domain/decode-codes.ts'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import { createTickSlots, TICK, tickKind, tickSlotsOver } from '../../../src/domain/tick.ts'
import type { Decoder, Frames } from '../../../src/feed/decode/decoder.ts'
import {
  constantsFault,
  loadNativeDecoding,
  NativeDecoder,
  nativeDecodingStatus,
} from '../../../src/feed/decode/native.ts'
import { skipWhere } from '../../needs.ts'

const EVENT_BASE_UTC_NS = 1_723_075_200_000_000_000n
const TRADE =
  '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":7,"p":"61837.63","q":"0.02","T":1723161255342,"m":true,"M":true}'
const DEPTH =
  '{"e":"depthUpdate","E":1723161255343,"s":"BTCUSDT","U":1,"u":2,"b":[["1.00","1"],["0.99","1"],["0.98","1"],["0.97","1"]],"a":[]}'
const NONE = new Int32Array(0)
const encoder = new TextEncoder()
const NEVER: Decoder = { implementation: 'typescript', decode: () => -99, decodeSnapshot: () => -99 }

function table(...symbols: string[]): InstrumentTable {
  const instruments = new InstrumentTable()
  for (const symbol of symbols) instruments.add({ symbol, priceIncrement: '0.01', qtyIncrement: '0.00001' })
  return instruments
}

function batchOf(texts: readonly string[]): Frames {
  const bytes = encoder.encode(texts.join(''))
  const ends = Uint32Array.from(texts, (_, i) => encoder.encode(texts.slice(0, i + 1).join('')).length)
  const starts = Uint32Array.from(ends, (end, i) => end - encoder.encode(texts[i]).length)
  const recvNs = Float64Array.from(texts, (_, i) => i)
  return { bytes, starts, ends, recvNs, types: new Uint8Array(texts.length) }
}

describe('NativeDecoder over a module that fails', () => {
  const failing: NativeDecoderHandle = {
    addInstrument: () => {},
    attach(call) {
      this.decode = () => {
        call[0] = -1
      }
    },
    decode: () => {},
    decodeBatch: () => {},
  }
  const binding = { createDecoder: () => failing } as unknown as NativeBinding

  it('F8: gives the frame to the fallback and counts the fault', () => {
    const calls: number[][] = []
    const fallback: Decoder = {
      implementation: 'typescript',
      decode: (_, start, end, recvNs, __, slot) => calls.push([start, end, recvNs, slot]),
      decodeSnapshot: (_, start, end, instrument, recvNs, __, slot) =>
        calls.push([start, end, instrument, recvNs, slot]),
    }
    const options = { instruments: table('BTCUSDT'), eventBaseUtcNs: EVENT_BASE_UTC_NS }
    const decoder = new NativeDecoder(binding, 'binance-spot', options, fallback)
    const out = createTickSlots(4)
    expect(decoder.decode(new Uint8Array(9), 2, 5, 11, out, 3)).toBe(1)
    expect(decoder.decodeSnapshot(new Uint8Array(9), 2, 5, 0, 11, out, 3)).toBe(2)
    expect(calls).toEqual([
      [2, 5, 11, 3],
      [2, 5, 0, 11, 3],
    ])
    expect(decoder.faults).toBe(2)
  })
})

const binding = loadNativeDecoding({})

const MISSING = binding === null ? `needs the native module: ${nativeDecodingStatus({}).why}` : null

describe('NativeDecoder', () => {
  skipWhere(MISSING)

  const native = binding as NativeBinding
  const create = (instruments: InstrumentTable): NativeDecoder =>
    new NativeDecoder(native, 'binance-spot', { instruments, eventBaseUtcNs: EVENT_BASE_UTC_NS }, NEVER)

  it('F8: writes into shared memory at the slot asked for, and nowhere else', () => {
    const out = tickSlotsOver(new SharedArrayBuffer(64 * 6), 64, 4)
    out.f64.fill(-1)
    const bytes = encoder.encode(`xx${TRADE}yy`)
    expect(create(table('BTCUSDT')).decode(bytes, 2, bytes.length - 2, 5, out, 2)).toBe(1)
    expect([...out.f64.subarray(17, 24)]).toEqual([86_055_342e6, 5, 6_183_763, 2_000, -1, 1e6, 7])
    expect([...out.f64.subarray(0, 16), ...out.f64.subarray(24)].every((word) => word === -1)).toBe(true)
  })

  it('follows instruments that are added later', () => {
    const instruments = table('ETHUSDT')
    const decoder = create(instruments)
    const out = createTickSlots(2)
    const bytes = encoder.encode(TRADE)
    decoder.decode(bytes, 0, bytes.length, 5, out, 0)
    expect([out.i32[0], out.i32[1]]).toEqual([TICK.ERROR, DECODE_CODE.unknown_symbol.n])
    instruments.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
    decoder.decode(bytes, 0, bytes.length, 5, out, 0)
    expect([out.i32[0], out.i32[1]]).toEqual([TICK.TRADE, 1])
  })

  it('takes other slots, a smaller view of the same ones, and never writes to a buffer that was given away', () => {
    const decoder = create(table('BTCUSDT'))
    const bytes = encoder.encode(TRADE)
    const first = createTickSlots(2)
    expect(decoder.decode(bytes, 0, bytes.length, 5, first, 1)).toBe(1)
    expect(decoder.decode(bytes, 0, bytes.length, 5, { ...first, capacity: 1 }, 1)).toBe(0)
    structuredClone(first.f64.buffer, { transfer: [first.f64.buffer as ArrayBuffer] })
    expect(() => decoder.decode(bytes, 0, bytes.length, 5, first, 1)).toThrow(
      expect.objectContaining({ code: 'NATIVE_ARGUMENT' }),
    )
    const second = createTickSlots(2)
    expect(decoder.decode(bytes, 0, bytes.length, 5, second, 0)).toBe(1)
    expect(tickKind(second, 0)).toBe(TICK.TRADE)
  })

  it('counts a range outside the bytes as a fault instead of reading there', () => {
    const decoder = create(table('BTCUSDT'))
    expect(decoder.decode(encoder.encode(TRADE), 5, 5_000, 5, createTickSlots(1), 0)).toBe(-99)
    expect(decoder.faults).toBe(1)
  })

  it('F8: a batch stops before the frame that does not fit whole and goes on from there', () => {
    const decoder = create(table('BTCUSDT'))
    const batch = batchOf([TRADE, DEPTH, TRADE, DEPTH, '{}'])
    const out = createTickSlots(4)
    const counts = new Uint32Array(5)
    const consumed: number[] = []
    for (let first = 0; first < 5; first += consumed.at(-1) as number) {
      consumed.push(decoder.decodeBatch(batch, NONE, first, 5, out, 0, counts))
    }
    expect(consumed).toEqual([2, 2, 1])
    expect([...counts]).toEqual([1, 3, 1, 3, 1])
  })

  it('F8: a frame larger than all slots is slots_full, not an endless loop', () => {
    const decoder = create(table('BTCUSDT'))
    const out = createTickSlots(2)
    const counts = new Uint32Array(1)
    expect(decoder.decodeBatch(batchOf([DEPTH]), NONE, 0, 1, out, 0, counts)).toBe(1)
    expect([counts[0], out.i32[0], out.i32[1]]).toEqual([1, TICK.ERROR, DECODE_CODE.slots_full.n])
  })

  it('refuses arrays that do not fit together', () => {
    const decoder = create(table('BTCUSDT'))
    const batch = batchOf([TRADE])
    const out = createTickSlots(2)
    const refused = expect.objectContaining({ code: 'NATIVE_ARGUMENT' })
    expect(() => decoder.decodeBatch(batch, NONE, 0, 2, out, 0, new Uint32Array(2))).toThrow(refused)
    expect(() => decoder.decodeBatch(batch, NONE, 0, 1, out, 0, new Uint32Array(0))).toThrow(refused)
    expect(() =>
      decoder.decodeBatch({ ...batch, ends: Uint32Array.of(5_000) }, NONE, 0, 1, out, 0, new Uint32Array(1)),
    ).toThrow(refused)
    const wrong = { ...batch, starts: new Float64Array(1) as unknown as Uint32Array }
    expect(() => decoder.decodeBatch(wrong, NONE, 0, 1, out, 0, new Uint32Array(1))).toThrow(refused)
  })

  it('names the constant that differs', () => {
    const rust = native.constants()
    const other = (changed: object): NativeBinding => ({
      ...native,
      constants: () => ({ ...rust, ...changed }),
    })
    expect(constantsFault(native)).toBe(null)
    expect(constantsFault(other({ codes: { ...rust.codes, price_null: 99 } }))).toBe(
      'code price_null is 99 in Rust, 14 here',
    )
    expect(constantsFault(other({ kinds: { ...rust.kinds, NEW: 14 } }))).toBe(
      'slot kind NEW is 14 in Rust, undefined here',
    )
    expect(constantsFault(other({ limits: {} }))).toMatch(/^limit FRAME_BYTES_MAX is undefined/)
    expect(constantsFault(other({ limits: { ...rust.limits, RESOLVED_BYTES_MAX: 64 } }))).toBe(
      'limit RESOLVED_BYTES_MAX is 64 in Rust, 128 here',
    )
    expect(constantsFault(other({ slotBytes: 32 }))).toBe('a slot has 32 bytes in Rust')
  })

  it('frees the state of decoders that nobody holds', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const rss: number[] = []
    for (let round = 0; round < 6; round++) {
      // Some 180 MB, while they are held.
      for (let i = 0; i < 20_000; i++)
        native.createDecoder(0, 0).addInstrument(`S${i}`, `s${i}`, 2, 1, 2, 1, false)
      collect()
      // What was collected is freed in a turn of its own.
      await new Promise((resolve) => setImmediate(resolve))
      rss.push(process.memoryUsage().rss)
    }
    expect((rss[5] as number) - (rss[1] as number)).toBeLessThan(360e6)
    expect(loadNative({})).toBe(native)
  })
})
