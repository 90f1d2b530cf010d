/**
 * Resident memory: of `tidegate run` on 500 symbols over real sockets, books and a strategy worker included, at its
 * highest; and of a replay that goes round and round at full speed, orders and journal included, second by second.
 * Linux tells a process's memory in /proc; elsewhere the first row is missing.
 * Usage: node bench/memory.ts [--json] [--short] [--flat FILE] [--seconds N]
 *   --short: a tenth of the frames, and 20 s of replay, to try things out
 *   --flat: the replay alone, its figures as JSON into FILE, for `npm run bench -- --flat FILE`
 *   --seconds: of the replay; 3600 for the whole bound
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { medianOf } from './lib/stats.ts'
import { manySymbols } from './memory/symbols.ts'
import { decodeAll, goRound } from './replay/laps.ts'
import { crossOfTrades } from './replay/rig.ts'
import { commitText } from './report/machine.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const SOURCE = path.join(ROOT, 'test/fixtures/binance-raw/spot_btcusdt_20240808.gz')
const FRAMES_OF_SYMBOL = 1_500
const SECONDS = 120
const SHORT = { framesOfSymbol: 150, seconds: 20 }
/** Share of the laps at the start that fill caches and compile. */
const WARM_SHARE = 1 / 3

async function flat(seconds: number): Promise<object> {
  const ticks = await decodeAll([SOURCE])
  const samples: number[] = []
  const { events, orders } = await goRound(ticks, crossOfTrades(5, 20), seconds, () => {
    samples.push(process.memoryUsage.rss() / 1_048_576)
  })
  const warm = samples.slice(Math.ceil(samples.length * WARM_SHARE))
  const half = Math.floor(warm.length / 2)
  const [before, after] = [medianOf(warm.slice(0, half)), medianOf(warm.slice(half))]
  return {
    ...{ seconds, events, orders, samples_mb: samples.map(Math.round) },
    ...{ before_mb: Math.round(before), after_mb: Math.round(after) },
    growth_mb: Math.round((after - before) * 10) / 10,
    slope_mb_per_hour: Math.round(perHour(warm)),
  }
}

/** Least-squares slope of samples that are a second apart, in an hour. */
function perHour(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2
  let sum = 0
  let squares = 0
  for (const [i, sample] of samples.entries()) {
    sum += (i - middle) * sample
    squares += (i - middle) ** 2
  }
  return (sum / squares) * 3_600
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    flat: { type: 'string' },
    seconds: { type: 'string' },
  },
})
const { short } = values
const seconds = Number(values.seconds ?? (short ? SHORT.seconds : SECONDS))
if (values.flat === undefined) {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-memory-'))
  const frames = short ? SHORT.framesOfSymbol : FRAMES_OF_SYMBOL
  const resident = existsSync('/proc/self/status') ? await manySymbols(folder, SOURCE, frames) : null
  rmSync(folder, { recursive: true, force: true })
  const result = { resident, flat: seconds > 0 ? await flat(seconds) : null }
  if (values.json) process.stdout.write(`${JSON.stringify({ bench: 'memory', ...result })}\n`)
  else console.dir(result, { depth: 3 })
} else {
  const begun = { date: new Date().toISOString().slice(0, 16).replace('T', ' '), commit: commitText() }
  writeFileSync(values.flat, `${JSON.stringify({ ...begun, ...(await flat(seconds)) })}\n`)
}
