import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../src/core/clock.ts'
import type { VenueServerConfig } from '../../../src/venue/sim-server/server.ts'
import { admin, quoteFrame, rest, startVenue, timed, type VenueRig } from './rig.ts'

let venue: VenueRig
afterEach(() => venue.server.close())

const QUOTE = quoteFrame(1_723_161_254_000, '61837.63', '2.00000000', '61837.64', '0.50000000')

/** Where a test looks at the venue's time; it stands still. */
const NOW_MS = 1_723_161_254_000
const standing = (): VirtualClock => new VirtualClock(BigInt(NOW_MS) * 1_000_000n)

async function playing(config: Partial<VenueServerConfig> = {}): Promise<VenueRig> {
  venue = await startVenue([QUOTE], { startOn: 'listen', ...config })
  await venue.server.player.finished
  return venue
}

const MARKET = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.1' }
const LIMIT = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.1',
  price: '60000',
}

describe('Binance spot REST of the simulated venue', () => {
  it('F9: ping, time and exchangeInfo are public', async () => {
    const { http } = await playing({ clock: standing() })
    expect((await rest(http, 'GET', '/api/v3/ping', {}, false)).body).toEqual({})
    const { body } = await rest(http, 'GET', '/api/v3/time', {}, false)
    expect(body).toEqual({ serverTime: NOW_MS })
    const info = await rest(http, 'GET', '/api/v3/exchangeInfo', { symbol: 'BTCUSDT' }, false)
    const [symbol] = info.body['symbols'] as { symbol: string; filters: { filterType: string }[] }[]
    expect(symbol).toMatchObject({
      symbol: 'BTCUSDT',
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
    })
    expect(symbol?.filters[0]).toEqual({
      filterType: 'PRICE_FILTER',
      minPrice: '0.01000000',
      maxPrice: '1000000.00000000',
      tickSize: '0.01000000',
    })
    const wrong = await rest(http, 'GET', '/api/v3/exchangeInfo', { symbol: 'NOPE' }, false)
    expect([wrong.status, wrong.body['code']]).toEqual([400, -1121])
  })

  it('F9: a market order fills at the touch and answers FULL', async () => {
    const { http } = await playing()
    const { status, body, headers } = await rest(http, 'POST', '/api/v3/order', {
      ...MARKET,
      newClientOrderId: 'tg-a1-1-1',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      symbol: 'BTCUSDT',
      orderListId: -1,
      clientOrderId: 'tg-a1-1-1',
      price: '0.00000000',
      origQty: '0.10000000',
      executedQty: '0.10000000',
      cummulativeQuoteQty: '6183.76400000',
      status: 'FILLED',
      timeInForce: 'GTC',
      type: 'MARKET',
      side: 'BUY',
      selfTradePreventionMode: 'NONE',
      fills: [
        {
          price: '61837.64000000',
          qty: '0.10000000',
          commission: '0.00010000',
          commissionAsset: 'BTC',
        },
      ],
    })
    expect(headers['x-mbx-used-weight-1m']).toBe('1')
    expect(headers['x-mbx-order-count-10s']).toBe('1')
    const account = await rest(http, 'GET', '/api/v3/account')
    expect(account.body['balances']).toEqual([
      { asset: 'USDT', free: '93816.236', locked: '0' },
      { asset: 'BTC', free: '1.0999', locked: '0' },
    ])
    const trades = await rest(http, 'GET', '/api/v3/myTrades', { symbol: 'BTCUSDT' })
    expect(trades.body).toMatchObject([
      {
        price: '61837.64000000',
        qty: '0.10000000',
        quoteQty: '6183.76400000',
        isBuyer: true,
        isMaker: false,
      },
    ])
  })

  it('F9: a resting order can be queried by both ids, listed, and cancelled', async () => {
    const { http } = await playing()
    const placed = await rest(http, 'POST', '/api/v3/order', { ...LIMIT, newClientOrderId: 'mine' })
    expect(placed.body).toMatchObject({ status: 'NEW', fills: [] })
    const orderId = placed.body['orderId'] as number
    const byClient = await rest(http, 'GET', '/api/v3/order', {
      symbol: 'BTCUSDT',
      origClientOrderId: 'mine',
    })
    const byId = await rest(http, 'GET', '/api/v3/order', { symbol: 'BTCUSDT', orderId })
    expect(byClient.body).toEqual(byId.body)
    expect(byId.body).toMatchObject({ status: 'NEW', isWorking: true, stopPrice: '0.00000000' })
    expect((await rest(http, 'GET', '/api/v3/openOrders')).body).toHaveLength(1)
    const canceled = await rest(http, 'DELETE', '/api/v3/order', { symbol: 'BTCUSDT', orderId })
    expect(canceled.body).toMatchObject({ origClientOrderId: 'mine', status: 'CANCELED' })
    expect(canceled.body['clientOrderId']).not.toBe('mine')
    const again = await rest(http, 'DELETE', '/api/v3/order', { symbol: 'BTCUSDT', orderId })
    expect([again.status, again.body]).toEqual([400, { code: -2011, msg: 'Unknown order sent.' }])
    const missing = await rest(http, 'GET', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId: 'x' })
    expect([missing.status, missing.body]).toEqual([400, { code: -2013, msg: 'Order does not exist.' }])
    const renamed = canceled.body['clientOrderId']
    expect((await rest(http, 'GET', '/api/v3/allOrders', { symbol: 'BTCUSDT' })).body).toMatchObject([
      { clientOrderId: renamed, status: 'CANCELED' },
    ])
  })

  it('F9: its status counts requests by kind, with their weight', async () => {
    const { http } = await playing()
    await rest(http, 'GET', '/api/v3/openOrders')
    await rest(http, 'GET', '/api/v3/openOrders', { symbol: 'BTCUSDT' })
    await rest(http, 'GET', '/api/v3/myTrades', { symbol: 'BTCUSDT', orderId: 1 })
    expect(await admin(http, 'status')).toMatchObject({
      requests: { 'openOrders.status': { count: 2, weight: 86 }, myTrades: { count: 1, weight: 5 } },
    })
  })

  it('F9: cancels all orders of a symbol, and says so when there is none', async () => {
    const { http } = await playing()
    for (const id of ['a', 'b']) await rest(http, 'POST', '/api/v3/order', { ...LIMIT, newClientOrderId: id })
    const all = await rest(http, 'DELETE', '/api/v3/openOrders', { symbol: 'BTCUSDT' })
    expect(all.body).toMatchObject([{ origClientOrderId: 'a' }, { origClientOrderId: 'b' }])
    expect((await rest(http, 'DELETE', '/api/v3/openOrders', { symbol: 'BTCUSDT' })).body['code']).toBe(-2011)
  })

  it.each([
    ['no symbol', { symbol: '' }, -1102],
    ['an unknown symbol', { symbol: 'ETHUSDT' }, -1121],
    ['an unknown side', { side: 'HOLD' }, -1117],
    ['an unknown type', { type: 'MAGIC' }, -1116],
    ['a take-profit order', { type: 'TAKE_PROFIT' }, -2010],
    ['a market order with a price', { price: '1' }, -1106],
    ['a limit order without time in force', { type: 'LIMIT', price: '60000' }, -1102],
    ['an unknown time in force', { type: 'LIMIT', price: '60000', timeInForce: 'DAY' }, -1115],
    ['letters as quantity', { quantity: '1e5' }, -1100],
    ['nine decimals', { quantity: '0.100000001' }, -1111],
    ['a quantity off the step', { quantity: '0.000001' }, -1013],
    ['a price off the tick', { type: 'LIMIT', timeInForce: 'GTC', price: '60000.001' }, -1013],
    ['too little value', { quantity: '0.00001' }, -1013],
    ['too large a quantity', { quantity: '9001' }, -1013],
    ['more than the account has', { quantity: '5' }, -2010],
    ['a malformed client id', { newClientOrderId: 'a b' }, -1100],
    ['a post-only order that would take', { type: 'LIMIT_MAKER', price: '61900' }, -2010],
  ])('F9: refuses %s', async (_what, change, code) => {
    const { http, server } = await playing()
    const { status, body } = await rest(http, 'POST', '/api/v3/order', { ...MARKET, ...change })
    expect([status, body['code']]).toEqual([400, code])
    expect(server.desk.matching.openCount).toBe(0)
    expect(server.log.entries().at(-1)?.outcome).toBe(String(code))
  })

  it('F9: a stop that is already reached would trigger immediately', async () => {
    venue = await startVenue([QUOTE], { startOn: 'listen' })
    await venue.server.player.finished
    venue.server.desk.matching.onTrade(0, 6_183_763, 1, 1, 1)
    const stop = { symbol: 'BTCUSDT', side: 'BUY', type: 'STOP_LOSS', quantity: '0.1', stopPrice: '61000' }
    const { body } = await rest(venue.http, 'POST', '/api/v3/order', stop)
    expect(body).toEqual({ code: -2010, msg: 'Order would trigger immediately.' })
  })

  it('F9: checks key, signature and time, with the codes of today', async () => {
    const { http } = await playing({ clock: standing() })
    const bad = async (params: Record<string, string | number>): Promise<unknown[]> => {
      const { status, body } = await rest(http, 'GET', '/api/v3/account', params)
      return [status, body['code']]
    }
    expect(await bad({ timestamp: NOW_MS - 5_000 })).toEqual([200, undefined])
    expect(await bad({ timestamp: NOW_MS - 5_001 })).toEqual([400, -1021])
    expect(await bad({ timestamp: NOW_MS - 6_000, recvWindow: 60_000 })).toEqual([200, undefined])
    expect(await bad({ timestamp: NOW_MS + 30_000 })).toEqual([400, -1021])
    expect(await bad({ timestamp: NOW_MS * 1_000 })).toEqual([200, undefined])
    expect(await bad({ timestamp: NOW_MS, recvWindow: 60_001 })).toEqual([400, -1102])
    const unsigned = await rest(http, 'GET', '/api/v3/account', { timestamp: NOW_MS }, false)
    expect(unsigned.body['code']).toBe(-1102)
    const forged = await rest(
      http,
      'GET',
      '/api/v3/account',
      { timestamp: NOW_MS, signature: 'ab'.repeat(32) },
      false,
    )
    expect([forged.status, forged.body['code']]).toEqual([400, -1022])
  })

  it('F9: answers 429 with Retry-After on request, and keeps count of what arrived', async () => {
    const { http } = await playing()
    await admin(http, 'faults', { rate_limited: 1, retry_after_s: 7 })
    const limited = await rest(http, 'POST', '/api/v3/order', MARKET)
    expect([limited.status, limited.body['code'], limited.headers['retry-after']]).toEqual([429, -1003, '7'])
    expect((await rest(http, 'POST', '/api/v3/order', MARKET)).status).toBe(200)
    const { total, orders } = await admin(http, 'orders')
    expect(total).toBe(2)
    expect(orders).toMatchObject([
      { via: 'rest', method: 'order.place', outcome: '-1003' },
      { via: 'rest', method: 'order.place', outcome: 'accepted' },
    ])
  })

  it('F9: says 503 with -1007 though the order was executed, on request', async () => {
    const { http, server } = await playing()
    await admin(http, 'faults', { unknown_orders: 1 })
    const { status, body } = await rest(http, 'POST', '/api/v3/order', { ...LIMIT, newClientOrderId: 'u' })
    expect([status, body['code']]).toEqual([503, -1007])
    expect(server.desk.matching.openCount).toBe(1)
    expect(await admin(http, 'faults', { nonsense: 1 })).toEqual({
      error: 'unknown or of the wrong type: nonsense',
    })
  })
})

