import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/types.ts'
import { SystemClock, VirtualClock } from '../../src/core/clock.ts'
import { TradingAction } from '../../src/domain/action.ts'
import type { Intent } from '../../src/domain/intent.ts'
import type { JournalRecord } from '../../src/domain/journal.ts'
import type { OrderRequest } from '../../src/domain/order.ts'
import { createTickSlots, TICK } from '../../src/domain/tick.ts'
import type { SendResult, VenuePort } from '../../src/domain/venue.ts'
import { type Assembly, assemble } from '../../src/engine/assemble.ts'
import { bootHalt, clearBoot, openScopes } from '../../src/engine/boot.ts'
import { instrumentTable } from '../../src/engine/from-config.ts'
import { loadStrategies, type ScopeTable, scopeTable } from '../../src/engine/strategies.ts'
import { type GateRoute, gate1 } from '../../src/gate/gate.ts'
import { Journal } from '../../src/journal/journal.ts'
import { readJournal } from '../../src/journal/read.ts'
import { ControlPlane } from '../../src/shm/control-plane.ts'
import { SIM_CAPABILITIES } from '../../src/venue/sim/sim-venue.ts'
import { type QuietAssembly, quietAssembly } from './quiet-assembly.ts'

const CAUSE = { code: 'DRILL', text: 'test', source: 'test' } as const

/** The real order side of an engine, armed, over a venue that says what a test wants. */
export class OrderRig {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'tidegate-order-rig-'))
  readonly clock: SystemClock = new SystemClock()
  readonly plane: ControlPlane = ControlPlane.create()
  readonly journal: Journal = Journal.open(path.join(this.folder, 'journal'), { clock: this.clock })
  readonly scopes: ScopeTable
  readonly config: Config
  /** orders that the venue was given */
  readonly taken: OrderRequest[] = []
  /** what the venue's port says of an order, and does about it */
  submit: (order: OrderRequest) => SendResult = () => 'sent'
  assembly!: Assembly
  nowNs = 1e9

  /** @param change sets keys by environment variable */
  constructor(change: Record<string, string> = {}) {
    this.config = loadConfig(path.resolve('examples/scenario.yaml'), change)
    this.scopes = scopeTable(this.config)
  }

  /** @param books of earlier runs; empty ones by default */
  async open(books: Partial<QuietAssembly> = {}): Promise<this> {
    const { config, scopes, plane } = this
    const table = instrumentTable(config)
    const venue = {
      id: 'sim',
      capabilities: SIM_CAPABILITIES,
      submit: (order: OrderRequest) => {
        this.taken.push(order)
        return this.submit(order)
      },
    } as unknown as VenuePort
    this.assembly = await assemble({
      ...quietAssembly(),
      ...books,
      config,
      table,
      plane,
      scopes,
      strategies: await loadStrategies(config, table),
      journal: this.journal,
      time: {
        nowNs: () => this.nowNs,
        utcNsText: () => String(this.nowNs),
        eventBaseUtcS: 0,
        recvBaseUtcS: 0,
      },
      stopwatch: this.clock,
      runnerClock: new VirtualClock(0n),
      venues: [venue],
    })
    const { desk, halts } = this.assembly
    desk.recorder.boot({ boot: 1, node: 't', mode: 'paper', version: '0', config_sha256: 'c' }, 1n)
    openScopes(plane, scopes, config.strategies.length, table.size)
    bootHalt(halts, 'start')
    clearBoot(halts, plane.all.load(), true, CAUSE)
    this.tick(6_000_000)
    return this
  }

  /** A trade at `price` increments. */
  tick(price: number): void {
    const slots = createTickSlots(1)
    slots.i32[0] = TICK.TRADE
    slots.f64.set([this.nowNs, this.nowNs, price, 1_000, 1, 0, 1], 1)
    this.assembly.desk.market.onTick(slots, 0)
    this.assembly.desk.portfolio.mark(0, price)
  }

  /** A decision to buy, with the permit that gate 1 gives now. */
  intent(change: Partial<Intent> = {}): Intent {
    const permit = new Int32Array(5)
    gate1(this.assembly.desk.strategies[0]?.routes[0] as GateRoute, permit)
    return {
      strategy: 0,
      instrument: 0,
      action: TradingAction.BUY,
      tickSeq: 0,
      tickRecvNs: this.nowNs,
      tickEventNs: this.nowNs,
      decidedNs: this.nowNs,
      referencePrice: 6_000_000,
      limitPrice: Number.NaN,
      qty: Number.NaN,
      permit: [...permit] as unknown as Intent['permit'],
      features: new Float64Array(1),
      ...change,
    }
  }

  /** Records of the order side, in order. */
  records(): JournalRecord[] {
    this.journal.flush()
    return [...readJournal(this.journal.dir)].filter(({ kind }) => kind !== 'CONTROL' && kind !== 'BOOT')
  }

  /** Changes of control words, in order. */
  controls(): JournalRecord[] {
    this.journal.flush()
    return [...readJournal(this.journal.dir)].filter(({ kind }) => kind === 'CONTROL')
  }

  close(): void {
    this.journal.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
