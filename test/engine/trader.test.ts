import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { VirtualClock } from '../../src/core/clock.ts'
import { TradingAction } from '../../src/domain/action.ts'
import type { Intent } from '../../src/domain/intent.ts'
import type { OrderRequest } from '../../src/domain/order.ts'
import { createTickSlots, TICK } from '../../src/domain/tick.ts'
import type { SendResult, VenuePort } from '../../src/domain/venue.ts'
import { type Assembly, assemble } from '../../src/engine/assemble.ts'
import { bootHalt, clearBoot, openScopes } from '../../src/engine/boot.ts'
import { instrumentTable } from '../../src/engine/from-config.ts'
import { replayJournal, stateSha256 } from '../../src/engine/recovery.ts'
import { loadStrategies, scopeTable } from '../../src/engine/strategies.ts'
import { type GateRoute, gate1 } from '../../src/gate/gate.ts'
import { Journal } from '../../src/journal/journal.ts'
import { readJournal } from '../../src/journal/read.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { ClientOrderIds } from '../../src/order/client-order-id.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'
import { ALL_SCOPE, ControlPlane } from '../../src/shm/control-plane.ts'
import { SIM_CAPABILITIES } from '../../src/venue/sim/sim-venue.ts'

const CONFIG = path.resolve('examples/scenario.yaml')
const CAUSE = { code: 'DRILL', text: 'test', source: 'test' } as const

/** The real order side on a venue that says what the test wants. */
class Rig {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tidegate-trader-'))
  readonly clock = new VirtualClock(0n)
  readonly plane = ControlPlane.create()
  readonly journal = Journal.open(path.join(this.folder, 'journal'), { clock: this.clock })
  readonly taken: OrderRequest[] = []
  answer: () => SendResult = () => 'sent'
  assembly!: Assembly
  nowNs = 1e9

  async open(): Promise<this> {
    const config = loadConfig(CONFIG, {})
    const table = instrumentTable(config)
    const scopes = scopeTable(config)
    const venue = {
      id: 'sim',
      capabilities: SIM_CAPABILITIES,
      submit: (order: OrderRequest) => {
        this.taken.push(order)
        return this.answer()
      },
    } as unknown as VenuePort
    this.assembly = await assemble({
      config,
      table,
      plane: this.plane,
      scopes,
      strategies: await loadStrategies(config, table),
      journal: this.journal,
      calendar: new ExchangeCalendars(),
      time: {
        nowNs: () => this.nowNs,
        utcNsText: () => String(this.nowNs),
        eventBaseUtcS: 0,
        recvBaseUtcS: 0,
      },
      stopwatch: this.clock,
      runnerClock: this.clock,
      venues: [venue],
      orders: new OrderStore(),
      ledger: new Ledger(),
      ids: new ClientOrderIds('t', 1),
      restDurability: 'process',
      measured: false,
      ordersReal: true,
      onRiskNote: () => {},
      tickSeq: () => 0,
      notifyWorker: () => {},
      onStrategyError: () => {},
    })
    const { desk, halts } = this.assembly
    desk.recorder.boot({ boot: 1, node: 't', mode: 'paper', version: '0', config_sha256: 'c' }, 1n)
    openScopes(this.plane, scopes, 1, 1)
    bootHalt(halts, 'start')
    clearBoot(halts, this.plane.all.load(), true, CAUSE)
    this.tick(6_000_000)
    return this
  }

  tick(price: number): void {
    const slots = createTickSlots(1)
    slots.i32[0] = TICK.TRADE
    slots.f64.set([this.nowNs, this.nowNs, price, 1_000, 1, 0, 1], 1)
    this.assembly.desk.market.onTick(slots, 0)
    this.assembly.desk.portfolio.mark(0, price)
  }

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

  kinds(): string[] {
    this.journal.flush()
    return [...readJournal(this.journal.dir)].map(({ kind }) => kind).filter((kind) => kind !== 'CONTROL')
  }

