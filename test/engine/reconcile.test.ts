import { describe, expect, it } from 'vitest'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import type { OrderRequest } from '../../src/domain/order.ts'
import type { ExecutionReport, Fill } from '../../src/domain/report.ts'
import type { VenueBalance, VenueFill, VenueOrder, VenuePort } from '../../src/domain/venue.ts'
import { type ReconcileHost, type ReconcileResult, reconcile } from '../../src/engine/reconcile.ts'
import type { ReadUpTo } from '../../src/engine/unread-fills.ts'
import { OrderStore } from '../../src/order/order-store.ts'

const TABLE = new InstrumentTable()
TABLE.add({ symbol: 'BTCUSDT', venue: 'sim', priceIncrement: '0.01', qtyIncrement: '0.00001' })

function request(clientOrderId: string): OrderRequest {
  return {
    clientOrderId,
    instrument: 0,
    strategy: 0,
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTC',
    qty: 1_000,
    price: 6_000_000,
    stopPrice: null,
    reducing: false,
  }
}

function fill(tradeId: string, qty: number): Fill {
  return {
    tradeId,
    instrument: 0,
    side: 'buy',
    qty,
    price: 6_000_000,
    tMs: 1,
    feeText: '0',
    feeAsset: 'USDT',
    liquidity: 'taker',
  }
}

function atVenue(clientOrderId: string, state: VenueOrder['state'], cumQty = 0): VenueOrder {
  return {
    clientOrderId,
    venueOrderId: `v-${clientOrderId}`,
    symbol: 'BTCUSDT',
    state,
    side: 'buy',
    qty: 1_000,
    cumQty,
    price: 6_000_000,
  }
}

/** A venue that says what the test put into it. */
class Told {
  open: VenueOrder[] = []
  orders: Record<string, VenueOrder | null> = {}
  fills: VenueFill[] = []
  balances: VenueBalance[] = []
  queries: string[] = []

  get port(): VenuePort {
    return {
      queryOpenOrders: () => Promise.resolve(this.open),
      queryOrder: (_symbol: string, id: string) => {
        this.queries.push(id)
        return Promise.resolve(this.orders[id] ?? null)
      },
      queryFills: (_symbol: string, from: string | null) =>
        Promise.resolve(
          this.fills.filter(({ fill: { tradeId } }) => from === null || Number(tradeId) >= Number(from)),
        ),
      queryNewestFill: () => Promise.resolve(this.fills.at(-1) ?? null),
      queryOrderFills: (_symbol: string, venueOrderId: string) =>
        Promise.resolve(this.fills.filter((each) => each.venueOrderId === venueOrderId)),
      queryBalances: () => Promise.resolve(this.balances),
    } as unknown as VenuePort
  }
}

class Ours {
  readonly orders = new OrderStore()
  readonly applied: string[] = []
  readonly read: string[] = []
  ageMs = 0
  sleeps = 0
  upTo: ReadUpTo | null = null
  expected: Record<string, string> = {}
  accepted: string[] = []

  submitted(id: string): void {
    this.orders.create(request(id), 0, '0')
    this.orders.submitted(id)
  }

  get host(): ReconcileHost {
    return {
      instruments: TABLE.all(),
      openOrders: () => [...this.orders.open()],
      order: (id) => this.orders.get(id),
      isOurs: (id) => id.startsWith('tg-a-'),
      doubtfulOrders: () => [...this.orders.closed.doubtful()],
      settle: ({ request }) => this.orders.closed.settle(request.clientOrderId),
      doubt: (order) => this.orders.closed.doubt(order),
      readUpTo: () => this.upTo,
      setReadUpTo: (_instrument, upTo) => {
        this.upTo = upTo
        this.read.push(upTo?.tradeId ?? 'none')
      },
      apply: (report: ExecutionReport) => {
        const { outcome } = this.orders.apply(report)
        this.applied.push(`${report.kind} ${report.clientOrderId} ${outcome}`)
        return outcome === 'ignored' ? 'duplicate' : outcome
      },
      expectedBalances: () => new Map(Object.entries(this.expected)),
      isAccepted: ({ venues }) => this.accepted.includes(venues),
      ageMs: () => this.ageMs,
      sleep: () => {
        this.sleeps++
        return Promise.resolve()
      },
      utcNsText: () => '1',
    }
  }
}

function run(venue: Told, ours: Ours, foreignOrders: 'halt' | 'ignore' = 'halt'): Promise<ReconcileResult> {
  return reconcile(venue.port, ours.host, { notFoundFenceMs: 7_000, secondReadMs: 500, foreignOrders })
}

