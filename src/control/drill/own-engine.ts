import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { stringify } from 'yaml'
import { TidegateError } from '../../core/errors.ts'
import { MAIN } from './sources.ts'
import { DrillTarget, within } from './target.ts'

const RECORDING = fileURLToPath(
  new URL('../../../test/fixtures/binance-raw/spot_btcusdt_20240808.gz', import.meta.url),
)
const STRATEGY = fileURLToPath(new URL('../../../examples/strategies/drill.ts', import.meta.url))
/** Slower than it was, so that the recorded minute lasts for a whole drill. */
const SPEED = 0.4
const HOST = '127.0.0.1'
/** Against a hang alone, longer than the engine itself waits for its threads: it tells the reason. */
const START_MS = 120_000
const END_MS = 10_000
const COMMAND_MS = 5_000
const PORT_TRIES_MAX = 5

/** Scope of the drill's strategy, whose code kills it. */
export const STRATEGY_SCOPE = 'strategy:drill'

export interface OwnEngineOptions {
  /** environment of the engine beside the caller's PATH and TIDEGATE_NATIVE */
  readonly env?: Readonly<Record<string, string>>
  /** the main thread without progress for so long is a stall, ms */
  readonly stallMs: number
  /** false: it is expected to stay halted */
  readonly arms?: boolean
}

interface OrderEntry {
  readonly recvNs: number
  readonly method: string
}

/**
 * An engine of the drill's own: `tidegate run` in mode paper at `tidegate venue` on loopback, playing the bundled
 * recording, in a folder that goes away. Its orders never fill: they are priced away from the market and expire at once.
 */
export class OwnEngine {
  readonly target: DrillTarget
  readonly haltFile: string
  readonly lockFile: string
  /** the loopback door and a token for it */
  readonly http: { readonly host: string; readonly port: number; readonly token: string }
  readonly #folder: string
  readonly #children: ChildProcess[] = []
  #venueUrl = ''
  #stderr = ''

  private constructor(folder: string, http: OwnEngine['http']) {
    this.#folder = folder
    this.http = http
    // Where there is a door on TCP there are tokens, and a re-arm needs one also on the unix socket.
    this.target = new DrillTarget(path.join(folder, 'state', 'control.sock'), http.token)
    this.haltFile = path.join(folder, 'EXECUTION_HALTED')
    this.lockFile = path.join(folder, 'state', 'kill.lock')
  }

