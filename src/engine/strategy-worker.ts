import { setTimeout as sleep } from 'node:timers/promises'
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { TidegateError } from '../core/errors.ts'
import { threadEnvironment } from '../core/thread-environment.ts'
import type { TickSlots } from '../domain/tick.ts'
import { COUNTER } from '../shm/counters.ts'
import { Heartbeat, StallWatch, threadIndex } from '../shm/heartbeat.ts'
import { IntentRingConsumer } from '../shm/intent-ring.ts'
import { STOP, WORKER } from '../shm/layout.ts'
import { TickRingProducer } from '../shm/tick-ring.ts'
import { ring, SpinBudget } from '../shm/wait.ts'
import { attachWorkerMemory, createWorkerMemory, type WorkerMemory } from '../shm/worker-memory.ts'
import { within } from './within.ts'
import { MAIL_MAX, PING, type WorkerPost, type WorkerReturn, type WorkerTask } from './worker-task.ts'
import type { WorkerEnd, WorkerEvents, WorkerSetting, WorkerSpec, WorkerStop } from './worker-types.ts'

/** Looks at the consumed cursor before lock-step leaves the fast path: about 200 µs. */
const CONSUMED_CHECKS_MAX = 20_000
/** Turns of the event loop before lock-step sleeps until the worker pings. */
const CONSUMED_TURNS_MAX = 4
const CONSUMED_SLEEP_MS = 20
/** Of a limit to `stop`: asking may take this much, and then terminating that much. */
const STOP_SHARE = 0.5
const TERMINATE_SHARE = 0.4

/** The main thread's end of one strategy worker: a pool of one thread, whose one task lasts as long as the worker. */
export class StrategyWorker {
  readonly index: number
  readonly intents: IntentRingConsumer
  /** settled when the task has ended, however */
  readonly ended: Promise<WorkerEnd>
  readonly #setting: WorkerSetting
  readonly #memory: WorkerMemory
  readonly #ticks: TickRingProducer
  readonly #watch: StallWatch
  readonly #pool: Piscina
  readonly #port: MessagePort
  readonly #exit: Promise<unknown>
  readonly #ready: Promise<void>
  readonly #consumedSpin = new SpinBudget(CONSUMED_CHECKS_MAX)
  readonly #isConsumed = (): boolean => this.#ticks.pending() === 0
  #end: WorkerEnd | null = null
  #asked = false
  #terminated = false
  #mailSent = 0
  #mailTaken = 0

