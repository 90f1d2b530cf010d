/**
 * Decoders side by side, ns a frame by message type: TypeScript, Rust one frame a call, Rust by batch, and JSON.parse
 * with exact conversion of the same numbers. Recorded frames, in memory; the rounds of the four alternate.
 * Usage: node bench/decode-native.ts [--json]
 */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { gunzipSync } from 'node:zlib'
import { SystemClock } from '../src/core/clock.ts'
import { InstrumentTable } from '../src/domain/instrument.ts'
import { createTickSlots, TICK, tickKind } from '../src/domain/tick.ts'
import { createDecoder } from '../src/feed/decode/create.ts'
import type { Decoder, FeedKind } from '../src/feed/decode/decoder.ts'
import { loadNativeDecoding, NativeDecoder, nativeDecodingStatus } from '../src/feed/decode/native.ts'
import { type Baseline, parseAlpaca, parseBinance, parseMt5 } from './json-baseline.ts'

const FRAMES_MAX = 20_000
/** types with fewer frames are not shown alone */
const FRAMES_MIN = 1_000
const ROUNDS = 15
const ROUNDS_WARMUP = 3
const BATCH = 1_000
const FIXTURES = new URL('../test/fixtures/', import.meta.url)

interface Subject {
  readonly kind: FeedKind
  readonly file: string
  readonly symbol: readonly [symbol: string, priceIncrement: string, qtyIncrement: string]
  readonly day: string
  /** type and text of a line that is a frame */
  readonly frame: (line: string) => readonly [type: string, text: string] | null
  /** null where the text is no JSON */
  readonly baseline: Baseline | null
}

interface Frames {
  readonly type: string
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** Frames in one piece of memory. */
function pack(type: string, texts: readonly Buffer[]): Frames {
  const starts = new Uint32Array(texts.length)
  const ends = new Uint32Array(texts.length)
  let at = 0
  texts.forEach((text, i) => {
    starts[i] = at
    at += text.length
    ends[i] = at
  })
  return { type, bytes: Uint8Array.from(Buffer.concat(texts)), starts, ends }
}

/** The recording's frames by type, and all of them in their own order. */
function load({ file, frame }: Subject): Frames[] {
  const byType = new Map<string, Buffer[]>()
  const mixed: Buffer[] = []
  for (const line of gunzipSync(readFileSync(new URL(file, FIXTURES)))
    .toString('latin1')
    .split('\n')) {
    const found = frame(line)
    if (found === null) continue
    const text = Buffer.from(found[1], 'latin1')
    const list = byType.get(found[0]) ?? []
    byType.set(found[0], list)
    if (list.length < FRAMES_MAX) list.push(text)
    if (mixed.length < FRAMES_MAX) mixed.push(text)
  }
  const shown = [...byType].filter(([, texts]) => texts.length >= FRAMES_MIN)
  const packed = shown.map(([type, texts]) => pack(type, texts))
  return packed.length > 1 ? [...packed, pack('mixed', mixed)] : packed
}

const clock = new SystemClock()
const out = createTickSlots(65_536)
const latin1 = new TextDecoder('latin1')

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
  const types = new Uint8Array(starts.length)
  const batch = { bytes, starts, ends, recvNs, types }
  const none = new Int32Array(0)
  return () => {
    for (let first = 0; first < starts.length; ) {
      const last = Math.min(first + BATCH, starts.length)
      first += decoder.decodeBatch(batch, none, first, last, out, 0, counts)
    }
  }
}

function parsed(
  { bytes, starts, ends }: Frames,
  instruments: InstrumentTable,
  baseline: Baseline,
): () => void {
  let sum = 0
  return () => {
    for (let i = 0; i < starts.length; i++) {
      sum += baseline(latin1.decode(bytes.subarray(starts[i], ends[i])), instruments)
    }
    if (sum === 0) throw new Error('nothing was parsed')
  }
}

interface Timing {
  readonly p50: number
  /** the best round, which other load on the machine touches least */
  readonly min: number
}

function timing(values: readonly number[]): Timing {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number): number => Math.round((sorted[index] as number) * 10) / 10
  return { p50: at(Math.floor(sorted.length / 2)), min: at(0) }
}

/** Times all ways in turn, round by round; ns a frame of each. */
function compare(ways: Readonly<Record<string, () => void>>, frames: number): Record<string, Timing> {
  const ns = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS_WARMUP + ROUNDS; round++) {
    for (const [name, run] of Object.entries(ways)) {
      const startNs = clock.monoNs()
      run()
      if (round >= ROUNDS_WARMUP) ns.get(name)?.push((clock.monoNs() - startNs) / frames)
    }
  }
  return Object.fromEntries([...ns].map(([name, values]) => [name, timing(values)]))
}

