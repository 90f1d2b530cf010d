import { Worker } from 'node:worker_threads'
import { TidegateError } from '../core/errors.ts'
import { loadNative } from '../core/native.ts'
import { threadEnvironment } from '../core/thread-environment.ts'
import type { HaltRecord } from '../domain/reasons.ts'
import type { ScopeNames } from '../engine/halts.ts'
import { Claim } from '../shm/claim.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { type LevelSourceOptions, NO_LEVEL_SOURCES } from './level-sources.ts'
import type {
  ControlEvent,
  ControlWorkerData,
  DoorSettings,
  EngineRequest,
  MainReply,
  MainRequest,
  OrderRouting,
  ToControl,
  ToMain,
} from './messages.ts'
import type { ServerPreference } from './server-choice.ts'
import type { StatusDocument } from './status.ts'
import { UWS_PACKAGE } from './uws/binding.ts'

const ENTRY = new URL('../../workers/control.ts', import.meta.url)
/** Against a hang alone: what goes wrong is told at once, and a machine under load starts a thread late. */
const START_TIMEOUT_MS = 60_000
const CLOSE_TIMEOUT_MS = 2_000

/** What the host needs of a worker thread. */
export interface ControlWorker {
  on(event: 'message', listener: (message: ToMain) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'exit', listener: (code: number) => void): unknown
  postMessage(message: ToControl): void
  terminate(): Promise<unknown>
  /** the process need not wait for it */
  unref(): void
}

/** Of the environment only the native module's switch: the thread needs no secret, so it has none. */
function spawnWorker(workerData: ControlWorkerData): ControlWorker {
  const env = threadEnvironment('TIDEGATE_NATIVE')
  return new Worker(ENTRY, { name: 'control', workerData, env, execArgv: [] })
}

export interface ControlHostOptions {
  readonly plane: ControlPlane
  readonly stateDir: string
  /** path of the unix socket */
  readonly socket: string
  readonly names: ScopeNames
  readonly baseHrNs: bigint
  /** default true: a kill is acknowledged when the latch is on disk */
  readonly latchSync?: boolean
  readonly pollMs?: number
  readonly mainTimeoutMs?: number
  readonly effectiveTimeoutMs?: number
  /** default: none */
  readonly levels?: LevelSourceOptions
  readonly door?: DoorSettings
  readonly routing?: OrderRouting
  /** mask of halt reasons under which a reducing order may pass */
  readonly reducible?: number
  readonly signal?: 'native' | 'javascript'
  /** default 0: the main thread's progress is not watched */
  readonly stallMs?: number
  /** default auto */
  readonly server?: ServerPreference
  /** starts the thread; tests give another, or none at all */
  readonly spawn?: (workerData: ControlWorkerData) => ControlWorker
}

/** No TCP, no tokens: the file mode of the unix socket is the authority. */
export const SOCKET_ALONE: DoorSettings = { listen: null, tls: null, tokens: [], twoPerson: false }

/** What the main thread does for the control thread. None of these may block; one that throws answers 500. */
export interface ControlHandlers {
  readonly status: () => StatusDocument
  /** everything but `status`; an execute request tells the order's id as soon as it may have left */
  readonly request: (
    request: EngineRequest,
    onSending: (clientOrderId: string) => void,
  ) => MainReply | Promise<MainReply>
  /** the control thread has changed a control word: journal it, and start what follows from it */
  readonly onEvent: (event: ControlEvent) => void
  /** survived, but to be logged and counted; LATCH_NOT_WRITTEN: a kill would not outlive a restart */
  readonly onProblem: (code: string, message: string) => void
  /** worth a line in the log */
  readonly onNote: (text: string) => void
  /** the control thread ended unasked: there is no kill plane any more */
  readonly onLost: (reason: string) => void
}

/** The main thread's end of the control thread. */
export class ControlHost {
  readonly #worker: ControlWorker
  readonly #handlers: ControlHandlers
  readonly #exited: Promise<number>
  /** settled by the first news of the start: null when it listens */
  readonly #start = Promise.withResolvers<{ code: string; message: string } | null>()
  #closing = false
  #listens = false
  #server = ''
  #serverWhy = ''
  #port: number | null = null
  #closeAlso: () => void = () => {}

