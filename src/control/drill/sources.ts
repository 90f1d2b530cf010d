import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { TidegateError } from '../../core/errors.ts'
import { lockHolder, signalEngine } from '../guardian/engine-process.ts'
import type { DrillSource } from './report.ts'
import { type DrillTarget, jsonRequest, nowNs } from './target.ts'

export const MAIN: string = fileURLToPath(new URL('../../main.ts', import.meta.url))

/** A way to kill, and the way to take it back before the re-arm. */
export interface KillSource {
  readonly source: DrillSource
  readonly scope: string
  /** Kills; resolves with the time at which it did. The acknowledgement may come much later. */
  trigger(): Promise<number> | number
  /** Takes back what asserts for as long as it is there. */
  release(): void
}

const KILL_FIELDS = { scope: 'all', reason: 'DRILL', text: 'drill' } as const
const NOTHING = (): void => {}

function fail(what: string, why: string): never {
  throw new TidegateError('DRILL_TRIGGER', `${what}: ${why}`)
}

export function unixSocket(target: DrillTarget): KillSource {
  return {
    source: 'unix_socket',
    scope: 'all',
    trigger: async () => {
      const atNs = nowNs()
      const { status, body } = await target.post('/ops/kill', KILL_FIELDS)
      if (status !== 200) fail('POST /ops/kill', JSON.stringify(body))
      return atNs
    },
    release: NOTHING,
  }
}

/** @param token needs the role operator */
export function loopbackHttp(host: string, port: number, token: string): KillSource {
  return {
    source: 'http',
    scope: 'all',
    trigger: async () => {
      const atNs = nowNs()
      const { status, body } = await jsonRequest(
        { host, port, method: 'POST', path: '/ops/kill' },
        KILL_FIELDS,
        token,
      )
      if (status !== 200) fail(`POST http://${host}:${port}/ops/kill`, JSON.stringify(body))
      return atNs
    },
    release: NOTHING,
  }
}

export function commandLine(target: DrillTarget): KillSource {
  return {
    source: 'cli',
    scope: 'all',
    trigger: async () => {
      const atNs = nowNs()
      const words = ['kill', '--socket', target.socket, '--reason', 'DRILL', '--text', 'drill', '--json']
      const child: ChildProcess = spawn(process.execPath, [MAIN, ...words], { stdio: 'ignore' })
      const [code] = (await once(child, 'exit')) as [number | null]
      if (code !== 0) fail('tidegate kill', `exit code ${code}`)
      return atNs
    },
    release: NOTHING,
  }
}

/** Truthy content halts; what was in the file comes back. */
export function haltFile(file: string): KillSource {
  let before: string | null = null
  return {
    source: 'halt_file',
    scope: 'all',
    trigger: () => {
      before = readFileSync(file, 'utf8')
      const atNs = nowNs()
      writeFileSync(file, 'true\n')
      return atNs
    },
    release: () => {
      if (before !== null) writeFileSync(file, before)
      before = null
    },
  }
}

/** Its presence halts; one that is there already is not ours. */
export function lockFile(file: string): KillSource {
  let ours = false
  return {
    source: 'lock_file',
    scope: 'all',
    trigger: () => {
      if (existsSync(file)) fail(path.basename(file), 'it is there already')
      const atNs = nowNs()
      writeFileSync(file, JSON.stringify({ reason: 'DRILL', text: 'drill', actor: 'drill' }), { flag: 'wx' })
      ours = true
      return atNs
    },
    release: () => {
      if (ours) rmSync(file, { force: true })
      ours = false
    },
  }
}

export function signal(target: DrillTarget): KillSource {
  return {
    source: 'signal',
    scope: 'all',
    trigger: () => {
      const holder = lockHolder(target.stateDir)
      if (holder === null) return fail('SIGUSR2', 'nobody holds the lock of the state directory')
      const atNs = nowNs()
      const error = signalEngine(holder, 'SIGUSR2')
      return error === null ? atNs : fail('SIGUSR2', error)
    },
    release: NOTHING,
  }
}
