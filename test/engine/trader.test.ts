import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TradingAction } from '../../src/domain/action.ts'
import { replayJournal, stateSha256 } from '../../src/engine/recovery.ts'
import { readJournal } from '../../src/journal/read.ts'
import { ALL_SCOPE } from '../../src/shm/control-plane.ts'
import { OrderRig } from './order-rig.ts'

const CAUSE = { code: 'DRILL', text: 'test', source: 'test' } as const

/** The real order side on a venue that says what the test wants, and what is left of an order in it. */
class Rig extends OrderRig {
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
    rig.submit = () => 'BACK_PRESSURE'
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
      rig.submit = () => code
      rig.assembly.trader.onIntent(rig.intent())
      expect(rig.counts()).toMatchObject({ submitted: 0, denied: { [code]: 1 } })
      expect(rig.kinds()).toEqual(['BOOT', 'INTENT', 'NOT_SENT'])
      expect(rig.traces()).toEqual(NO_TRACE)
      rig.submit = () => 'sent'
      rig.assembly.trader.onIntent(rig.intent())
      expect(rig.counts()).toMatchObject({ submitted: 1 })
    },
  )

  it('O4: a port that throws leaves an order of unknown outcome, which keeps its reservation', () => {
    rig.submit = () => {
      throw new Error('socket destroyed')
    }
    rig.assembly.trader.onIntent(rig.intent())
    const { orders } = rig.assembly.desk
    expect(orders.get('tg-t-1-1')?.state).toBe('UNKNOWN')
    expect(orders.openQty(0, 'buy')).toBe(100)
    expect(rig.traces()).toEqual({ open: 1, awaiting: 0, submitting: 0, inFlight: 0 })
    expect(rig.kinds()).toEqual(['BOOT', 'INTENT', 'SUBMITTED', 'UNKNOWN'])
    rig.submit = () => 'sent'
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
