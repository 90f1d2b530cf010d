import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import {
  HMAC_KEY,
  HMAC_SECRET,
  Peer,
  quoteFrame,
  signedParams,
  startVenue,
  timed,
  type VenueRig,
} from './rig.ts'

let venue: VenueRig
const peers: Peer[] = []
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.terminate()
  await venue.server.close()
})

const ED25519 = generateKeyPairSync('ed25519')
const ED_KEY = '4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO'
const LIMIT = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.1',
  price: '60000',
}

async function session(): Promise<Peer> {
  venue = await startVenue(
    [quoteFrame(1_723_161_254_000, '61837.63', '2.00000000', '61837.64', '0.50000000')],
    {
      startOn: 'listen',
      keys: [
        { apiKey: HMAC_KEY, kind: 'hmac', secret: HMAC_SECRET },
        {
          apiKey: ED_KEY,
          kind: 'ed25519',
          secret: ED25519.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        },
      ],
    },
  )
  await venue.server.player.finished
  return connect()
}

async function connect(query = ''): Promise<Peer> {
  const peer = new Peer(`${venue.ws}/ws-api/v3${query}`)
  peers.push(peer)
  return peer.open()
}

describe('Binance spot WebSocket API of the simulated venue', () => {
  it('F9: ping and time answer with their id, status and rate limits', async () => {
    const peer = await session()
    expect(await peer.ask('ping')).toMatchObject({
      status: 200,
      result: {},
      rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', count: 1 }],
    })
    const quiet = await connect('?returnRateLimits=false')
    const answer = await quiet.ask('v3/time')
    expect(answer).toHaveProperty('result.serverTime')
    expect(answer).not.toHaveProperty('rateLimits')
  })

  it('F9: an order signed by HMAC is placed, asked for and cancelled', async () => {
    const peer = await session()
    const placed = await peer.ask('order.place', signedParams({ ...LIMIT, newClientOrderId: 'one' }))
    expect(placed).toMatchObject({ status: 200, result: { status: 'NEW', clientOrderId: 'one' } })
    expect(placed.rateLimits.map((limit) => limit.rateLimitType)).toEqual([
      'ORDERS',
      'ORDERS',
      'REQUEST_WEIGHT',
    ])
    const one = { symbol: 'BTCUSDT', origClientOrderId: 'one' }
    expect(await peer.ask('order.status', signedParams(one))).toMatchObject({ result: { isWorking: true } })
    expect((await peer.ask('openOrders.status', signedParams({}))).result).toHaveLength(1)
    expect(await peer.ask('order.cancel', signedParams(one))).toMatchObject({
      result: { status: 'CANCELED' },
    })
    expect(await peer.ask('openOrders.cancelAll', signedParams({ symbol: 'BTCUSDT' }))).toMatchObject({
      status: 400,
      error: { code: -2011 },
    })
    expect((await peer.ask('myTrades', signedParams({ symbol: 'BTCUSDT' }))).result).toEqual([])
    expect(await peer.ask('account.status', signedParams({}))).toMatchObject({
      result: { accountType: 'SPOT', canTrade: true },
    })
  })

  it('F9: logon is for Ed25519 keys, and then orders need neither key nor signature', async () => {
    const peer = await session()
    expect((await peer.ask('session.logon', signedParams({}))).error.code).toBe(-1020)
    const bare = { ...LIMIT, newClientOrderId: 'x', ...timed() }
    expect((await peer.ask('order.place', bare)).error.code).toBe(-1102)
    const key = { apiKey: ED_KEY, secret: ED25519.privateKey }
    expect(await peer.ask('session.logon', signedParams({}, key))).toMatchObject({
      status: 200,
      result: { apiKey: ED_KEY, userDataStream: false },
    })
    expect((await peer.ask('order.place', bare)).status).toBe(200)
    expect((await peer.ask('order.place', { ...bare, timestamp: 1 })).error.code).toBe(-1021)
    expect(await peer.ask('userDataStream.subscribe')).toMatchObject({ result: { subscriptionId: 0 } })
    expect((await peer.ask('session.status')).result['userDataStream']).toBe(true)
    await peer.ask('session.logout')
    expect((await peer.find<{ event?: { e: string } }>((m) => m.event !== undefined)).event?.e).toBe(
      'eventStreamTerminated',
    )
  })

  it('F9: a signature that does not fit is -1022, an unknown key -2015', async () => {
    const peer = await session()
    const forged = { ...signedParams(LIMIT), quantity: '0.2' }
    expect((await peer.ask('order.place', forged)).error.code).toBe(-1022)
    const stranger = signedParams(LIMIT, { apiKey: 'nobody', secret: 'x' })
    expect(await peer.ask('order.place', stranger)).toMatchObject({ status: 401, error: { code: -2015 } })
    const wrongKey = signedParams(LIMIT, {
      apiKey: ED_KEY,
      secret: generateKeyPairSync('ed25519').privateKey,
    })
    expect((await peer.ask('order.place', wrongKey)).error.code).toBe(-1022)
  })

  it('F9: user data comes by signature subscription, wrapped, in order, after the answer', async () => {
    const peer = await session()
    expect(await peer.ask('userDataStream.subscribe.signature', signedParams({}))).toMatchObject({
      result: { subscriptionId: 0 },
    })
    expect((await peer.ask('userDataStream.subscribe.signature', signedParams({}))).error.code).toBe(-2035)
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.7', newClientOrderId: 'm' }
    const { id } = await peer.ask('order.place', signedParams(order))
    await peer.find<{ event?: { x?: string } }>(({ event }) => event?.x === 'EXPIRED')
    const answerAt = peer.got.findIndex((text) => text.startsWith(`{"id":${String(id)},`))
    expect(peer.got.findIndex((text) => text.startsWith('{"subscriptionId":0,"event":{"e":"ex'))).toBe(
      answerAt + 1,
    )
    const reports = peer.events().filter((event) => event['e'] === 'executionReport')
    expect(reports.map((event) => [event['x'], event['X'], event['l'], event['z']])).toEqual([
      ['NEW', 'NEW', '0.00000000', '0.00000000'],
      ['TRADE', 'PARTIALLY_FILLED', '0.50000000', '0.50000000'],
      ['EXPIRED', 'EXPIRED', '0.00000000', '0.50000000'],
    ])
    expect(reports[1]).toMatchObject({
      s: 'BTCUSDT',
      c: 'm',
      C: '',
      L: '61837.64000000',
      n: '0.00050000',
      N: 'BTC',
      m: false,
      V: 'NONE',
    })
    expect(reports[2]).toMatchObject({ eR: 'INSUFFICIENT_LIQUIDITY' })
    const [, second] = peer.events().filter((event) => event['e'] === 'outboundAccountPosition')
    expect(second).toMatchObject({
      B: [
        { a: 'USDT', f: expect.any(String) as string },
        { a: 'BTC', f: '1.49950000', l: '0.00000000' },
      ],
    })
  })

  it('F9: a cancel carries the order id in C and its own in c', async () => {
    const peer = await session()
    await peer.ask('userDataStream.subscribe.signature', signedParams({}))
    await peer.ask('order.place', signedParams({ ...LIMIT, newClientOrderId: 'gone' }))
    await peer.ask(
      'order.cancel',
      signedParams({ symbol: 'BTCUSDT', origClientOrderId: 'gone', newClientOrderId: 'the-cancel' }),
    )
    const { event } = await peer.find<{ event?: Record<string, unknown> }>(
      (m) => m.event?.['x'] === 'CANCELED',
    )
    expect(event).toMatchObject({ c: 'the-cancel', C: 'gone', X: 'CANCELED' })
  })

  it('F9: malformed requests get a code, the session stays', async () => {
    const peer = await session()
    peer.socket.send('{nonsense')
    expect(await peer.find<{ error?: { code: number } }>((m) => m.error !== undefined)).toMatchObject({
      id: null,
      error: { code: -1135 },
    })
    expect((await peer.ask('no.such.method')).error.code).toBe(-1130)
    expect((await peer.ask('ping')).status).toBe(200)
  })
})
