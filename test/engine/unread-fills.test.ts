import { beforeEach, describe, expect, it } from 'vitest'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import type { Order, OrderRequest } from '../../src/domain/order.ts'
import type { Fill } from '../../src/domain/report.ts'
import type { VenueBalance, VenueFill, VenueOrder, VenuePort } from '../../src/domain/venue.ts'
import { type ReconcileHost, type ReconcileResult, reconcile } from '../../src/engine/reconcile.ts'
import { bookUnreadFills, type ReadUpTo } from '../../src/engine/unread-fills.ts'
import { OrderStore } from '../../src/order/order-store.ts'

const SYMBOLS = 500
const TABLE = new InstrumentTable()
for (let i = 0; i < SYMBOLS; i++)
  TABLE.add({ symbol: `C${i}USDT`, venue: 'v', priceIncrement: '0.01', qtyIncrement: '0.001' })

/** Weights of Binance spot, of a page of 1,000 trades. */
const WEIGHT = { openOrders: 80, fills: 20, orderFills: 5, newest: 20, order: 4, balances: 20 }
const PAGE = 1_000

/** An account as a venue has it, which counts what it is asked. It names only the venue's order in a fill. */
class Account {
  trades: VenueFill[] = []
  open: VenueOrder[] = []
  readonly asked: string[] = []
  weight = 0
  /** beyond it the venue answers 429 */
  weightMax = Number.POSITIVE_INFINITY
  broken = ''
  /** what it says of an order */
  order: (symbol: string, clientOrderId: string) => VenueOrder | null = () => null
  balances: VenueBalance[] = []
  /** a trade of this id is not told yet */
  late = ''

  trade(instrument: number, id: number, venueOrderId: string, qty: number, tMs: number = id): void {
    const fill: Fill = {
      ...{ tradeId: String(id), instrument, side: 'buy', qty, price: 100, tMs },
      ...{ feeText: '0', feeAsset: 'USDT', liquidity: 'taker' },
    }
    this.trades.push({ clientOrderId: null, venueOrderId, fill })
  }

  get port(): VenuePort {
    return {
      queryOpenOrders: () => this.#answer('open', WEIGHT.openOrders, () => this.open),
      queryOrder: (symbol: string, id: string) =>
        this.#answer(`order ${symbol}`, WEIGHT.order, () => this.order(symbol, id)),
      queryFills: (symbol: string, from: string | null) => {
        const fills = this.#of(symbol).filter(({ fill }) => Number(fill.tradeId) >= Number(from))
        const pages = Math.floor(fills.length / PAGE) + 1
        return this.#answer(`fills ${symbol} from ${from}`, pages * WEIGHT.fills, () => fills)
      },
      queryNewestFill: (symbol: string) =>
        this.#answer(`newest ${symbol}`, WEIGHT.newest, () => this.#of(symbol).at(-1) ?? null),
      queryOrderFills: (symbol: string, id: string) =>
        this.#answer(`order fills ${symbol} ${id}`, WEIGHT.orderFills, () =>
          this.#of(symbol).filter(({ venueOrderId }) => venueOrderId === id),
        ),
      queryBalances: () => this.#answer('balances', WEIGHT.balances, () => this.balances),
    } as unknown as VenuePort
  }

  #of(symbol: string): VenueFill[] {
    return this.trades.filter(
      ({ fill }) => TABLE.get(fill.instrument).symbol === symbol && fill.tradeId !== this.late,
    )
  }

  #answer<T>(what: string, weight: number, answer: () => T): Promise<T> {
    this.asked.push(what)
    this.weight += weight
    if (this.weight > this.weightMax) return Promise.reject(new Error('429'))
    if (this.broken !== '' && what.startsWith(this.broken)) return Promise.reject(new Error('503'))
    return Promise.resolve(answer())
  }

  /** What was asked since the last call, the two of every pass left out. */
  requests(): string[] {
    return this.asked.splice(0).filter((what) => what !== 'open' && what !== 'balances')
  }
}

let account: Account
let orders: OrderStore
let marks: Map<string, ReadUpTo>
let host: ReconcileHost

