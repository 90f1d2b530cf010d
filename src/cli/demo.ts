import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { configPath } from '../config/config-path.ts'
import { loadConfig } from '../config/load.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { type CommandSpec, parseCommand } from './args.ts'
import { print, remark } from './output.ts'
import { readableReplay } from './replay.ts'
import { runReplay } from './replay-session.ts'
import { readableRun } from './run.ts'
import { runLive } from './run-session.ts'

const SPEC = {
  name: 'demo',
  summary:
    'Replays the bundled recording, then runs a minute of it live over sockets at five times real time.',
  options: {},
} as const satisfies CommandSpec

const CONFIG = fileURLToPath(new URL('../../examples/quickstart.yaml', import.meta.url))
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const SPEED = 5
const RECORDED_SECONDS = 60
const VENUE_START_MS = 30_000

export async function run(args: string[]): Promise<number> {
  if (parseCommand(SPEC, args) === null) return EXIT.OK
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-demo-'))
  try {
    const replayed = await replayPart(path.join(folder, 'replay'))
    if (replayed !== EXIT.OK) return replayed
    return await livePart(path.join(folder, 'live'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function replayPart(folder: string): Promise<number> {
  const config = loadConfig(CONFIG, {})
  print(
    'Replay: the recording through decode, rings, gates, bars, features, a model in a worker, checks, orders,',
  )
  print('fills, ledger and journal, in lock step. The two hashes are the same every time.', '')
  const files = config.replay.data.map((name) => configPath(config, name))
  const { document, exitCode } = await runReplay({ config, files, folder, speed: 'max', onNote: remark })
  print(...readableReplay(document, config), '')
  return exitCode
}

async function livePart(folder: string): Promise<number> {
  const keys = { VENUE_KEY: randomBytes(16).toString('hex'), VENUE_SECRET: randomBytes(16).toString('hex') }
  const venue = spawn(
    process.execPath,
    [MAIN, 'venue', '--config', CONFIG, '--listen', '127.0.0.1:0', '--speed', String(SPEED), '--json'],
    { env: { ...process.env, ...keys }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    const { rest_url, ws_url } = await listening(venue)
    print(
      `Live: a minute of the same recording at ${SPEED} times real time, over sockets, from the simulated venue`,
    )
    print(`at ${rest_url}: market streams, signed orders by WebSocket, fills by the user stream.`, '')
    const config = loadConfig(CONFIG, {
      ...keys,
      TIDEGATE_STATE_DIR: folder,
      TIDEGATE_VENUES__SIM__REST_URL: rest_url,
      TIDEGATE_VENUES__SIM__WS_URL: ws_url,
    })
    const endAfterMs = (RECORDED_SECONDS / SPEED) * 1_000
    const document = await runLive({ config, once: false, acceptanceTicks: null, endAfterMs })
    print(...readableRun(document))
    return document.exit_code
  } finally {
    venue.kill('SIGTERM')
    if (venue.exitCode === null && venue.signalCode === null) await once(venue, 'exit')
  }
}

async function listening(venue: ChildProcess): Promise<{ rest_url: string; ws_url: string }> {
  const lines = createInterface({ input: venue.stdout as NodeJS.ReadableStream })
  const failed = once(venue, 'exit').then(([code]) => {
    throw new TidegateError('VENUE_LISTEN', `the simulated venue ended with code ${code}`)
  })
  const late = AbortSignal.timeout(VENUE_START_MS)
  const [line] = await Promise.race([once(lines, 'line', { signal: late }), failed])
  failed.catch(() => {
    // After the start its end is expected.
  })
  return JSON.parse(line as string) as { rest_url: string; ws_url: string }
}
