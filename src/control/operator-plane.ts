import { loadNative } from '../core/native.ts'
import type { KillAckData } from '../domain/journal-records.ts'
import type { HaltRecord } from '../domain/reasons.ts'
import { type HaltCause, type Halts, parseScope, scopeText } from '../engine/halts.ts'
import { ALL_SCOPE, type Scope } from '../shm/control-plane.ts'
import { ControlHost } from './control-host.ts'
import { refusal } from './http.ts'
import type { LatchedKill } from './latch.ts'
import type { LevelSourceOptions } from './level-sources.ts'
import type {
  ControlEvent,
  DoorSettings,
  EngineRequest,
  ExecuteRequest,
  MainReply,
  OrderRouting,
} from './messages.ts'
import { OperatorDesk } from './operator-desk.ts'
import type { ServerPreference } from './server-choice.ts'
import { SignalKill } from './signal-kill.ts'
import type { StatusDocument } from './status.ts'

/** The engine as its operator's plane sees it. None of these may block. */
export interface OperatedEngine {
  readonly halts: Halts
  readonly status: () => StatusDocument
  /** why a scope may not be armed now; null: it may */
  readonly cannotArm: (scope: Scope) => string | null
  /** a kill was set, by whatever source: the word has changed and the record is written, or could not be */
  readonly onKill: (kill: HaltRecord) => void
  readonly onShutdown: (event: ControlEvent) => void
  /** an operator has armed or resumed */
  readonly onArmed: () => void
  /** an order from outside; absent where this run takes none */
  readonly execute?: (
    request: ExecuteRequest,
    onSending: (clientOrderId: string) => void,
  ) => Promise<MainReply>
  readonly orders?: () => MainReply
  readonly positions?: () => MainReply
  /** cancels every order of ours in a scope; resolves with what was found */
  readonly cancelAll: (scope: string, text: string) => Promise<object>
  readonly onProblem: (code: string, message: string) => void
  readonly onNote?: (text: string) => void
}

export interface OperatorPlaneOptions {
  readonly stateDir: string
  readonly socket: string
  readonly baseHrNs: bigint
  readonly latchSync: boolean
  readonly levels?: LevelSourceOptions
  readonly door?: DoorSettings
  readonly routing?: OrderRouting
  readonly reducible?: number
  /** the main thread without progress for so long is STALLED, ms; 0: it is not watched */
  readonly stallMs?: number
  readonly server?: ServerPreference
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
  const kill = (actor: 'engine' | 'signal', cause: HaltCause): void => {
    audited(engine, () => halts.halt(ALL_SCOPE, 'KILL', actor, cause))
  }
  // The control thread knows what it tells; only kills of this thread go to it.
  let told = false
  let host: ControlHost | null = null
  const early: HaltRecord[] = []
  // Before the thread starts: a file, a lock file or the environment may kill while it does.
  halts.follow((scope, set) => {
    if (set !== 'KILL') return
    const record = causeOf(halts, scope)
    if (!told) {
      if (host === null) early.push(record)
      else host.killed(record)
    }
    engine.onKill(record)
  })
  host = await ControlHost.start(
    { plane, names: halts.names, signal: loadNative() === null ? 'javascript' : 'native', ...options },
    {
      status: engine.status,
      request: (request, onSending) => serve(request, desk, engine, onSending),
      onEvent: (event) => {
        told = true
        try {
          note(event, engine)
        } finally {
          told = false
        }
      },
      onProblem: engine.onProblem,
      onNote: engine.onNote ?? (() => {}),
      onLost: (reason) => {
        engine.onProblem('CONTROL_LOST', reason)
        kill('engine', { code: 'STALLED', text: `the control thread is gone: ${reason}`, source: 'engine' })
      },
    },
  )
  for (const record of early) host.killed(record)
  const signal = new SignalKill(plane, () => kill('signal', BY_SIGNAL))
  host.closeAlso(() => signal.close())
  const tcp = host.port === null ? 'no TCP' : `TCP port ${host.port}`
  engine.onNote?.(
    `operator's door: ${options.socket}, ${tcp}, by ${host.server} (${host.serverWhy}); SIGUSR2: ${signal.implementation}`,
  )
  return host
}

const BY_SIGNAL = { code: 'SIGNAL', text: 'SIGUSR2', source: 'signal' } as const

/** The kill that was just set in a scope. */
function causeOf(halts: Halts, scope: Scope): HaltRecord {
  const name = scopeText(scope, halts.names)
  return halts.causes().findLast((cause) => cause.scope === name && cause.reason === 'KILL') as HaltRecord
}

/** K10: a record that cannot be written neither undoes a halt nor hides it from what follows. */
function audited(engine: OperatedEngine, record: () => void): void {
  try {
    record()
  } catch (error) {
    engine.onProblem('AUDIT_FAILED', (error as Error).message)
  }
}

const NO_ORDERS = refusal(409, 'NOT_LIVE', 'this run takes no orders from outside')

async function serve(
  request: EngineRequest,
  desk: OperatorDesk,
  engine: OperatedEngine,
  onSending: (clientOrderId: string) => void,
): Promise<MainReply> {
  switch (request.action) {
    case 'orders':
      return engine.orders?.() ?? NO_ORDERS
    case 'positions':
      return engine.positions?.() ?? NO_ORDERS
    case 'execute':
      return (await engine.execute?.(request, onSending)) ?? NO_ORDERS
    case 'cancel-all':
      if (parseScope(request.scope, engine.halts.names) === null) {
        return refusal(400, 'SCOPE_UNKNOWN', `scope "${request.scope}" is not of this run`)
      }
      return { status: 200, body: await engine.cancelAll(request.scope, request.text) }
    default: {
      const reply = request.action === 'rearm' ? desk.rearm(request) : desk.resume(request)
      if (reply.status === 200) engine.onArmed()
      return reply
    }
  }
}

/** What the control thread did to a word: journaled, then followed. */
function note(event: ControlEvent, engine: OperatedEngine): void {
  const { halts } = engine
  const scope = parseScope(event.scope, halts.names) ?? ALL_SCOPE
  const cause = { code: event.code ?? 'OPERATOR', text: event.text, source: event.source }
  const { kill } = event
  if (event.kind === 'latched') {
    audited(engine, () => halts.noteLatched(scope, event.actor, event.generation, cause, ackOf(kill)))
    return
  }
  const word = event.generation << 12
  const policy = `${event.reason} set by ${event.source}`
  audited(engine, () => halts.noteSet(scope, event.reason, event.actor, word, cause, policy, ackOf(kill)))
  if (event.kind === 'shutdown') engine.onShutdown(event)
}

function ackOf(kill: LatchedKill | null): KillAckData | null {
  if (kill === null) return null
  const { generation, set_ns, effective_ns, latched_ns } = kill
  return { generation, set_ns, effective_ns, latched_ns }
}