beforeEach(() => {
  account = new Account()
  orders = new OrderStore()
  marks = new Map()
  host = {
    instruments: TABLE.all(),
    openOrders: () => [...orders.open()],
    doubtfulOrders: () => [...orders.closed.doubtful()],
    settle: ({ request }) => orders.closed.settle(request.clientOrderId),
    doubt: (order) => orders.closed.doubt(order),
    order: (id) => orders.get(id),
    isOurs: () => true,
    readUpTo: ({ symbol }) => marks.get(symbol) ?? null,
    setReadUpTo: ({ symbol }, upTo) => {
      if (upTo === null) marks.delete(symbol)
      else marks.set(symbol, { tradeId: upTo.tradeId, tMs: upTo.tMs })
    },
    apply: (report) => {
      const { outcome } = orders.apply(report)
      return outcome === 'ignored' ? 'duplicate' : outcome
    },
    expectedBalances: () => new Map(),
    isAccepted: () => false,
    ageMs: () => 0,
    sleep: () => Promise.resolve(),
    utcNsText: () => '1',
  }
})

const QTY = 10

/** An order of ours that the venue has taken. */
function accepted(id: string, instrument = 0): Order {
  const request: OrderRequest = {
    ...{ clientOrderId: id, instrument, strategy: 0, side: 'buy', type: 'limit', timeInForce: 'GTC' },
    ...{ qty: QTY, price: 100, stopPrice: null, reducing: false },
  }
  const order = orders.create(request, 0, '0')
  orders.submitted(id)
  orders.apply({ kind: 'accepted', clientOrderId: id, venueOrderId: `v-${id}`, ts: '0' })
  return order
}

/** One that the stream has ended, short of what the venue may have filled of it. */
function canceled(id: string, instrument = 0): Order {
  const order = accepted(id, instrument)
  orders.apply({ kind: 'canceled', clientOrderId: id, reason: 'x', ts: '0' })
  return order
}

function listed(order: Order, cumQty: number): VenueOrder {
  const { clientOrderId, instrument } = order.request
  const { symbol } = TABLE.get(instrument)
  return {
    ...{ clientOrderId, venueOrderId: `v-${clientOrderId}`, symbol, state: 'open', side: 'buy' },
    ...{ qty: QTY, cumQty, price: 100 },
  }
}

const OPTIONS = { notFoundFenceMs: 7_000, secondReadMs: 500, foreignOrders: 'halt' } as const

function pass(): Promise<ReconcileResult> {
  return reconcile(account.port, host, OPTIONS)
}

/** Trades of whoever used the account before us. */
function history(instrument: number, count: number): void {
  for (let id = 1; id <= count; id++) account.trade(instrument, id, `old-${id}`, 1)
}

describe('what a pass asks a venue for', () => {
  it.each([0, 50_000])(
    'O5: of 500 symbols with 5 traded, the weight is that of 5, on an account of %i trades',
    async (age) => {
      history(0, age)
      for (let instrument = 0; instrument < 5; instrument++) {
        account.trade(instrument, age + 1, 'someone', 1)
        canceled(`c${instrument}`, instrument)
      }
      await pass()
      const first = account.weight
      expect(first).toBe(80 + 20 + 5 * (20 + 5))
      for (let instrument = 0; instrument < 5; instrument++) canceled(`d${instrument}`, instrument)
      await pass()
      expect(account.weight - first).toBe(80 + 20 + 5 * 20)
      await pass()
      expect(account.weight - first).toBe(80 + 20 + 5 * 20 + 80 + 20)
    },
  )

  it('O5: an account with a long history and none of our orders is asked for no fill', async () => {
    history(0, 3_000)
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 0 })
    expect(account.requests()).toEqual([])
  })

  it('O5: an open order that the venue lists just as we have it is no reason to read', async () => {
    const order = accepted('a')
    account.open = [listed(order, 0)]
    expect(await pass()).toMatchObject({ ok: true })
    expect(account.requests()).toEqual([])
  })

  it('O6: an open order that the venue lists with more than we have is read at once', async () => {
    const order = accepted('a')
    account.open = [listed(order, 4)]
    account.trade(0, 1, 'v-a', 4)
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 1 })
    expect(order.cumQty).toBe(4)
    expect(account.requests()).toEqual(['newest C0USDT', 'order fills C0USDT v-a'])
  })

  it('O4: an order that is filled whole, or was denied, owes nothing', async () => {
    accepted('a')
    orders.apply({
      ...{ kind: 'fill', clientOrderId: 'a', ts: '0' },
      fill: {
        ...{ tradeId: '1', instrument: 0, side: 'buy', qty: QTY, price: 100, tMs: 1 },
        ...{ feeText: '0', feeAsset: 'USDT', liquidity: 'taker' },
      },
    })
    orders.create({ ...(orders.get('a') as Order).request, clientOrderId: 'b' }, 0, '0')
    orders.deny('b', 'BLOCKED')
    expect(await pass()).toMatchObject({ ok: true })
    expect(account.requests()).toEqual([])
  })
})

