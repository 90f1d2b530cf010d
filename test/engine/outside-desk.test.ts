import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Permit } from '../../src/domain/intent.ts'
import type { OrderRequest } from '../../src/domain/order.ts'
import { REASON } from '../../src/domain/reasons.ts'
import { type OutsideAnswer, OutsideDesk } from '../../src/engine/outside-desk.ts'
import { replayJournal, stateSha256 } from '../../src/engine/recovery.ts'
import { routeOf } from '../../src/engine/strategies.ts'
import { setReason } from '../../src/gate/arm.ts'
import { gate1, NO_STRATEGY } from '../../src/gate/gate.ts'
import { readJournal } from '../../src/journal/read.ts'
import { ALL_SCOPE } from '../../src/shm/control-plane.ts'
import { OrderRig } from './order-rig.ts'

const CAUSE = { code: 'DRILL', text: 'test', source: 'test' } as const
const MARKET = { symbol: 'BTCUSDT', side: 'buy', qty: '0.001' }

let rig: OrderRig
let outside: OutsideDesk
let sending: string[]

async function open(change: Record<string, string> = {}): Promise<void> {
  rig = await new OrderRig(change).open()
  const { desk, trader } = rig.assembly
  outside = new OutsideDesk({ desk, trader, plane: rig.plane, scopes: rig.scopes, clock: rig.clock })
  sending = []
}
beforeEach(() => open())
afterEach(() => rig.close())

/** The words of an order now, as the control thread takes them. */
function permit(strategy = NO_STRATEGY): Permit {
  const words = new Int32Array(5)
  const instrument = rig.assembly.desk.instruments[0] as never
  gate1(routeOf(rig.plane, rig.scopes, strategy, instrument), words)
  return [...words] as unknown as Permit
}

const execute = (fields: object, words = permit(), outcomeMs = 0): Promise<OutsideAnswer> =>
  outside.execute(fields as Record<string, unknown>, 'ada', words, outcomeMs, (id) => sending.push(id))

const report = (order: OrderRequest, kind: 'accepted' | 'rejected'): void => {
  const { clientOrderId } = order
  const head = { clientOrderId, ts: '1' }
  rig.assembly.reports.onReport(
    kind === 'accepted' ? { kind, ...head, venueOrderId: 'v1' } : { kind, ...head, reason: 'FILTER_FAILURE' },
  )
}

/** The venue answers in the next turn. */
function answering(kind: 'accepted' | 'rejected'): void {
  rig.submit = (order) => {
    setImmediate(() => report(order, kind))
    return 'sent'
  }
}

describe('POST /execute: outcomes', () => {
  it('A4: an order that the venue takes is 202 with its client id, and on record with its actor', async () => {
    answering('accepted')
    const answer = await execute(MARKET, permit(), 10_000)
    expect(answer).toEqual({
      status: 202,
      body: { client_order_id: 'tg-t-1-1', venue_order_id: 'v1', state: 'ACCEPTED' },
    })
    expect(sending).toEqual(['tg-t-1-1'])
    expect(rig.taken).toMatchObject([
      { side: 'buy', qty: 100, type: 'market', timeInForce: 'IOC', strategy: -1 },
    ])
    expect(rig.records().map(({ kind, actor }) => [kind, actor])).toEqual([
      ['INTENT', 'outside:ada'],
      ['SUBMITTED', 'engine'],
      ['REPORT', 'venue:sim'],
    ])
    const [intent] = rig.records()
    expect(intent?.data).toMatchObject({ decision: null, order: { strategy: '', symbol: 'BTCUSDT' } })
    expect(intent?.data['checks']).toSatisfy((checks: unknown[]) => checks.length > 15)
  })

  it('O9: orders of nobody replay to the same state', async () => {
    answering('accepted')
    await execute(MARKET, permit(), 10_000)
    const told = replayJournal(readJournal(rig.journal.dir), { strategies: ['every-tick'] })
    const { orders, ledger } = rig.assembly.desk
    expect(stateSha256(told.orders, told.ledger)).toBe(stateSha256(orders, ledger))
  })

  it('A4: an order that the venue refuses is 422 with its word', async () => {
    answering('rejected')
    expect(await execute(MARKET, permit(), 10_000)).toMatchObject({
      status: 422,
      body: { error: { code: 'REJECTED' }, client_order_id: 'tg-t-1-1', state: 'REJECTED' },
    })
  })

  it('A4: an order whose outcome is not known is 504 with its client id', async () => {
    expect(await execute(MARKET)).toMatchObject({
      status: 504,
      body: { error: { code: 'OUTCOME_UNKNOWN' }, client_order_id: 'tg-t-1-1', state: 'SUBMITTED' },
    })
    rig.submit = () => {
      throw new Error('socket')
    }
    expect(await execute({ ...MARKET, strategy: 'every-tick' }, permit(0))).toMatchObject({
      status: 504,
      body: { client_order_id: 'tg-t-1-2', state: 'UNKNOWN' },
    })
  })

  it('A4: a denied order is 422 with every check, its value, limit and unit', async () => {
    const answer = await execute({ ...MARKET, qty: '1' })
    expect(answer).toMatchObject({
      status: 422,
      body: { error: { code: 'ORDER_VALUE_MAX' }, client_order_id: null },
    })
    const { checks } = answer.body as { checks: { check: string; code: string | null }[] }
    expect(checks.length).toBeGreaterThan(15)
    expect(checks.find(({ code }) => code === 'ORDER_VALUE_MAX')).toMatchObject({
      passed: false,
      value: '60000',
      limit: '10000',
      unit: 'notional',
    })
    expect(rig.records().map(({ kind, actor }) => [kind, actor])).toEqual([['DENIED', 'outside:ada']])
  })

  it('A4: an order that the connection did not take is 422 and has left nothing behind', async () => {
    rig.submit = () => 'BACK_PRESSURE'
    expect(await execute(MARKET)).toMatchObject({ status: 422, body: { error: { code: 'BACK_PRESSURE' } } })
    expect(rig.assembly.desk.orders.openCount).toBe(0)
  })
})

