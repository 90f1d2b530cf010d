import { loadConfig } from '../config/load.ts'
import { SystemClock } from '../core/clock.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { composeVenue } from '../engine/venue-server.ts'
import { type CommandSpec, type Option, parseCommand, usageError } from './args.ts'
import { print, remark } from './output.ts'

const SPEC = {
  name: 'venue',
  summary:
    'Serves the simulated venue on loopback: Binance spot streams, REST and WebSocket API on a recording.',
  options: {
    config: { value: 'FILE', required: true, help: 'configuration file; its `sim` section' },
    data: { value: 'FILE', multiple: true, help: 'recordings to play, instead of the configured ones' },
    listen: { value: 'HOST:PORT', help: 'address, instead of `sim.listen`; port 0 takes a free one' },
    speed: { value: 'max|N', help: 'times real time, instead of `sim.speed`' },
    spin: { help: 'poll between frames, for a venue with a core of its own' },
    json: { help: 'one JSON line when it listens' },
  },
  notes: [
    'Test control lies on the same port: GET /sim/status, GET /sim/orders, POST /sim/faults, POST /sim/cut, …',
    'Ends on SIGTERM or SIGINT.',
  ],
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate venue`: runs until a signal. @throws USAGE, CONFIG_…, DATA_…, VENUE_LISTEN */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { options } = parsed
  const config = loadConfig(options.config)
  const { server, recording, table } = await composeVenue({
    config,
    files: options.data,
    // Base 0: its times then compare with those of other processes on the machine.
    clock: new SystemClock(0n),
    ...(options.speed === undefined ? {} : { speed: speedOf(options.speed) }),
    pace: options.spin ? 'spin' : 'sleep',
  })
  const stopped = untilSignal()
  const [host, port] = addressOf(options.listen ?? config.sim.listen)
  const address = await server.listen(host, port)
  const symbols = table.all().map(({ symbol }) => symbol)
  const at = `${address.host}:${address.port}`
  const listening = {
    listening: at,
    rest_url: `http://${at}`,
    ws_url: `ws://${at}`,
    files: recording.files,
    symbols,
  }
  if (options.json) print(JSON.stringify(listening))
  else print(`venue: listening on ${at}, ${symbols.join(', ')} from ${recording.files.join(', ')}`)
  const reason = await Promise.race([stopped, server.player.failed])
  await server.close()
  if (reason instanceof Error) throw reason
  remark(`venue: ended by ${String(reason)} after ${server.player.frames} frames`)
  return EXIT.OK
}

function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal))
  })
}

function speedOf(text: string): number | 'max' {
  if (text === 'max') return 'max'
  const speed = Number(text)
  if (!Number.isFinite(speed) || speed <= 0)
    throw usageError(`venue: --speed "${text}" is not max or a number above 0`)
  return speed
}

/** Loopback addresses only: the venue has keys to test with, not to guard anything. */
function addressOf(text: string): [string, number] {
  const at = text.lastIndexOf(':')
  const host = text.slice(0, at).replace(/^\[|\]$/g, '')
  const port = Number(text.slice(at + 1))
  if (
    !['127.0.0.1', '::1', 'localhost'].includes(host) ||
    !Number.isInteger(port) ||
    port < 0 ||
    port > 65_535
  ) {
    throw new TidegateError('VENUE_LISTEN', `sim.listen "${text}" is not a loopback HOST:PORT`, {
      exitCode: EXIT.CONFIGURATION,
    })
  }
  return [host, port]
}
