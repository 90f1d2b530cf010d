import type { MessagePort } from 'node:worker_threads'
import { SystemClock } from '../core/clock.ts'
import { REASON, reasonNames } from '../domain/reasons.ts'
import { scopeText } from '../engine/halts.ts'
import { ALL_SCOPE, ControlPlane, type LevelSource } from '../shm/control-plane.ts'
import { generationOf, isOpen, reasonsOf } from '../shm/control-word.ts'
import { readHaltRecords } from '../shm/halt-records.ts'
import { Heartbeat } from '../shm/heartbeat.ts'
import { SubmissionGuard } from '../shm/submission-guard.ts'
import { ControlServer } from './control-server.ts'
import { KillLook } from './kill-look.ts'
import { KillPlane } from './kill-plane.ts'
import type { Assertion } from './level-files.ts'
import { LevelSources } from './level-sources.ts'
import type { ControlWorkerData, MainReply, MainRequest, ToControl, ToMain } from './messages.ts'
import { allScopes } from './scope.ts'
import type { ControlStatus, StatusDocument } from './status.ts'
import { Watchdog } from './watchdog.ts'

/** A cancel of everything waits for the venue, so its request waits so much longer. */
const CANCEL_ALL_TIMES = 10

const LEVEL_CODE = { file: 'FILE', lock_file: 'LOCK_FILE', environment: 'ENVIRONMENT' } as const

/** The control thread: the kill plane, its door, and what it knows of the main thread. */
class ControlThread {
  readonly #data: ControlWorkerData
  readonly #port: MessagePort
  readonly #plane: ControlPlane
  readonly #clock: SystemClock
  readonly #heartbeat: Heartbeat
  readonly #waiting = new Map<number, (reply: MainReply | null) => void>()
  readonly #kills: KillPlane
  readonly #look: KillLook
  readonly #watchdog: Watchdog | null
  #levels: LevelSources | null = null
  #server: ControlServer | null = null
  #timer: NodeJS.Timeout | undefined
  #nextId = 1
  #document: StatusDocument | null = null
  #documentNs = 0
  #notReady: string | null = 'starting'

