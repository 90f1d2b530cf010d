import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from '../lib/child.ts'
import { medianOf } from '../lib/stats.ts'
import type { MemoryVenueSettings } from './venue-process.ts'

/*
 * `tidegate run` on many symbols, and the memory of its process.
 */

const ROOT = path.resolve(import.meta.dirname, '../..')
const SYMBOLS = 500
const FRAMES_PER_SEC = 15_000
const POLL_MS = 50
const ARMED_TURNS_MAX = 2_400
/** from the last frame sent to the end asked for */
const SETTLE_MS = 2_000
const SECRETS = {
  BENCH_KEY: 'bench',
  BENCH_SECRET: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
}

interface RunDocument {
  readonly ticks: number
  readonly frames: number
  readonly orders: { readonly submitted: number }
  readonly books: Readonly<Record<string, { readonly levels: readonly [number, number] }>>
}

/** What a run showed; MB. */
export interface ManySymbols {
  readonly symbols: number
  readonly ticks: number
  readonly frames: number
  readonly orders: number
  /** levels of a book, both sides */
  readonly levels: number
  readonly highest_mb: number
  readonly median_mb: number
}

function configText(symbols: readonly string[], folder: string, url: string): string {
  const keys = { api_key: { env: 'BENCH_KEY' }, api_secret: { env: 'BENCH_SECRET' } }
  const venue = { kind: 'binance-spot', rest_url: `http://${url}`, ws_url: `ws://${url}`, ...keys }
  return JSON.stringify({
    node: { id: 'm1' },
    mode: 'paper',
    state_dir: path.join(folder, 'state'),
    // Two venues are not needed for this: one opens as many connections as its streams ask for (1,024 on each).
    instruments: symbols.map((symbol, i) => ({
      ...{ symbol, venue: i % 2 === 0 ? 'even' : 'odd', price_increment: '0.01', qty_increment: '0.00001' },
      ...{ base_asset: symbol.slice(0, 4), quote_asset: 'USD' },
    })),
    venues: { even: venue, odd: venue },
    account: { currency: 'USD', cash: { USD: '1000000' } },
    strategies: [
      {
        ...{ id: 'sma', file: path.join(ROOT, 'examples/strategies/sma-cross.ts'), symbols },
        ...{ bar_period_seconds: 1, warmup_bars: 6, params: { window: 5 } },
        order: { sizing: { target: { long: '0.001' } } },
      },
    ],
    clock: { future_ms: 86_400_000 },
    feed: { late_ms: 86_400_000 },
    sim: { fill_model: 'top-of-book', cash: { USD: '1000000' }, ...keys },
    log: { terminal: false },
  })
}

/** From its start, as the set-up's scripts start it, until it has seen every tick and has ended; its memory all the while. */
export async function manySymbols(
  folder: string,
  source: string,
  framesOfSymbol: number,
): Promise<ManySymbols> {
  const symbols = Array.from({ length: SYMBOLS }, (_, i) => `S${String(i).padStart(3, '0')}USD`)
  const config = path.join(folder, 'bench.yaml')
  writeFileSync(config, configText(symbols, folder, '127.0.0.1:1'))
  const settings: MemoryVenueSettings = {
    ...{ config, symbols, source, data: path.join(folder, 'frames.txt') },
    ...{ framesOfSymbol, framesPerSec: FRAMES_PER_SEC },
  }
  const environment = { ...process.env, ...SECRETS }
  const venue = new Child(path.join(import.meta.dirname, 'venue-process.ts'), settings, environment)
  const { url, ticks } = await venue.answer<{ url: string; ticks: number }>()
  writeFileSync(config, configText(symbols, folder, url))
  const command = [path.join(ROOT, 'scripts/run.sh'), 'src/main.ts', 'run', '--config', config, '--json']
  const engine = spawn('sh', command, { stdio: ['ignore', 'pipe', 'inherit'], env: environment })
  const watch = new ResidentWatch(engine)
  let text = ''
  engine.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const closed = once(engine, 'close')
  try {
    await armed(engine, path.join(folder, 'state/journal/000001.ndjson'))
    await venue.ask('play')
    await sleep(SETTLE_MS)
  } finally {
    engine.kill('SIGTERM')
    await closed
    watch.stop()
    await venue.end()
  }
  const { ticks: seen, frames, orders, books } = JSON.parse(text) as RunDocument
  if (seen !== ticks) throw new Error(`${seen} ticks came, ${ticks} were sent`)
  const levels = Object.values(books).map((book) => book.levels[0] + book.levels[1])
  return {
    ...{ symbols: SYMBOLS, ticks, frames, orders: orders.submitted },
    levels: medianOf(levels),
    ...{ highest_mb: watch.highestMb, median_mb: medianOf(watch.samplesMb) },
  }
}

/** Waits until the engine may trade, as its journal tells. */
async function armed(engine: ChildProcess, journal: string): Promise<void> {
  for (let turn = 0; turn < ARMED_TURNS_MAX; turn++) {
    if (engine.exitCode !== null) throw new Error(`tidegate run ended with ${engine.exitCode}`)
    if (existsSync(journal) && readFileSync(journal, 'utf8').includes('"cleared":["BOOT"]')) return
    await sleep(POLL_MS)
  }
  throw new Error('the engine was not armed')
}

/** Looks at the resident memory of a process while it runs. */
class ResidentWatch {
  readonly samplesMb: number[] = []
  highestMb = 0
  readonly #timer: NodeJS.Timeout

  constructor(child: ChildProcess) {
    this.#timer = setInterval(() => {
      if (child.exitCode !== null || child.pid === undefined) return
      const now = residentMb(child.pid, 'VmRSS')
      if (Number.isNaN(now)) return
      this.samplesMb.push(now)
      this.highestMb = Math.max(this.highestMb, residentMb(child.pid, 'VmHWM') || 0)
    }, POLL_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Resident memory of a process, MB, now or at its highest; NaN when it has ended. */
function residentMb(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024)
}
