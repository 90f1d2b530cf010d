import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Clock, SystemClock, VirtualClock } from '../../../src/core/clock.ts'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import type { OrderRequest } from '../../../src/domain/order.ts'
import { MaskPool } from '../../../src/venue/binance-spot/frame-writer.ts'
import { openWebSocket } from '../../../src/venue/binance-spot/handshake.ts'
import { IN_FLIGHT_MAX, OrderSession } from '../../../src/venue/binance-spot/order-session.ts'
import { OrderText } from '../../../src/venue/binance-spot/order-text.ts'
import type { Outcome } from '../../../src/venue/binance-spot/outcome.ts'
import { RequestLimits } from '../../../src/venue/binance-spot/request-limits.ts'
import { Signer } from '../../../src/venue/binance-spot/signer.ts'

const closers: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const close of closers.splice(0)) close()
})

const BTC = new InstrumentTable().add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
const ORDER: OrderRequest = {
  clientOrderId: 'o',
  instrument: 0,
  strategy: 0,
  side: 'buy',
  type: 'market',
  timeInForce: 'IOC',
  qty: 1,
  price: null,
  stopPrice: null,
  reducing: false,
}

const SILENCE_MS = 60_000

interface Rig {
  readonly session: OrderSession
  readonly peer: WebSocket
  readonly outcomes: [string, Outcome][]
  readonly events: object[]
  readonly ended: Promise<string>
}

/** A session against a plain `ws` server. */
async function open(clock: Clock = new SystemClock()): Promise<Rig> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const connected = once(server, 'connection') as Promise<[WebSocket]>
  const { port } = server.address() as AddressInfo
  const upgraded = await openWebSocket(`ws://127.0.0.1:${port}/`, 30_000, new AbortController().signal)
  const outcomes: [string, Outcome][] = []
  const events: object[] = []
  let onEnd: (reason: string) => void = () => {}
  const ended = new Promise<string>((resolve) => {
    onEnd = resolve
  })
  const secret = { reveal: () => 'k' }
  const session = new OrderSession(upgraded, {
    text: new OrderText(new Signer('hmac', secret, secret), 5_000),
    masks: new MaskPool(),
    limits: new RequestLimits(clock),
    clock,
    venueMs: () => 1,
    requestTimeoutMs: 5_000,
    silenceMs: SILENCE_MS,
    events: {
      onOutcome: (id, outcome) => outcomes.push([id, outcome]),
      onEvent: (event) => events.push(event),
      onEnd,
    },
  })
  const [peer] = await connected
  closers.push(() => {
    session.end('CLOSED')
    server.close()
    peer.terminate()
  })
  return { session, peer, outcomes, events, ended }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