  /** Starts the thread; `started` tells when it runs. */
  constructor(spec: WorkerSpec, setting: WorkerSetting, entry: string, events: WorkerEvents) {
    const { plane, limits, shape } = setting
    this.index = spec.worker
    this.#setting = setting
    const rings = createWorkerMemory(shape)
    this.#memory = attachWorkerMemory(rings, shape)
    this.#ticks = new TickRingProducer(this.#memory.ticks)
    this.intents = new IntentRingConsumer(this.#memory.intents)
    this.#watch = new StallWatch(plane, threadIndex(spec.worker), Math.ceil(limits.stallMs / limits.checkMs))
    // No environment of the process: it holds the venue's keys. No task but the one below is ever run, so the pool's own queue, its
    // atomics and its idle timer are out of play.
    this.#pool = new Piscina({
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
      idleTimeout: Number.POSITIVE_INFINITY,
      closeTimeout: limits.stopMs,
      recordTiming: false,
      env: threadEnvironment(),
      execArgv: [],
    })
    // Errors of the thread reach us by the task's rejection; the pool would throw what nobody listens to.
    this.#pool.on('error', () => {})
    const thread = this.#pool.threads[0] as Worker
    this.#exit = new Promise((resolve) => thread.once('exit', resolve)).then(() => {
      // Its thread is gone, so its words have no other writer.
      new Heartbeat(plane, this.index).state('ended')
    })
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#ready = this.#listen(events)
    const { baseHrNs, wait, spinChecks, lockStep } = setting
    const task: WorkerTask = {
      ...spec,
      ...{ plane: plane.memory, rings, shape, wait, spinChecks, lockStep, baseHrNs, port: port2 },
    }
    const run = this.#pool.run(task, { filename: entry, name: 'loop', transferList: [port2] })
    this.ended = this.#watchEnd(run as Promise<WorkerReturn>, events)
  }

  /** @throws WORKER_START when it ends or stays silent instead; its thread is gone then */
  async started(): Promise<void> {
    const first = Promise.race([this.#ready, this.ended])
    const spoke = await within(first, this.#setting.limits.startMs)
    if (spoke && this.running) return
    const failure = this.#end?.message ?? 'it stayed silent'
    await this.stop(false)
    throw new TidegateError('WORKER_START', `strategy worker ${this.index} did not start: ${failure}`)
  }

  get running(): boolean {
    return this.#end === null
  }

  /**
   * Copies a tick (`count` slots that belong together) into the worker's ring and wakes it. False when the ring is
   * full: the tick is dropped and counted, and the caller shuts the staleness gate of its symbol.
   */
  dispatch(slots: TickSlots, slot: number, count: number, tickSeq: number): boolean {
    const written =
      count === 1
        ? this.#ticks.tryWrite(slots, slot, tickSeq)
        : this.#ticks.tryWriteGroup(slots, slot, count, tickSeq)
    const { counters } = this.#setting
    counters.add(written ? COUNTER.ticks : COUNTER.ticks_dropped, count)
    if (written && ring(this.#memory.wait)) counters.add(COUNTER.wakes)
    return written
  }

  /** Ticks that the worker has not finished. */
  pending(): number {
    return this.#ticks.pending()
  }

  /** Lock-step, fast path: true when the worker finishes all its ticks while we look; else go on by `waitConsumed`. */
  spinConsumed(): boolean {
    return this.#consumedSpin.spin(this.#isConsumed)
  }

  /**
   * Lock-step, slow path: resolves true when the worker has finished all its ticks, false when it has ended before.
   *
   * @param pinged resolves at the next ping or end of any worker; asked for again each time
   */
  async waitConsumed(pinged: () => Promise<void>): Promise<boolean> {
    for (let turn = 0; this.#ticks.pending() > 0; turn++) {
      if (!this.running) return false
      if (turn < CONSUMED_TURNS_MAX) await new Promise((resolve) => setImmediate(resolve))
      else await Promise.race([pinged(), sleep(CONSUMED_SLEEP_MS)])
    }
    return true
  }

  /** Posts a message, seen by the worker before any tick that is written later. False: dropped and counted. */
  send(message: unknown): boolean {
    const { words } = this.#memory
    // Atomic load of the worker's count; an old value only makes the allowance smaller.
    const read = Atomics.load(words, WORKER.mailRead)
    if (!this.running || ((this.#mailSent - read) | 0) >= MAIL_MAX) {
      this.#setting.counters.add(COUNTER.messages_dropped)
      return false
    }
    this.#port.postMessage(message)
    this.#mailSent = (this.#mailSent + 1) | 0
    // Releases the message, which lies in the port already: the worker that loads this count finds it.
    Atomics.store(words, WORKER.mailSent, this.#mailSent)
    ring(this.#memory.wait)
    this.#setting.counters.add(COUNTER.messages)
    return true
  }

  /** One look at the heartbeat; true from the look that makes it a stall until there is progress. */
  checkStall(): boolean {
    return this.#watch.check() && this.running
  }

  /**
   * Ends the worker: asks, waits `stopMs`, terminates, waits `terminateMs`. Never throws and never hangs; `stuck` means
   * that the thread sits in native code.
   *
   * @param drained let it finish the ticks in its ring first
   * @param limitMs cuts both waits, so that together they stay below it
   */
  async stop(drained: boolean, limitMs: number = Number.POSITIVE_INFINITY): Promise<WorkerStop> {
    this.#asked = true
    // Sequentially consistent, before the doorbell's read of "parked": the worker sees it, or is woken.
    Atomics.store(this.#memory.words, WORKER.stop, drained ? STOP.WHEN_DRAINED : STOP.NOW)
    ring(this.#memory.wait)
    await within(this.ended, Math.min(this.#setting.limits.stopMs, limitMs * STOP_SHARE))
    return this.terminate(limitMs * TERMINATE_SHARE)
  }

  /** Ends the thread without asking; also the last step of `stop`. */
  async terminate(limitMs: number = Number.POSITIVE_INFINITY): Promise<WorkerStop> {
    this.#asked = true
    this.#terminated ||= this.running
    // Ends the thread where it still runs, and the idle one where the task has returned.
    const gone = Promise.all([this.#pool.destroy(), this.#exit, this.ended])
    const left = await within(gone, Math.min(this.#setting.limits.terminateMs, limitMs))
    this.#port.close()
    return { worker: this.index, how: left ? (this.#end as WorkerEnd).kind : 'stuck' }
  }

  #listen(events: WorkerEvents): Promise<void> {
    return new Promise((resolve) => {
      this.#port.on('message', (post: WorkerPost) => {
        if (post === PING) events.onPing()
        else if (post.kind === 'ready') resolve()
        else {
          this.#mailTaken = (this.#mailTaken + 1) | 0
          // Gives the worker its allowance back; no other order is relied on.
          Atomics.store(this.#memory.words, WORKER.mailTaken, this.#mailTaken)
          events.onMessage(this.index, post.body)
        }
      })
    })
  }

  async #watchEnd(run: Promise<WorkerReturn>, events: WorkerEvents): Promise<WorkerEnd> {
    const end = await run.then(
      (): WorkerEnd => ({ kind: 'returned', message: 'returned as asked' }),
      (error: unknown): WorkerEnd => ({ kind: this.#kindOf(error), message: messageOf(error) }),
    )
    this.#end = end
    if (!this.#asked) {
      events.onEnded(this.index, end)
      // The pool replaces a lost thread with an idle one, which nobody needs.
      void this.#pool.destroy()
    }
    return end
  }

  #kindOf(error: unknown): WorkerEnd['kind'] {
    if (this.#terminated) return 'terminated'
    return /^worker exited with code/.test(messageOf(error)) ? 'exited' : 'threw'
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
