import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Clock } from '../../core/clock.ts'
import type { Timers } from '../../core/timers.ts'
import { ApiError } from './api-error.ts'
import { checkTime, type KeyRing } from './auth.ts'
import { type Faults, takeFault } from './faults.ts'
import { type Answer, type Front, refusal } from './front.ts'
import { BY_METHOD } from './operations.ts'
import { type Params, paramsOfJson, required, signedPayload } from './params.ts'
import type { RateLimits } from './rate-limits.ts'
import { cutSocket, messageText } from './stream-hub.ts'

const EVENTS_HELD_MAX = 100_000

interface Session {
  readonly ws: WebSocket
  readonly socket: Socket
  readonly connectedMs: number
  readonly showLimits: boolean
  apiKey: string | null
  authorisedMs: number | null
  /** id by key; `logon` names the one made by userDataStream.subscribe */
  readonly subscriptions: Map<number, { readonly apiKey: string; readonly logon: boolean }>
  nextSubscription: number
}

export interface WsApiConfig {
  readonly front: Front
  readonly keys: KeyRing
  readonly rateLimits: RateLimits
  readonly faults: Faults
  readonly timers: Timers
  readonly clock: Clock
  readonly wallMs: () => number
}

interface Request {
  readonly id: unknown
  readonly method: string
  readonly params: Params
}

/** WebSocket API sessions: requests, session authentication and the user data stream. */
export class WsApi {
  readonly #config: WsApiConfig
  readonly #sessions = new Set<Session>()
  #held: object[] = []

  constructor(config: WsApiConfig) {
    this.#config = config
  }

  get connections(): number {
    return this.#sessions.size
  }

