import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SystemClock } from '../../src/core/clock.ts'
import { SeededRandom } from '../../src/core/random.ts'
import type { JournalRecord } from '../../src/domain/journal.ts'
import type { Order } from '../../src/domain/order.ts'
import type { ReconciledData } from '../../src/domain/reconciled-data.ts'
import type { ApprovedOrder } from '../../src/domain/venue.ts'
import { instrumentTable } from '../../src/engine/from-config.ts'
import type { LiveInput } from '../../src/engine/live.ts'
import { ReconcileLoop } from '../../src/engine/reconcile-loop.ts'
import { type JournalReplay, replayJournal } from '../../src/engine/recovery.ts'
import { readJournal } from '../../src/journal/read.ts'
import { ClientOrderIds } from '../../src/order/client-order-id.ts'
import { BinanceSpotVenue } from '../../src/venue/binance-spot/binance-spot-venue.ts'
import { RequestLimits } from '../../src/venue/binance-spot/request-limits.ts'
import { HMAC_KEY, HMAC_SECRET, startVenue, type VenueRig } from '../venue/sim-server/rig.ts'
import { OrderRig } from './order-rig.ts'

/** Orders rest 100 below the market, where a trade meets them. */
const RESTING = {
  TIDEGATE_STRATEGIES__0__ORDER__TYPE: 'limit',
  TIDEGATE_STRATEGIES__0__ORDER__TIME_IN_FORCE: 'GTC',
  TIDEGATE_STRATEGIES__0__ORDER__LIMIT_OFFSET_INCREMENTS: '-10000',
  TIDEGATE_STRATEGIES__0__ORDER__WORKING_ORDERS_PER_SIDE: '10',
  TIDEGATE_RISK__ORDERS_PER_SECOND_MAX: '1000',
}
const RESTING_PRICE = 5_990_000
const PART = 40
/** Against a hang, far beyond what a slow machine needs. */
const PATIENCE = { timeout: 60_000 }

let server: VenueRig
let lives: Life[] = []
let tradeId = 0

beforeEach(async () => {
  server = await startVenue([], { startOn: 'listen' })
  tradeId = 0
  quote()
})
afterEach(async () => {
  await Promise.all(lives.map((life) => life.kill()))
  lives = []
  await server.server.close()
})

/** What a market order meets. */
function quote(): void {
  server.server.desk.matching.onQuote(0, 5_999_999, 1e9, 6_000_000, 1e9, 0)
}

/** A run of the engine's order side: adapter, reconciliation and journal over the venue's server. */
class Life {
  readonly rig = new OrderRig(RESTING)
  readonly venue: BinanceSpotVenue
  loop!: ReconcileLoop
  #over = false

  private constructor() {
    lives.push(this)
    const clock = new SystemClock()
    this.venue = new BinanceSpotVenue({
      ...{ id: 'sim', restUrl: server.http, wsApiUrl: `${server.ws}/ws-api/v3`, keyType: 'hmac' },
      ...{ apiKey: { reveal: () => HMAC_KEY }, apiSecret: { reveal: () => HMAC_SECRET } },
      ...{ instruments: instrumentTable(this.rig.config), clock, limits: new RequestLimits(clock) },
      ...{ random: new SeededRandom(7), reconnectMinMs: 5, reconnectMaxMs: 20 },
      ...{ requestTimeoutMs: PATIENCE.timeout, recvWindowMs: 60_000 },
    })
  }

  /** Starts on the books that a journal tells, and returns when it is reconciled. */
  static async start(before: JournalReplay | null = null): Promise<Life> {
    const life = new Life()
    const { rig, venue } = life
    const books = before === null ? {} : { orders: before.orders, ledger: before.ledger }
    await rig.open({ ...books, ids: new ClientOrderIds('t', lives.length) })
    rig.submit = (order) => venue.submit(order as ApprovedOrder)
    const input = {
      ...{ config: rig.config, plane: rig.plane, scopes: rig.scopes, clock: rig.clock, simulated: null },
      ...{ table: instrumentTable(rig.config), time: { utcNsText: () => '0' }, onNote: () => {} },
      readUpTo: before?.readUpTo ?? new Map(),
    } as unknown as LiveInput
    life.loop = new ReconcileLoop(venue, input, rig.assembly)
    await life.loop.start(new AbortController().signal)
    expect(life.loop.obstacles).toEqual([])
    return life
  }