  constructor(data: ControlWorkerData, port: MessagePort) {
    this.#data = data
    this.#port = port
    this.#plane = ControlPlane.attach(data.plane)
    this.#clock = new SystemClock(data.baseHrNs)
    this.#heartbeat = new Heartbeat(this.#plane, 'control')
    this.#kills = new KillPlane({
      plane: this.#plane,
      names: data.names,
      stateDir: data.stateDir,
      latchSync: data.latchSync,
      effectiveTimeoutMs: data.effectiveTimeoutMs,
      clock: this.#clock,
      baseHrNs: data.baseHrNs,
      onEvent: (event) => this.#post({ kind: 'event', event }),
      onProblem: (code, message) => this.#post({ kind: 'problem', code, message }),
    })
    this.#look = new KillLook(this.#plane, data.names, this.#kills, this.#clock)
    this.#watchdog = data.stallMs === 0 ? null : new Watchdog(this.#plane, data.stallMs, this.#kills)
    port.on('message', (message: ToControl) => this.#onMessage(message))
  }

  async start(): Promise<void> {
    this.#heartbeat.state('starting')
    // Before the main thread hears that this thread listens, and so before it can arm.
    this.#levels = new LevelSources(this.#data.levels, {
      setLevel: (source, asserted) => this.#plane.setLevel(source, asserted),
      onAsserted: (source, assertion) => this.#killByLevel(source, assertion),
      onReleased: (source, { text }) => this.#post({ kind: 'note', text: `${source} is released: ${text}` }),
    })
    this.#server = await ControlServer.listen(
      this.#data.socket,
      {
        names: this.#data.names,
        kills: this.#kills,
        lookAtLevels: () => this.#levels?.look(),
        askMain: (request) => this.#askMain(request),
        status: () => this.#status(),
        notReady: () => this.#whyNotReady(),
      },
      (message) => this.#post({ kind: 'problem', code: 'CONTROL_HTTP', message }),
    )
    this.#heartbeat.state('running')
    this.#timer = setInterval(() => this.#poll(), this.#data.pollMs)
    this.#post({ kind: 'listening' })
  }

  #poll(): void {
    this.#heartbeat.beat(this.#clock.monoNs() / 1e6)
    try {
      this.#look.look()
    } catch (error) {
      // The door stays open whatever another thread wrote into its record.
      this.#post({ kind: 'problem', code: 'KILL_LOOK', message: (error as Error).message })
    }
  }

  #killByLevel(source: LevelSource, { text, who }: Assertion): void {
    const code = LEVEL_CODE[source]
    void this.#kills.kill({ scope: ALL_SCOPE, code, text, actor: source, who: who ?? source, source })
  }

  #onMessage(message: ToControl): void {
    switch (message.kind) {
      case 'reply': {
        const resolve = this.#waiting.get(message.id)
        this.#waiting.delete(message.id)
        resolve?.(message.reply)
        break
      }
      case 'status':
        this.#keep(message.document)
        break
      case 'ready':
        this.#notReady = message.ready ? null : (message.why ?? 'not ready')
        break
      case 'look':
        this.#poll()
        break
      case 'killed':
        this.#look.killed(message.record)
        break
      case 'rearmed':
        this.#kills.rearmed(message.scope, message.generation)
        break
      case 'close':
        void this.#close()
        break
    }
  }

  /** A request to the main thread with a time limit: a blocked main thread never holds an operator. */
  #askMain(request: MainRequest): Promise<MainReply | null> {
    const id = this.#nextId++
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.#waiting.delete(id)
          resolve(null)
        },
        this.#data.mainTimeoutMs * (request.action === 'cancel-all' ? CANCEL_ALL_TIMES : 1),
      )
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer)
        resolve(reply)
      })
      this.#post({ kind: 'request', id, request })
    })
  }

  #keep(document: StatusDocument): void {
    this.#document = document
    this.#documentNs = this.#clock.monoNs()
  }

  async #status(): Promise<object> {
    const reply = await this.#askMain({ action: 'status' })
    if (reply !== null && reply.status === 200) this.#keep(reply.body as StatusDocument)
    const { words, kill } = this.#words()
    const guard = new SubmissionGuard(this.#plane)
    const control: ControlStatus = {
      kill,
      armed: isOpen(this.#plane.all.load()),
      words,
      latched: this.#kills.latched(),
      halts: readHaltRecords(this.#plane),
      submitting: guard.submitting(),
      in_flight: guard.inFlight(),
      main_responsive: reply !== null,
      main_age_ms:
        this.#document === null ? null : Math.round((this.#clock.monoNs() - this.#documentNs) / 1e6),
    }
    return { ...this.#document, control }
  }

  #words(): { words: ControlStatus['words']; kill: ControlStatus['kill'] } {
    let kill: ControlStatus['kill'] = 'SAFE'
    const words = allScopes(this.#data.names).map((scope) => {
      const word = this.#plane.scope(scope).load()
      if ((word & REASON.KILL) !== 0) kill = 'ENGAGED'
      return {
        scope: scopeText(scope, this.#data.names),
        open: isOpen(word),
        generation: generationOf(word),
        reasons: reasonNames(reasonsOf(word)),
      }
    })
    return { words, kill }
  }

  /** Shutting down fails at once, whatever the main thread said last (S9). */
  #whyNotReady(): string | null {
    if ((this.#plane.all.load() & REASON.SHUTDOWN) !== 0) return 'shutting_down'
    return this.#notReady
  }

  async #close(): Promise<void> {
    this.#heartbeat.state('stopping')
    clearInterval(this.#timer)
    this.#watchdog?.close()
    this.#levels?.look()
    this.#levels?.close()
    this.#poll()
    await this.#server?.close()
    await this.#kills.settled()
    this.#heartbeat.state('ended')
    this.#port.close()
  }

  #post(message: ToMain): void {
    this.#port.postMessage(message)
  }
}

/** Runs the control thread until it is told to close; a start that fails is told to the main thread. */
export async function runControlThread(data: ControlWorkerData, port: MessagePort): Promise<void> {
  try {
    await new ControlThread(data, port).start()
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    port.postMessage({ kind: 'failed', code: code ?? 'INTERNAL', message } satisfies ToMain)
    port.close()
  }
}