  private constructor(worker: ControlWorker, handlers: ControlHandlers) {
    this.#worker = worker
    this.#handlers = handlers
    this.#exited = new Promise((resolve) => worker.once('exit', resolve))
    worker.on('message', (message: ToMain) => this.#onMessage(message))
    worker.on('error', (error) => this.#lost(error.message))
    void this.#exited.then((code) => this.#lost(`it exited with code ${code}`))
  }

  /**
   * Starts the thread; resolves when the socket listens.
   *
   * @throws SOCKET_IN_USE, SOCKET_UNUSABLE, CONTROL_NOT_STARTED
   */
  static async start(options: ControlHostOptions, handlers: ControlHandlers): Promise<ControlHost> {
    const workerData: ControlWorkerData = {
      plane: options.plane.buffer,
      stateDir: options.stateDir,
      socket: options.socket,
      names: options.names,
      baseHrNs: options.baseHrNs,
      latchSync: options.latchSync ?? true,
      pollMs: options.pollMs ?? 10,
      mainTimeoutMs: options.mainTimeoutMs ?? 1_000,
      effectiveTimeoutMs: options.effectiveTimeoutMs ?? 1_000,
      door: options.door ?? SOCKET_ALONE,
      routing: options.routing ?? { venueOfSymbol: [], accountOfVenue: [] },
      reducible: options.reducible ?? 0,
      signal: options.signal ?? 'javascript',
      levels: options.levels ?? NO_LEVEL_SOURCES,
      stallMs: options.stallMs ?? 0,
      server: options.server ?? 'auto',
    }
    const host = new ControlHost((options.spawn ?? spawnWorker)(workerData), handlers)
    await host.#started()
    return host
  }

  async #started(): Promise<void> {
    const late = setTimeout(
      () => this.#begun('CONTROL_NOT_STARTED', 'it did not start in time'),
      START_TIMEOUT_MS,
    )
    const failure = await this.#start.promise
    clearTimeout(late)
    if (failure === null) return
    this.#closing = true
    await this.#worker.terminate()
    throw new TidegateError(failure.code, `control thread: ${failure.message}`)
  }

  #begun(code: string, message: string): void {
    this.#start.resolve({ code, message })
  }

  /** The HTTP server behind the doors: which implementation is live. */
  get server(): string {
    return this.#server
  }

  /** Why it is that one. */
  get serverWhy(): string {
    return this.#serverWhy
  }

  /** The TCP port that it listens on; null where there is none. */
  get port(): number | null {
    return this.#port
  }

  /** Whether `/readyz` says ready, and why not. */
  ready(ready: boolean, why: string | null): void {
    this.#post({ kind: 'ready', ready, why })
  }

  /** Gives a status without being asked, as the fallback for when the main thread is blocked. */
  publish(document: StatusDocument): void {
    this.#post({ kind: 'status', document })
  }

  /** A kill was set by a worker: latch it now and not at the next poll. */
  look(): void {
    this.#post({ kind: 'look' })
  }

  /** A kill was set and journaled on this thread: latch it with what it says, and tell nothing back. */
  killed(record: HaltRecord): void {
    this.#post({ kind: 'killed', record })
  }

  /** This thread re-armed a scope by itself: its latched kill up to that generation is over. */
  rearmed(scope: string, generation: number): void {
    this.#post({ kind: 'rearmed', scope, generation })
  }

  /** Something that ends with this host, before the thread does. */
  closeAlso(close: () => void): void {
    this.#closeAlso = close
  }

  /** Asks the thread to end, waits, then terminates it. Kills that were begun are latched first. */
  async close(): Promise<void> {
    this.#closeAlso()
    if (!this.#closing) {
      this.#closing = true
      this.#post({ kind: 'close' })
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), CLOSE_TIMEOUT_MS)
    })
    if ((await Promise.race([this.#exited, late])) === 'late') await this.#abandon()
    clearTimeout(timer)
  }

  /**
   * Ends a thread that does not. One that serves by uWebSockets.js is left as it is, and the process' end does not wait for
   * it: stopped with a request at the door, it would take the process along with SIGABRT.
   */
  async #abandon(): Promise<void> {
    if (this.#server !== UWS_PACKAGE) return void (await this.#worker.terminate())
    this.#worker.unref()
    process.once('exit', (code) => loadNative()?.exitNow(code))
  }

  #onMessage(message: ToMain): void {
    switch (message.kind) {
      case 'request':
        // Given up by who asked: it must not be done late.
        if (Claim.attach(message.claim).take()) void this.#serve(message.id, message.request)
        break
      case 'event':
        this.#handlers.onEvent(message.event)
        break
      case 'note':
        this.#handlers.onNote(message.text)
        break
      case 'problem':
        this.#handlers.onProblem(message.code, message.message)
        break
      case 'failed':
        this.#begun(message.code, message.message)
        break
      case 'listening':
        this.#listens = true
        this.#server = message.server
        this.#serverWhy = message.why
        this.#port = message.port
        this.#start.resolve(null)
        break
    }
  }

  async #serve(id: number, request: MainRequest): Promise<void> {
    let reply: MainReply
    try {
      reply =
        request.action === 'status'
          ? { status: 200, body: this.#handlers.status() }
          : await this.#handlers.request(request, (clientOrderId) =>
              this.#post({ kind: 'sending', id, clientOrderId }),
            )
    } catch (error) {
      const { message } = error as Error
      this.#handlers.onProblem('CONTROL_REQUEST', `${request.action}: ${message}`)
      reply = { status: 500, body: { error: { code: 'INTERNAL', message } } }
    }
    try {
      this.#post({ kind: 'reply', id, reply })
    } catch (error) {
      // What cannot be sent between threads is a bug of the handler; the request then ends by its time limit.
      this.#handlers.onProblem('CONTROL_REQUEST', `${request.action}: ${(error as Error).message}`)
    }
  }

  #lost(reason: string): void {
    if (this.#closing) return
    if (!this.#listens) {
      this.#begun('CONTROL_NOT_STARTED', reason)
      return
    }
    this.#closing = true
    this.#handlers.onLost(reason)
  }

  #post(message: ToControl): void {
    this.#worker.postMessage(message)
  }
}
