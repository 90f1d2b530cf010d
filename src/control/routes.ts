import { KILL_CODES, type KillCode } from '../domain/reasons.ts'
import { parseScope, type ScopeNames } from '../engine/halts.ts'
import type { Actor } from '../gate/reasons-policy.ts'
import type { Scope } from '../shm/control-plane.ts'
import type { HaltSource } from '../shm/halt-records.ts'
import { type Answer, refusal } from './http.ts'
import type { KillPlane } from './kill-plane.ts'
import type { MainReply, MainRequest } from './messages.ts'

/** What the routes work on. Nothing here blocks, and only re-arm, resume and status need the main thread. */
export interface RouteContext {
  readonly names: ScopeNames
  readonly kills: KillPlane
  /** reads the level sources now, so that a re-arm does not depend on the next poll */
  readonly lookAtLevels: () => void
  /** asks the main thread; null: it did not answer in time */
  readonly askMain: (request: MainRequest) => Promise<MainReply | null>
  readonly status: () => Promise<object>
  /** null: ready; else why not */
  readonly notReady: () => string | null
}

type Fields = Readonly<Record<string, unknown>>
type Route = (fields: Fields, context: RouteContext) => Promise<Answer>

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

function textOf(fields: Fields, key: string, fallback = ''): string {
  const value = fields[key]
  return typeof value === 'string' ? value.slice(0, TEXT_MAX) : fallback
}

function scopeOf(fields: Fields, context: RouteContext): Scope | Answer {
  const text = textOf(fields, 'scope', 'all')
  const scope = parseScope(text, context.names)
  const allowed = 'all, venue:ID, account:ID, strategy:ID or symbol:SYMBOL of this run'
  return scope ?? refusal(400, 'SCOPE_UNKNOWN', `scope "${text}" is not ${allowed}`)
}

function sourceOf(fields: Fields): (typeof SOURCES)[string] {
  return SOURCES[textOf(fields, 'source', 'http')] ?? (SOURCES['http'] as (typeof SOURCES)[string])
}

const kill: Route = async (fields, context) => {
  const scope = scopeOf(fields, context)
  if ('status' in scope) return scope
  const { source, actor } = sourceOf(fields)
  const { code, text } = killCode(textOf(fields, 'reason', 'OPERATOR'), textOf(fields, 'text'))
  const who = textOf(fields, 'actor', 'operator')
  return { status: 200, body: await context.kills.kill({ scope, code, text, actor, who, source }) }
}

const pause: Route = async (fields, context) => {
  const scope = scopeOf(fields, context)
  if ('status' in scope) return scope
  const { source } = sourceOf(fields)
  const who = textOf(fields, 'actor', 'operator')
  return { status: 200, body: context.kills.pause(scope, textOf(fields, 'text'), who, source) }
}

const shutdown: Route = async (fields, context) => {
  const { source } = sourceOf(fields)
  const who = textOf(fields, 'actor', 'operator')
  return { status: 202, body: context.kills.shutdown(textOf(fields, 'text'), who, source) }
}

async function viaMain(context: RouteContext, request: MainRequest): Promise<Answer> {
  const reply = await context.askMain(request)
  return (
    reply ??
    refusal(504, 'MAIN_NOT_RESPONDING', 'the main thread did not answer in time; nothing was changed here')
  )
}

const rearm: Route = async (fields, context) => {
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
  const scope = textOf(fields, 'scope', 'all')
  const answer = await viaMain(context, {
    action: 'rearm',
    scope,
    text,
    generation,
    actor: textOf(fields, 'actor', 'operator'),
  })
  const after = (answer.body as { generation?: unknown }).generation
  if (answer.status === 200 && typeof after === 'number') context.kills.rearmed(scope, after)
  return answer
}

const byMain =
  (action: 'resume' | 'cancel-all'): Route =>
  (fields, context) =>
    viaMain(context, {
      action,
      scope: textOf(fields, 'scope', 'all'),
      text: textOf(fields, 'text'),
      actor: textOf(fields, 'actor', 'operator'),
    })

const readyz: Route = async (_fields, context) => {
  const why = context.notReady()
  return why === null ? { status: 200, body: { ready: true } } : { status: 503, body: { ready: false, why } }
}

/** Method and path → route (A4, the part that exists on the unix socket). */
export const ROUTES: Readonly<Record<string, Route>> = {
  'GET /healthz': async () => ({ status: 200, body: { alive: true } }),
  'GET /readyz': readyz,
  'GET /ops/status': async (_fields, context) => ({ status: 200, body: await context.status() }),
  'POST /ops/kill': kill,
  'POST /ops/rearm': rearm,
  'POST /ops/pause': pause,
  'POST /ops/resume': byMain('resume'),
  'POST /ops/shutdown': shutdown,
  'POST /ops/cancel-all': byMain('cancel-all'),
}

/** The route of a request, or the answer that refuses it. */
export function findRoute(method: string, url: string): Route | Answer {
  const path = url.split('?')[0] as string
  const route = ROUTES[`${method} ${path}`]
  if (route !== undefined) return route
  const methods = Object.keys(ROUTES).flatMap((key) => (key.endsWith(` ${path}`) ? [key.split(' ')[0]] : []))
  if (methods.length === 0) return refusal(404, 'NOT_FOUND', `no route ${path}`)
  return refusal(405, 'METHOD_NOT_ALLOWED', `${path} takes ${methods.join(', ')}`)
}
