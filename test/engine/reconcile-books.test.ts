import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../src/core/money.ts'
import { createInstrument, type Instrument } from '../../src/domain/instrument.ts'
import type { Order } from '../../src/domain/order.ts'
import type { VenueBalance, VenuePort } from '../../src/domain/venue.ts'
import type { Assembly } from '../../src/engine/assemble.ts'
import type { LiveInput } from '../../src/engine/live.ts'
import { ReconcileBooks } from '../../src/engine/reconcile-books.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { OrderStore } from '../../src/order/order-store.ts'

const INSTRUMENTS = ['even', 'odd', 'even'].map((venue, i) =>
  createInstrument(
    {
      ...{ symbol: `S${i}USD`, venue, priceIncrement: '0.01', qtyIncrement: '0.01' },
      ...{ baseAsset: `S${i}`, quoteAsset: 'USD' },
    },
    i,
  ),
)

describe('ReconcileBooks', () => {
  it('O5: books the opening cash of an account once, though two venues of it answer at the same time', async () => {
    const ledger = new Ledger()
    const recorded: string[] = []
    const assembly = {
      desk: {
        ledger,
        recorder: { cash: (_event: string, { asset }: { asset: string }) => recorded.push(asset) },
        portfolio: { setEquityStart: () => {}, setCash: () => {} },
      },
    } as unknown as Assembly
    const input = {
      simulated: null,
      table: { all: () => INSTRUMENTS },
      config: { account: { equity: null } },
      clock: { utcNs: () => 0n },
    } as unknown as LiveInput
    const balances: VenueBalance[] = ['USD', 'S0', 'S1'].map((asset) => ({ asset, free: '70', locked: '30' }))
    const books = ['even', 'odd'].map(
      (id) =>
        new ReconcileBooks(
          { id, queryBalances: () => Promise.resolve(balances) } as unknown as VenuePort,
          input,
          assembly,
        ),
    )
    await Promise.all(books.map((each) => each.openBalances()))
    expect(Object.fromEntries(ledger.openings)).toEqual({
      USD: moneyFromText('100'),
      S0: moneyFromText('100'),
      S1: moneyFromText('100'),
    })
    expect(recorded.sort()).toEqual(['S0', 'S1', 'USD'])
  })

  it('O5: how far it has read is due for a record when it is new or gone, and after a page of trades', () => {
    const { books, orders } = reading()
    const [even, odd] = INSTRUMENTS as [Instrument, Instrument]
    const host = books.host(new AbortController().signal)
    expect([books.recordDue, books.takeReading()]).toEqual([false, { read_up_to: {}, doubtful: [] }])
    host.setReadUpTo(even, { tradeId: '5', tMs: 50 }, 0)
    expect(books.recordDue).toBe(true)
    expect(books.takeReading().read_up_to).toEqual({ S0USD: { trade_id: '5', t_ms: 50 } })
    expect([books.recordDue, books.takeReading().read_up_to]).toEqual([false, {}])
    host.setReadUpTo(even, { tradeId: '1004', tMs: 60 }, 999)
    expect(books.recordDue).toBe(false)
    host.setReadUpTo(even, { tradeId: '1005', tMs: 61 }, 1)
    expect(books.recordDue).toBe(true)
    expect(books.takeReading().read_up_to).toEqual({ S0USD: { trade_id: '1005', t_ms: 61 } })
    host.setReadUpTo(even, null, 0)
    expect([books.recordDue, host.readUpTo(even), host.readUpTo(odd)]).toEqual([true, null, null])
    expect(books.takeReading().read_up_to).toEqual({ S0USD: null })
    expect(orders.openCount).toBe(0)
  })

  it('O5: the last look of a run asks for the instruments that may owe a fill, and for no other', async () => {
    const { books, orders, asked, recorded } = reading()
    await books.bookFills()
    expect([asked, recorded]).toEqual([[], []])
    submit(orders, 'ended', 2)
    orders.apply({ kind: 'canceled', clientOrderId: 'ended', reason: 'x', ts: '0' })
    await books.bookFills()
    expect(asked).toEqual(['S2USD'])
    expect(recorded).toEqual([{ venue: 'even', fills_applied: 0, read_up_to: {}, doubtful: [] }])
  })

  it('O6: an order that was settled is taken back as doubtful, and one that is not kept any more is not', () => {
    const { books, orders } = reading()
    submit(orders, 'a', 0)
    orders.apply({ kind: 'canceled', clientOrderId: 'a', reason: 'x', ts: '0' })
    const host = books.host(new AbortController().signal)
    const [order] = host.doubtfulOrders() as [Order]
    host.settle(order)
    expect(host.doubtfulOrders()).toEqual([])
    host.doubt({ ...order, request: { ...order.request, clientOrderId: 'gone' } })
    expect(host.doubtfulOrders()).toEqual([])
    host.doubt(order)
    expect(host.doubtfulOrders()).toEqual([order])
  })

  it('O5: orders of another venue are not its own to read or to name', () => {
    const { books, orders } = reading()
    for (const instrument of [0, 1]) {
      for (const id of [`open-${instrument}`, `ended-${instrument}`]) {
        submit(orders, id, instrument)
      }
      orders.apply({ kind: 'rejected', clientOrderId: `ended-${instrument}`, reason: 'x', ts: '0' })
    }
    const host = books.host(new AbortController().signal)
    expect([host.openOrders(), host.doubtfulOrders()].map((each) => each.map(idOf))).toEqual([
      ['open-0'],
      ['ended-0'],
    ])
    expect(books.takeReading().doubtful).toEqual(['ended-0'])
  })
})

const idOf = ({ request }: Order): string => request.clientOrderId

function submit(orders: OrderStore, clientOrderId: string, instrument: number): void {
  orders.create(
    {
      ...{ clientOrderId, instrument, strategy: 0, side: 'buy', type: 'market', timeInForce: 'IOC' },
      ...{ qty: 1, price: null, stopPrice: null, reducing: false },
    },
    0,
    '0',
  )
  orders.submitted(clientOrderId)
}

/** Books of the first venue, as far as reading goes. */
function reading(): { books: ReconcileBooks; orders: OrderStore; asked: string[]; recorded: object[] } {
  const orders = new OrderStore()
  const asked: string[] = []
  const recorded: object[] = []
  const recorder = { note: (_kind: string, _actor: string, data: object) => recorded.push(data) }
  const venue = {
    id: 'even',
    queryNewestFill: (symbol: string) => {
      asked.push(symbol)
      return Promise.resolve(null)
    },
  } as unknown as VenuePort
  const input = {
    ...{
      simulated: null,
      table: { all: () => INSTRUMENTS },
      config: { node: { id: 'a' } },
      readUpTo: new Map(),
    },
    clock: { monoNs: () => 0 },
  } as unknown as LiveInput
  const assembly = { desk: { orders, ledger: new Ledger(), recorder } } as unknown as Assembly
  return { books: new ReconcileBooks(venue, input, assembly), orders, asked, recorded }
}
