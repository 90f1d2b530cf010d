import { isMainThread, receiveMessageOnPort } from 'node:worker_threads'
import { type Clock, SystemClock } from '../core/clock.ts'
import { TidegateError } from '../core/errors.ts'
import type { Intent } from '../domain/intent.ts'
import { setReason } from '../gate/arm.ts'
import { ALL_SCOPE, ControlPlane } from '../shm/control-plane.ts'
import { generationOf } from '../shm/control-word.ts'
import { COUNTER, ThreadCounters } from '../shm/counters.ts'
import { HaltRecordWriter } from '../shm/halt-records.ts'
import { Heartbeat } from '../shm/heartbeat.ts'
import { IntentRingProducer } from '../shm/intent-ring.ts'
import { PLANE, STOP, WORKER } from '../shm/layout.ts'
import { TickRingConsumer } from '../shm/tick-ring.ts'
import { createWait, type WaitStrategy } from '../shm/wait.ts'
import { attachWorkerMemory } from '../shm/worker-memory.ts'
import {
  type CreateTickHandler,
  CYCLE_TICKS_MAX,
  type HandlerContext,
  LOOP_TURN_MS_MAX,
  MAIL_MAX,
  PING,
  type TickHandler,
  type WorkerReturn,
  type WorkerTask,
} from './worker-task.ts'

/** The endless task of a strategy worker: returns when it is asked to stop, throws what its handler throws. */
export async function runStrategyWorker(task: WorkerTask): Promise<WorkerReturn> {
  const loop = new WorkerLoop(task)
  try {
    return await loop.run(await loadHandler(task.handlerModule, loop.context))
  } finally {
    loop.ended()
  }
}

/** @throws HANDLER_INVALID when the module does not export `createTickHandler` */
async function loadHandler(module: string, context: HandlerContext): Promise<TickHandler> {
  const { createTickHandler } = (await import(module)) as { createTickHandler?: CreateTickHandler }
  if (typeof createTickHandler !== 'function') {
    throw new TidegateError('HANDLER_INVALID', `${module} must export the function createTickHandler`)
  }
  return createTickHandler(context)
}

/** The duty cycle of one worker: mail and ticks in, intents out, heart beaten, then wait. */
class WorkerLoop {
  readonly context: HandlerContext
  readonly #task: WorkerTask
  readonly #plane: ControlPlane
  readonly #words: Int32Array
  readonly #ticks: TickRingConsumer
  readonly #intents: IntentRingProducer
  readonly #wait: WaitStrategy
  readonly #heartbeat: Heartbeat
  readonly #counters: ThreadCounters
  readonly #halts: HaltRecordWriter
  readonly #clock: Clock
  readonly #hasWork: () => boolean
  #mailRead = 0
  #mailPosted = 0
  #taken = 0
  #turnedMs = 0
  /** lock-step: the peeked tick waits for its decisions */
  #held = false

