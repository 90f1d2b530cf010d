/**
 * Replay, the whole path inline on one thread: bars, features, gates, risk, orders, simulated venue, ledger, journal; on
 * ticks that are decoded already, and from the recorded text. Beside it NautilusTrader on the same ticks with the same
 * rule, in the same run: half of our rounds before it and half after it. The clock runs from the first tick to the last
 * record on file; each round begins with an engine of its own.
 * Usage: node bench/replay.ts [--json] [--no-peer]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { SystemClock } from '../src/core/clock.ts'
import { isPathTick } from '../src/engine/path.ts'
import { runRecording } from '../src/engine/replay-run.ts'
import { createDecoder } from '../src/feed/decode/create.ts'
import { type FeedSink, MarketFeed } from '../src/feed/market-feed.ts'
import { openRecording } from '../src/feed/recording/open.ts'
import type { Recording } from '../src/feed/recording/recording.ts'
import { medianOf } from './lib/stats.ts'
import { decodeAll, runLap, type Ticks } from './replay/laps.ts'
import { type PeerResult, runPeer } from './replay/peer.ts'
import { openRig, type ReplayRig } from './replay/rig.ts'

const FILES = ['20240808', '20240809'].map((day) =>
  path.resolve(import.meta.dirname, `../test/fixtures/binance-raw/spot_btcusdt_${day}.gz`),
)
const ROUNDS = 15
const ROUNDS_WARMUP = 10
const PEER_RUNS = 3
/** The streams that the peer gets: trades and quotes, no depth. */
const PEER_STREAM = /"stream":"btcusdt@(?:trade|bookTicker)"/

interface Round {
  readonly events: number
  readonly orders: number
  readonly fillsSha256: string
  readonly eventsPerSec: number
}

const clock = new SystemClock()

function feedOf(
  rig: ReplayRig,
  recording: Recording,
  native: 'auto' | 'off',
  sink: FeedSink['onTick'],
): MarketFeed {
  const { kind, eventBaseUtcNs } = recording
  return new MarketFeed({
    kind,
    decoder: createDecoder(kind, rig.table, eventBaseUtcNs, native),
    instruments: rig.table,
    sink: { onTick: sink, onBookBroken: () => {}, onResync: () => {} },
  })
}

function finish(rig: ReplayRig, events: number, startNs: number): Round {
  rig.replay.finish()
  rig.journal.flush()
  const eventsPerSec = Math.round(events / ((clock.monoNs() - startNs) / 1e9))
  const { counters } = rig.replay.assembly.desk
  return { events, orders: counters.submitted, fillsSha256: rig.replay.fills.document().sha256, eventsPerSec }
}

async function decodedRound(ticks: Ticks): Promise<Round> {
  const rig = await openRig(ticks.eventBaseUtcNs)
  const startNs = clock.monoNs()
  runLap(rig, ticks)
  const round = finish(rig, ticks.count, startNs)
  await rig.close()
  return round
}

async function textRound(recording: Recording, native: 'auto' | 'off'): Promise<Round> {
  const rig = await openRig(recording.eventBaseUtcNs)
  const { replay, journal, table } = rig
  const feed = feedOf(rig, recording, native, (slots, slot) => {
    if (isPathTick(slots, slot)) replay.queue.push(slots, slot)
  })
  const startNs = clock.monoNs()
  const { frames } = await runRecording({
    ...{ recording, replay, feed, table, speed: 'max', stopwatch: clock },
    signal: new AbortController().signal,
    onBatch: () => journal.maintain(),
  })
  const round = finish(rig, frames, startNs)
  await rig.close()
  return round
}

/** The peer's lines as one file of plain text. */
function peerLines(folder: string): string {
  const file = path.join(folder, 'ticks.txt')
  const lines = FILES.flatMap((name) => gunzipSync(readFileSync(name)).toString('latin1').split('\n'))
  writeFileSync(file, `${lines.filter((line) => PEER_STREAM.test(line)).join('\n')}\n`, 'latin1')
  return file
}

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-text-'))
const text = await openRecording([peerLines(folder)])
const whole = await openRecording(FILES)
const ticks = await decodeAll(FILES)
const WAYS: Readonly<Record<string, () => Promise<Round>>> = {
  'decoded ticks': () => decodedRound(ticks),
  'raw text': () => textRound(text, 'auto'),
  'raw text, TypeScript decoder': () => textRound(text, 'off'),
  'whole recording from .gz, depth and books included': () => textRound(whole, 'auto'),
}
const measured = new Map<string, Round[]>(Object.keys(WAYS).map((name) => [name, []]))

async function rounds(count: number, keep: boolean): Promise<void> {
  for (let round = 0; round < count; round++) {
    for (const [name, run] of Object.entries(WAYS)) {
      const result = await run()
      if (keep) measured.get(name)?.push(result)
    }
  }
}

await rounds(ROUNDS_WARMUP, false)
await rounds(Math.ceil(ROUNDS / 2), true)
const peer: PeerResult = process.argv.includes('--no-peer')
  ? { missing: 'not asked for' }
  : runPeer(FILES, PEER_RUNS)
await rounds(Math.floor(ROUNDS / 2), true)
rmSync(folder, { recursive: true, force: true })

const peerPerSec = 'missing' in peer ? null : medianOf(peer.events_per_s)
const rows = [...measured].map(([name, results]) => {
  const [{ events, orders, fillsSha256 }] = results as [Round, ...Round[]]
  const perSec = results.map(({ eventsPerSec }) => eventsPerSec)
  return {
    ...{ name, rounds: results.length, events, orders, fills_sha256: fillsSha256.slice(0, 12) },
    events_per_s: medianOf(perSec),
    events_per_s_min: Math.min(...perSec),
    events_per_s_max: Math.max(...perSec),
    times_peer: peerPerSec === null ? null : Math.round((medianOf(perSec) / peerPerSec) * 10) / 10,
  }
})
if (process.argv.includes('--json'))
  process.stdout.write(`${JSON.stringify({ bench: 'replay', rows, peer })}\n`)
else {
  console.table(rows)
  console.log(peer)
}
