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
    peer.socket.send('{"method":"SUBSCRIB","id":1}')
    expect(await peer.find<{ code?: number }>((m) => m.code === 2)).toHaveProperty('msg')
    await admin(venue.http, 'start', {})
    await done()
    while (peer.got.filter((text) => text.startsWith('{"stream"')).length < 3)
      await once(peer.socket, 'message')
    expect(peer.got.filter((text) => text.includes('@bookTicker",')).length).toBe(0)
  })

  it('F9: plays at N times real time', async () => {
    venue = await startVenue(tape(200), { speed: 2 })
    const started = performance.now()
    await connect('/stream?streams=btcusdt@trade')
    await done()
    expect(performance.now() - started).toBeGreaterThan(98)
  })

  it('F9: waits for a subscriber that reads slowly and loses nothing', async () => {
    const big = 'x'.repeat(3_000)
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
})
