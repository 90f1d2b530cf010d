/**
 * How many live frames a second one core takes: the recorded days of spot BTCUSDT over a real socket at an even rate that
 * no market of one symbol reaches, bars, features, model, gates and every check behind them. Open loop: the venue sends on
 * time whatever the engine does. What counts is that each frame arrives, that the engine does not fall behind (the age of a
 * frame when its `data` event comes, at the end as at the start), and the processor time of all its threads meanwhile.
 * Usage: node bench/flood.ts [--json] [FRAMES_PER_SEC]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { type Percentiles, percentilesOf } from './lib/stats.ts'
import { type PairResult, runPair } from './path/rig.ts'

const FRAMES_PER_SEC = 50_000
const WARM_FRAMES = 20_000
const WARM_PER_SEC = 10_000
/** Both days, whole. */
const FRAMES = Number.MAX_SAFE_INTEGER
const NO_ECHO = Number.MAX_SAFE_INTEGER

export interface FloodResult {
  readonly cores: number
  readonly offered_per_s: number
  readonly sent_per_s: number
  readonly frames: number
  readonly frames_lost: number
  readonly trades: number
  readonly trades_lost: number
  readonly orders: number
  /** age of the trades' frames at their `data` event; all that are counted, and the last tenth of them */
  readonly age_us: Percentiles
  readonly age_end_us: Percentiles
  /** processor time of the engine's process over the time that went by, 1 is a core */
  readonly cores_used: number
  readonly errors: object
}

function resultOf({ paced, engine, venue }: PairResult, framesPerSec: number): FloodResult {
  const arrivedNs = new Map<number, number>()
  engine.tickTradeIds.forEach((id, i) => arrivedNs.set(id, engine.tickDataNs[i] as number))
  const trades = [...paced.frameOfTrade].filter(([, frame]) => frame >= WARM_FRAMES)
  const agesUs = trades.flatMap(([id, frame]) => {
    const dataNs = arrivedNs.get(id)
    return dataNs === undefined ? [] : [(dataNs - (venue.sentNs[frame] as number)) / 1e3]
  })
  // The recording begins with a snapshot of the book, which no stream carries.
  const frames = venue.sentNs.filter((ns) => ns !== 0).length
  const [firstNs, lastNs] = [venue.sentNs[WARM_FRAMES] as number, venue.sentNs[paced.frames - 1] as number]
  return {
    cores: availableParallelism(),
    offered_per_s: framesPerSec,
    sent_per_s: Math.round(((paced.frames - 1 - WARM_FRAMES) * 1e9) / (lastNs - firstNs)),
    frames,
    frames_lost: frames - engine.frames,
    trades: trades.length,
    trades_lost: trades.length - agesUs.length,
    orders: engine.orderIds.length,
    age_us: percentilesOf(agesUs),
    age_end_us: percentilesOf(agesUs.slice(-Math.ceil(agesUs.length / 10))),
    cores_used: coresUsed(engine.processorUs, firstNs, lastNs),
    errors: { ...engine.errors, ...engine.denied },
  }
}

/** Between the samples that enclose the time. */
function coresUsed(samples: readonly number[], fromNs: number, toNs: number): number {
  const at = (index: number): [number, number] => [samples[index] as number, samples[index + 1] as number]
  let [first, last] = [0, samples.length - 2]
  while (first + 2 < last && at(first + 2)[0] <= fromNs) first += 2
  while (last - 2 > first && at(last - 2)[0] >= toNs) last -= 2
  const [[startNs, startUs], [endNs, endUs]] = [at(first), at(last)]
  return ((endUs - startUs) * 1e3) / (endNs - startNs)
}

const [framesPerSec = FRAMES_PER_SEC] = process.argv.slice(2).map(Number).filter(Number.isFinite)
const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-flood-'))
try {
  const pace = { framesPerSec, frames: FRAMES, warmPerSec: WARM_PER_SEC, warmFrames: WARM_FRAMES }
  const strategy = 'sma-cross.ts'
  const pair = await runPair(
    { placement: 'inline', poll: false, strategy, pace, blockFrames: NO_ECHO },
    folder,
  )
  const result = resultOf(pair, framesPerSec)
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ bench: 'flood', ...result })}\n`)
  } else console.dir(result, { depth: 3 })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