  counts(): object {
    return this.assembly.desk.counters.ordersDocument()
  }

  /** Working quantity, awaited outcomes and the guard: what an order that did not leave must not keep. */
  traces(): { open: number; awaiting: number; submitting: number; inFlight: number } {
    const { orders, awaiting, guard } = this.assembly.desk
    return {
      open: orders.openCount,
      awaiting: awaiting.size,
      submitting: guard.submitting(),
      inFlight: guard.inFlight(),
    }
  }

  close(): void {
    this.journal.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const NO_TRACE = { open: 0, awaiting: 0, submitting: 0, inFlight: 0 }
let rig: Rig

beforeEach(async () => {
  rig = await new Rig().open()
})
afterEach(() => rig.close())

describe('Trader', () => {
  it('P1: an intent becomes a journaled, guarded order at the venue', () => {
    rig.assembly.trader.onIntent(rig.intent())
    expect(rig.taken).toMatchObject([{ clientOrderId: 'tg-t-1-1', side: 'buy', qty: 100 }])
    expect(rig.kinds()).toEqual(['BOOT', 'INTENT', 'SUBMITTED'])
    expect(rig.traces()).toEqual({ open: 1, awaiting: 1, submitting: 0, inFlight: 1 })
  })

  it('O9: the state of the desk is the state that its journal tells', () => {
    const { trader, reports, desk } = rig.assembly
    trader.onIntent(rig.intent())
    reports.onReport({ kind: 'accepted', clientOrderId: 'tg-t-1-1', venueOrderId: '1', ts: '1' })
    rig.nowNs += 2e9
    rig.tick(6_000_100)
    trader.onIntent(rig.intent())
    rig.answer = () => 'BACK_PRESSURE'
    trader.onIntent(rig.intent({ qty: 200 }))
    const told = replayJournal(readJournal(rig.journal.dir), { strategies: ['every-tick'] })
    expect(stateSha256(told.orders, told.ledger)).toBe(stateSha256(desk.orders, desk.ledger))
  })

  it('K5: a kill and a re-arm after gate 1 stop the intent at gate 2', () => {
    const intent = rig.intent()
    const { halts, trader } = rig.assembly
    halts.halt(ALL_SCOPE, 'KILL', 'drill', CAUSE)
    halts.clear(ALL_SCOPE, 2, 'operator', rig.plane.all.load(), { text: 'fine' }, CAUSE)
    trader.onIntent(intent)
    expect(rig.taken).toEqual([])
    expect(rig.counts()).toMatchObject({ blocked_gate2: 1, submitted: 0 })
    expect(rig.kinds()).toEqual(['BOOT', 'INTENT', 'BLOCKED'])
    expect(rig.traces()).toEqual(NO_TRACE)
  })

  it('K2: a kill is denied before an id is taken, with every check on record', () => {
    const { halts, trader } = rig.assembly
    halts.halt(ALL_SCOPE, 'KILL', 'drill', CAUSE)
    trader.onIntent(rig.intent())
    expect(rig.taken).toEqual([])
    expect(rig.counts()).toMatchObject({ denied: { KILL_SWITCH: 1 } })
    expect(rig.kinds()).toEqual(['BOOT', 'DENIED'])
  })

  it.each(['NOT_CONNECTED', 'BUSY', 'BACK_PRESSURE', 'TOO_LARGE'] as const)(
    'R4: an order that the port did not write (%s) leaves no reservation behind',
    (code) => {
      rig.answer = () => code
      rig.assembly.trader.onIntent(rig.intent())
      expect(rig.counts()).toMatchObject({ submitted: 0, denied: { [code]: 1 } })
      expect(rig.kinds()).toEqual(['BOOT', 'INTENT', 'NOT_SENT'])
      expect(rig.traces()).toEqual(NO_TRACE)
      rig.answer = () => 'sent'
      rig.assembly.trader.onIntent(rig.intent())
      expect(rig.counts()).toMatchObject({ submitted: 1 })
    },
  )

  it('O4: a port that throws leaves an order of unknown outcome, which keeps its reservation', () => {
    rig.answer = () => {
      throw new Error('socket destroyed')
    }
    rig.assembly.trader.onIntent(rig.intent())
    const { orders } = rig.assembly.desk
    expect(orders.get('tg-t-1-1')?.state).toBe('UNKNOWN')
    expect(orders.openQty(0, 'buy')).toBe(100)
    expect(rig.traces()).toEqual({ open: 1, awaiting: 0, submitting: 0, inFlight: 0 })
    expect(rig.kinds()).toEqual(['BOOT', 'INTENT', 'SUBMITTED', 'UNKNOWN'])
    rig.answer = () => 'sent'
    rig.nowNs += 2e9
    rig.tick(6_000_100)
    rig.assembly.trader.onIntent(rig.intent())
    expect(rig.counts()).toMatchObject({ submitted: 1, denied: { OUTCOME_UNKNOWN: 1 } })
  })

  it('R7: an order that was not approved a second time does not leave', () => {
    rig.assembly.desk.risk.wire.take = () => false
    rig.assembly.trader.onIntent(rig.intent())
    expect(rig.taken).toEqual([])
    expect(rig.counts()).toMatchObject({ denied: { WIRE_CHECK: 1 } })
    expect(rig.traces()).toEqual(NO_TRACE)
  })

  it('O3: nothing leaves when its intent could not be journaled', () => {
    rig.journal.close()
    rig.assembly.trader.onIntent(rig.intent())
    expect(rig.taken).toEqual([])
    expect(rig.counts()).toMatchObject({ submitted: 0, denied: { HALTED: 1 } })
    expect(rig.traces()).toEqual(NO_TRACE)
  })

  it('P2: HOLD is no order, and a size that cannot be is denied with its code', () => {
    rig.assembly.trader.onIntent(rig.intent({ action: TradingAction.HOLD }))
    rig.assembly.trader.onIntent(rig.intent({ qty: 0.5 }))
    expect(rig.taken).toEqual([])
    expect(rig.counts()).toMatchObject({ intents: 2, denied: { SIZE_ZERO: 1 } })
    expect(rig.kinds()).toEqual(['BOOT', 'DENIED'])
  })

  it('O6: fills come in once, and the first word on a submission settles it', () => {
    const { trader, reports, desk } = rig.assembly
    trader.onIntent(rig.intent())
    const fill = {
      tradeId: '9',
      instrument: 0,
      side: 'buy',
      qty: 100,
      price: 6_000_000,
      tMs: 1,
      feeText: '0.045',
      feeAsset: 'USDT',
      liquidity: 'taker',
    } as const
    const told = reports.onReport({ kind: 'fill', clientOrderId: 'tg-t-1-1', fill, ts: '1' })
    expect(told).toMatchObject({ outcome: 'applied', to: 'FILLED' })
    expect(reports.onReport({ kind: 'fill', clientOrderId: 'tg-t-1-1', fill, ts: '1' }).outcome).toBe(
      'duplicate',
    )
    expect(desk.portfolio.position(0)).toBe(100)
    expect(rig.traces()).toEqual(NO_TRACE)
    expect(desk.portfolio.activeCount()).toBe(1)
  })

  it('O1: what no row of the table allows is put aside and told', () => {
    const told: string[] = []
    const { reports } = rig.assembly
    reports.onSurprise = (report, note) => told.push(`${report.clientOrderId} ${note}`)
    reports.onReport({ kind: 'accepted', clientOrderId: 'nobody', venueOrderId: '1', ts: '1' })
    expect(told).toEqual(['nobody ORDER_UNKNOWN'])
    expect(rig.assembly.desk.counters.quarantined).toBe(1)
  })
})
