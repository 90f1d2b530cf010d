import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../config/load.ts'
import { controlRequest } from '../control/client.ts'
import type { Answer } from '../control/http.ts'
import { socketPath } from '../control/socket-address.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { usageError } from './args.ts'
import { print, printJson, remark } from './output.ts'

const TOKEN_VARIABLE = 'EXEC_CONTROL_TOKEN'

/** The options with which every command that operates a running engine finds it. */
export const TARGET_OPTIONS = {
  config: { value: 'FILE', help: 'the configuration that the engine runs with' },
  'state-dir': { value: 'DIR', help: "the engine's state directory" },
  socket: { value: 'PATH', help: "the engine's control socket" },
  'token-file': {
    value: 'FILE',
    help: 'a file with your token, where the engine has tokens; else EXEC_CONTROL_TOKEN of the environment',
  },
  json: { help: 'one JSON document on stdout' },
} as const

/** The values of `TARGET_OPTIONS`. */
export interface Target {
  readonly config: string | undefined
  readonly 'state-dir': string | undefined
  readonly socket: string | undefined
  readonly 'token-file': string | undefined
  readonly json: boolean
}

/** @throws USAGE unless exactly one of the three names the engine; the configuration's errors */
export function socketOf(target: Target): string {
  const given = [target.config, target['state-dir'], target.socket].filter((value) => value !== undefined)
  if (given.length !== 1)
    throw usageError('name the engine by one of --config FILE, --state-dir DIR, --socket PATH')
  if (target.socket !== undefined) return path.resolve(target.socket)
  const folder = target['state-dir'] ?? loadConfig(target.config as string).state_dir
  return socketPath(path.resolve(folder))
}

/** Who operates: the name of the system's user. */
export function operatorName(): string {
  try {
    return userInfo().username
  } catch {
    return 'operator'
  }
}

/** The operator's token: of the file, else of the environment; null where there is none. @throws TOKEN_UNREADABLE */
export function tokenOf(target: Target): string | null {
  const file = target['token-file']
  if (file === undefined) return process.env[TOKEN_VARIABLE]?.trim() || null
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new TidegateError('TOKEN_UNREADABLE', `--token-file: ${(error as Error).message}`, {
      exitCode: EXIT.USAGE,
      cause: error,
    })
  }
}

/** A request in the operator's name. @throws USAGE, TOKEN_UNREADABLE, ENGINE_UNREACHABLE, the configuration's errors */
export function operate(target: Target, route: string, fields: object): Promise<Answer> {
  return request(target, route, fields, tokenOf(target))
}

/** The same without a token: what the file mode of the socket allows. */
export function operateByName(target: Target, route: string, fields: object): Promise<Answer> {
  return request(target, route, fields, null)
}

function request(target: Target, route: string, fields: object, token: string | null): Promise<Answer> {
  const named = { ...fields, actor: operatorName(), source: 'cli' }
  return controlRequest(socketOf(target), 'POST', route, named, token)
}

/** What an answer means for the caller of the command. */
function exitCodeOf(status: number): number {
  if (status >= 200 && status < 300) return EXIT.OK
  if (status === 409) return EXIT.HALTED
  return status >= 400 && status < 500 ? EXIT.USAGE : EXIT.FAILURE
}

/** Prints an answer: the document with --json, else `line` or the refusal. Gives the exit code. */
export function conclude(
  answer: Answer,
  json: boolean,
  line: (body: Record<string, unknown>) => string,
): number {
  const body = answer.body as Record<string, unknown>
  const error = body['error'] as { code: string; message: string } | undefined
  if (json) printJson(body)
  else if (error === undefined) print(line(body))
  if (error !== undefined) remark(`tidegate: ${error.message} (${error.code})`)
  return exitCodeOf(answer.status)
}

/** "all is open at generation 7", or what still halts it. */
export function wordLine(body: Record<string, unknown>): string {
  const reasons = body['reasons'] as readonly string[]
  const state = body['open'] === true ? 'is open' : `stays halted by ${reasons.join(', ') || 'its boot'}`
  return `${String(body['scope'])} ${state} at generation ${String(body['generation'])}`
}

/** "in 212 µs", from two times of an acknowledgement. */
export function after(setNs: unknown, thenNs: unknown): string {
  if (typeof setNs !== 'number' || typeof thenNs !== 'number') return 'not confirmed in time'
  return `after ${Math.max(0, Math.round((thenNs - setNs) / 1_000))} µs`
}
