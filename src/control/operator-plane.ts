import { type Halts, parseScope, scopeText } from '../engine/halts.ts'
import type { Scope } from '../shm/control-plane.ts'
import { ControlHost } from './control-host.ts'
import { refusal } from './http.ts'
import type { ControlEvent, MainReply, MainRequest } from './messages.ts'
import { OperatorDesk } from './operator-desk.ts'
import type { StatusDocument } from './status.ts'

/** The engine as its operator's plane sees it. None of these may block. */
export interface OperatedEngine {
  readonly halts: Halts
  readonly status: () => StatusDocument
  /** why the engine may not be armed now; null: it may */
  readonly cannotArm: () => string | null
  /** a kill was set by another thread; the word has changed and the record is written */
  readonly onKill: (event: ControlEvent) => void
  readonly onShutdown: (event: ControlEvent) => void
  /** an operator has armed or resumed */
  readonly onArmed: () => void
  /** cancels every order of ours in a scope; resolves with what was found */
  readonly cancelAll: (scope: string, text: string) => Promise<object>
  readonly onProblem: (code: string, message: string) => void
}

export interface OperatorPlaneOptions {
  readonly stateDir: string
  readonly socket: string
  readonly baseHrNs: bigint
  readonly latchSync: boolean
}

/**
 * Starts the control thread for an engine and serves its requests on this thread: what the thread did is journaled
 * here, and what needs judgement is judged here.
 *
 * @throws SOCKET_IN_USE, SOCKET_UNUSABLE, CONTROL_NOT_STARTED
 */
export async function startOperatorPlane(
  options: OperatorPlaneOptions,
  engine: OperatedEngine,
): Promise<ControlHost> {
  const { halts } = engine
  const { plane } = halts
  const desk = new OperatorDesk({ halts, cannotArm: engine.cannotArm })
  const lost = (reason: string): void => {
    engine.onProblem('CONTROL_LOST', reason)
    const cause = {
      code: 'STALLED',
      text: `the control thread is gone: ${reason}`,
      source: 'engine',
    } as const
    halts.halt({ kind: 'all', index: 0 }, 'KILL', 'engine', cause)
  }
  const host = await ControlHost.start(
    { plane, names: halts.names, ...options },
    {
      status: engine.status,
      request: (request) => serve(request, desk, engine),
      onEvent: (event) => note(event, engine),
      onProblem: engine.onProblem,
      onLost: lost,
    },
  )
  halts.onChange = (scope, { set }) => {
    if (set === 'KILL') latch(host, halts, scope)
  }
  return host
}

/** A kill of this thread is latched like any other. One that the control thread set comes back here, and it knows it. */
function latch(host: ControlHost, halts: Halts, scope: Scope): void {
  const name = scopeText(scope, halts.names)
  const record = halts.causes().findLast((cause) => cause.scope === name && cause.reason === 'KILL')
  if (record !== undefined) host.killed(record)
}

async function serve(
  request: Exclude<MainRequest, { action: 'status' }>,
  desk: OperatorDesk,
  engine: OperatedEngine,
): Promise<MainReply> {
  if (request.action === 'cancel-all') {
    if (parseScope(request.scope, engine.halts.names) === null) {
      return refusal(400, 'SCOPE_UNKNOWN', `scope "${request.scope}" is not of this run`)
    }
    return { status: 200, body: await engine.cancelAll(request.scope, request.text) }
  }
  const reply = request.action === 'rearm' ? desk.rearm(request) : desk.resume(request)
  if (reply.status === 200) engine.onArmed()
  return reply
}

/** What the control thread did to a word: journaled, then followed. */
function note(event: ControlEvent, engine: OperatedEngine): void {
  const scope = parseScope(event.scope, engine.halts.names)
  if (scope !== null) {
    engine.halts.noteSet(
      scope,
      event.reason,
      event.actor,
      event.generation << 12,
      { code: event.code ?? 'OPERATOR', text: event.text, source: event.source },
      `${event.reason} set by ${event.source}`,
    )
  }
  if (event.kind === 'kill') engine.onKill(event)
  else if (event.kind === 'shutdown') engine.onShutdown(event)
}
