/**
 * The venue of the memory bench: many symbols, each with the frames of the one that was recorded, and with its recorded
 * snapshot as the book. It plays when it is told to and every book was asked for, and says when it has played all.
 * Started by `bench/memory/symbols.ts`.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { loadConfig } from '../../src/config/load.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { composeVenue } from '../../src/engine/venue-server.ts'
import type { DepthText } from '../../src/venue/sim-server/operations.ts'
import type { VenueMarket } from '../../src/venue/sim-server/server.ts'

export interface MemoryVenueSettings {
  readonly config: string
  readonly source: string
  /** where the frames of all symbols are written */
  readonly data: string
  readonly symbols: readonly string[]
  readonly framesOfSymbol: number
  readonly framesPerSec: number
}

const SYMBOL = 'BTCUSDT'
const EVENT_TIME = /("[ET]":)\d{13}/g
const settings = JSON.parse(process.argv[2] as string) as MemoryVenueSettings
const lines = gunzipSync(readFileSync(settings.source)).toString('latin1').split('\n')
const snapshot = JSON.parse(
  bodyOf(lines.find((line) => line.includes('{"lastUpdateId"')) as string),
) as DepthText
const ticks = writeFrames()

const { server } = await composeVenue({
  config: loadConfig(settings.config),
  files: [settings.data],
  clock: new SystemClock(0n),
  speed: 1,
  startOn: 'request',
})
const market = server.market as VenueMarket
const asked = new Set<number>()
const everyBook = Promise.withResolvers<void>()
server.market = {
  onFrame: (batch, index) => market.onFrame(batch, index),
  depth: (instrument) => {
    asked.add(instrument)
    if (asked.size === settings.symbols.length) everyBook.resolve()
    return snapshot
  },
  marketMs: () => market.marketMs(),
}
const { host, port } = await server.listen('127.0.0.1', 0)
process.on('message', (message) => {
  if (message === 'play') void play()
  else void server.close().then(() => process.exit(0))
})
process.send?.({ url: `${host}:${port}`, ticks })

async function play(): Promise<void> {
  await everyBook.promise
  server.player.start()
  await server.player.finished
  process.send?.({ frames: server.player.frames })
}

function bodyOf(line: string): string {
  return line.slice(line.indexOf(' ') + 1)
}

/** Frame by frame, each for every symbol, its events in the time it is played; returns the trades and quotes among them. */
function writeFrames(): number {
  const frames = lines.filter((line) => line.includes('"stream"')).slice(0, settings.framesOfSymbol)
  const firstNs = new SystemClock(0n).utcNs()
  const out: string[] = []
  for (const line of frames) {
    for (const symbol of settings.symbols) {
      const recvNs = firstNs + BigInt(Math.round((out.length * 1e9) / settings.framesPerSec))
      const body = bodyOf(line)
        .replace(SYMBOL, symbol)
        .replace(SYMBOL.toLowerCase(), symbol.toLowerCase())
        .replaceAll(EVENT_TIME, `$1${recvNs / 1_000_000n}`)
      out.push(`${recvNs} ${body}`)
    }
  }
  writeFileSync(settings.data, `${out.join('\n')}\n`, 'latin1')
  return frames.filter((line) => !line.includes('@depth')).length * settings.symbols.length
}
