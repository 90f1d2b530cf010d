import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect } from 'vitest'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { loadConfig } from '../../src/config/load.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { composeVenue } from '../../src/engine/venue-server.ts'
import type { VenueServer } from '../../src/venue/sim-server/server.ts'
import { ENDLESS, editedConfig, SPOT_BOTH_DAYS, type Tree } from './files.ts'
import { countOf, recordsOf } from './operator.ts'
import { type Ended, Program, type ProgramOptions, tempFolder } from './program.ts'

/** What `run --json` printed. */
export function documentOf({ code, stdout, stderr }: Ended): RunDocument {
  expect(stdout, `code ${code}: ${stderr}`).not.toBe('')
  return JSON.parse(stdout) as RunDocument
}

export interface Line {
  readonly msg: string
  readonly [field: string]: unknown
}

/** Every line of the engine's log. */
export function logOf(engine: LiveEngine): Line[] {
  const text = readFileSync(path.join(engine.stateDir, 'logs', 'engine.log'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

const KEYS = { VENUE_KEY: 'key', VENUE_SECRET: 'secret' }
const open = new Set<VenueServer>()

afterEach(async () => {
  await Promise.all([...open].map((server) => server.close()))
  open.clear()
})

export interface LiveSetting {
  /** what the strategy does, at which trade; where none is named, when `letAct` is called */
  readonly act?: string
  readonly at?: number
  readonly module?: string
  readonly placement?: 'worker' | 'inline'
  /** orders that rest at most */
  readonly orders?: number
  /** a worker without progress for so long is hung; a loaded machine holds up a healthy one */
  readonly hangMs?: number
  /** changes the configuration further */
  readonly edit?: (tree: Tree) => void
}

/** An engine's surroundings: a venue on sockets inside of the test, and a configuration that leads there. */
export class LiveEngine {
  static readonly keys: Readonly<Record<string, string>> = KEYS
  readonly server: VenueServer
  readonly stateDir: string
  readonly config: string

  private constructor(server: VenueServer, stateDir: string, config: string) {
    this.server = server
    this.stateDir = stateDir
    this.config = config
  }

  static async prepare(setting: LiveSetting = {}): Promise<LiveEngine> {
    const folder = tempFolder()
    const stateDir = path.join(folder, 'state')
    const {
      act = 'nothing',
      at = 0,
      module = '',
      placement = 'worker',
      orders = 20,
      hangMs = 10_000,
    } = setting
    const edit = (url: string) => (tree: Tree) => {
      Object.assign(tree, { state_dir: stateDir })
      const [strategy] = tree.strategies
      Object.assign(strategy as object, {
        file: path.resolve('test/process/strategies/ending.ts'),
        placement,
        params: { act, at, module, file: path.join(folder, 'act') },
        warmup_bars: undefined,
        order: {
          sizing: { fixed: '0.001' },
          type: 'limit',
          time_in_force: 'GTC',
          limit_offset_increments: -200_000,
          working_orders_per_side: orders,
        },
      })
      Object.assign(tree, {
        risk: {
          order_value_min: '1',
          symbol_share_max: '1',
          total_share_max: '1',
          orders_per_second_max: 10_000,
        },
        log: { terminal: true },
        workers: { hang_ms: hangMs, stop_ms: 200 },
        // A loaded machine holds up a healthy main thread, too, and its end.
        control: { stall_ms: 60_000 },
        shutdown: { total_seconds: 60, drain_seconds: 50 },
      })
      Object.assign(tree.sim, { data: SPOT_BOTH_DAYS.map((file) => path.resolve(file)), speed: ENDLESS })
      Object.assign(tree.venues?.['sim'] as object, {
        rest_url: url,
        ws_url: url.replace('http', 'ws'),
        request_timeout_ms: 1_000,
      })
      setting.edit?.(tree)
    }
    const draft = loadConfig(editedConfig('examples/live-sim.yaml', edit('http://127.0.0.1:1'), folder), KEYS)
    const { server } = await composeVenue({ config: draft, clock: new SystemClock(0n) })
    open.add(server)
    const { port } = await server.listen('127.0.0.1', 0)
    const config = editedConfig('examples/live-sim.yaml', edit(`http://127.0.0.1:${port}`), folder)
    return new LiveEngine(server, stateDir, config)
  }

  start(args: readonly string[] = [], options: ProgramOptions = {}): Program {
    const env = { ...KEYS, ...options.env }
    return new Program(['run', '--config', this.config, '--json', ...args], { ...options, env })
  }

  /** From now on the strategy does at its next trade what it was prepared to do. */
  letAct(): void {
    writeFileSync(path.join(path.dirname(this.config), 'act'), '')
  }

  /** A program of the test's own on the same configuration. */
  startAlone(main: string): Program {
    return new Program([this.config], { main, input: true, env: KEYS })
  }

  /** Starts it and waits until so many of its orders rest at the venue and are known on both sides. */
  async startWithOrders(
    count: number,
    args: readonly string[] = [],
    options: ProgramOptions = {},
  ): Promise<Program> {
    const program = this.start(args, options)
    await this.untilOrders(program, count)
    return program
  }

  async untilOrders(program: Program, count: number): Promise<void> {
    await program.until(() => (this.accepted() >= count ? true : null))
  }

  /** Orders that were accepted; of one whose answer was late, it is told twice. */
  accepted(): number {
    const accepted = recordsOf(this.stateDir).filter(
      ({ kind, data }) => kind === 'REPORT' && data['report'] === 'accepted',
    )
    return new Set(accepted.map(({ data }) => data['id'])).size
  }

  /** Client order ids that rest at the venue. */
  openAtVenue(): string[] {
    return this.server.desk.matching.history.open(null).map(({ clientOrderId }) => clientOrderId)
  }

  /** Orders that were written after the flag was set, by the engine's own order of records. */
  sentAfterFlag(): number {
    const records = recordsOf(this.stateDir)
    const flag = records.findIndex(
      ({ kind, data }) => kind === 'CONTROL' && (data['set'] as readonly string[]).includes('SHUTDOWN'),
    )
    return records.slice(flag).filter(({ kind }) => kind === 'SUBMITTED').length
  }

  summaries(): number {
    return countOf(this.stateDir, 'SUMMARY')
  }
}
