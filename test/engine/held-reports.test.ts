import { afterEach, describe, expect, it } from 'vitest'
import type { OrderRequest } from '../../src/domain/order.ts'
import type { ExecutionReport } from '../../src/domain/report.ts'
import { cancelOrders } from '../../src/engine/cancel-all.ts'
import { HeldReports } from '../../src/engine/held-reports.ts'
import type { LiveInput } from '../../src/engine/live.ts'
import { ReconcileLoop } from '../../src/engine/reconcile-loop.ts'
import { scopeTable } from '../../src/engine/strategies.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { cleanUp, Rig, settle } from './shutdown/rig.ts'

afterEach(cleanUp)

const id = 'tg-a-1-1'
const report = (kind: string): ExecutionReport =>
  ({ kind, clientOrderId: id, reason: 'x', venueOrderId: '9', ts: '1' }) as unknown as ExecutionReport

const REQUEST: OrderRequest = {
  ...{ clientOrderId: id, instrument: 0, strategy: 0, side: 'buy', type: 'limit', timeInForce: 'GTC' },
  ...{ qty: 1_000, price: 6_000_000, stopPrice: null, reducing: false },
}
const filled = (qty: number): ExecutionReport => ({
  ...{ kind: 'fill', clientOrderId: id, ts: '1' },
  fill: {
    ...{ tradeId: '7', instrument: 0, side: 'buy', qty, price: 6_000_000, tMs: 1 },
    ...{ feeText: '0', feeAsset: 'USDT', liquidity: 'maker' },
  },
})

/** Ways to a state that is open, and what may wait there when the answer to a cancel comes. */
const OPEN = [[], ['unknown'], ['accepted'], ['accepted', 'triggered'], ['accepted', 'pending_replace']]
const WAITING: readonly ExecutionReport[] = [
  ...['unknown', 'accepted', 'rejected', 'triggered', 'canceled', 'expired'].map(report),
  filled(400),
  filled(1_000),
]

/** What is left of an order after the reports. */
function after(reports: readonly ExecutionReport[], asked: boolean): unknown {
  const orders = new OrderStore()
  orders.create(REQUEST, 0, '0')
  orders.submitted(id)
  if (asked) orders.requestCancel(id, '0')
  for (const each of reports) orders.apply(each)
  const order = orders.get(id)
  return [orders.openCount, order?.cumQty, order?.leavesQty, orders.openQty(0, 'buy')]
}

describe('reports that wait for a reconciliation', () => {
  it('O5: are applied in their order when it is over, and what comes after them at once', () => {
    const applied: string[] = []
    const held = new HeldReports(
      ({ kind }) => applied.push(kind),
      () => expect.unreachable(),
    )
    expect(held.holding).toBe(true)
    held.take(report('accepted'))
    held.hold()
    held.take(report('canceled'))
    expect([applied, held.came]).toEqual([[], 2])
    held.release()
    held.release()
    expect([applied, held.holding]).toEqual([['accepted', 'canceled'], false])
    held.take(report('expired'))
    expect(applied).toEqual(['accepted', 'canceled', 'expired'])
    held.hold()
    expect([held.holding, held.came]).toEqual([true, 0])
  })

  it('O5: more of them than may wait are applied and told, and none is lost', () => {
    let applied = 0
    let told = 0
    const held = new HeldReports(
      () => applied++,
      () => told++,
    )
    for (let n = 0; n < 100_000; n++) held.take(report('accepted'))
    expect([applied, told]).toEqual([0, 0])
    held.take(report('accepted'))
    expect([applied, told, held.holding]).toEqual([100_001, 1, false])
  })

  it.each(['pending_cancel', 'cancel_rejected'] as const)(
    'S4: %s does not wait, and whatever it overtakes, the same is open and filled after both',
    (kind) => {
      const applied: string[] = []
      const held = new HeldReports((each) => applied.push(each.kind), expect.unreachable)
      held.take(report('canceled'))
      held.take(report(kind))
      expect([applied, held.came]).toEqual([[kind], 2])
      for (const way of OPEN) {
        for (const waits of WAITING) {
          for (const asked of [false, true]) {
            const before = way.map(report)
            const said = JSON.stringify([way, waits, asked])
            expect(after([...before, report(kind), waits], asked), said).toEqual(
              after([...before, waits, report(kind)], asked),
            )
          }
        }
      }
    },
  )

  it('S4: a sweep while a venue is reconciled hears its answers: no order has a false failure', async () => {
    const rig = await Rig.open()
    const { assembly, config, plane, clock, venue } = rig
    const ids = await rig.rest(3)
    venue.queryBalances = () => new Promise(() => {})
    const input = { config, plane, clock, simulated: null, scopes: scopeTable(config), onNote: () => {} }
    const loop = new ReconcileLoop(venue, input as unknown as LiveInput, assembly)
    const over = new AbortController()
    void loop.start(over.signal)
    const signal = AbortSignal.any([over.signal])
    const sweep = await settle(cancelOrders(assembly, { reason: 'kill', signal }))
    expect(sweep).toMatchObject({ canceled: ids, left: [], errors: [], failures: 0 })
    expect(loop.venue).toBe('sim')
    over.abort()
    loop.stop()
  })
})
