/**
 * The end of a live engine with many open orders: `tidegate run` against `tidegate venue`, each a process of its own, over
 * sockets. From SIGTERM to the exit of the process as its parent sees it, with a venue that takes 5 ms for each answer, and
 * with one that never answers. Usage: node bench/shutdown.ts [--json]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = path.resolve(import.meta.dirname, '..')
const ORDERS = 1_000
const TOTAL_SECONDS = 9.5
const POLL_MS = 50
const POLLS_MAX = 1_200
const ENVIRONMENT = { ...process.env, BENCH_KEY: 'bench', BENCH_SECRET: 's'.repeat(32) }

const CASES = [
  { name: 'a venue at 5 ms', faults: { delay_ms: 5 } },
  { name: 'a venue that never answers', faults: { hang: true } },
] as const

/** What the engine prints at its end, as far as it is looked at. */
interface RunDocument {
  readonly exit_code: number
  readonly shutdown: {
    readonly orders_canceled: number
    readonly orders_left: readonly string[]
    readonly verified: boolean
    readonly duration_ms: number
  }
}

export interface ShutdownRow {
  readonly name: (typeof CASES)[number]['name']
  readonly open: number
  /** from the signal to the exit of the process, s */
  readonly seconds: number
  readonly total_seconds: number
  readonly canceled: number
  readonly left: number
  readonly exit_code: number
}

function configText(folder: string, url: string): string {
  const keys = { api_key: { env: 'BENCH_KEY' }, api_secret: { env: 'BENCH_SECRET' } }
  return JSON.stringify({
    node: { id: 's1' },
    mode: 'paper',
    state_dir: path.join(folder, 'state'),
    instruments: [{ symbol: 'BTCUSDT', venue: 'sim', price_increment: '0.01', qty_increment: '0.00001' }],
    venues: { sim: { kind: 'binance-spot', rest_url: `http://${url}`, ws_url: `ws://${url}`, ...keys } },
    strategies: [
      {
        ...{ id: 'rests', file: path.join(ROOT, 'examples/strategies/every-tick.ts'), symbols: ['BTCUSDT'] },
        ...{ params: { side: 'buy' }, placement: 'worker' },
        order: {
          ...{ sizing: { fixed: '0.0001' }, type: 'limit', time_in_force: 'GTC' },
          ...{ limit_offset_increments: -200_000, working_orders_per_side: ORDERS },
        },
      },
    ],
    risk: {
      order_value_min: '1',
      symbol_share_max: '1',
      total_share_max: '1',
      orders_per_second_max: 100_000,
    },
    shutdown: { total_seconds: TOTAL_SECONDS },
    sim: {
      data: [path.join(ROOT, 'test/fixtures/binance-raw/spot_btcusdt_20240808.gz')],
      ...{ speed: 20, start_on: 'subscribe', fill_model: 'top-of-book', cash: { USDT: '100000' }, ...keys },
    },
    log: { terminal: false },
  })
}

function tidegate(...args: string[]): ChildProcess {
  const command = [path.join(ROOT, 'scripts/run.sh'), 'src/main.ts', ...args]
  return spawn('sh', command, { stdio: ['ignore', 'pipe', 'inherit'], env: ENVIRONMENT })
}

async function run({ name, faults }: (typeof CASES)[number]): Promise<ShutdownRow> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-shutdown-'))
  const config = path.join(folder, 'bench.yaml')
  writeFileSync(config, configText(folder, '127.0.0.1:1'))
  const venue = tidegate('venue', '--config', config, '--listen', '127.0.0.1:0', '--json')
  const children = [venue]
  try {
    const [line] = (await once(createInterface({ input: venue.stdout as never }), 'line')) as [string]
    const { listening } = JSON.parse(line) as { listening: string }
    writeFileSync(config, configText(folder, listening))
    const engine = tidegate('run', '--config', config, '--json')
    children.push(engine)
    let text = ''
    engine.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const open = await resting(listening, engine)
    await fetch(`http://${listening}/sim/faults`, { method: 'POST', body: JSON.stringify(faults) })
    const closed = once(engine, 'close')
    const startMs = performance.now()
    engine.kill('SIGTERM')
    await once(engine, 'exit')
    const seconds = (performance.now() - startMs) / 1e3
    await closed
    const { exit_code, shutdown } = JSON.parse(text) as RunDocument
    const [canceled, left] = [shutdown.orders_canceled, shutdown.orders_left.length]
    return { name, open, seconds, total_seconds: TOTAL_SECONDS, canceled, left, exit_code }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Waits until all of them rest at the venue. */
async function resting(venue: string, engine: ChildProcess): Promise<number> {
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    if (engine.exitCode !== null) throw new Error(`tidegate run ended with ${engine.exitCode}`)
    const { orders } = (await (await fetch(`http://${venue}/sim/orders`)).json()) as { orders: unknown[] }
    if (orders.length >= ORDERS) {
      await sleep(POLL_MS)
      return orders.length
    }
    await sleep(POLL_MS)
  }
  throw new Error('the orders do not come')
}

const rows: ShutdownRow[] = []
for (const one of CASES) rows.push(await run(one))
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ bench: 'shutdown', rows })}\n`)
else console.table(rows)
