/**
 * Decoders side by side, ns a frame by message type: TypeScript, Rust one frame a call, Rust by batch, and JSON.parse
 * with exact conversion of the same numbers. Recorded frames, in memory; the rounds of the four alternate.
 * Usage: node bench/decode-native.ts [--json]
 */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { gunzipSync } from 'node:zlib'
import { SystemClock } from '../src/core/clock.ts'
import { nativeStatus } from '../src/core/native.ts'
import { type Instrument, InstrumentTable } from '../src/domain/instrument.ts'
import { createTickSlots, TICK, tickKind } from '../src/domain/tick.ts'
import { BinanceDecoder } from '../src/feed/decode/binance.ts'
import type { Decoder, FeedKind } from '../src/feed/decode/decoder.ts'
import { loadNativeDecoding, NativeDecoder } from '../src/feed/decode/native.ts'

const FRAMES_MAX = 20_000
const ROUNDS = 15
const BATCH = 1_000
const EVENT_BASE_UTC_NS = 1_723_075_200_000_000_000n
const FIXTURES = new URL('../test/fixtures/binance-raw/', import.meta.url)

interface Frames {
  readonly name: string
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** Frames of `texts` in one piece of memory. */
function pack(name: string, texts: readonly Buffer[]): Frames {
  const starts = new Uint32Array(texts.length)
  const ends = new Uint32Array(texts.length)
  let at = 0
  texts.forEach((text, i) => {
    starts[i] = at
    at += text.length
    ends[i] = at
  })
  return { name, bytes: Uint8Array.from(Buffer.concat(texts)), starts, ends }
}

/** The recording's stream frames by type, and all of them in their own order. */
function load(file: string): Frames[] {
  const byType = new Map<string, Buffer[]>()
  const mixed: Buffer[] = []
  for (const line of gunzipSync(readFileSync(new URL(file, FIXTURES)))
    .toString('latin1')
    .split('\n')) {
    const type = /^\d+ {"stream":"[a-z]+@(\w+)/.exec(line)?.[1]
    if (type === undefined) continue
    const text = Buffer.from(line.slice(line.indexOf(' ') + 1), 'latin1')
    const list = byType.get(type) ?? []
    byType.set(type, list)
    if (list.length < FRAMES_MAX) list.push(text)
    if (mixed.length < FRAMES_MAX) mixed.push(text)
  }
  return [...[...byType].map(([type, texts]) => pack(type, texts)), pack('mixed', mixed)]
}

interface Message {
  readonly data: {
    readonly e?: string
    readonly s: string
    readonly p: string
    readonly q: string
    readonly b: string | readonly (readonly [string, string])[]
    readonly a: string | readonly (readonly [string, string])[]
    readonly B: string
    readonly A: string
  }
}

/** Plain decimal text to increments of 10^-scale, exactly, digit by digit; extra digits must be zeros. */
function convert(text: string, scale: number): number {
  let value = 0
  let places = -1
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit === -2 && places < 0) places = 0
    else if (digit < 0 || digit > 9) throw new Error('no decimal')
    else if (places < 0 || places < scale) {
      value = value * 10 + digit
      if (places >= 0) places++
    } else if (digit !== 0) return Number(text) * 10 ** scale // dust below the lot size
  }
  for (let n = Math.max(places, 0); n < scale; n++) value *= 10
  if (value > Number.MAX_SAFE_INTEGER) throw new Error('too large')
  return value
}

/** JSON.parse and exact conversion: what a decoder without bytes would do. Gives a number, so that nothing is skipped. */
function parseAndConvert(text: string, instruments: InstrumentTable): number {
  const { data } = JSON.parse(text) as Message
  const { priceIncrement, qtyIncrement } = instruments.bySymbol(data.s) as Instrument
  const [price, qty] = [priceIncrement.scale, qtyIncrement.scale]
  if (data.p !== undefined) return convert(data.p, price) + convert(data.q, qty)
  if (typeof data.b === 'string' && typeof data.a === 'string') {
    return convert(data.b, price) + convert(data.a, price) + convert(data.B, qty) + convert(data.A, qty)
  }
  let sum = 0
  for (const side of [data.b, data.a] as (readonly (readonly [string, string])[])[]) {
    for (const level of side) sum += convert(level[0], price) + convert(level[1], qty)
  }
  return sum
}

