import { userInfo } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../config/load.ts'
import { controlRequest } from '../control/client.ts'
import type { Answer } from '../control/http.ts'
import { socketPath } from '../control/socket-address.ts'
import { EXIT } from '../core/errors.ts'
import { usageError } from './args.ts'
import { print, printJson, remark } from './output.ts'

/** The options with which every command that operates a running engine finds it. */
export const TARGET_OPTIONS = {
  config: { value: 'FILE', help: 'the configuration that the engine runs with' },
  'state-dir': { value: 'DIR', help: "the engine's state directory" },
  socket: { value: 'PATH', help: "the engine's control socket" },
  json: { help: 'one JSON document on stdout' },
} as const

/** The values of `TARGET_OPTIONS`. */
export interface Target {
  readonly config: string | undefined
  readonly 'state-dir': string | undefined
  readonly socket: string | undefined
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

/** A request in the operator's name. @throws ENGINE_UNREACHABLE */
export function operate(socket: string, route: string, fields: object): Promise<Answer> {
  return controlRequest(socket, 'POST', route, { ...fields, actor: operatorName(), source: 'cli' })
}

/** What an answer means for the caller of the command. */
export function exitCodeOf(status: number): number {
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
