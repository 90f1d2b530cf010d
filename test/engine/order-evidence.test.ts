import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Order } from '../../src/domain/order.ts'
import type { ExecutionReport, Fill } from '../../src/domain/report.ts'
import type { VenueFill, VenueOrder, VenuePort } from '../../src/domain/venue.ts'
import { type Evidence, readEvidence } from '../../src/engine/order-evidence.ts'
import { OrderRig } from './order-rig.ts'

let rig: OrderRig
let order: Order
let id: string
/** what the venue says of the order now; null: it does not know it */
let found: VenueOrder | null
let open: VenueOrder[]
let fills: VenueFill[]
/** comes by the stream while the venue is asked for open orders */
let meanwhile: ExecutionReport[]
const asked: string[] = []
let broken: string

beforeEach(async () => {
  rig = await new OrderRig().open()
  rig.assembly.trader.onIntent(rig.intent())
  order = [...rig.assembly.desk.orders.open()][0] as Order
  id = order.request.clientOrderId
  report({ kind: 'accepted', clientOrderId: id, venueOrderId: '7', ts: '0' })
  found = null
  open = []
  fills = []
  meanwhile = []
  broken = ''
  asked.length = 0
})
afterEach(() => rig.close())

function report(told: ExecutionReport): void {
  rig.assembly.reports.onReport(told)
}

const { qty, price } = { qty: 100, price: 6_000_000 }

function fill(tradeId: string, amount: number): Fill {
  const terms = { instrument: 0, side: 'buy' as const, qty: amount, price, tMs: 1 }
  return { ...terms, tradeId, feeText: '0', feeAsset: 'USDT', liquidity: 'taker' }
}

function atVenue(state: VenueOrder['state'], cumQty: number): VenueOrder {
  return {
    ...{ clientOrderId: id, venueOrderId: '7', symbol: 'BTCUSDT', side: 'buy', state, qty, cumQty, price },
  }
}

/** What a venue with years of trades tells: all of a symbol's fills come in no time that a sweep has. */
function ask(): Promise<Evidence> {
  const venue = {
    id: 'sim',
    queryOpenOrders: () => {
      for (const told of meanwhile) report(told)
      return broken === 'open orders' ? Promise.reject(new Error('503')) : Promise.resolve(open)
    },
    queryOrder: () => {
      asked.push('order')
      return broken === 'order' ? Promise.reject(new Error('503')) : Promise.resolve(found)
    },
    queryFills: () => Promise.reject(new Error('a million trades')),
    queryOrderFills: (symbol: string, venueOrderId: string) => {
      asked.push(`fills of ${symbol} ${venueOrderId}`)
      return Promise.resolve(fills)
    },
  } as unknown as VenuePort
  return readEvidence(rig.assembly, venue, [order], new AbortController().signal)
}

const own = (tradeId: string, amount: number): VenueFill => ({
  ...{ clientOrderId: id, venueOrderId: '7', fill: fill(tradeId, amount) },
})

describe('evidence of orders on an account with a long history', () => {
  it('O6: an order that is gone is asked for with its own fills, booked before its end', async () => {
    found = atVenue('canceled', 60)
    fills = [own('1', 40), own('2', 20)]
    expect(await ask()).toEqual({ absent: [], errors: [] })
    expect(order).toMatchObject({ state: 'CANCELED', cumQty: 60 })
    expect(asked).toEqual(['order', 'fills of BTCUSDT 7'])
  })

  it('O6: an open order that has filled in part is booked by its own fills', async () => {
    open = [atVenue('partially_filled', 40)]
    fills = [own('1', 40)]
    expect(await ask()).toEqual({ absent: [], errors: [] })
    expect(order).toMatchObject({ state: 'PARTIALLY_FILLED', cumQty: 40 })
    expect(asked).toEqual(['fills of BTCUSDT 7'])
  })

  it('O4: an order whose fills the venue counts and does not tell stays as it is', async () => {
    found = atVenue('canceled', 60)
    fills = [own('1', 40)]
    await ask()
    expect(order).toMatchObject({ state: 'PARTIALLY_FILLED', cumQty: 40 })
  })

  it('O6: an order that the stream ended meanwhile gets the fill that the stream has lost', async () => {
    meanwhile = [{ kind: 'canceled', clientOrderId: id, reason: 'x', ts: '0' }]
    found = atVenue('canceled', 60)
    fills = [own('1', 60)]
    expect(await ask()).toEqual({ absent: [], errors: [] })
    expect(order).toMatchObject({ state: 'CANCELED', cumQty: 60 })
    expect(rig.assembly.desk.orders.quarantine.total).toBe(0)
  })

  it('O6: one that the stream filled meanwhile lacks nothing', async () => {
    meanwhile = [{ kind: 'fill', clientOrderId: id, fill: fill('1', qty), ts: '0' }]
    await ask()
    expect([order.state, asked]).toEqual(['FILLED', []])
  })

  it('O4: an order that the venue does not know is absent, one that the stream ended is not', async () => {
    expect(await ask()).toEqual({ absent: [id], errors: [] })
    expect(order.state).toBe('ACCEPTED')
    meanwhile = [{ kind: 'expired', clientOrderId: id, reason: 'x', ts: '0' }]
    expect(await ask()).toEqual({ absent: [], errors: [] })
    expect(order.state).toBe('EXPIRED')
  })

  it('O4: a query that fails is named, and leaves the order as it is', async () => {
    broken = 'order'
    expect(await ask()).toEqual({ absent: [], errors: [`${id}: 503`] })
    broken = 'open orders'
    expect(await ask()).toEqual({ absent: [], errors: ['sim: 503'] })
    expect(order.state).toBe('ACCEPTED')
  })
})