const clock = new SystemClock()
const out = createTickSlots(65_536)
const decoderText = new TextDecoder('latin1')

/** Times `run` over all frames; ns a frame. */
function timed(frames: Frames, run: () => void): number {
  const start = clock.monoNs()
  run()
  return Number(clock.monoNs() - start) / frames.starts.length
}

function single(decoder: Decoder, { bytes, starts, ends }: Frames): () => void {
  return () => {
    for (let i = 0; i < starts.length; i++) {
      decoder.decode(bytes, starts[i] as number, ends[i] as number, i, out, 0)
    }
  }
}

function batched(decoder: NativeDecoder, { bytes, starts, ends }: Frames): () => void {
  const recvNs = Float64Array.from(starts, (_, i) => i)
  const counts = new Uint32Array(starts.length)
  const batch = {
    bytes,
    starts,
    ends,
    recvNs,
    types: new Uint8Array(starts.length),
    instruments: new Int32Array(0),
  }
  return () => {
    for (let first = 0; first < starts.length; ) {
      const last = Math.min(first + BATCH, starts.length)
      first += decoder.decodeBatch(batch, first, last, out, 0, counts)
    }
  }
}

function parsed({ bytes, starts, ends }: Frames, instruments: InstrumentTable): () => void {
  let sum = 0
  return () => {
    for (let i = 0; i < starts.length; i++) {
      sum += parseAndConvert(decoderText.decode(bytes.subarray(starts[i], ends[i])), instruments)
    }
    if (sum === 0) throw new Error('nothing was parsed')
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

function measure(kind: FeedKind, file: string, increments: readonly [string, string]): object[] {
  const instruments = new InstrumentTable()
  instruments.add({ symbol: 'BTCUSDT', priceIncrement: increments[0], qtyIncrement: increments[1] })
  const options = { instruments, eventBaseUtcNs: EVENT_BASE_UTC_NS }
  const typescript = new BinanceDecoder(options, kind === 'binance-usdm')
  const binding = loadNativeDecoding()
  const rust = binding === null ? null : new NativeDecoder(binding, kind, options, typescript)
  return load(file).map((frames) => {
    const ways: Record<string, () => void> = { typescript: single(typescript, frames) }
    if (rust !== null) Object.assign(ways, { rust: single(rust, frames), rustBatch: batched(rust, frames) })
    ways['jsonParse'] = parsed(frames, instruments)
    const ns: Record<string, number[]> = {}
    for (let round = -3; round < ROUNDS; round++) {
      for (const [name, run] of Object.entries(ways)) {
        const taken = timed(frames, run)
        if (round >= 0) (ns[name] ??= []).push(taken)
      }
    }
    typescript.decode(frames.bytes, frames.starts[0] as number, frames.ends[0] as number, 0, out, 0)
    if (tickKind(out, 0) === TICK.ERROR) throw new Error('the first frame was refused')
    const row = Object.entries(ns).map(([name, values]) => [name, Math.round(median(values) * 10) / 10])
    const bytes = Math.round(frames.bytes.length / frames.starts.length)
    return { feed: kind, type: frames.name, frames: frames.starts.length, bytes, ...Object.fromEntries(row) }
  })
}

const rows = [
  ...measure('binance-spot', 'spot_btcusdt_20240808.gz', ['0.01', '0.00001']),
  ...measure('binance-usdm', 'usdm_btcusdt_20240808.gz', ['0.1', '0.001']),
]
const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}`
if (process.argv.includes('--json')) {
  console.log(
    JSON.stringify({
      unit: 'ns a frame, median',
      machine,
      node: process.version,
      native: nativeStatus(),
      rows,
    }),
  )
} else {
  console.log(
    `ns a frame, median of ${ROUNDS} rounds; ${machine}, Node ${process.version}, native ${nativeStatus().why}`,
  )
  console.table(rows)
}
