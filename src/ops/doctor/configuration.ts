import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { configPath } from '../../config/config-path.ts'
import { loadConfig, secretsOf } from '../../config/load.ts'
import type { Environment } from '../../config/secret.ts'
import type { Config } from '../../config/types.ts'
import { orderEntryUrl, venueEnvironment } from '../../config/venue-urls.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const DISK_BYTES_MIN = 2 ** 30
const CONNECT_MS_MAX = 2_000

/** Everything that one configuration needs of this machine. */
export async function configuration(file: string, env: Environment): Promise<Finding[]> {
  let config: Config
  try {
    config = loadConfig(file, env)
  } catch (error) {
    return [fail('configuration', (error as Error).message)]
  }
  const { sha256, modeReason } = config.facts
  return [
    ok('configuration', `valid, sha256 ${sha256}`),
    modeFinding(config, modeReason),
    secrets(config),
    strategyFiles(config),
    stateDirectory(config.state_dir),
    ...(await venues(config)),
  ]
}

function modeFinding(config: Config, why: string): Finding {
  const halted = config.facts.killSwitch || config.facts.executionHalted
  const text = `${config.mode}: ${why}`
  if (halted) return warn('mode', `${text}; the environment asserts a kill, the engine stands halted`)
  return config.mode === 'live' && !config.facts.authorised ? warn('mode', text) : ok('mode', text)
}

function secrets(config: Config): Finding {
  const all = secretsOf(config)
  const missing = all.filter(([, secret]) => !secret.present).map(([key]) => key)
  if (missing.length === 0) return ok('secrets', all.length === 0 ? 'none needed' : `${all.length} present`)
  const text = `without a value: ${missing.join(', ')}`
  return config.mode === 'dry-run' ? warn('secrets', text) : fail('secrets', text)
}

function strategyFiles(config: Config): Finding {
  const missing = config.strategies.filter(({ file }) => !existsSync(configPath(config, file)))
  return missing.length === 0
    ? ok('strategies', `${config.strategies.length} files found`)
    : fail('strategies', `not found: ${missing.map(({ file }) => file).join(', ')}`)
}

function stateDirectory(directory: string): Finding {
  try {
    const present = nearestPresent(path.resolve(directory))
    if (!statSync(present).isDirectory()) return fail('state directory', `${present} is not a folder`)
    accessSync(present, constants.W_OK)
    const { bavail, bsize } = statfsSync(present)
    const free = bavail * bsize
    const text = `${path.resolve(directory)} is writable, ${Math.floor(free / 2 ** 20)} MiB free`
    return free < DISK_BYTES_MIN
      ? warn('state directory', `${text}: a full disk halts the engine`)
      : ok('state directory', text)
  } catch (error) {
    return fail('state directory', (error as Error).message)
  }
}

/** The folder, or the nearest above it that exists: looking must not create anything. */
function nearestPresent(directory: string): string {
  return existsSync(directory) ? directory : nearestPresent(path.dirname(directory))
}

async function venues(config: Config): Promise<Finding[]> {
  const found = Object.entries(config.venues).map(async ([id, venue]) => {
    if (venue.kind !== 'binance-spot') return ok(`venue ${id}`, 'simulated, in the process')
    const unreachable = await Promise.all(
      [venue.rest_url, venue.ws_url, orderEntryUrl(venue)].map(connectError),
    )
    const problem = unreachable.find((text) => text !== null)
    const kind = venueEnvironment(venue)
    if (problem === undefined) return ok(`venue ${id}`, `${kind}, REST, streams and order entry reachable`)
    return config.mode === 'dry-run' ? warn(`venue ${id}`, problem) : fail(`venue ${id}`, problem)
  })
  return Promise.all(found)
}

/** Opens a TCP connection and closes it; null when that worked. */
async function connectError(url: string): Promise<string | null> {
  const { hostname, port, protocol } = new URL(url)
  const secure = protocol === 'https:' || protocol === 'wss:'
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port) || (secure ? 443 : 80) })
    const end = (text: string | null): void => {
      socket.destroy()
      resolve(text)
    }
    socket.setTimeout(CONNECT_MS_MAX, () => end(`${hostname} does not answer within ${CONNECT_MS_MAX} ms`))
    socket.once('connect', () => end(null))
    socket.once('error', (error: NodeJS.ErrnoException) => end(`${hostname}: ${error.code ?? error.message}`))
  })
}