describe('fills that the stream has lost', () => {
  it('O6: of an order that ended short are booked once, with whatever else came after the mark', async () => {
    history(0, 2)
    canceled('a')
    await pass()
    expect(marks.get('C0USDT')).toEqual({ tradeId: '2', tMs: 2 })
    account.requests()
    const order = canceled('b')
    account.trade(0, 3, 'v-b', 4)
    account.trade(0, 4, 'someone', 1)
    account.trade(0, 5, 'v-b', 3)
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 2 })
    expect(order).toMatchObject({ state: 'CANCELED', cumQty: 7 })
    expect(marks.get('C0USDT')).toEqual({ tradeId: '5', tMs: 5 })
    expect(await pass()).toMatchObject({ fillsApplied: 0 })
    expect(account.requests()).toEqual(['fills C0USDT from 2'])
  })

  it('O6: are read by the order where nothing was read before, and the mark is the newest trade from before', async () => {
    const order = canceled('a')
    history(0, 2)
    account.trade(0, 3, 'v-a', 4)
    const { port } = account
    const racing = {
      ...port,
      queryNewestFill: async (symbol: string) => {
        const newest = await port.queryNewestFill(symbol)
        account.trade(0, 4, 'v-b', 1)
        return newest
      },
    }
    await bookUnreadFills(racing, host, TABLE.get(0), [order], [])
    expect([order.cumQty, marks.get('C0USDT')?.tradeId]).toEqual([4, '3'])
    const late = canceled('b')
    expect(await pass()).toMatchObject({ fillsApplied: 1 })
    expect(late.cumQty).toBe(1)
  })

  it.each([
    ['does not know the trade of the mark', { tradeId: '5000', tMs: 5_000 }],
    ['has another trade by its id', { tradeId: '2', tMs: 999 }],
  ])('O6: are found where the venue %s: its ids began anew', async (_what, mark) => {
    marks.set('C0USDT', mark)
    const order = canceled('a')
    account.trade(0, 1, 'v-a', 4)
    account.trade(0, 2, 'someone', 1)
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 1 })
    expect([order.cumQty, marks.get('C0USDT')]).toEqual([4, { tradeId: '2', tMs: 2 }])
  })

  it('O6: of an order whose acceptance was lost too are found by the id in the list of open ones', async () => {
    marks.set('C0USDT', { tradeId: '1', tMs: 1 })
    history(0, 1)
    const request = { ...accepted('x').request, clientOrderId: 'a' }
    orders.apply({ kind: 'canceled', clientOrderId: 'x', reason: 'x', ts: '0' })
    const order = orders.create(request, 0, '0')
    orders.submitted('a')
    account.open = [listed(order, 4)]
    account.trade(0, 2, 'v-a', 4)
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 1 })
    expect(order).toMatchObject({ state: 'PARTIALLY_FILLED', cumQty: 4, venueOrderId: 'v-a' })
    expect(account.requests()).toEqual(['fills C0USDT from 1'])
  })

  it('O6: an order that the venue never took has none to ask for; with no trade at all there is no mark', async () => {
    const request = { ...accepted('x').request, clientOrderId: 'a' }
    orders.create(request, 0, '0')
    orders.submitted('a')
    orders.apply({ kind: 'rejected', clientOrderId: 'a', reason: 'x', ts: '0' })
    account.open = [listed(orders.get('x') as Order, 0)]
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 0 })
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 0 })
    expect([account.requests(), marks.size]).toEqual([['newest C0USDT'], 0])
  })

  it.each(['order fills', 'newest', 'fills'])(
    'O6: a read that fails (%s) settles nothing and moves no mark: the next one has it all',
    async (broken) => {
      history(0, 1)
      if (broken === 'fills') marks.set('C0USDT', { tradeId: '1', tMs: 1 })
      const before = new Map(marks)
      const order = canceled('a')
      account.trade(0, 2, 'v-a', 4)
      account.broken = broken
      await expect(pass()).rejects.toThrow('503')
      expect([...orders.closed.doubtful()]).toEqual([order])
      expect(marks).toEqual(before)
      account.broken = ''
      expect(await pass()).toMatchObject({ ok: true, fillsApplied: 1 })
      expect([order.cumQty, [...orders.closed.doubtful()]]).toEqual([4, []])
    },
  )

  it('O5: an order that ends short while the venue is asked is not settled by that read', async () => {
    history(0, 1)
    marks.set('C0USDT', { tradeId: '1', tMs: 1 })
    const order = accepted('a')
    const { port } = account
    const racing = {
      ...port,
      queryFills: async (symbol: string, from: string | null) => {
        const fills = await port.queryFills(symbol, from)
        orders.apply({ kind: 'canceled', clientOrderId: 'a', reason: 'x', ts: '0' })
        account.trade(0, 2, 'v-a', 4)
        return fills
      },
    }
    await bookUnreadFills(racing, host, TABLE.get(0), [order], [])
    expect([order.cumQty, [...orders.closed.doubtful()]]).toEqual([0, [order]])
    expect(await pass()).toMatchObject({ fillsApplied: 1 })
    expect(order.cumQty).toBe(4)
  })

  it('O6: of two orders with one id of the venue, in two symbols, each gets its own', async () => {
    for (const instrument of [0, 1]) history(instrument, 1)
    marks.set('C0USDT', { tradeId: '1', tMs: 1 }).set('C1USDT', { tradeId: '1', tMs: 1 })
    const [first, second] = [canceled('a', 0), accepted('b', 1)] as const
    second.venueOrderId = 'v-a'
    account.open = [{ ...listed(second, 3), venueOrderId: 'v-a' }]
    account.trade(0, 2, 'v-a', 4)
    account.trade(1, 2, 'v-a', 3)
    // An adapter that knows orders by the venue's id alone takes them all for the second one.
    for (const [i, trade] of account.trades.entries())
      if (trade.venueOrderId === 'v-a') account.trades[i] = { ...trade, clientOrderId: 'b' }
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 2 })
    expect([first.cumQty, second.cumQty]).toEqual([4, 3])
  })

  it('O6: a fill of somebody else is not taken for that of an order in another symbol with the same id', async () => {
    history(0, 1)
    marks.set('C0USDT', { tradeId: '1', tMs: 1 })
    canceled('a')
    const other = accepted('b', 1)
    account.open = [listed(other, 0)]
    account.trade(0, 2, 'v-b', 4)
    const taken: string[] = []
    const { apply } = host
    host = {
      ...host,
      apply: (report) => {
        taken.push(report.kind)
        return apply(report)
      },
    }
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 0 })
    expect(taken).toEqual([])
  })

  it('O6: orders that are not ours, or of another symbol, are not asked for their fills', async () => {
    history(0, 1)
    const other = accepted('b', 1)
    canceled('a')
    const foreign = {
      ...listed(other, 0),
      clientOrderId: 'someone',
      venueOrderId: 'theirs',
      symbol: 'C0USDT',
    }
    account.open = [listed(other, 0), foreign]
    expect(await pass()).toMatchObject({ differences: [{ kind: 'foreign_order' }] })
    expect(account.requests()).toEqual(['newest C0USDT', 'order fills C0USDT v-a'])
  })

  it('O5: an order that is open is not settled by a read: when it ends short, the next one looks again', async () => {
    const order = accepted('a')
    account.open = [listed(order, 0)]
    canceled('b')
    history(0, 1)
    await pass()
    account.requests()
    account.open = []
    orders.apply({ kind: 'canceled', clientOrderId: 'a', reason: 'x', ts: '0' })
    account.trade(0, 2, 'v-a', 4)
    expect(await pass()).toMatchObject({ fillsApplied: 1 })
    expect(account.requests()).toEqual(['fills C0USDT from 1'])
  })
})