describe('limits and keys of the simulated venue', () => {
  it('F9: enforces configured limits: weight is -1003, orders are -1015, both 429', async () => {
    const rateLimits = { requestWeight1m: 100, orders10s: 2, orders1d: null }
    // One stretch of ten seconds and one minute for all of them, whenever they are asked.
    const { http } = await playing({ clock: standing(), rateLimits })
    const timestamp = NOW_MS
    const codes: unknown[] = []
    for (let n = 0; n < 3; n++) {
      codes.push((await rest(http, 'POST', '/api/v3/order', { ...MARKET, timestamp })).body['code'])
    }
    expect(codes).toEqual([undefined, undefined, -1015])
    for (let n = 0; n < 4; n++) await rest(http, 'GET', '/api/v3/account', { timestamp })
    const tired = await rest(http, 'GET', '/api/v3/account', { timestamp })
    expect([tired.status, tired.body['code']]).toEqual([429, -1003])
    expect(Number(tired.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('F9: without configured keys it takes any, and still wants a signature and a time', async () => {
    venue = await startVenue([], { keys: [] })
    const { http } = venue
    const ask = async (params: Record<string, string | number>): Promise<unknown> =>
      (await rest(http, 'GET', '/api/v3/account', params, false)).body['code']
    expect(await ask({ ...timed(), signature: 'anything' })).toBeUndefined()
    expect(await ask(timed())).toBe(-1102)
    expect(await ask({ timestamp: 1, signature: 'anything' })).toBe(-1021)
  })
})