describe('OrderSession', () => {
  it('F2: answers a ping with its payload', async () => {
    const { peer } = await open()
    peer.ping(Buffer.from([0, 200, 255, 7]))
    const [data] = (await once(peer, 'pong')) as [Buffer]
    expect([...data]).toEqual([0, 200, 255, 7])
  })

  it('F6: a silent connection is asked and then given up; a look that comes an hour late is one look', async () => {
    let hours = 0
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { session, peer, events, ended } = await open({
      monoNs: () => ++hours * 3_600e9,
      utcNs: () => 0n,
    } as Clock)
    const look = (times: number): unknown => vi.advanceTimersByTime((times * SILENCE_MS) / 4)
    let asked = once(peer, 'ping')
    look(4)
    peer.send('{"event":{"e":"x"}}')
    await until(() => events.length === 1)
    look(5)
    await asked
    peer.send('{"event":{"e":"x"}}')
    await until(() => events.length === 2)
    asked = once(peer, 'ping')
    look(5)
    await asked
    // Its answer is on the way, and read only after these.
    look(3)
    expect(session.ended).toBe(false)
    look(1)
    expect(await ended).toBe('SILENT')
  })

  it('F2: reads messages in fragments and in pieces of any size', async () => {
    const { peer, events } = await open()
    peer.send('{"subscriptionId":0,"eve', { fin: false })
    peer.send('nt":{"e":"x","n":1}}', { fin: true })
    const socket = rawSocket(peer)
    const text = Buffer.from(`{"subscriptionId":0,"event":{"e":"x","pad":"${'y'.repeat(300)}"}}`)
    const head = Buffer.from([0x81, 126, text.length >> 8, text.length & 0xff])
    for (const byte of Buffer.concat([head, text])) socket.write(Buffer.from([byte]))
    await until(() => events.length === 2)
    expect(events[0]).toEqual({ e: 'x', n: 1 })
  })

  it('O4: whatever ends the session makes the orders in flight unknown, once', async () => {
    const { session, peer, outcomes, ended } = await open()
    expect(session.place(ORDER, BTC)).toBe('sent')
    expect(session.inFlight).toBe(1)
    peer.terminate()
    expect(await ended).toBe('CONNECTION_LOST')
    session.end('CLOSED')
    expect(outcomes).toEqual([['o', { kind: 'unknown', reason: 'CONNECTION_LOST' }]])
    expect(session.place(ORDER, BTC)).toBe('NOT_CONNECTED')
  })

  it.each([
    ['text that is no JSON', (peer: WebSocket) => peer.send('nonsense'), 'PROTOCOL_ERROR'],
    [
      'a frame with reserved bits',
      (peer: WebSocket) => rawSocket(peer).write(Buffer.from([0xf1, 0x00])),
      'PROTOCOL_ERROR',
    ],
    [
      'a masked frame',
      (peer: WebSocket) => rawSocket(peer).write(Buffer.from([0x81, 0x80, 1, 2, 3, 4])),
      'PROTOCOL_ERROR',
    ],
    ['a close frame', (peer: WebSocket) => peer.close(1_001), 'CLOSED_BY_VENUE'],
    [
      'a revoked session',
      (peer: WebSocket) => peer.send('{"id":null,"status":401,"error":{"code":-2015}}'),
      'SESSION_REVOKED',
    ],
    [
      'serverShutdown',
      (peer: WebSocket) => peer.send('{"event":{"e":"serverShutdown","E":1}}'),
      'SERVER_SHUTDOWN',
    ],
  ])('F6: %s ends the session', async (_name, act, reason) => {
    const { session, peer, outcomes, ended } = await open()
    session.place(ORDER, BTC)
    act(peer)
    expect(await ended).toBe(reason)
    expect(outcomes).toEqual([['o', { kind: 'unknown', reason }]])
  })

  it('F2: more orders in flight than the limit are refused as busy', async () => {
    // Time stands still: none of them is overdue before the last is sent.
    const { session } = await open(new VirtualClock(0n))
    let sent = 0
    while (sent < IN_FLIGHT_MAX) {
      const result = session.place(ORDER, BTC)
      if (result === 'sent') sent++
      else await new Promise((resolve) => setImmediate(resolve))
    }
    expect(session.place(ORDER, BTC)).toBe('BUSY')
  })

  it.each([
    ['429 for orders', { status: 429, error: { code: -1015, data: { serverTime: 100, retryAfter: 2_100 } } }],
    ['418 for all', { status: 418, error: { code: -1003, data: { serverTime: 100, retryAfter: 2_100 } } }],
    [
      '429 without the time of the venue',
      { status: 429, error: { code: -1003, data: { retryAfter: 2_001 } } },
    ],
    ['the code alone', { status: 400, error: { code: -1003, data: { retryAfter: 2_001 } } }],
    ['the other code alone', { status: 400, error: { code: -1015, data: { retryAfter: 2_001 } } }],
  ])('F2: after %s orders are refused, unsent, until the time is over', async (_name, answer) => {
    let nowNs = 0
    const { session, peer, outcomes } = await open({ monoNs: () => nowNs, utcNs: () => 0n } as Clock)
    expect(session.place(ORDER, BTC)).toBe('sent')
    peer.send(JSON.stringify({ id: 1, ...answer }))
    await until(() => outcomes.length === 1)
    expect(outcomes[0]?.[1].kind).toBe('rejected')
    nowNs = 1_999e6
    expect([session.place(ORDER, BTC), session.inFlight]).toEqual(['RATE_LIMITED', 0])
    nowNs = 2_000e6
    expect(session.place(ORDER, BTC)).toBe('sent')
  })

  it('F2: a limit that is told of no order counts too; other refusals hold nothing back', async () => {
    const { session, peer, outcomes, events } = await open()
    session.place(ORDER, BTC)
    peer.send('{"id":1,"status":400,"error":{"code":-2010,"msg":"Account has insufficient balance."}}')
    await until(() => outcomes.length === 1)
    expect(session.place(ORDER, BTC)).toBe('sent')
    peer.send('{"id":null,"status":429,"error":{"code":-1003,"data":{"retryAfter":60001}}}')
    peer.send('{"event":{"e":"x"}}')
    await until(() => events.length === 1)
    expect(session.place(ORDER, BTC)).toBe('RATE_LIMITED')
  })

  it('F2: a peer that does not read gives back-pressure, never a queue', async () => {
    const { session, peer } = await open()
    rawSocket(peer).pause()
    let result = 'sent'
    for (let n = 0; n < 1_000_000 && result === 'sent'; n++) {
      session.request('x', { pad: 'z'.repeat(60_000) }).catch(() => {})
      result = session.place(ORDER, BTC)
    }
    expect(['BACK_PRESSURE', 'BUSY']).toContain(result)
    expect(session.place(ORDER, BTC)).toBe('BACK_PRESSURE')
  })

  it('F2: answers to nothing are ignored', async () => {
    const { session, peer, outcomes } = await open()
    peer.send('{"id":999,"status":200,"result":{}}')
    peer.send('{"id":"text","status":200}')
    session.place(ORDER, BTC)
    peer.send('{"id":1,"status":200,"result":{"orderId":5}}')
    await until(() => outcomes.length === 1)
    expect(outcomes[0]?.[1].kind).toBe('accepted')
  })
})

/** The socket below: `ws` gives it under this name only. */
function rawSocket(peer: WebSocket): Socket {
  return (peer as unknown as Record<string, Socket>)['_socket'] as Socket
}

describe('openWebSocket', () => {
  async function rawServer(answer: string | null): Promise<string> {
    const server: Server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        if (answer !== null) socket.write(answer)
      })
      closers.push(() => socket.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
  const never = new AbortController().signal

  it.each([
    ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 'answers 404'],
    [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n',
      'wrong accept key',
    ],
    [null, 'does not answer'],
  ])('F6: %j is no connection', async (answer, text) => {
    const limitMs = answer === null ? 200 : 30_000
    await expect(openWebSocket(await rawServer(answer), limitMs, never)).rejects.toMatchObject({
      code: 'WS_HANDSHAKE',
      message: expect.stringContaining(text) as string,
    })
  })

  it('F6: a port without a listener, and an abort, are coded errors', async () => {
    await expect(openWebSocket('ws://127.0.0.1:1/', 30_000, never)).rejects.toMatchObject({
      code: 'WS_HANDSHAKE',
    })
    const abort = new AbortController()
    const opening = openWebSocket(await rawServer(null), 60_000, abort.signal)
    abort.abort()
    await expect(opening).rejects.toMatchObject({ code: 'WS_HANDSHAKE' })
  })
})
