/**
 * Resident memory: of `tidegate run` on 500 symbols over real sockets, books and a strategy worker included, at its
 * highest; and of a replay that goes round and round at full speed, orders and journal included, second by second.
 * Linux tells a process's memory in /proc; elsewhere the first row is missing.
 * Usage: node bench/memory.ts [--json] [--seconds N]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Child } from './lib/child.ts'
import { medianOf } from './lib/stats.ts'
import type { MemoryVenueSettings } from './memory/venue-process.ts'
import { decodeAll, goRound } from './replay/laps.ts'
import { crossOfTrades } from './replay/rig.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const SOURCE = path.join(ROOT, 'test/fixtures/binance-raw/spot_btcusdt_20240808.gz')
const SYMBOLS = 500
const FRAMES_OF_SYMBOL = 250
const FRAMES_PER_SEC = 15_000
const SECONDS = 30
/** Share of the laps at the start that fill caches and compile. */
const WARM_SHARE = 1 / 3
const POLL_MS = 50
const SECRETS = {
  BENCH_KEY: 'bench',
  BENCH_SECRET: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
}

function configText(symbols: readonly string[], folder: string, url: string): string {
  const keys = { api_key: { env: 'BENCH_KEY' }, api_secret: { env: 'BENCH_SECRET' } }
  const venue = { kind: 'binance-spot', rest_url: `http://${url}`, ws_url: `ws://${url}`, ...keys }
  return JSON.stringify({
    node: { id: 'm1' },
    mode: 'paper',
    state_dir: path.join(folder, 'state'),
    // A connection carries 1,024 streams, and a symbol has three: two connections.
    instruments: symbols.map((symbol, i) => ({
      ...{ symbol, venue: i % 2 === 0 ? 'even' : 'odd', price_increment: '0.01', qty_increment: '0.00001' },
      ...{ base_asset: symbol.slice(0, 4), quote_asset: 'USD' },
    })),
    venues: { even: venue, odd: venue },
    account: { currency: 'USD', cash: { USD: '1000000' } },
    strategies: [
      {
        ...{ id: 'sma', file: path.join(ROOT, 'examples/strategies/sma-cross.ts'), symbols },
        ...{ bar_period_seconds: 0.02, warmup_bars: 6, params: { window: 5 } },
        order: { sizing: { target: { long: '0.001' } } },
      },
    ],
    clock: { future_ms: 86_400_000 },
    feed: { late_ms: 86_400_000 },
    sim: { fill_model: 'top-of-book', cash: { USD: '1000000' }, ...keys },
    log: { terminal: false },
  })
}

/** Resident memory of a process, MB, now or at its highest; NaN when it has ended. */
function residentMb(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024)
}

/** `tidegate run` until it has seen every tick; its memory all the while. */
async function manySymbols(folder: string): Promise<object> {
  const symbols = Array.from({ length: SYMBOLS }, (_, i) => `S${String(i).padStart(3, '0')}USD`)
  const config = path.join(folder, 'bench.yaml')
  writeFileSync(config, configText(symbols, folder, '127.0.0.1:1'))
  const settings: MemoryVenueSettings = {
    ...{ config, symbols, source: SOURCE, data: path.join(folder, 'frames.txt') },
    ...{ framesOfSymbol: FRAMES_OF_SYMBOL, framesPerSec: FRAMES_PER_SEC },
  }
  const environment = { ...process.env, ...SECRETS }
  const venue = new Child(path.join(import.meta.dirname, 'memory/venue-process.ts'), settings, environment)
  const { url, ticks } = await venue.answer<{ url: string; ticks: number }>()
  writeFileSync(config, configText(symbols, folder, url))
  const command = ['run', '--config', config, '--acceptance', String(ticks), '--json']
  const engine = spawn(process.execPath, [path.join(ROOT, 'src/main.ts'), ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  })
  const samples: number[] = []
  let highest = 0
  const poll = setInterval(() => {
    const now = engine.exitCode === null ? residentMb(engine.pid as number, 'VmRSS') : Number.NaN
    if (Number.isNaN(now)) return
    samples.push(now)
    highest = Math.max(highest, residentMb(engine.pid as number, 'VmHWM') || 0)
  }, POLL_MS)
  let text = ''
  engine.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(engine, 'close')) as [number | null]
  clearInterval(poll)
  await venue.end()
  if (code !== 0) throw new Error(`tidegate run ended with ${code}`)
  const document = JSON.parse(text) as { ticks: number; frames: number; orders: { submitted: number } }
  return {
    ...{
      symbols: SYMBOLS,
      ticks: document.ticks,
      frames: document.frames,
      orders: document.orders.submitted,
    },
    ...{ highest_mb: highest, median_mb: medianOf(samples) },
  }
}

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
  }
}

const at = process.argv.indexOf('--seconds')
const seconds = at < 0 ? SECONDS : Number(process.argv[at + 1])
const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-memory-'))
const resident = existsSync('/proc/self/status') ? await manySymbols(folder) : null
rmSync(folder, { recursive: true, force: true })
const rounds = await flat(seconds)
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ bench: 'memory', resident, flat: rounds })}\n`)
} else {
  console.dir({ resident, flat: rounds }, { depth: 3 })
}
