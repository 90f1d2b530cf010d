import type { TokenRole } from '../config/types.ts'
import { type Answer, parseBody, refusal } from './http.ts'
import type { DoorRequest } from './http-server.ts'
import type { RateLimit } from './rate-limit.ts'
import { findRoute, type Route, type RouteContext } from './routes.ts'
import { type Caller, mayAct, type TokenTable } from './tokens.ts'

export interface DoorOptions {
  /** `unix`: the socket's file mode has let the caller in */
  readonly transport: 'unix' | 'tcp'
  readonly tokens: TokenTable
  /** `Host` headers that name this door; on a unix socket none is asked for */
  readonly hosts: readonly string[]
  readonly limit: RateLimit
  readonly context: RouteContext
  readonly onProblem: (message: string) => void
}

/**
 * The operator's door behind one listener: who calls, may he, and what is answered. Kills are never limited in rate, and
 * nothing before them waits for anything.
 */
export class Door {
  readonly #options: DoorOptions

  constructor(options: DoorOptions) {
    this.#options = options
  }

  /** Never rejects. */
  async answer(request: DoorRequest): Promise<Answer> {
    try {
      return await this.#answer(request)
    } catch (error) {
      this.#options.onProblem(`${request.method} ${request.url}: ${(error as Error).message}`)
      return refusal(500, 'INTERNAL', (error as Error).message)
    }
  }

  async #answer(request: DoorRequest): Promise<Answer> {
    const { context, limit } = this.#options
    const misdirected = this.#misdirected(request)
    if (misdirected !== null) return misdirected
    const route = findRoute(request.method, request.url)
    if ('status' in route) return route
    if (!route.unlimited && !limit.take()) {
      return refusal(429, 'TOO_MANY_REQUESTS', 'too many requests; a kill is never limited')
    }
    const caller = this.#caller(request, route)
    if ('status' in caller) return caller
    const body = parseBody(request.body, request.contentType)
    if (body.refused !== null) return body.refused
    return route.run({ ...queryOf(request.url), ...body.fields }, context, caller)
  }

  /** A page of another site, or a name that somebody pointed at this address, must not reach the engine (DNS rebinding). */
  #misdirected(request: DoorRequest): Answer | null {
    const { transport, hosts } = this.#options
    const host = request.host.toLowerCase()
    if (transport === 'tcp' && !hosts.includes(host)) {
      return refusal(421, 'HOST_UNKNOWN', `Host must be ${hosts.join(' or ')}`)
    }
    if (request.origin !== null && hostOf(request.origin) !== host) {
      return refusal(403, 'ORIGIN_REFUSED', 'requests of another site are refused')
    }
    return null
  }

  #caller(request: DoorRequest, route: Route): Caller | Answer {
    const { transport, tokens } = this.#options
    if (route.role === null) return { id: null, role: 'viewer' }
    const presented = /^Bearer +(\S+)$/i.exec(request.authorization ?? '')?.[1]
    let caller: Caller | null = null
    if (presented !== undefined) caller = tokens.caller(presented)
    else if (transport === 'unix' && request.authorization === null) {
      caller = { id: null, role: socketRole(tokens) }
    }
    if (caller === null)
      return refusal(401, 'TOKEN_MISSING', 'Authorization: Bearer TOKEN, with a token that is known')
    if (mayAct(caller.role, route.role)) return caller
    return refusal(
      403,
      'ROLE_MISSING',
      `this needs the role ${route.role}, and the caller has ${caller.role}`,
    )
  }
}

/** Without tokens the file mode is the authority for everything; with them a re-arm needs a token of its role. */
function socketRole(tokens: TokenTable): TokenRole {
  return tokens.empty ? 'admin' : 'operator'
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host.toLowerCase()
  } catch {
    return null
  }
}

function queryOf(url: string): Record<string, string> {
  const at = url.indexOf('?')
  return at < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(at + 1)))
}
