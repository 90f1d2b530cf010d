/**
 * The venue of the memory bench: many symbols, each with the frames of the one that was recorded, and with its recorded
 * snapshot as the book. It plays when every book was asked for. Started by `bench/memory.ts`.
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
server.market = {
  onFrame: (batch, index) => market.onFrame(batch, index),
  depth: (instrument) => {
    asked.add(instrument)
    if (asked.size === settings.symbols.length) setTimeout(() => server.player.start(), 500)
    return snapshot
  },
  marketMs: () => market.marketMs(),
}
const { host, port } = await server.listen('127.0.0.1', 0)
process.on('message', () => void server.close().then(() => process.exit(0)))
process.send?.({ url: `${host}:${port}`, ticks })

function bodyOf(line: string): string {
  return line.slice(line.indexOf(' ') + 1)
}

/** Frame by frame, each for every symbol; returns the trades and quotes among them. */
function writeFrames(): number {
  const frames = lines.filter((line) => line.includes('"stream"')).slice(0, settings.framesOfSymbol)
  const firstNs = BigInt((frames[0] as string).slice(0, 19))
  const out: string[] = []
  for (const line of frames) {
    for (const symbol of settings.symbols) {
      const recvNs = firstNs + BigInt(Math.round((out.length * 1e9) / settings.framesPerSec))
      const body = bodyOf(line).replace(SYMBOL, symbol).replace(SYMBOL.toLowerCase(), symbol.toLowerCase())
      out.push(`${recvNs} ${body}`)
    }
  }
  writeFileSync(settings.data, `${out.join('\n')}\n`, 'latin1')
  return frames.filter((line) => !line.includes('@depth')).length * settings.symbols.length
}