describe('POST /execute: the boundary', () => {
  const reasons = ['SHUTDOWN', 'UNAUTHORISED', 'KILL', 'PAUSE'] as const
  const set = {
    SHUTDOWN: () => setReason(rig.plane, ALL_SCOPE, 'SHUTDOWN', 'shutdown'),
    UNAUTHORISED: () => setReason(rig.plane, { kind: 'venue', index: 0 }, 'UNAUTHORISED', 'start'),
    KILL: () => setReason(rig.plane, { kind: 'symbol', index: 0 }, 'KILL', 'operator'),
    PAUSE: () => setReason(rig.plane, ALL_SCOPE, 'PAUSE', 'operator'),
  }
  const answers = {
    SHUTDOWN: [503, 'shutting_down', 'shutdown'],
    UNAUTHORISED: [403, 'unauthorised', 'authorisation'],
    KILL: [503, 'halted', 'kill'],
    PAUSE: [503, 'halted', 'guard'],
  } as const

  it.each(reasons.flatMap((first, rank) => reasons.slice(rank).map((second) => [first, second] as const)))(
    'A9: with %s and %s, the first that holds is named with its operation',
    async (first, second) => {
      set[second]()
      set[first]()
      const [status, code, cause] = answers[first]
      const answer = await execute(MARKET)
      expect(answer).toMatchObject({
        status,
        body: { error: { code }, operation: 'broker order placement', cause, client_order_id: null },
      })
      expect((answer.body as { reasons: string[] }).reasons.sort()).toEqual(
        [...new Set([first, second])].sort(),
      )
      expect(rig.taken).toEqual([])
      expect(rig.records().map(({ kind }) => kind)).toEqual(['DENIED'])
    },
  )

  it('K5: an order that waited while a kill and a re-arm happened is dropped at gate 2', async () => {
    const words = permit()
    const { halts } = rig.assembly
    halts.halt(ALL_SCOPE, 'KILL', 'drill', CAUSE)
    halts.clear(ALL_SCOPE, REASON.KILL, 'operator', rig.plane.all.load(), { text: 'fine' }, CAUSE)
    expect(await execute(MARKET, words)).toMatchObject({
      status: 503,
      body: { error: { code: 'halted' }, cause: 'guard', reasons: [], client_order_id: 'tg-t-1-1' },
    })
    expect([rig.taken, sending]).toEqual([[], []])
    expect(rig.records().map(({ kind }) => kind)).toEqual(['INTENT', 'BLOCKED'])
    expect(rig.records()[1]?.data).toMatchObject({
      operation: 'broker order placement',
      cause: 'guard',
      scope: 'permit',
      strategy: '',
    })
  })

  it('K9: a halted strategy stops orders in its name, and nobody else', async () => {
    setReason(rig.plane, { kind: 'strategy', index: 0 }, 'KILL', 'operator')
    const named = await execute({ ...MARKET, strategy: 'every-tick' }, permit(0))
    expect(named).toMatchObject({ status: 503, body: { cause: 'kill' } })
    expect((await execute(MARKET)).status).toBe(504)
    expect(rig.taken).toHaveLength(1)
  })

  it('K10: without a journal no order leaves', async () => {
    rig.journal.close()
    expect(await execute(MARKET)).toMatchObject({ status: 503, body: { error: { code: 'halted' } } })
    expect(rig.taken).toEqual([])
  })
})

