import { createHmac } from 'node:crypto'
import path from 'node:path'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { editedConfig, type Tree } from './files.ts'
import { type Ended, Program, tempFolder } from './program.ts'

const KEYS = { VENUE_KEY: 'key', VENUE_SECRET: 'secret' }

export interface VenueStatus {
  readonly done: boolean
  readonly frames: number
  readonly frames_delivered: number
  readonly stream_connections: number
  readonly ws_api_connections: number
  readonly unsent_bytes: number
  readonly orders: number
  readonly open_orders: number
}

export interface VenueTrade {
  readonly id: number
  readonly orderId: number
  readonly price: string
  readonly qty: string
  readonly commission: string
  readonly commissionAsset: string
  readonly isBuyer: boolean
}

/** A strategy that trades all the time. */
export function flipping(tree: Tree, every = 20): void {
  const [strategy] = tree.strategies
  Object.assign(strategy as object, {
    file: path.resolve('test/process/strategies/flip.ts'),
    warmup_bars: 0,
    params: { every },
  })
}

/** Decimal text without trailing zeros. */
export function plain(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** `tidegate venue` as a process, an engine for it, and the venue's own word on everything, asked by other means. */
export class LiveRig {
  readonly config: string
  readonly folder: string = path.join(tempFolder(), 'state')
  readonly venue: Program
  #url = ''

  private constructor(config: string) {
    this.config = config
    const args = ['venue', '--config', config, '--listen', '127.0.0.1:0', '--json']
    this.venue = new Program(args, { env: KEYS })
  }

  /** A venue that plays these recordings, from the first subscription on or when it is told to. */
  static async start(
    data: readonly string[],
    speed: number | 'max',
    edit: (tree: Tree) => void = () => {},
    start_on: 'subscribe' | 'request' = 'subscribe',
  ): Promise<LiveRig> {
    const config = editedConfig('examples/live-sim.yaml', (tree) => {
      Object.assign(tree.sim, { data: data.map((file) => path.resolve(file)), speed, start_on })
      // At a multiple of its pace a market is further by as many seconds after each one that a loaded machine was held up.
      Object.assign(tree, { clock: { future_ms: 3_600_000 } })
      // And a main thread that is held up stalls, or ends by force, only where a test says so.
      Object.assign(tree, {
        control: { stall_ms: 60_000 },
        shutdown: { total_seconds: 60, drain_seconds: 50 },
      })
      edit(tree)
    })
    const rig = new LiveRig(config)
    await rig.venue.says('\n', 'stdout')
    rig.#url = (JSON.parse(rig.venue.stdout) as { rest_url: string }).rest_url
    return rig
  }

  /** `tidegate run` on that venue. */
  run(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}, fileKiB?: number): Program {
    return new Program(['run', '--config', this.config, '--json', ...args], {
      ...(fileKiB === undefined ? {} : { fileKiB }),
      env: {
        ...KEYS,
        TIDEGATE_STATE_DIR: this.folder,
        TIDEGATE_VENUES__SIM__REST_URL: this.#url,
        TIDEGATE_VENUES__SIM__WS_URL: this.#url.replace('http', 'ws'),
        TIDEGATE_FEED__RECONNECT_MIN_MS: '10',
        TIDEGATE_FEED__RECONNECT_MAX_MS: '50',
        ...env,
      },
    })
  }

  async sim<T = VenueStatus>(route: string, body?: object): Promise<T> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    return (await (await fetch(`${this.#url}/sim/${route}`, init)).json()) as T
  }

  async #signed<T>(route: string, params: Record<string, string> = {}): Promise<T> {
    const query = new URLSearchParams({
      ...params,
      timestamp: String(Date.now()),
      recvWindow: '60000',
    }).toString()
    const signature = createHmac('sha256', KEYS.VENUE_SECRET).update(query).digest('hex')
    const answer = await fetch(`${this.#url}/api/v3/${route}?${query}&signature=${signature}`, {
      headers: { 'X-MBX-APIKEY': KEYS.VENUE_KEY },
    })
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as T
  }

  /** What the venue says that the account holds, by asset; what is zero left out. */
  async balances(): Promise<Record<string, string>> {
    const { balances } = await this.#signed<{
      balances: { asset: string; free: string; locked: string }[]
    }>('account')
    const open = balances.filter(({ locked }) => Number(locked) !== 0)
    if (open.length > 0) throw new Error(`locked: ${JSON.stringify(open)}`)
    return Object.fromEntries(
      balances.filter(({ free }) => Number(free) !== 0).map(({ asset, free }) => [asset, plain(free)]),
    )
  }

  trades(): Promise<VenueTrade[]> {
    return this.#signed('myTrades', { symbol: 'BTCUSDT', limit: '1000' })
  }

  openOrders(): Promise<object[]> {
    return this.#signed('openOrders', { symbol: 'BTCUSDT' })
  }

  /** The canonical text of the venue's present book. */
  async bookText(): Promise<string> {
    const answer = await fetch(`${this.#url}/api/v3/depth?symbol=BTCUSDT&limit=5000`)
    const { bids, asks } = (await answer.json()) as { bids: [string, string][]; asks: [string, string][] }
    const lines = (side: string, levels: [string, string][]): string =>
      levels.map(([price, qty]) => `${side} ${plain(price)} ${plain(qty)}\n`).join('')
    return lines('B', bids) + lines('A', asks)
  }

  async lastUpdateId(): Promise<number> {
    const answer = await fetch(`${this.#url}/api/v3/depth?symbol=BTCUSDT&limit=5`)
    return ((await answer.json()) as { lastUpdateId: number }).lastUpdateId
  }

  /** Resolves with the venue's status when the recording was played, and everything was sent. */
  played(): Promise<VenueStatus> {
    return this.#sent(({ done }) => done)
  }

  /** The market stands still from now on; resolves when everything was sent. */
  async pause(): Promise<VenueStatus> {
    await this.sim('pause', {})
    return this.#sent(() => true)
  }

  #sent(wanted: (status: VenueStatus) => boolean): Promise<VenueStatus> {
    return this.venue.until(async () => {
      const status = await this.sim('status')
      return wanted(status) && status.unsent_bytes === 0 ? status : null
    })
  }
}

/** SIGTERM, and what the engine prints then. */
export async function terminate(engine: Program): Promise<{ ended: Ended; document: RunDocument }> {
  engine.kill('SIGTERM')
  const ended = await engine.ended
  if (ended.stdout === '') throw new Error(`no document: ${ended.stderr}`)
  return { ended, document: JSON.parse(ended.stdout) as RunDocument }
}
