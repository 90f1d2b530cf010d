/**
 * From a trade on the wire to the order that it leads to, on real sockets: the venue in a process of its own that spins,
 * the live engine in another, one order a trade, every check on, the journal `process`. A bare echo alternates with the
 * engine in the same process, block by block of frames; every second echo writes a line of a record's size to a file
 * before: the two system calls that no engine with a journal does without, and nothing else.
 *
 * Open loop: the venue sends at its rate whatever the engine does, and each order is counted from its own frame, so what
 * waits behind a slow one counts in full. Two clocks: the engine's, from the socket's `data` event to the return of the
 * order's write, and the venue's, from the frame's hand-over to the order's arrival.
 * Usage: node bench/path.ts [--json] [NAME…]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { type Hiccups, measureHiccups } from './lib/hiccups.ts'
import { type Percentiles, percentilesOf } from './lib/stats.ts'
import { type PairResult, runPair } from './path/rig.ts'

/** Frames before those that are counted, and their rate: code is compiled by use, and an engine runs for hours. */
const WARM_FRAMES = 40_000
const WARM_PER_SEC = 8_000
const BLOCK_MS = 100
const HICCUPS_MS = 500

interface Setting {
  readonly name: string
  readonly placement: 'inline' | 'worker'
  readonly poll: boolean
  readonly framesPerSec: number
  readonly seconds: number
  /** threads that are busy at the same time */
  readonly cores: number
}

const SETTINGS: readonly Setting[] = [
  { name: 'inline-sparse', placement: 'inline', poll: true, framesPerSec: 2_000, seconds: 12, cores: 2 },
  { name: 'inline-hot', placement: 'inline', poll: true, framesPerSec: 8_000, seconds: 7, cores: 2 },
  { name: 'worker-polled', placement: 'worker', poll: true, framesPerSec: 2_000, seconds: 10, cores: 3 },
  { name: 'worker-asleep', placement: 'worker', poll: false, framesPerSec: 2_000, seconds: 10, cores: 2 },
]

/** One setting's figures; times in µs. */
export interface PathRow {
  readonly name: string
  readonly cores_needed: number
  readonly cores: number
  readonly offered_per_s: number
  readonly sent_per_s: number
  readonly orders: number
  readonly engine_us: Percentiles
  readonly wire_us: Percentiles
  readonly echo_us: Percentiles
  /** `data` event to written, of the bare echo, and of the one that writes a line to a file before */
  readonly echo_engine_us: Percentiles
  readonly floor_us: Percentiles
  readonly wire_minus_echo_p50_us: number
  /** the wire's parts beside the engine's: hand-over of the frame to `data` event, write returned to arrival */
  readonly inbound_us: Percentiles
  readonly outbound_us: Percentiles
  readonly steps_ns: object
  readonly denied: object
  readonly hiccups: Hiccups
}

async function run(setting: Setting, folder: string): Promise<PathRow> {
  const { framesPerSec, seconds } = setting
  const hiccups = measureHiccups(HICCUPS_MS)
  const pair = await runPair(
    {
      ...setting,
      strategy: 'every-tick.ts',
      pace: {
        ...{ framesPerSec, frames: framesPerSec * seconds },
        ...{ warmPerSec: WARM_PER_SEC, warmFrames: WARM_FRAMES },
      },
      blockFrames: (framesPerSec * BLOCK_MS) / 1_000,
    },
    folder,
  )
  return rowOf(setting, pair, hiccups)
}

function rowOf(
  setting: Setting,
  { paced: { frames, frameOfTrade }, engine, venue }: PairResult,
  hiccups: Hiccups,
): PathRow {
  const recvNs = new Map(venue.orderIds.map((id, i) => [id, venue.orderRecvNs[i] as number]))
  const engineUs: number[] = []
  const wireUs: number[] = []
  const inboundUs: number[] = []
  const outboundUs: number[] = []
  engine.orderIds.forEach((id, i) => {
    const frame = frameOfTrade.get(engine.tradeIds[i] as number)
    const arrivedNs = recvNs.get(id)
    if (frame === undefined || arrivedNs === undefined)
      throw new Error(`order ${id} has no frame or never arrived`)
    if (frame < WARM_FRAMES) return
    const [sentNs, dataNs] = [venue.sentNs[frame] as number, engine.dataNs[i] as number]
    const writtenNs = engine.writtenNs[i] as number
    engineUs.push((writtenNs - dataNs) / 1e3)
    wireUs.push((arrivedNs - sentNs) / 1e3)
    inboundUs.push((dataNs - sentNs) / 1e3)
    outboundUs.push((arrivedNs - writtenNs) / 1e3)
  })
  const echoed = [...frameOfTrade.values()].filter((frame) => venue.toEcho[frame] === 1)
  if (echoed.length !== venue.echoRecvNs.length) {
    throw new Error(`${venue.echoRecvNs.length} echoes of ${echoed.length} trades`)
  }
  const counted = echoed.flatMap((frame, i) => (frame < WARM_FRAMES ? [] : [{ frame, i }]))
  const bare = counted.filter(({ i }) => i % 2 === 0)
  const withLine = counted.filter(({ i }) => i % 2 === 1)
  const echoUs = bare.map(
    ({ frame, i }) => ((venue.echoRecvNs[i] as number) - (venue.sentNs[frame] as number)) / 1e3,
  )
  const tookUs = (echoes: typeof counted): number[] =>
    echoes.map(({ i }) => (engine.echoTookNs[i] as number) / 1e3)
  const [wire, echo] = [percentilesOf(wireUs), percentilesOf(echoUs)]
  return {
    name: setting.name,
    cores_needed: setting.cores,
    cores: availableParallelism(),
    offered_per_s: setting.framesPerSec,
    sent_per_s: Math.round((frames - WARM_FRAMES) / (venue.seconds - WARM_FRAMES / WARM_PER_SEC)),
    orders: engine.orderIds.length,
    engine_us: percentilesOf(engineUs),
    wire_us: wire,
    echo_us: echo,
    echo_engine_us: percentilesOf(tookUs(bare)),
    floor_us: percentilesOf(tookUs(withLine)),
    wire_minus_echo_p50_us: wire.p50 - echo.p50,
    inbound_us: percentilesOf(inboundUs),
    outbound_us: percentilesOf(outboundUs),
    steps_ns: engine.stepsNs,
    denied: { ...engine.denied, ...engine.errors },
    hiccups,
  }
}

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const rows: PathRow[] = []
for (const setting of SETTINGS) {
  if (names.length > 0 && !names.includes(setting.name)) continue
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-path-'))
  try {
    rows.push(await run(setting, folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ bench: 'path', rows })}\n`)
else for (const row of rows) console.dir(row, { depth: 4 })