describe('reconcile', () => {
  it('O5: nothing open on either side and equal cash is no difference', async () => {
    const venue = new Told()
    const ours = new Ours()
    venue.balances = [
      { asset: 'USDT', free: '90.5', locked: '9.50' },
      { asset: 'BNB', free: '3', locked: '0' },
    ]
    ours.expected = { USDT: '100' }
    expect(await run(venue, ours)).toEqual({ ok: true, differences: [], fillsApplied: 0, unresolved: [] })
  })

  it('O4: an order of unknown outcome that is open at the venue becomes ACCEPTED', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    ours.orders.apply({ kind: 'unknown', clientOrderId: 'tg-a-1-1', reason: 'timeout', ts: '0' })
    venue.open = [atVenue('tg-a-1-1', 'open')]
    expect((await run(venue, ours)).ok).toBe(true)
    expect(ours.orders.get('tg-a-1-1')).toMatchObject({ state: 'ACCEPTED', venueOrderId: 'v-tg-a-1-1' })
  })

  it('O6: fills that the stream never told are booked once, and before the order is closed', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    venue.fills = [{ clientOrderId: 'tg-a-1-1', venueOrderId: 'v-tg-a-1-1', fill: fill('7', 400) }]
    venue.orders = { 'tg-a-1-1': atVenue('tg-a-1-1', 'canceled', 400) }
    const first = await run(venue, ours)
    expect(first).toMatchObject({ ok: true, fillsApplied: 1 })
    expect(ours.applied).toEqual([
      'accepted tg-a-1-1 applied',
      'fill tg-a-1-1 applied',
      'canceled tg-a-1-1 applied',
    ])
    expect(ours.orders.get('tg-a-1-1')).toMatchObject({ state: 'CANCELED', cumQty: 400 })
    // It may move over fills of the order once the venue's id of the order is known.
    expect(ours.read).toEqual([])
    expect((await run(venue, ours)).fillsApplied).toBe(0)
  })

  it('O4: "not found" is no proof before the fence, and proof after two reads behind it', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    ours.ageMs = 6_999
    expect(await run(venue, ours)).toMatchObject({ ok: false, unresolved: ['tg-a-1-1'] })
    expect(ours.orders.get('tg-a-1-1')?.state).toBe('SUBMITTED')
    ours.ageMs = 7_000
    expect((await run(venue, ours)).ok).toBe(true)
    expect(ours.orders.get('tg-a-1-1')).toMatchObject({ state: 'REJECTED', reason: 'NOT_FOUND_AT_VENUE' })
    expect(ours.sleeps).toBe(1)
    expect(venue.queries).toEqual(['tg-a-1-1', 'tg-a-1-1', 'tg-a-1-1'])
  })

  it('O4: an order that shows up at the second read is not given up', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    ours.ageMs = 60_000
    const host = {
      ...ours.host,
      sleep: () => {
        venue.orders = { 'tg-a-1-1': atVenue('tg-a-1-1', 'open') }
        return Promise.resolve()
      },
    }
    const options = { notFoundFenceMs: 7_000, secondReadMs: 500, foreignOrders: 'halt' } as const
    expect((await reconcile(venue.port, host, options)).ok).toBe(true)
    expect(ours.orders.get('tg-a-1-1')?.state).toBe('ACCEPTED')
  })

  it('O5: an accepted order that the venue does not know stays open and is named', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    ours.orders.apply({ kind: 'accepted', clientOrderId: 'tg-a-1-1', venueOrderId: '9', ts: '0' })
    ours.ageMs = 60_000
    expect(await run(venue, ours)).toMatchObject({ ok: false, unresolved: ['tg-a-1-1'] })
    expect(ours.orders.get('tg-a-1-1')?.state).toBe('ACCEPTED')
  })

  it('O5: what the venue rejected or let expire ends here too', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    ours.submitted('tg-a-1-2')
    venue.orders = { 'tg-a-1-1': atVenue('tg-a-1-1', 'rejected'), 'tg-a-1-2': atVenue('tg-a-1-2', 'expired') }
    expect((await run(venue, ours)).ok).toBe(true)
    expect(ours.orders.get('tg-a-1-1')?.state).toBe('REJECTED')
    expect(ours.orders.get('tg-a-1-2')?.state).toBe('EXPIRED')
  })

  it('O5: a quantity that no fill explains leaves the order unresolved', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    venue.open = [atVenue('tg-a-1-1', 'partially_filled', 300)]
    expect(await run(venue, ours)).toMatchObject({ ok: false, unresolved: ['tg-a-1-1'] })
    venue.fills = [{ clientOrderId: 'tg-a-1-1', venueOrderId: 'v-tg-a-1-1', fill: fill('5', 300) }]
    ours.upTo = { tradeId: '5', tMs: 1 }
    expect((await run(venue, ours)).ok).toBe(true)
    expect(ours.orders.get('tg-a-1-1')?.cumQty).toBe(300)
  })

  it('O5: foreign orders are a difference that says whose they look like, or are left alone', async () => {
    const venue = new Told()
    const ours = new Ours()
    venue.open = [atVenue('tg-a-0-9', 'open'), atVenue('someone', 'open')]
    const { ok, differences } = await run(venue, ours)
    expect(ok).toBe(false)
    expect(differences.map(({ kind, ours: text }) => [kind, text])).toEqual([
      ['foreign_order', 'an order of an earlier run that our journal does not hold'],
      ['foreign_order', 'none'],
    ])
    expect((await run(venue, ours, 'ignore')).ok).toBe(true)
    ours.accepted = differences.map(({ venues }) => venues)
    expect((await run(venue, ours)).ok).toBe(true)
  })

  it('O5: an order that our books have ended and the venue has open is a difference that names it', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    ours.ageMs = 60_000
    await run(venue, ours)
    expect(ours.orders.get('tg-a-1-1')).toMatchObject({ state: 'REJECTED', reason: 'NOT_FOUND_AT_VENUE' })
    ours.sleeps = 0
    venue.open = [atVenue('tg-a-1-1', 'open')]
    venue.orders = { 'tg-a-1-1': atVenue('tg-a-1-1', 'partially_filled', 1) }
    const difference = {
      kind: 'order',
      subject: 'BTCUSDT',
      ours: 'REJECTED NOT_FOUND_AT_VENUE',
      venues: 'tg-a-1-1 buy 1000',
    }
    expect(await run(venue, ours)).toMatchObject({ ok: false, differences: [difference], unresolved: [] })
    expect(ours.sleeps).toBe(1)
    venue.orders = { 'tg-a-1-1': atVenue('tg-a-1-1', 'open') }
    expect((await run(venue, ours, 'ignore')).differences).toEqual([difference])
    ours.accepted = [difference.venues]
    expect((await run(venue, ours)).ok).toBe(true)
    expect(ours.sleeps).toBe(2)
  })

  it('O5: a list of open orders that is older than the end of one is no difference', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    ours.orders.apply({ kind: 'fill', clientOrderId: 'tg-a-1-1', fill: fill('5', 1_000), ts: '0' })
    expect(ours.orders.get('tg-a-1-1')).toMatchObject({ state: 'FILLED', reason: null })
    venue.open = [atVenue('tg-a-1-1', 'open')]
    venue.orders = { 'tg-a-1-1': atVenue('tg-a-1-1', 'filled', 1_000) }
    expect(await run(venue, ours)).toMatchObject({ ok: true, differences: [] })
    expect(ours.sleeps).toBe(1)
    // A venue that lists an order and then knows nothing of it has proved no end.
    venue.orders = {}
    expect((await run(venue, ours)).differences).toMatchObject([{ kind: 'order', ours: 'FILLED' }])
  })

  it('O5: an order that ends by the fills of this look was open when the venue answered', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.submitted('tg-a-1-1')
    // One that ended short has the fills of its symbol read, the other's too.
    ours.submitted('tg-a-1-0')
    ours.orders.apply({ kind: 'canceled', clientOrderId: 'tg-a-1-0', reason: 'x', ts: '0' })
    venue.open = [atVenue('tg-a-1-1', 'open')]
    venue.orders = { 'tg-a-1-1': atVenue('tg-a-1-1', 'open') }
    venue.fills = [{ clientOrderId: 'tg-a-1-1', venueOrderId: 'v-tg-a-1-1', fill: fill('5', 1_000) }]
    expect(await run(venue, ours)).toMatchObject({ ok: true, fillsApplied: 1 })
    expect([ours.orders.get('tg-a-1-1')?.state, ours.sleeps]).toEqual(['FILLED', 0])
  })

  it('O6: fills of orders that are not ours are not booked', async () => {
    const venue = new Told()
    const ours = new Ours()
    venue.fills = [
      { clientOrderId: null, venueOrderId: '1', fill: fill('1', 1) },
      { clientOrderId: 'someone', venueOrderId: '2', fill: fill('2', 1) },
    ]
    expect(await run(venue, ours)).toMatchObject({ ok: true, fillsApplied: 0 })
    expect(ours.applied).toEqual([])
  })

  it('O5: an asset that the venue leaves out has no balance there', async () => {
    const venue = new Told()
    const ours = new Ours()
    ours.expected = { BTC: '0.01', USDT: '0' }
    expect((await run(venue, ours)).differences).toEqual([
      { kind: 'cash', subject: 'BTC', ours: '0.01', venues: '0' },
    ])
  })

  it('O7: cash is compared to the last digit', async () => {
    const venue = new Told()
    const ours = new Ours()
    venue.balances = [{ asset: 'USDT', free: '100.00000000', locked: '0.00000001' }]
    ours.expected = { USDT: '100' }
    expect((await run(venue, ours)).differences).toEqual([
      { kind: 'cash', subject: 'USDT', ours: '100', venues: '100.00000001' },
    ])
  })
})