  add(ws: WebSocket, socket: Socket, query: URLSearchParams): void {
    const session: Session = {
      ws,
      socket,
      connectedMs: this.#config.wallMs(),
      showLimits: query.get('returnRateLimits') !== 'false',
      apiKey: null,
      authorisedMs: null,
      subscriptions: new Map(),
      nextSubscription: 0,
    }
    this.#sessions.add(session)
    ws.on('message', (data) => this.#onMessage(session, messageText(data), this.#config.clock.monoNs()))
    ws.on('error', () => socket.destroy())
    ws.on('close', () => this.#sessions.delete(session))
  }

  /** Takes a user data event; it leaves with the next `flush`. */
  hold(event: object): void {
    if (this.#held.length < EVENTS_HELD_MAX) this.#held.push(event)
  }

  /** Sends the held events to every subscribed session. */
  flush(): void {
    const { faults, timers } = this.#config
    if (this.#held.length === 0 || faults.hang) return
    const events = this.#held
    this.#held = []
    for (const event of events) {
      if (takeFault(faults, 'drop_events')) continue
      const times = takeFault(faults, 'duplicate_events') ? 2 : 1
      for (const session of this.#sessions) {
        for (const subscriptionId of session.subscriptions.keys()) {
          const text = JSON.stringify({ subscriptionId, event })
          for (let n = 0; n < times; n++) timers.after(faults.delay_ms, () => session.ws.send(text))
        }
      }
    }
  }

  cut(midFrame: boolean, reset: boolean): number {
    const cut = [...this.#sessions]
    for (const { socket } of cut) cutSocket(socket, midFrame, reset)
    return cut.length
  }

  /** Tells every session that the server is about to go, as Binance does before its restarts. */
  announceShutdown(): void {
    const text = JSON.stringify({ event: { e: 'serverShutdown', E: this.#config.wallMs() } })
    for (const { ws } of this.#sessions) ws.send(text)
  }

  ping(): void {
    for (const { ws } of this.#sessions) ws.ping(String(this.#config.wallMs()))
  }

  #onMessage(session: Session, text: string, recvNs: number): void {
    const { faults, timers } = this.#config
    let request: Request
    try {
      request = parseRequest(text)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return this.#send(session, null, refusal(error), true)
    }
    const answer = this.#handle(session, request, recvNs)
    if (faults.events_first) this.flush()
    const shows = request.params.get('returnRateLimits')
    const showLimits = shows === undefined ? session.showLimits : shows !== 'false'
    if (answer !== null) {
      timers.after(faults.delay_ms, () => this.#send(session, request.id, answer, showLimits))
    }
    this.flush()
  }

  #handle(session: Session, request: Request, recvNs: number): Answer | null {
    const operation = BY_METHOD.get(request.method)
    if (operation !== undefined) {
      return this.#config.front.handle(
        operation,
        request.params,
        'ws',
        () => this.#authorise(session, request),
        recvNs,
      )
    }
    if (this.#config.faults.hang) return null
    try {
      const body = this.#sessionMethod(session, request)
      return { status: 200, body, error: false, retryAfterMs: null, order: false }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return refusal(error)
    }
  }

  /** By the request's own key and signature, else by the session's. @throws ApiError */
  #authorise(session: Session, { params }: Request): void {
    if (session.apiKey !== null && !params.has('apiKey')) {
      this.#config.keys.checkKey(session.apiKey)
    } else {
      const apiKey = required(params, 'apiKey')
      this.#config.keys.checkSignature(apiKey, signedPayload(params), required(params, 'signature'))
    }
    checkTime(params, this.#config.wallMs())
  }

  #sessionMethod(session: Session, request: Request): object {
    const { params } = request
    switch (request.method) {
      case 'session.logon':
        return this.#logon(session, request)
      case 'session.status':
        return this.#status(session)
      case 'session.logout':
        session.apiKey = null
        session.authorisedMs = null
        for (const [id, { logon }] of session.subscriptions) if (logon) this.#endSubscription(session, id)
        return this.#status(session)
      case 'session.subscriptions':
        return [...session.subscriptions.keys()].map((subscriptionId) => ({ subscriptionId }))
      case 'userDataStream.subscribe':
        if (session.apiKey === null) throw new ApiError('REJECTED_KEY')
        return this.#subscribe(session, session.apiKey, true)
      case 'userDataStream.subscribe.signature':
        this.#config.keys.checkSignature(
          required(params, 'apiKey'),
          signedPayload(params),
          required(params, 'signature'),
        )
        checkTime(params, this.#config.wallMs())
        return this.#subscribe(session, required(params, 'apiKey'), false)
      case 'userDataStream.unsubscribe':
        return this.#unsubscribe(session, params)
      default:
        throw new ApiError('INVALID_PARAMETER', 'method')
    }
  }

  #logon(session: Session, request: Request): object {
    const apiKey = required(request.params, 'apiKey')
    this.#config.keys.checkKey(apiKey)
    if (!this.#config.keys.mayLogOn(apiKey)) throw new ApiError('UNSUPPORTED_OPERATION')
    this.#config.keys.checkSignature(
      apiKey,
      signedPayload(request.params),
      required(request.params, 'signature'),
    )
    checkTime(request.params, this.#config.wallMs())
    session.apiKey = apiKey
    session.authorisedMs = this.#config.wallMs()
    return this.#status(session)
  }

  #status(session: Session): object {
    return {
      apiKey: session.apiKey,
      authorizedSince: session.authorisedMs,
      connectedSince: session.connectedMs,
      returnRateLimits: session.showLimits,
      serverTime: this.#config.wallMs(),
      userDataStream: session.subscriptions.size > 0,
    }
  }

  #subscribe(session: Session, apiKey: string, logon: boolean): object {
    if ([...session.subscriptions.values()].some((other) => other.apiKey === apiKey)) {
      throw new ApiError('SUBSCRIPTION_ACTIVE')
    }
    const subscriptionId = session.nextSubscription++
    session.subscriptions.set(subscriptionId, { apiKey, logon })
    return { subscriptionId }
  }

  #unsubscribe(session: Session, params: Params): object {
    const text = params.get('subscriptionId')
    const ids = text === undefined ? [...session.subscriptions.keys()] : [Number(text)]
    if (ids.length === 0 || ids.some((id) => !session.subscriptions.has(id))) {
      throw new ApiError('SUBSCRIPTION_INACTIVE')
    }
    for (const id of ids) this.#endSubscription(session, id)
    return {}
  }

  #endSubscription(session: Session, subscriptionId: number): void {
    session.subscriptions.delete(subscriptionId)
    const event = { e: 'eventStreamTerminated', E: this.#config.wallMs() }
    session.ws.send(JSON.stringify({ subscriptionId, event }))
  }

  #send(session: Session, id: unknown, answer: Answer, showLimits: boolean): void {
    const body: Record<string, unknown> = { id, status: answer.status }
    if (answer.error) {
      const data =
        answer.retryAfterMs === null
          ? {}
          : { data: { serverTime: this.#config.wallMs(), retryAfter: answer.retryAfterMs } }
      body['error'] = { ...answer.body, ...data }
    } else {
      body['result'] = answer.body
    }
    if (showLimits) body['rateLimits'] = this.#config.rateLimits.list(answer.order, true)
    session.ws.send(JSON.stringify(body))
  }
}

/** @throws ApiError INVALID_JSON, INVALID_PARAMETER, MANDATORY_PARAM */
function parseRequest(text: string): Request {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ApiError('INVALID_JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ApiError('INVALID_JSON')
  const { id, method, params } = value as { id?: unknown; method?: unknown; params?: unknown }
  if (id !== null && typeof id !== 'string' && typeof id !== 'number')
    throw new ApiError('MANDATORY_PARAM', 'id')
  if (typeof method !== 'string') throw new ApiError('MANDATORY_PARAM', 'method')
  return { id, method, params: paramsOfJson(params) }
}
