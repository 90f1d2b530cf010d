/** The two processes of a bench over real sockets, the venue and the engine, on a paced recording. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { Child } from '../lib/child.ts'
import type { EngineResult, EngineSettings } from './engine-process.ts'
import { type Pace, type PacedRecording, writePaced } from './paced.ts'
import type { VenueResult, VenueSettings } from './venue-process.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const RECORDINGS = ['20240808', '20240809'].map((day) =>
  path.join(ROOT, `test/fixtures/binance-raw/spot_btcusdt_${day}.gz`),
)
const STREAMS = ['btcusdt@trade', 'btcusdt@bookTicker']

export interface PairSetting {
  readonly placement: 'inline' | 'worker'
  readonly poll: boolean
  /** a file of `examples/strategies` */
  readonly strategy: string
  readonly pace: Pace
  /** frames of a block: the engine and the echo take turns; more than there are leave the echo out */
  readonly blockFrames: number
}

export interface PairResult {
  readonly paced: PacedRecording
  readonly engine: EngineResult
  readonly venue: VenueResult
}

const keys = generateKeyPairSync('ed25519')
const environment = {
  ...process.env,
  BENCH_KEY: 'bench',
  BENCH_SECRET: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  BENCH_PUBLIC: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
}

function configText({ placement, poll, strategy }: PairSetting, url: string): string {
  return JSON.stringify({
    node: { id: 'b1' },
    mode: 'paper',
    poll,
    instruments: [{ symbol: 'BTCUSDT', venue: 'sim', price_increment: '0.01', qty_increment: '0.00001' }],
    venues: {
      sim: {
        kind: 'binance-spot',
        rest_url: `http://${url}`,
        ws_url: `ws://${url}`,
        key_type: 'ed25519',
        api_key: { env: 'BENCH_KEY' },
        api_secret: { env: 'BENCH_SECRET' },
      },
    },
    account: { currency: 'USDT', cash: { USDT: '100000000' } },
    strategies: [
      {
        id: 'bench',
        file: path.join(ROOT, 'examples/strategies', strategy),
        symbols: ['BTCUSDT'],
        placement,
        bar_period_seconds: 1,
        order: { sizing: { fixed: '0.001' }, working_orders_per_side: 1_000 },
      },
    ],
    fees: { bps: '7.5', asset: 'quote' },
    risk: {
      order_qty_max: '1',
      position_qty_max: '1000',
      position_value_max: '90000000',
      gross_value_max: '90000000',
      net_value_max: '90000000',
      symbol_share_max: '1',
      total_share_max: '1',
      daily_loss_share_max: '1',
      orders_per_second_max: 100_000,
    },
    // Every tick is an order here: the latch on repeated executions counts, and never trips.
    breakers: { executions_max: 100_000, executions_window_seconds: 1 },
    // Recorded event times pass faster than they did.
    clock: { future_ms: 86_400_000 },
    feed: { late_ms: 86_400_000 },
    sim: {
      fill_model: 'top-of-book',
      cash: { USDT: '1000000000', BTC: '1000' },
      api_key: { env: 'BENCH_KEY' },
      api_secret: { env: 'BENCH_PUBLIC' },
    },
  })
}

const scriptOf = (name: string): string => path.join(import.meta.dirname, name)

/** Starts both, plays the recording from its first frame to its last, and gives what each has seen. */
export async function runPair(setting: PairSetting, folder: string): Promise<PairResult> {
  const paced = writePaced(RECORDINGS, path.join(folder, 'paced.txt'), setting.pace)
  const config = path.join(folder, 'bench.yaml')
  writeFileSync(config, configText(setting, '127.0.0.1:1'))
  const venueSettings: VenueSettings = {
    ...{ config, data: paced.file, frames: paced.frames },
    ...{ blockFrames: setting.blockFrames, echoStreams: STREAMS },
  }
  const venue = new Child(scriptOf('venue-process.ts'), venueSettings, environment)
  const { url, echoUrl } = await venue.answer<{ url: string; echoUrl: string }>()
  writeFileSync(config, configText(setting, url))
  const engineSettings: EngineSettings = { config, folder, echoUrl, ticksMax: paced.frames + 1 }
  const engine = new Child(scriptOf('engine-process.ts'), engineSettings, environment)
  const { ready } = await engine.answer<{ ready: boolean }>()
  if (!ready) throw new Error('the engine is not armed')
  await venue.ask('start')
  const { result } = await engine.ask<{ result: EngineResult }>('stop')
  const seen = await venue.ask<VenueResult>('collect')
  await venue.end()
  return { paced, engine: result, venue: seen }
}