describe('a venue that limits requests', () => {
  /** Passes of a minute each until one is through; how many it took. */
  async function minutes(weightMax: number): Promise<number> {
    account.weightMax = weightMax
    for (let minute = 1; minute <= 20; minute++) {
      account.weight = 0
      const result = await pass().catch(() => null)
      if (result !== null) return minute
    }
    return Number.POSITIVE_INFINITY
  }

  it('O5: what a pass has done stays done: 40 symbols whose orders ended meanwhile, 10 a minute', async () => {
    for (let instrument = 0; instrument < 40; instrument++) {
      accepted(`o${instrument}`, instrument)
      account.trade(instrument, 1, 'someone', 1)
      marks.set(`C${instrument}USDT`, { tradeId: '1', tMs: 1 })
    }
    account.order = (_symbol, id) => ({ ...listed(orders.get(id) as Order, 0), state: 'canceled' })
    expect(await minutes(80 + 20 + 10 * (20 + 4))).toBeLessThanOrEqual(8)
    expect([...orders.open()]).toEqual([])
  })

  it('O5: the same without a mark: 300 orders of one symbol, 50 a minute', async () => {
    account.trade(0, 1, 'someone', 1)
    for (let n = 0; n < 300; n++) canceled(`o${n}`)
    expect(await minutes(80 + 20 + 20 + 50 * 5)).toBeLessThanOrEqual(8)
    expect([...orders.closed.doubtful()]).toEqual([])
  })

  it('O5: where too many trades have come since the mark, the orders are read by their own ids', async () => {
    history(0, 30)
    account.trade(0, 31, 'v-a', 4)
    marks.set('C0USDT', { tradeId: '1', tMs: 1 })
    const order = canceled('a')
    const { port } = account
    const result = await reconcile({ ...port, queryFills: () => Promise.resolve(null) }, host, OPTIONS)
    expect(result).toMatchObject({ ok: true, fillsApplied: 1 })
    expect([order.cumQty, marks.get('C0USDT')]).toEqual([4, { tradeId: '31', tMs: 31 }])
  })
})

