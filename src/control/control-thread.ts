import type { MessagePort } from 'node:worker_threads'
import { SystemClock } from '../core/clock.ts'
import { REASON, reasonNames } from '../domain/reasons.ts'
import { scopeText } from '../engine/halts.ts'
import { tradingMode } from '../gate/trading-mode.ts'
import { journalDir } from '../journal/segments.ts'
import { ALL_SCOPE, ControlPlane, type LevelSource } from '../shm/control-plane.ts'
import { generationOf, isOpen, reasonsOf } from '../shm/control-word.ts'
import { readHaltRecords } from '../shm/halt-records.ts'
import { Heartbeat, readHeartbeat } from '../shm/heartbeat.ts'
import { THREADS_MAX } from '../shm/layout.ts'
import { SubmissionGuard } from '../shm/submission-guard.ts'
import { Approvals } from './approvals.ts'
import { auditTail } from './audit-tail.ts'
import { ControlServer } from './control-server.ts'
import { KillLook } from './kill-look.ts'
import { KillPlane } from './kill-plane.ts'
import type { Assertion } from './level-files.ts'
import { LevelSources } from './level-sources.ts'
import { MainLink } from './main-link.ts'
import type { ControlWorkerData, ToControl, ToMain } from './messages.ts'
import { OutsideOrders } from './outside-orders.ts'
import type { RouteContext } from './routes.ts'
import { allScopes } from './scope.ts'
import { chooseServer, type ServerChoice } from './server-choice.ts'
import type { ControlStatus, StatusDocument } from './status.ts'
import { Watchdog } from './watchdog.ts'

const LEVEL_CODE = { file: 'FILE', lock_file: 'LOCK_FILE', environment: 'ENVIRONMENT' } as const

/** The control thread: the kill plane, its door, and what it knows of the main thread. */
class ControlThread {
  readonly #data: ControlWorkerData
  readonly #port: MessagePort
  readonly #plane: ControlPlane
  readonly #clock: SystemClock
  readonly #heartbeat: Heartbeat
  readonly #link: MainLink
  readonly #kills: KillPlane
  readonly #look: KillLook
  readonly #watchdog: Watchdog | null
  readonly #http: ServerChoice
  #levels: LevelSources | null = null
  #server: ControlServer | null = null
  #timer: NodeJS.Timeout | undefined
  #document: StatusDocument | null = null
  #documentNs = 0
  #notReady: string | null = 'starting'

  constructor(data: ControlWorkerData, port: MessagePort) {
    this.#data = data
    this.#port = port
    this.#plane = ControlPlane.attach(data.plane)
    this.#clock = new SystemClock(data.baseHrNs)
    this.#heartbeat = new Heartbeat(this.#plane, 'control')
    this.#link = new MainLink((message) => this.#post(message), data.mainTimeoutMs)
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
    this.#http = chooseServer(data.server)
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
    this.#server = await ControlServer.listen({
      server: this.#http.server,
      socket: this.#data.socket,
      door: this.#data.door,
      clock: this.#clock,
      context: this.#routeContext(),
      onProblem: (message) => this.#post({ kind: 'problem', code: 'CONTROL_HTTP', message }),
    })
    this.#heartbeat.state('running')
    this.#timer = setInterval(() => this.#poll(), this.#data.pollMs)
    const { server, why } = this.#http
    this.#post({ kind: 'listening', server: server.implementation, why, port: this.#server.port })
  }

  #routeContext(): RouteContext {
    const { names, routing, door, stateDir } = this.#data
    const outside = new OutsideOrders(this.#plane, names, routing, this.#link)
    return {
      names,
      kills: this.#kills,
      lookAtLevels: () => this.#levels?.look(),
      ask: (request) => this.#link.ask(request),
      status: () => this.#status(),
      notReady: () => this.#whyNotReady(),
      approvals: door.twoPerson ? new Approvals(this.#clock) : null,
      execute: (fields, who) => outside.execute(fields, who),
      audit: (fields) => auditTail(journalDir(stateDir), fields),
    }
  }

  #poll(last = false): void {
    this.#heartbeat.beat(this.#clock.monoNs() / 1e6)
    try {
      this.#look.look(last)
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
      case 'reply':
        this.#link.onReply(message.id, message.reply)
        break
      case 'sending':
        this.#link.onSending(message.id, message.clientOrderId)
        break
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

  #keep(document: StatusDocument): void {
    this.#document = document
    this.#documentNs = this.#clock.monoNs()
  }

  async #status(): Promise<object> {
    const result = await this.#link.ask({ action: 'status' })
    const answered = result.kind === 'reply'
    if (answered && result.reply.status === 200) this.#keep(result.reply.body as StatusDocument)
    const { words, kill } = this.#words()
    const guard = new SubmissionGuard(this.#plane)
    const control: ControlStatus = {
      kill,
      mode: tradingMode(this.#plane.all.load(), this.#data.reducible),
      levels: this.#plane.levels(),
      armed: isOpen(this.#plane.all.load()),
      words,
      latched: this.#kills.latched(),
      halts: readHaltRecords(this.#plane),
      signal: this.#data.signal,
      server: this.#http.server.implementation,
      server_why: this.#http.why,
      threads: this.#threads(),
      submitting: guard.submitting(),
      in_flight: guard.inFlight(),
      main_responsive: answered,
      main_age_ms:
        this.#document === null ? null : Math.round((this.#clock.monoNs() - this.#documentNs) / 1e6),
    }
    return { ...this.#document, control }
  }

  /** Heartbeats of the threads that have one (A7). */
  #threads(): ControlStatus['threads'] {
    const nowMs = this.#clock.monoNs() / 1e6
    return Array.from({ length: THREADS_MAX }, (_, index) => readHeartbeat(this.#plane, index, nowMs))
      .filter(({ state }) => state !== 'absent')
      .map(({ thread, state, ageMs, progress }) => ({ thread, state, age_ms: ageMs, progress }))
  }

  #words(): { words: ControlStatus['words']; kill: ControlStatus['kill'] } {
    let kill: ControlStatus['kill'] = 'SAFE'
    const words = allScopes(this.#data.names).map((scope) => {
      const word = this.#plane.scope(scope).load()
      if ((word & REASON.KILL) !== 0) kill = 'ENGAGED'
      return {
        scope: scopeText(scope, this.#data.names),
        open: isOpen(word),
        mode: tradingMode(word, this.#data.reducible),
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
    // What the main thread had to say came before its word to close. Again at the end: the door needs a while.
    this.#poll(true)
    await this.#server?.close()
    this.#poll(true)
    this.#link.close()
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
