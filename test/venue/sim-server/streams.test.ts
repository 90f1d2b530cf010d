import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { admin, Peer, quoteFrame, startVenue, type TestFrame, tradeFrame, type VenueRig } from './rig.ts'

let venue: VenueRig
const peers: Peer[] = []
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.terminate()
  await venue.server.close()
})

async function connect(path: string): Promise<Peer> {
  const peer = new Peer(`${venue.ws}${path}`)
  peers.push(peer)
  return peer.open()
}

function tape(count: number): TestFrame[] {
  return Array.from({ length: count }, (_, n) =>
    n % 3 === 0
      ? tradeFrame(n, `${60_000 + n}.01`, '0.00100000')
      : quoteFrame(n, `${60_000 + n}.00`, '1.00000000', `${60_000 + n}.02`, '1.00000000'),
  )
}

async function done(): Promise<void> {
  while (venue.server.player.state !== 'done') await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('market streams of the simulated venue', () => {
  it('F9: sends the recorded frames byte for byte, all of them, in order', async () => {
    const frames = tape(5_000)
    venue = await startVenue(frames)
    const peer = await connect('/stream?streams=btcusdt@trade/btcusdt@bookTicker')
    await done()
    while (peer.got.length < frames.length) await once(peer.socket, 'message')
    expect(peer.got).toEqual(frames.map((frame) => frame.text))
    expect(await admin(venue.http, 'status')).toMatchObject({
      frames: 5_000,
      done: true,
      stream_connections: 1,
    })
    expect(peer.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('F9: raw connections get the data alone, and only of the streams they asked for', async () => {
    const frames = tape(30)
    venue = await startVenue(frames)
    const peer = await connect('/ws/btcusdt@trade')
    await done()
    while (peer.got.length < 10) await once(peer.socket, 'message')
    const trades = frames.filter((frame) => frame.text.includes('@trade'))
    expect(peer.got).toEqual(trades.map((frame) => frame.text.slice(33, -1)))
    expect(JSON.parse(peer.got[0] as string)).toMatchObject({ e: 'trade' })
  })

  it('F9: SUBSCRIBE, LIST, UNSUBSCRIBE and properties work on an open connection', async () => {
    venue = await startVenue(tape(9), { startOn: 'request' })
    const peer = await connect('/stream')
    expect(await peer.ask('LIST_SUBSCRIPTIONS')).toMatchObject({ result: [] })
    peer.socket.send('{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker"],"id":"s-1"}')
    expect(await peer.find<{ id?: string }>((m) => m.id === 's-1')).toEqual({ result: null, id: 's-1' })
    peer.socket.send('{"method":"UNSUBSCRIBE","params":["btcusdt@bookTicker"],"id":"s-2"}')
    expect(await peer.find<{ id?: string }>((m) => m.id === 's-2')).toEqual({ result: null, id: 's-2' })
    expect((await peer.ask('LIST_SUBSCRIPTIONS')).result).toEqual(['btcusdt@trade'])
    peer.socket.send('{"method":"GET_PROPERTY","params":["combined"],"id":"p"}')
    expect(await peer.find<{ id?: string }>((m) => m.id === 'p')).toEqual({ result: true, id: 'p' })
    const other = await connect('/stream')
    other.socket.send('{"method":"SUBSCRIB","id":1}')
    expect(await other.find<{ code?: number }>((m) => m.code === 2)).toHaveProperty('msg')
    await admin(venue.http, 'start', {})
    await done()
    while (peer.got.filter((text) => text.startsWith('{"stream"')).length < 3)
      await once(peer.socket, 'message')
    expect(peer.got.filter((text) => text.includes('@bookTicker",')).length).toBe(0)
  })

  it('F9: takes five messages of a connection in any second, pings and pongs counted, and ends it at the sixth', async () => {
    let nowMs = 1_000
    const clock = { monoNs: () => nowMs * 1e6, utcNs: () => 0n }
    venue = await startVenue(tape(9), { startOn: 'request', clock })
    const [peer, other] = [await connect('/stream'), await connect('/stream')]
    const closed = once(peer.socket, 'close')
    await peer.ask('SUBSCRIBE', ['btcusdt@trade'])
    nowMs = 1_400
    peer.socket.ping()
    peer.socket.pong()
    await peer.ask('LIST_SUBSCRIPTIONS')
    await peer.ask('LIST_SUBSCRIPTIONS')
    nowMs = 2_000 // a second after the first
    await peer.ask('LIST_SUBSCRIPTIONS')
    nowMs = 2_399
    const got = peer.got.length
    peer.socket.send('{"method":"LIST_SUBSCRIPTIONS","id":"six"}')
    peer.socket.send('{"method":"LIST_SUBSCRIPTIONS","id":"seven"}')
    const [code, reason] = (await closed) as [number, Buffer]
    expect([code, String(reason), peer.got.length]).toEqual([1008, 'Too many requests', got])
    expect((await other.ask('LIST_SUBSCRIPTIONS')).result).toEqual([])
    expect(await admin(venue.http, 'status')).toMatchObject({ stream_connections: 1 })
  })

  it('F9: a request of more than 4,088 bytes is neither answered nor carried out', async () => {
    venue = await startVenue(tape(9), { startOn: 'request' })
    const peer = await connect('/stream')
    const request = (bytes: number): string => {
      const text = JSON.stringify({ method: 'SUBSCRIBE', params: [`s${bytes}@`], id: bytes })
      return text.replace('@', '@'.padEnd(bytes - text.length + 1, 'x'))
    }
    expect(request(4_089)).toHaveLength(4_089)
    peer.socket.send(request(4_089))
    peer.socket.send(request(4_088))
    await peer.find<{ id?: number }>((m) => m.id === 4_088)
    const subscribed = (await peer.ask('LIST_SUBSCRIPTIONS')).result as unknown as string[]
    expect(subscribed.map((name) => name.slice(0, 6))).toEqual(['s4088@'])
    expect(peer.got).toHaveLength(2)
  })

  it('F9: plays at N times real time', async () => {
    venue = await startVenue(tape(200), { speed: 2 })
    const started = performance.now()
    await connect('/stream?streams=btcusdt@trade')
    await done()
    expect(performance.now() - started).toBeGreaterThan(98)
  })

  it('F9: waits for a subscriber that reads slowly and loses nothing', async () => {
    // More than the kernel takes in of a connection that nobody reads.
    const big = 'x'.repeat(10_000)
    const frames = Array.from({ length: 4_000 }, (_, n) => ({
      ms: n,
      text: `{"stream":"btcusdt@trade","data":{"p":"1","q":"1","t":${n},"T":1,"pad":"${big}"}}`,
    }))
    venue = await startVenue(frames)
    const peer = await connect('/stream?streams=btcusdt@trade')
    peer.socket.pause()
    const early = venue.server.player
    while ((venue.server.status() as { unsent_bytes: number }).unsent_bytes < 4_194_304) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(early.frames).toBeLessThan(4_000)
    peer.socket.resume()
    await done()
    while (peer.got.length < 4_000) await once(peer.socket, 'message')
    expect(peer.got.every((text, n) => text.includes(`"t":${n},`))).toBe(true)
  })

  it.each([
    [false, false],
    [true, false],
    [false, true],
  ])('F9: cuts connections in the stream on request (mid frame %s, reset %s)', async (mid, reset) => {
    venue = await startVenue(tape(1_000), { startOn: 'request' })
    const peer = await connect('/stream?streams=btcusdt@trade/btcusdt@bookTicker')
    await admin(venue.http, 'cut', { what: 'streams', after_frames: 321, mid_frame: mid, reset })
    await admin(venue.http, 'start', {})
    await once(peer.socket, 'close')
    expect(peer.got.length).toBeLessThanOrEqual(321)
    await done()
    expect(await admin(venue.http, 'status')).toMatchObject({ stream_connections: 0, frames: 1_000 })
  })

  it('F9: cuts only the connections that listen to a stream, where it is named', async () => {
    venue = await startVenue(tape(9), { startOn: 'request' })
    const trades = await connect('/stream?streams=btcusdt@trade')
    const quotes = await connect('/stream?streams=btcusdt@bookTicker')
    const closed = once(trades.socket, 'close')
    const cut = { what: 'streams', stream: 'btcusdt@trade' }
    expect(await admin(venue.http, 'cut', cut)).toEqual({ cut: 1 })
    await closed
    expect((await quotes.ask('LIST_SUBSCRIPTIONS')).result).toEqual(['btcusdt@bookTicker'])
    expect(await admin(venue.http, 'cut', cut)).toEqual({ cut: 0 })
  })
})
