/**
 * The venue of the path bench, in a process of its own that spins: the simulated venue's server on a paced recording.
 * Blocks of frames go in turn to the engine, by the venue's own stream hub, and to the echo, by another hub of the same
 * kind. It notes when each frame was handed to the hub and when each order arrived. Started by `bench/path.ts`.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { loadConfig } from '../../src/config/load.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { composeVenue } from '../../src/engine/venue-server.ts'
import type { VenueMarket } from '../../src/venue/sim-server/server.ts'
import { messageText, StreamHub } from '../../src/venue/sim-server/stream-hub.ts'

/** What the parent hands over as JSON. */
export interface VenueSettings {
  readonly config: string
  readonly data: string
  readonly frames: number
  /** frames of one block */
  readonly blockFrames: number
  /** streams that the echo listens to; others go to the engine in every block */
  readonly echoStreams: readonly string[]
}

/** What it answers to `collect`. Times are ns of the venue's clock. */
export interface VenueResult {
  /** by frame: when it was handed to a hub, 0 where it was not sent */
  readonly sentNs: Float64Array
  /** by frame: 1 where it went to the echo */
  readonly toEcho: Uint8Array
  readonly orderIds: readonly string[]
  readonly orderRecvNs: Float64Array
  readonly echoRecvNs: Float64Array
  readonly seconds: number
}

const settings = JSON.parse(process.argv[2] as string) as VenueSettings
const clock = new SystemClock(0n)
const sentNs = new Float64Array(settings.frames)
const toEcho = new Uint8Array(settings.frames)
const echoRecvNs: number[] = []
const echoHub = new StreamHub(clock)
const send = (message: object): void => {
  process.send?.(message)
}

const { server } = await composeVenue({
  config: loadConfig(settings.config),
  files: [settings.data],
  clock,
  speed: 1,
  startOn: 'request',
  pace: 'spin',
})
server.market = alternating(server.market as VenueMarket)
const { host, port } = await server.listen('127.0.0.1', 0)
const echoPort = await listenForEcho()
let seconds = 0
process.on('message', (message) => {
  if (message === 'start') void play()
  else if (message === 'collect') send(collect())
  else void server.close().then(() => process.exit(0))
})
send({ url: `${host}:${port}`, echoUrl: `ws://${host}:${echoPort}` })

async function play(): Promise<void> {
  const startNs = clock.monoNs()
  server.player.start()
  await server.player.finished
  seconds = (clock.monoNs() - startNs) / 1e9
  send({ done: true })
}

/** The venue's market; frames of the echo's blocks are kept from the engine's hub and go to the echo's. */
function alternating(market: VenueMarket): VenueMarket {
  let next = 0
  return {
    onFrame: (batch, index) => {
      const frame = next++
      if (!market.onFrame(batch, index)) return false
      const start = batch.starts[index] as number
      const echoes = Math.floor(frame / settings.blockFrames) % 2 === 1 && echoHears(batch.bytes, start)
      sentNs[frame] = clock.monoNs()
      if (!echoes) return true
      toEcho[frame] = 1
      echoHub.publish(batch.bytes, start, batch.ends[index] as number)
      return false
    },
    depth: (instrument, limit) => market.depth(instrument, limit),
    marketMs: () => market.marketMs(),
  }
}

/** `{"stream":"btcusdt@depth@100ms"` goes to the engine always: its book would break without. */
function echoHears(bytes: Uint8Array, start: number): boolean {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset + start + 11, 32).toString('latin1')
  return settings.echoStreams.some((stream) => name.startsWith(`${stream}"`))
}

async function listenForEcho(): Promise<number> {
  const http = createServer()
  const ws = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
  http.on('connection', (socket: Socket) => socket.setNoDelay(true))
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    ws.handleUpgrade(request, socket, head, (peer) => {
      if (request.url === '/stream') echoHub.add(peer, socket, true, settings.echoStreams)
      else {
        // As the venue's order entry does: the text first, then the clock.
        peer.on('message', (data) => messageText(data) !== '' && echoRecvNs.push(clock.monoNs()))
      }
    }),
  )
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  http.unref()
  return (http.address() as AddressInfo).port
}

function collect(): VenueResult {
  const placed = server.log.entries().filter(({ method }) => method === 'order.place')
  return {
    sentNs,
    toEcho,
    orderIds: placed.map(({ clientOrderId }) => clientOrderId),
    orderRecvNs: Float64Array.from(placed, ({ recvNs }) => recvNs),
    echoRecvNs: Float64Array.from(echoRecvNs),
    seconds,
  }
}