  constructor(task: WorkerTask) {
    const { worker } = task
    const memory = attachWorkerMemory(task.rings, task.shape)
    this.#task = task
    this.#plane = ControlPlane.attach(task.plane)
    this.#words = memory.words
    this.#ticks = new TickRingConsumer(memory.ticks)
    this.#intents = new IntentRingProducer(memory.intents)
    this.#wait = createWait(task.wait, memory.wait, !isMainThread, task.spinChecks)
    this.#heartbeat = new Heartbeat(this.#plane, worker)
    this.#counters = new ThreadCounters(this.#plane, worker)
    this.#halts = new HaltRecordWriter(this.#plane, `worker-${worker}`)
    this.#clock = new SystemClock(task.baseHrNs)
    this.#hasWork = () => this.#ticks.pending() > 0 || this.#mailWaits() || this.#stop() !== STOP.NONE
    this.context = {
      worker,
      plane: this.#plane,
      intents: { write: (intent) => this.#writeIntent(intent) },
      clock: this.#clock,
      counters: this.#counters,
      data: task.handlerData,
      post: (body) => this.#post(body),
    }
    this.#heartbeat.state('starting')
  }

  async run(handler: TickHandler): Promise<WorkerReturn> {
    this.#task.port.postMessage({ kind: 'ready' })
    this.#heartbeat.state('running')
    for (;;) {
      const stop = this.#stop()
      if (stop === STOP.NOW) break
      const nowMs = this.#clock.monoNs() / 1e6
      this.#heartbeat.beat(nowMs)
      const worked = this.#cycle(handler)
      if (this.#held) await this.#settle(handler)
      else if (worked === 0 && stop === STOP.NONE) await this.#idle(handler)
      else if (worked === 0 && (handler.undecided?.() ?? 0) === 0) break
      else if (worked === 0 || (handler.pending?.() ?? 0) > 0) await this.#turn(nowMs)
      if (nowMs - this.#turnedMs >= LOOP_TURN_MS_MAX) await this.#turn(nowMs)
    }
    this.#heartbeat.state('stopping')
    await handler.close?.()
    return { ticks: this.#taken }
  }

  ended(): void {
    this.#heartbeat.state('ended')
    this.#task.port.close()
  }

  /** Takes mail and ticks up to the limit. In lock-step it ends behind a tick that is not decided yet. */
  #cycle(handler: TickHandler): number {
    let worked = this.#readMail(handler)
    let ticks = 0
    while (ticks < CYCLE_TICKS_MAX) {
      const slot = this.#ticks.peek()
      if (slot < 0) break
      // Main sends mail before the tick that follows it: having seen the tick, we see the mail.
      worked += this.#readMail(handler)
      handler.onTick(this.#ticks.slots, slot, this.#ticks.tickSeq(slot))
      ticks++
      if (this.#task.lockStep) {
        this.#held = (handler.undecided?.() ?? 0) > 0
        if (this.#held) break
        this.#release()
        this.#ping()
      } else this.#release()
    }
    this.#counters.add(COUNTER.cycles)
    if (worked + ticks > 0) this.#counters.add(COUNTER.cycles_busy)
    if (ticks === CYCLE_TICKS_MAX) this.#counters.add(COUNTER.cycles_full)
    return worked + ticks
  }

  #release(): void {
    this.#ticks.release()
    this.#heartbeat.progress()
    this.#counters.add(COUNTER.ticks)
    this.#taken++
  }

  /** The tick of the last cycle is consumed when its decisions are made. */
  async #settle(handler: TickHandler): Promise<void> {
    await handler.settle?.()
    this.#held = false
    this.#release()
    this.#ping()
  }

  async #idle(handler: TickHandler): Promise<void> {
    this.#counters.add(COUNTER.waits)
    if ((handler.pending?.() ?? 0) > 0) await this.#wait.idleAsync(this.#hasWork)
    else this.#wait.idle(this.#hasWork)
  }

  /** Lets promises, timers and errors of asynchronous code come through. */
  #turn(nowMs: number): Promise<void> {
    this.#turnedMs = nowMs
    return new Promise((resolve) => setImmediate(resolve))
  }

  #stop(): number {
    // Sequentially consistent: also the check between "parked" and the wait (`shm/wait.ts`).
    return Atomics.load(this.#words, WORKER.stop)
  }

  #mailWaits(): boolean {
    // Sequentially consistent, after the load of the tick ring's tail: mail that was sent before a tick is seen with it.
    return Atomics.load(this.#words, WORKER.mailSent) !== this.#mailRead
  }

  #readMail(handler: TickHandler): number {
    if (!this.#mailWaits()) return 0
    let count = 0
    for (let post = receiveMessageOnPort(this.#task.port); post !== undefined; ) {
      this.#mailRead = (this.#mailRead + 1) | 0
      count++
      handler.onMessage?.(post.message)
      post = receiveMessageOnPort(this.#task.port)
    }
    // Frees main's allowance; no other order is relied on.
    Atomics.store(this.#words, WORKER.mailRead, this.#mailRead)
    return count
  }

  #writeIntent(intent: Intent): boolean {
    if (!this.#intents.tryWrite(intent)) {
      this.#counters.add(COUNTER.intents_refused)
      this.#haltForFullRing()
      return false
    }
    this.#counters.add(COUNTER.intents)
    this.#ping()
    return true
  }

  /** Nothing is shed silently: an intent that finds no room halts everything, here and at once. */
  #haltForFullRing(): void {
    const change = setReason(this.#plane, ALL_SCOPE, 'KILL', 'engine')
    this.#halts.write({
      reason: 'KILL',
      code: 'OTHER',
      text: `the intent ring of worker ${this.#task.worker} is full: main does not take its intents`,
      actor: 'engine',
      source: `worker-${this.#task.worker}`,
      scope: 'all',
      utcNs: String(this.#clock.utcNs()),
      generation: generationOf(change.word),
    })
    this.#ping()
  }

  #post(body: unknown): boolean {
    // Atomic load of main's count; an old value only makes the allowance smaller.
    const taken = Atomics.load(this.#words, WORKER.mailTaken)
    if (((this.#mailPosted - taken) | 0) >= MAIL_MAX) {
      this.#counters.add(COUNTER.messages_dropped)
      return false
    }
    this.#task.port.postMessage({ kind: 'message', body })
    this.#mailPosted = (this.#mailPosted + 1) | 0
    this.#counters.add(COUNTER.messages)
    // For status; this thread is the only reader that decides by it.
    Atomics.store(this.#words, WORKER.mailPosted, this.#mailPosted)
    return true
  }

  /** Wakes main where it sleeps in its event loop; the one thread that takes the word to 0 sends. */
  #ping(): void {
    // Sequentially consistent, after the store of the ring's cursor: either this load sees "parked", or main's look at
    // the rings after it stored "parked" sees the cursor (`WorkerHost.park`). So no wake-up is lost.
    if (Atomics.load(this.#plane.words, PLANE.mainParked) === 0) return
    if (Atomics.compareExchange(this.#plane.words, PLANE.mainParked, 1, 0) !== 1) return
    this.#counters.add(COUNTER.pings)
    this.#task.port.postMessage(PING)
  }
}