  /** A resting order of which the venue fills a part that the stream loses before it tells the end. */
  async endShort(): Promise<Order> {
    const order = await this.rest()
    await this.#quietly(() => server.server.desk.matching.onTrade(0, RESTING_PRICE, PART, ++tradeId, 1))
    await this.#cancel(order)
    expect(order.cumQty).toBe(0)
    return order
  }

  /** A resting order that ends with nothing filled. */
  async endWithout(): Promise<void> {
    await this.#cancel(await this.rest())
  }

  async #cancel(order: Order): Promise<void> {
    this.venue.cancel({ ...order.request, venueOrderId: order.venueOrderId, symbol: 'BTCUSDT' })
    await vi.waitFor(() => expect(order.state).toBe('CANCELED'), PATIENCE)
  }

  async rest(): Promise<Order> {
    const { trader, desk } = this.rig.assembly
    trader.onIntent(this.rig.intent())
    const order = desk.orders.get(this.rig.taken.at(-1)?.clientOrderId ?? '') as Order
    await vi.waitFor(() => expect(order.state).toBe('ACCEPTED'), PATIENCE)
    return order
  }

  /** The next user data event is lost. */
  async #quietly(event: () => void): Promise<void> {
    server.server.faults.drop_events = 1
    event()
    quote()
    await this.venue.queryOpenOrders(null)
    await vi.waitFor(() => expect(server.server.faults.drop_events).toBe(0), PATIENCE)
  }

  /** A cut connection: a pass follows. */
  async reconnect(): Promise<void> {
    const { passes } = this.loop
    await fetch(`${server.http}/sim/cut`, { method: 'POST', body: '{"what":"ws-api"}' })
    await vi.waitFor(() => expect(this.loop.passes).toBeGreaterThan(passes), PATIENCE)
  }

  /** The books as the next start finds them in the journal. */
  journal(change: (record: JournalRecord) => JournalRecord | null = (record) => record): JournalReplay {
    this.rig.journal.flush()
    const records = [...readJournal(this.rig.journal.dir)].map(change).filter((record) => record !== null)
    return replayJournal(records, {
      instruments: instrumentTable(this.rig.config),
      strategies: ['every-tick'],
    })
  }

  async kill(): Promise<void> {
    if (this.#over) return
    this.#over = true
    this.loop.stop()
    await this.venue.close()
    this.rig.close()
  }
}

/** Requests for fills since the last call. */
function asked(): number {
  const { requests } = server.server.log
  const { count } = requests.get('myTrades') ?? { count: 0 }
  requests.delete('myTrades')
  return count
}

const fillsBooked = (life: Life): number =>
  life.rig
    .records()
    .filter(
      ({ kind, data }) => kind === 'REPORT' && data['report'] === 'fill' && data['outcome'] === 'applied',
    ).length

const reconciled = (life: Life): ReconciledData[] =>
  life.rig
    .records()
    .flatMap(({ kind, data }) => (kind === 'RECONCILED' ? [data as unknown as ReconciledData] : []))

