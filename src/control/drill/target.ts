import { readFileSync } from 'node:fs'
import { request as httpRequest, type RequestOptions } from 'node:http'
import path from 'node:path'
import { TidegateError } from '../../core/errors.ts'
import { sleep } from '../../engine/steps.ts'
import { LATCH_FILE, type LatchedKill } from '../latch.ts'
import { socketAddress } from '../socket-address.ts'
import type { ControlStatus, StatusDocument } from '../status.ts'

const POLL_MS = 2
const REQUEST_MS = 10_000
const ACTOR = 'drill'

export type EngineStatus = StatusDocument & { readonly control: ControlStatus }

/** Machine's monotonic clock, ns, as acknowledgements and latches count it. */
export function nowNs(): number {
  return Number(process.hrtime.bigint())
}

/** Asks until there is an answer; null when the time is over. */
export async function within<T>(
  limitMs: number,
  ask: () => Promise<T | null> | T | null,
  signal?: AbortSignal,
): Promise<T | null> {
  const untilNs = nowNs() + limitMs * 1e6
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (nowNs() >= untilNs || signal?.aborted === true) return null
    await sleep(POLL_MS, signal)
  }
}

export interface JsonAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** One HTTP request, on a connection of its own, with a token where there is one. Rejects where nothing answers. */
export function jsonRequest(
  to: RequestOptions,
  fields: object | null,
  token: string | null,
): Promise<JsonAnswer> {
  const text = fields === null ? '' : JSON.stringify(fields)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...to, headers, agent: false, timeout: REQUEST_MS }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        try {
          const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonAnswer['body']
          resolve({ status: response.statusCode as number, body })
        } catch (error) {
          reject(error as Error)
        }
      })
    })
    request.on('timeout', () => request.destroy(new Error(`no answer in ${REQUEST_MS} ms`)))
    request.on('error', reject)
    request.end(text)
  })
}

/** The engine that a drill works on, from outside: its socket, its latch, its lock. */
export class DrillTarget {
  readonly socket: string
  readonly stateDir: string
  readonly #token: string | null

  /** @param token of the role admin; null where the file mode of the socket is the authority */
  constructor(socket: string, token: string | null = null) {
    this.socket = socket
    this.stateDir = path.dirname(socket)
    this.#token = token
  }

  async status(): Promise<EngineStatus> {
    const { status, body } = await this.#ask('GET', '/ops/status', null)
    if (status === 200) return body as unknown as EngineStatus
    throw new TidegateError('ENGINE_UNREACHABLE', `${this.socket}: /ops/status answers ${status}`)
  }

  /** @throws ENGINE_UNREACHABLE */
  post(route: string, fields: object): Promise<JsonAnswer> {
    return this.#ask('POST', route, { actor: ACTOR, source: 'drill', ...fields })
  }

  async #ask(method: 'GET' | 'POST', route: string, fields: object | null): Promise<JsonAnswer> {
    const address = socketAddress(this.socket)
    try {
      return await jsonRequest({ socketPath: address.path, method, path: route }, fields, this.#token)
    } catch (error) {
      throw new TidegateError('ENGINE_UNREACHABLE', `${this.socket}: ${(error as Error).message}`)
    } finally {
      address.release()
    }
  }

  /** The kills that are latched now, also while the engine answers nothing. */
  latched(): readonly LatchedKill[] {
    try {
      const text = readFileSync(path.join(this.stateDir, LATCH_FILE), 'utf8')
      return (JSON.parse(text) as { kills: LatchedKill[] }).kills
    } catch {
      // No latch, or one that is being replaced.
      return []
    }
  }

  /** A complete kill of a scope that is newer than `afterNs`. */
  latchedAfter(scope: string, afterNs: number): LatchedKill | null {
    const kill = this.latched().find((each) => each.scope === scope && each.set_ns >= afterNs)
    return kill !== undefined && kill.latched_ns !== null ? kill : null
  }

  /**
   * Ends the drill's own kill of a scope, and no other one.
   *
   * @throws DRILL_REARM where the engine refuses or another kill came in between: it stays halted then
   */
  async rearm(scope: string, generation: number): Promise<void> {
    const { status, body } = await this.post('/ops/rearm', {
      scope,
      generation,
      reason: 'drill: end of this kill',
    })
    if (status !== 200)
      throw new TidegateError('DRILL_REARM', `${scope} stays halted: ${JSON.stringify(body['error'])}`)
  }

  /** Every halted scope with its reasons, as text; empty: all is open. */
  async halted(): Promise<string[]> {
    const { control } = await this.status()
    return control.words
      .filter(({ open }) => !open)
      .map(({ scope, reasons }) => `${scope} ${reasons.join('+')}`)
  }

  async generation(scope: string): Promise<number> {
    const { control } = await this.status()
    return control.words.find((word) => word.scope === scope)?.generation ?? 0
  }
}