interface Row {
  readonly feed: FeedKind
  readonly type: string
  readonly frames: number
  readonly bytes: number
  readonly ns: Record<string, Timing>
}

function measure(subject: Subject): Row[] {
  const { kind, baseline } = subject
  const [symbol, priceIncrement, qtyIncrement] = subject.symbol
  const instruments = new InstrumentTable()
  instruments.add({ symbol, priceIncrement, qtyIncrement })
  const eventBaseUtcNs = BigInt(Date.parse(subject.day)) * 1_000_000n
  const typescript = createDecoder(kind, instruments, eventBaseUtcNs, 'off')
  const binding = loadNativeDecoding()
  const options = { instruments, eventBaseUtcNs }
  const rust = binding === null ? null : new NativeDecoder(binding, kind, options, typescript)
  return load(subject).map((frames) => {
    const count = frames.starts.length
    const ways: Record<string, () => void> = { typescript: single(typescript, frames) }
    if (rust !== null) Object.assign(ways, { rust: single(rust, frames), rustBatch: batched(rust, frames) })
    if (baseline !== null) ways['jsonParse'] = parsed(frames, instruments, baseline)
    const ns = compare(ways, count)
    typescript.decode(frames.bytes, frames.starts[0] as number, frames.ends[0] as number, 0, out, 0)
    if (tickKind(out, 0) === TICK.ERROR) throw new Error(`the first ${kind} frame was refused`)
    return {
      feed: kind,
      type: frames.type,
      frames: count,
      bytes: Math.round(frames.bytes.length / count),
      ns,
    }
  })
}

const binanceFrame: Subject['frame'] = (line) => {
  const type = /^\d+ {"stream":"[a-z]+@(\w+)/.exec(line)?.[1]
  return type === undefined ? null : [type, line.slice(line.indexOf(' ') + 1)]
}
const alpacaFrame: Subject['frame'] = (line) => {
  if (!line.includes('"d":"in"')) return null
  const text = (JSON.parse(line) as { m: string }).m
  const type = /^\[{"T":"(t|q)"/.exec(text)?.[1]
  return type === undefined ? null : [type === 't' ? 'trade' : 'quote', text]
}
const SUBJECTS: readonly Subject[] = [
  {
    kind: 'binance-spot',
    file: 'binance-raw/spot_btcusdt_20240808.gz',
    symbol: ['BTCUSDT', '0.01', '0.00001'],
    day: '2024-08-08',
    frame: binanceFrame,
    baseline: parseBinance,
  },
  {
    kind: 'binance-usdm',
    file: 'binance-raw/usdm_btcusdt_20240808.gz',
    symbol: ['BTCUSDT', '0.1', '0.001'],
    day: '2024-08-08',
    frame: binanceFrame,
    baseline: parseBinance,
  },
  {
    kind: 'alpaca',
    file: 'alpaca-wire/IBM_20131009_P_day.wscap.ndjson.gz',
    symbol: ['IBM', '0.01', '1'],
    day: '2013-10-09',
    frame: alpacaFrame,
    baseline: parseAlpaca,
  },
  {
    kind: 'mt5',
    file: 'fx-mt5/EURUSD_oanda_20140501_04.mt5.ndjson.gz',
    symbol: ['EURUSD', '0.00001', '1'],
    day: '2014-05-01',
    frame: (line) => (line === '' ? null : ['tick', line]),
    baseline: parseMt5,
  },
  {
    kind: 'mt5-csv',
    file: 'fx-mt5/EURUSD_oanda_20140501_04.mt5ticks.csv.gz',
    symbol: ['EURUSD', '0.00001', '1'],
    day: '2014-05-01',
    frame: (line) => (/^\d/.test(line) ? ['row', `EURUSD\t${line.trimEnd()}`] : null),
    baseline: null,
  },
]

const rows = SUBJECTS.flatMap(measure)
const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}`
const { why } = nativeDecodingStatus()
if (process.argv.includes('--json')) {
  console.log(
    JSON.stringify({
      unit: 'ns a frame',
      rounds: ROUNDS,
      machine,
      node: process.version,
      native: why,
      rows,
    }),
  )
} else {
  console.log(
    `ns a frame, median (best) of ${ROUNDS} rounds; ${machine}, Node ${process.version}, native ${why}`,
  )
  console.table(
    rows.map(({ ns, ...row }) => {
      const cells = Object.entries(ns).map(([name, { p50, min }]) => [name, `${p50} (${min})`])
      return { ...row, ...Object.fromEntries(cells) }
    }),
  )
}