describe('POST /execute: the body', () => {
  it.each([
    [
      { ...MARKET, type: 'LIMIT', price: '59999.5', time_in_force: 'gtc' },
      { type: 'limit', price: 5_999_950 },
    ],
    [
      { ...MARKET, type: 'limit', price: 59999 },
      { timeInForce: 'GTC', price: 5_999_900 },
    ],
    [
      { ...MARKET, side: 'BUY', qty: 0.001, actor: 'x', source: 'cli' },
      { side: 'buy', qty: 100, price: null },
    ],
    [
      { symbol: 'BTCUSDT', action: 'buy', strategy: 'every-tick' },
      { side: 'buy', qty: 100, strategy: 0 },
    ],
  ])('A4: %j becomes an order', async (fields, order) => {
    await execute(fields, permit('strategy' in fields ? 0 : NO_STRATEGY))
    expect(rig.taken).toMatchObject([order])
  })

  it.each([
    [{ symbol: 'XRP' }, 'SYMBOL_UNKNOWN'],
    [{ ...MARKET, strategy: 'nobody' }, 'STRATEGY_UNKNOWN'],
    [{ ...MARKET, side: 'hold' }, 'BODY_INVALID'],
    [{ ...MARKET, side: undefined }, 'BODY_INVALID'],
    [{ ...MARKET, qty: '0' }, 'BODY_INVALID'],
    [{ ...MARKET, qty: '-1' }, 'BODY_INVALID'],
    [{ ...MARKET, qty: undefined }, 'BODY_INVALID'],
    [{ ...MARKET, qty: ['1'] }, 'BODY_INVALID'],
    [{ ...MARKET, qty: '0.000001' }, 'OFF_INCREMENT'],
    [{ ...MARKET, qty: 'much' }, 'DECIMAL_INVALID'],
    [{ ...MARKET, type: 'iceberg' }, 'BODY_INVALID'],
    [{ ...MARKET, time_in_force: 'FOREVER' }, 'BODY_INVALID'],
    [{ ...MARKET, quantity: '1' }, 'BODY_INVALID'],
    [{ symbol: 'BTCUSDT', action: 'BUY' }, 'BODY_INVALID'],
    [{ symbol: 'BTCUSDT', action: 'DOUBLE', strategy: 'every-tick' }, 'BODY_INVALID'],
    [{ ...MARKET, action: 'BUY', strategy: 'every-tick' }, 'BODY_INVALID'],
  ])('A4: %j is refused with 400 %s, and nothing leaves', async (fields, code) => {
    expect(await execute(fields)).toMatchObject({ status: 400, body: { error: { code } } })
    expect([rig.taken, rig.records()]).toEqual([[], []])
  })

  it('A4: an action that asks for nothing is 200 without an order', async () => {
    const hold = { symbol: 'BTCUSDT', action: 'HOLD', strategy: 'every-tick' }
    expect(await execute(hold)).toEqual({
      status: 200,
      body: { client_order_id: null, state: 'NOTHING_TO_DO' },
    })
  })

  it('A4: a limit order without a price is denied by the checks', async () => {
    expect(await execute({ ...MARKET, type: 'limit' })).toMatchObject({
      status: 422,
      body: { error: { code: 'ORDER_PRICE_INVALID' } },
    })
  })
})

describe('orders and positions', () => {
  it('A4: tell what is open and held, in exact text', async () => {
    answering('accepted')
    await execute({ ...MARKET, type: 'limit', price: '59999.5' }, permit(), 10_000)
    expect(outside.orders().body).toMatchObject({
      orders: [
        {
          client_order_id: 'tg-t-1-1',
          venue_order_id: 'v1',
          symbol: 'BTCUSDT',
          strategy: null,
          side: 'buy',
          qty: '0.001',
          price: '59999.5',
          stop_price: null,
          state: 'ACCEPTED',
          leaves_qty: '0.001',
        },
      ],
    })
    expect(outside.positions().body).toEqual({
      positions: [
        {
          symbol: 'BTCUSDT',
          position: '0',
          mark: '60000',
          realized: '0',
          unrealized: '0',
          fees: '0',
          strategies: { 'every-tick': '0' },
        },
      ],
    })
  })
})
