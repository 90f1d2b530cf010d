import type { TokenRole } from '../config/types.ts'
import { KILL_CODES, type KillCode } from '../domain/reasons.ts'
import { parseScope, type ScopeNames } from '../engine/halts.ts'
import type { Actor } from '../gate/reasons-policy.ts'
import type { Scope } from '../shm/control-plane.ts'
import type { HaltSource } from '../shm/halt-records.ts'
import type { Approvals } from './approvals.ts'
import { type Answer, refusal } from './http.ts'
import type { KillPlane } from './kill-plane.ts'
import type { MainResult } from './main-link.ts'
import type { MainRequest } from './messages.ts'
import type { Caller } from './tokens.ts'

export type Fields = Readonly<Record<string, unknown>>

/** What the routes work on. Nothing here blocks, and a kill needs nothing of the main thread. */
export interface RouteContext {
  readonly names: ScopeNames
  readonly kills: KillPlane
  /** reads the level sources now, so that a re-arm does not depend on the next poll */
  readonly lookAtLevels: () => void
  /** asks the main thread */
  readonly ask: (request: MainRequest) => Promise<MainResult>
  readonly status: () => Promise<object>
  /** null: ready; else why not */
  readonly notReady: () => string | null
  /** where re-arms need two persons; null: one is enough */
  readonly approvals: Approvals | null
  /** `POST /execute` */
  readonly execute: (fields: Fields, who: string) => Promise<Answer>
  /** `GET /audit` */
  readonly audit: (fields: Fields) => Promise<Answer>
}

export interface Route {
  /** the least role that may use it; null: anybody may, without a token */
  readonly role: TokenRole | null
  /** no limit in rate applies */
  readonly unlimited: boolean
  readonly run: (fields: Fields, context: RouteContext, caller: Caller) => Promise<Answer>
}

type Run = Route['run']

/** Where a request says that it comes from, and the role that this has in the table of reasons. */
const SOURCES: Readonly<Record<string, { readonly source: HaltSource; readonly actor: Actor }>> = {
  http: { source: 'http', actor: 'operator' },
  cli: { source: 'cli', actor: 'operator' },
  bus: { source: 'bus', actor: 'bus' },
  guardian: { source: 'guardian', actor: 'guardian' },
  drill: { source: 'drill', actor: 'drill' },
}

const TEXT_MAX = 500

/** A code of the closed set; any other word becomes OTHER, and is kept in the text (K1). */
export function killCode(reason: string, text: string): { code: KillCode; text: string } {
  const upper = reason
    .trim()
    .toUpperCase()
    .replaceAll(/[\s-]+/g, '_') as KillCode
  if (KILL_CODES.includes(upper)) return { code: upper, text }
  return { code: 'OTHER', text: text === '' ? reason : `${reason}: ${text}` }
}

/** Who acts: the token's id, else the name that a caller on the unix socket gives himself. */
function actorOf(fields: Fields, caller: Caller): string {
  return caller.id ?? textOf(fields, 'actor', 'operator')
}

function textOf(fields: Fields, key: string, fallback = ''): string {
  const value = fields[key]
  return typeof value === 'string' ? value.slice(0, TEXT_MAX) : fallback
}

/** As it was written; what is no text names no scope, and certainly not everything. */
function scopeTextOf({ scope }: Fields): string {
  if (scope === undefined) return 'all'
  return (typeof scope === 'string' ? scope : JSON.stringify(scope)).slice(0, TEXT_MAX)
}

function scopeOf(fields: Fields, context: RouteContext): Scope | Answer {
  const text = scopeTextOf(fields)
  const scope = parseScope(text, context.names)
  const allowed = 'all, venue:ID, account:ID, strategy:ID or symbol:SYMBOL of this run'
  return scope ?? refusal(400, 'SCOPE_UNKNOWN', `scope "${text}" is not ${allowed}`)
}

function sourceOf(fields: Fields): (typeof SOURCES)[string] {
  return SOURCES[textOf(fields, 'source', 'http')] ?? (SOURCES['http'] as (typeof SOURCES)[string])
}

const kill: Run = async (fields, context, caller) => {
  const scope = scopeOf(fields, context)
  if ('status' in scope) return scope
  const { source, actor } = sourceOf(fields)
  const { code, text } = killCode(textOf(fields, 'reason', 'OPERATOR'), textOf(fields, 'text'))
  const who = actorOf(fields, caller)
  return { status: 200, body: await context.kills.kill({ scope, code, text, actor, who, source }) }
}