  /** @throws DRILL_ENGINE when engine or venue do not come up; nothing is left running then */
  static async start(options: OwnEngineOptions): Promise<OwnEngine> {
    const token = randomBytes(32).toString('hex')
    for (let tries = 1; ; tries++) {
      const http = { host: HOST, port: await freePort(), token }
      const engine = new OwnEngine(mkdtempSync(path.join(tmpdir(), 'tidegate-drill-')), http)
      try {
        await engine.#start(options)
        return engine
      } catch (error) {
        await engine.close()
        // The port was free when it was looked for; any program of the machine may have taken it since.
        if (tries >= PORT_TRIES_MAX || !engine.#stderr.includes('EADDRINUSE')) throw error
      }
    }
  }

  /** Order requests at the venue by the ns of their arrival; cancels left out. */
  async orderTimes(): Promise<number[]> {
    const { body } = await request(`${this.#venueUrl}/sim/orders`)
    const { orders } = (await body.json()) as { orders: readonly OrderEntry[] }
    return orders.filter(({ method }) => !/cancel/i.test(method)).map(({ recvNs }) => recvNs)
  }

  /** Makes the strategy do something at its next tick. */
  command(text: string): void {
    for (const name of ['blocked', 'free', 'triggered'])
      rmSync(path.join(this.#folder, name), { force: true })
    writeFileSync(path.join(this.#folder, 'command.new'), text)
    // Moved into place whole: the strategy may look at any moment.
    renameSync(path.join(this.#folder, 'command.new'), path.join(this.#folder, 'command'))
  }

  /** Ends the hold of the main thread, where it is held. */
  free(): void {
    rmSync(path.join(this.#folder, 'blocked'), { force: true })
  }

  /** What the strategy has left there, ns. @throws DRILL_ENGINE where it does not in time */
  async mark(name: 'blocked' | 'free' | 'triggered', limitMs: number = COMMAND_MS): Promise<number> {
    const file = path.join(this.#folder, name)
    const ns = await within(limitMs, () => {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
      return text === '' ? null : Number(text)
    })
    if (ns === null) throw new TidegateError('DRILL_ENGINE', `the engine of the drill left no "${name}"`)
    return ns
  }

  /** Ends both processes and removes the folder. */
  async close(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), END_MS)
      await ended
      clearTimeout(late)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #start(options: OwnEngineOptions): Promise<void> {
    const config = path.join(this.#folder, 'drill.yaml')
    mkdirSync(path.join(this.#folder, 'state'))
    writeFileSync(this.haltFile, 'false\n')
    writeFileSync(config, stringify(this.#config(options)))
    const keys = { VENUE_KEY: randomBytes(16).toString('hex'), VENUE_SECRET: randomBytes(16).toString('hex') }
    const { PATH, TIDEGATE_NATIVE } = process.env
    const base = { PATH, TIDEGATE_NATIVE, DRILL_TOKEN: this.http.token, ...keys }
    const venue = this.#spawn(['venue', '--config', config, '--listen', '127.0.0.1:0', '--json'], base)
    const lines = createInterface({ input: venue.stdout as NodeJS.ReadableStream })
    const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(START_MS) })) as [string]
    const { rest_url, ws_url } = JSON.parse(line) as { rest_url: string; ws_url: string }
    this.#venueUrl = rest_url
    const urls = { TIDEGATE_VENUES__SIM__REST_URL: rest_url, TIDEGATE_VENUES__SIM__WS_URL: ws_url }
    const engine = this.#spawn(['run', '--config', config, '--json'], { ...base, ...urls, ...options.env })
    const isUp = await within(START_MS, () =>
      engine.exitCode === null ? this.#isUp(options.arms ?? true) : false,
    )
    if (isUp !== true) throw new TidegateError('DRILL_ENGINE', `the engine did not come up: ${this.#stderr}`)
  }

  async #isUp(arms: boolean): Promise<true | null> {
    if (!existsSync(this.target.socket)) return null
    try {
      const { ready, orders } = await this.target.status()
      return ready && (!arms || orders.submitted >= 2) ? true : null
    } catch {
      return null
    }
  }

  #spawn(words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const child = spawn(process.execPath, [MAIN, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push(child)
    child.stdout?.resume()
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = `${this.#stderr}${chunk.toString()}`.slice(-4_000)
    })
    return child
  }

  #config({ stallMs }: OwnEngineOptions): object {
    const secrets = { api_key: { env: 'VENUE_KEY' }, api_secret: { env: 'VENUE_SECRET' } }
    const url = '127.0.0.1:1'
    return {
      node: { id: 'drill' },
      mode: 'paper',
      state_dir: path.join(this.#folder, 'state'),
      instruments: [{ symbol: 'BTCUSDT', venue: 'sim', price_increment: '0.01', qty_increment: '0.00001' }],
      venues: { sim: { kind: 'binance-spot', rest_url: `http://${url}`, ws_url: `ws://${url}`, ...secrets } },
      strategies: [
        {
          id: 'drill',
          file: STRATEGY,
          symbols: ['BTCUSDT'],
          placement: 'inline',
          deadline_ms: 60_000,
          params: { folder: this.#folder },
          order: {
            sizing: { fixed: '0.001' },
            type: 'limit',
            time_in_force: 'IOC',
            limit_offset_increments: -100_000,
            // One at a time: what arrives after the store was then let through after it, but for the one on its way.
            working_orders_per_side: 1,
          },
        },
      ],
      risk: { orders_per_second_max: 100_000 },
      kill: { halted_file: this.haltFile, lock_file: this.lockFile },
      control: doorConfig(this.http.port, stallMs),
      shutdown: { total_seconds: 5, drain_seconds: 2 },
      sim: {
        data: [RECORDING],
        speed: SPEED,
        fill_model: 'top-of-book',
        cash: { USDT: '100000', BTC: '0' },
        ...secrets,
      },
      log: { terminal: true, level: 'warn' },
    }
  }
}

function doorConfig(port: number, stallMs: number): object {
  const tokens = [{ id: 'drill', role: 'admin', secret: { env: 'DRILL_TOKEN' } }]
  return { listen: `${HOST}:${port}`, tokens, stall_ms: stallMs }
}

/** A port that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