describe('a start on the journal of an earlier run', () => {
  it('O5: what was read and recorded is not read again, and the marks are on record', async () => {
    const first = await Life.start()
    expect(asked()).toBe(0)
    const order = await first.endShort()
    await first.reconnect()
    // The newest trade, and the order's.
    expect([order.cumQty, asked()]).toEqual([PART, 2])
    expect(reconciled(first).at(-1)).toMatchObject({
      ...{ ok: true, fills_applied: 1, doubtful: [] },
      read_up_to: { BTCUSDT: { trade_id: expect.any(String) as string } },
    })
    const before = first.journal()
    await first.kill()
    const second = await Life.start(before)
    await second.reconnect()
    expect([asked(), second.rig.assembly.desk.orders.get(order.request.clientOrderId)?.cumQty]).toEqual([
      0,
      PART,
    ])
  })

  it('O5: a mark is on record as soon as there is one, and a pass that found nothing is not', async () => {
    const first = await Life.start()
    await first.endShort()
    await first.reconnect()
    const before = first.journal((record) => (record.kind === 'RECONCILED' ? null : record))
    await first.kill()
    const life = await Life.start(before)
    await life.endWithout()
    await life.reconnect()
    await life.reconnect()
    expect(reconciled(life)).toMatchObject([{ fills_applied: 0, read_up_to: { BTCUSDT: {} } }])
    const fresh = await Life.start()
    await fresh.endWithout()
    await fresh.reconnect()
    expect(reconciled(fresh)).toMatchObject([
      { fills_applied: 0, read_up_to: {} },
      { fills_applied: 0, read_up_to: { BTCUSDT: {} } },
    ])
  })

  it('O5, O6: fills of an order that ended short, and of one that rests, are booked exactly once after a crash', async () => {
    const first = await Life.start()
    const ended = await first.endShort()
    const resting = await first.rest()
    const before = first.journal()
    await first.kill()
    server.server.desk.matching.onTrade(0, RESTING_PRICE, PART, ++tradeId, 1)
    asked()
    const second = await Life.start(before)
    const { orders } = second.rig.assembly.desk
    const cumQty = (): (number | undefined)[] =>
      [ended, resting].map(({ request }) => orders.get(request.clientOrderId)?.cumQty)
    expect(cumQty()).toEqual([PART, PART])
    await second.reconnect()
    expect(cumQty()).toEqual([PART, PART])
    expect(fillsBooked(second)).toBe(2)
    // The newest trade and both orders, once.
    expect(asked()).toBe(3)
  })

  it('O5, O6: goes on from the mark: one request, for what came after it', async () => {
    const first = await Life.start()
    await first.endShort()
    await first.reconnect()
    const late = await first.endShort()
    const before = first.journal()
    await first.kill()
    asked()
    const second = await Life.start(before)
    const { orders } = second.rig.assembly.desk
    expect([asked(), orders.get(late.request.clientOrderId)?.cumQty, fillsBooked(second)]).toEqual([
      1,
      PART,
      1,
    ])
  })

  it('O5, O6: a fill behind a record that is missing is found, and what is booked is not booked twice', async () => {
    const first = await Life.start()
    const order = await first.endShort()
    await first.reconnect()
    const { clientOrderId } = order.request
    const unmarked = first.journal((record) => (record.kind === 'RECONCILED' ? null : record))
    const torn = first.journal((record) => {
      const { report } = record.data as { report?: string }
      return record.kind === 'RECONCILED' || report === 'fill' ? null : record
    })
    expect([unmarked, torn].map((before) => before.orders.get(clientOrderId)?.cumQty)).toEqual([PART, 0])
    await first.kill()
    for (const [before, booked] of [
      [unmarked, 0],
      [torn, 1],
    ] as const) {
      asked()
      const life = await Life.start(before)
      expect(life.rig.assembly.desk.orders.get(clientOrderId)?.cumQty).toBe(PART)
      expect([asked(), fillsBooked(life)]).toEqual([2, booked])
      await life.kill()
    }
  })

  it.each([
    [true, 0],
    [false, 2],
  ])(
    'O9: of an older version, without marks: where nothing differed (%s) nothing is owed',
    async (ok, requests) => {
      const first = await Life.start()
      const { request } = await first.endShort()
      await first.reconnect()
      const before = first.journal((record) => {
        if (record.kind !== 'RECONCILED') return record
        const { read_up_to, doubtful, ...data } = record.data
        expect([read_up_to, doubtful]).not.toContain(undefined)
        return { ...record, data: { ...data, ok } }
      })
      await first.kill()
      asked()
      const second = await Life.start(before)
      expect([asked(), second.rig.assembly.desk.orders.get(request.clientOrderId)?.cumQty]).toEqual([
        requests,
        PART,
      ])
    },
  )
})

describe('the end of a run', () => {
  it('O5, O6: books the last fills and records how far it has read: the next start does not read them', async () => {
    const first = await Life.start()
    const order = await first.endShort()
    first.loop.stop()
    await first.loop.bookFills()
    expect(order.cumQty).toBe(PART)
    const [, last] = reconciled(first)
    expect(Object.keys(last ?? {})).toEqual(['venue', 'fills_applied', 'read_up_to', 'doubtful'])
    expect(last).toMatchObject({ venue: 'sim', fills_applied: 1, doubtful: [] })
    const before = first.journal()
    await first.kill()
    asked()
    await Life.start(before)
    expect(asked()).toBe(0)
  })

  it('O5: where nothing is owed, nothing is asked for and nothing is recorded', async () => {
    const life = await Life.start()
    await life.loop.bookFills()
    expect([asked(), reconciled(life)]).toMatchObject([0, [{ ok: true, read_up_to: {}, doubtful: [] }]])
  })
})