const pause: Run = async (fields, context, caller) => {
  const scope = scopeOf(fields, context)
  if ('status' in scope) return scope
  const { source } = sourceOf(fields)
  const who = actorOf(fields, caller)
  return { status: 200, body: context.kills.pause(scope, textOf(fields, 'text'), who, source) }
}

const shutdown: Run = async (fields, context, caller) => {
  const { source } = sourceOf(fields)
  const who = actorOf(fields, caller)
  return { status: 202, body: context.kills.shutdown(textOf(fields, 'text'), who, source) }
}

async function viaMain(context: RouteContext, request: MainRequest): Promise<Answer> {
  const result = await context.ask(request)
  if (result.kind === 'reply') return result.reply
  if (result.kind === 'unfinished') {
    return refusal(504, 'MAIN_NOT_FINISHED', 'the main thread has begun and is not done: look at the status')
  }
  return refusal(
    504,
    'MAIN_NOT_RESPONDING',
    'the main thread did not answer in time; nothing was changed, and nothing will be by this request',
  )
}

const rearm: Run = async (fields, context, caller) => {
  const { generation } = fields
  if (typeof generation !== 'number' || !Number.isInteger(generation)) {
    return refusal(
      400,
      'GENERATION_MISSING',
      'generation must be the number that /ops/status shows for the scope',
    )
  }
  const text = textOf(fields, 'reason', textOf(fields, 'text')).trim()
  if (text === '') return refusal(400, 'TEXT_MISSING', 'reason must say in words why trading may go on')
  context.lookAtLevels()
  const scope = scopeTextOf(fields)
  const subject = `${scope} ${generation}`
  const who = actorOf(fields, caller)
  const approved = context.approvals?.approve(subject, who, text) ?? { complete: true, by: who, text }
  if (!approved.complete) {
    return {
      status: 202,
      body: { pending: true, scope, generation, approved_by: [who], approvals_needed: 1 },
    }
  }
  const { by: actor } = approved
  const answer = await viaMain(context, { action: 'rearm', scope, text: approved.text, generation, actor })
  const after = (answer.body as { generation?: unknown }).generation
  if (answer.status === 200 && typeof after === 'number') {
    context.kills.rearmed(scope, after)
    context.approvals?.done(subject)
  }
  return answer
}

const byMain =
  (action: 'resume' | 'cancel-all'): Run =>
  (fields, context, caller) =>
    viaMain(context, {
      action,
      scope: scopeTextOf(fields),
      text: textOf(fields, 'text'),
      actor: actorOf(fields, caller),
    })

const read =
  (action: 'orders' | 'positions'): Run =>
  (_fields, context) =>
    viaMain(context, { action })

const readyz: Run = async (_fields, context) => {
  const why = context.notReady()
  return why === null ? { status: 200, body: { ready: true } } : { status: 503, body: { ready: false, why } }
}

const healthz: Run = async () => ({ status: 200, body: { alive: true } })
const status: Run = async (_fields, context) => ({ status: 200, body: await context.status() })
const execute: Run = (fields, context, caller) => context.execute(fields, actorOf(fields, caller))
const audit: Run = (fields, context) => context.audit(fields)

function route(role: TokenRole | null, run: Run, unlimited = false): Route {
  return { role, run, unlimited }
}

/** Method and path → route (A4, the part that exists). */
export const ROUTES: Readonly<Record<string, Route>> = {
  'GET /healthz': route(null, healthz),
  'GET /readyz': route(null, readyz),
  'GET /ops/status': route('viewer', status),
  'GET /orders': route('viewer', read('orders')),
  'GET /positions': route('viewer', read('positions')),
  'GET /audit': route('viewer', audit),
  'POST /execute': route('operator', execute),
  'POST /ops/kill': route('operator', kill, true),
  'POST /ops/rearm': route('admin', rearm),
  'POST /ops/pause': route('operator', pause),
  'POST /ops/resume': route('operator', byMain('resume')),
  'POST /ops/shutdown': route('operator', shutdown),
  'POST /ops/cancel-all': route('operator', byMain('cancel-all')),
}

/** The route of a request, or the answer that refuses it. */
export function findRoute(method: string, url: string): Route | Answer {
  const path = url.split('?')[0] as string
  const found = ROUTES[`${method} ${path}`]
  if (found !== undefined) return found
  const methods = Object.keys(ROUTES).flatMap((key) => (key.endsWith(` ${path}`) ? [key.split(' ')[0]] : []))
  if (methods.length === 0) return refusal(404, 'NOT_FOUND', `no route ${path}`)
  return refusal(405, 'METHOD_NOT_ALLOWED', `${path} takes ${methods.join(', ')}`)
}