describe('a fill that is told late', () => {
  it('O6: while the cash of its symbol differs, the order that has ended is read again', async () => {
    history(0, 1)
    marks.set('C0USDT', { tradeId: '1', tMs: 1 })
    const order = canceled('a')
    account.trade(0, 2, 'v-a', 4)
    account.trade(0, 3, 'someone', 1)
    account.late = '2'
    account.balances = [{ asset: 'C0', free: '4', locked: '0' }]
    host = { ...host, expectedBalances: () => new Map([['C0', `${order.cumQty}`]]) }
    expect(await pass()).toMatchObject({ differences: [{ kind: 'cash', subject: 'C0' }], fillsApplied: 0 })
    account.late = ''
    expect(await pass()).toMatchObject({ ok: true, fillsApplied: 1 })
    expect([order.cumQty, [...orders.closed.doubtful()]]).toEqual([4, []])
  })

  it('O6: cash that differs elsewhere is no reason', async () => {
    history(0, 1)
    canceled('a')
    account.balances = [{ asset: 'C9', free: '1', locked: '0' }]
    host = { ...host, expectedBalances: () => new Map([['C9', '0']]) }
    await pass()
    expect([[...orders.closed.doubtful()], marks.has('C0USDT')]).toEqual([[], true])
  })

  it.each([true, false])(
    'O4, O6: the mark stays while the venue’s id of an order is not known (a mark before: %s)',
    async (marked) => {
      history(0, 1)
      if (marked) marks.set('C0USDT', { tradeId: '1', tMs: 1 })
      const request = { ...accepted('x').request, clientOrderId: 'a' }
      orders.apply({ kind: 'canceled', clientOrderId: 'x', reason: 'x', ts: '0' })
      const order = orders.create(request, 0, '0')
      orders.submitted('a')
      account.trade(0, 2, 'v-a', 4)
      account.broken = 'order C0'
      await expect(pass()).rejects.toThrow('503')
      account.broken = ''
      orders.apply({ kind: 'accepted', clientOrderId: 'a', venueOrderId: 'v-a', ts: '0' })
      orders.apply({ kind: 'canceled', clientOrderId: 'a', reason: 'x', ts: '0' })
      expect(await pass()).toMatchObject({ ok: true, fillsApplied: 1 })
      expect(order.cumQty).toBe(4)
    },
  )
})

describe('closed orders that are kept', () => {
  it('O4: one that is pushed out is doubtful no more: there is nothing to book a fill on', () => {
    orders = new OrderStore({ closedOrdersMax: 1 })
    canceled('a')
    const newer = canceled('b')
    expect([...orders.closed.doubtful()]).toEqual([newer])
  })
})
