import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { REASON } from '../../src/domain/reasons.ts'
import { createTickSlots, TICK } from '../../src/domain/tick.ts'
import type { WorkerPost, WorkerReturn } from '../../src/engine/worker-task.ts'
import { runStrategyWorker } from '../../src/engine/worker-thread.ts'
import { ControlPlane, SCOPE_KINDS } from '../../src/shm/control-plane.ts'
import { readCounters } from '../../src/shm/counters.ts'
import { readHaltRecord } from '../../src/shm/halt-records.ts'
import { readHeartbeat, threadIndex } from '../../src/shm/heartbeat.ts'
import { IntentRingConsumer } from '../../src/shm/intent-ring.ts'
import { PLANE, STOP, WORKER } from '../../src/shm/layout.ts'
import { TickRingProducer } from '../../src/shm/tick-ring.ts'
import { attachWorkerMemory, createWorkerMemory, type WorkerMemory } from '../../src/shm/worker-memory.ts'
import type { HandlerPlan } from './worker-handler.ts'
import { HANDLER } from './worker-harness.ts'

const SHAPE = { tickSlots: 64, intentSlots: 8, featuresMax: 2 }

/** The worker's role on this very thread: the loop spins, and both sides go on in turns of one event loop. */
class SameThread {
  readonly plane: ControlPlane = ControlPlane.create()
  readonly memory: WorkerMemory
  readonly ticks: TickRingProducer
  readonly intents: IntentRingConsumer
  readonly posts: WorkerPost[] = []
  readonly ended: Promise<WorkerReturn | Error>
  readonly port: MessagePort
  readonly #slots = createTickSlots(1)
  #sent = 0

  constructor(plan: HandlerPlan, lockStep = false, handlerModule = HANDLER) {
    for (const kind of SCOPE_KINDS) this.plane.scope({ kind, index: 0 }).clear(0, 0)
    const rings = createWorkerMemory(SHAPE)
    this.memory = attachWorkerMemory(rings, SHAPE)
    this.ticks = new TickRingProducer(this.memory.ticks)
    this.intents = new IntentRingConsumer(this.memory.intents)
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    port1.on('message', (post: WorkerPost) => this.posts.push(post))
    this.ended = runStrategyWorker({
      ...{ worker: 1, plane: this.plane.memory, rings, shape: SHAPE, wait: 'spin', spinChecks: 10, lockStep },
      ...{ baseHrNs: process.hrtime.bigint(), handlerModule, handlerData: plan, port: port2 },
    }).catch((error: unknown) => error as Error)
  }

  write(tickSeq: number): void {
    this.#slots.i32[0] = TICK.TRADE
    expect(this.ticks.tryWrite(this.#slots, 0, tickSeq)).toBe(true)
  }

  mail(message: unknown): void {
    this.port.postMessage(message)
    Atomics.store(this.memory.words, WORKER.mailSent, ++this.#sent)
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve))
  }

  async stop(how: number = STOP.NOW): Promise<WorkerReturn | Error> {
    Atomics.store(this.memory.words, WORKER.stop, how)
    const end = await this.ended
    this.port.close()
    return end
  }

  seqs(): number[] {
    const seqs: number[] = []
    this.intents.poll(1_000, ({ tickSeq }) => seqs.push(tickSeq))
    return seqs
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.plane, threadIndex(1))
  }
}

describe('the duty cycle of a worker, on one thread with its host', () => {
  it('says that it is ready, takes ticks, beats, and returns their number', async () => {
    const worker = new SameThread({ mode: 'echo' })
    await worker.until(() => worker.posts.length === 1)
    expect(worker.posts).toEqual([{ kind: 'ready' }])
    expect(readHeartbeat(worker.plane, threadIndex(1), 0)).toMatchObject({
      thread: 'worker-1',
      state: 'running',
    })
    for (let n = 0; n < 5; n++) worker.write(n)
    await worker.until(() => worker.ticks.pending() === 0)
    expect(worker.seqs()).toEqual([0, 1, 2, 3, 4])
    expect(await worker.stop()).toEqual({ ticks: 5 })
    expect(readHeartbeat(worker.plane, threadIndex(1), 0).state).toBe('ended')
    expect(worker.counters()).toMatchObject({ ticks: 5, intents: 5, intents_refused: 0, pings: 0 })
  })

  it('pings main once where main sleeps', async () => {
    const worker = new SameThread({ mode: 'echo' })
    await worker.until(() => worker.posts.length === 1)
    Atomics.store(worker.plane.words, PLANE.mainParked, 1)
    for (let n = 0; n < 3; n++) worker.write(n)
    await worker.until(() => worker.posts.length === 2)
    expect(worker.posts[1]).toBe(0)
    expect(Atomics.load(worker.plane.words, PLANE.mainParked)).toBe(0)
    await worker.stop()
    expect(worker.counters().pings).toBe(1)
  })

  it('halts everything where the intent ring is full, and keeps a record of it', async () => {
    const worker = new SameThread({ mode: 'echo' })
    for (let n = 0; n < 10; n++) worker.write(n)
    await worker.until(() => worker.ticks.pending() === 0)
    expect(worker.plane.all.load() & REASON.KILL).toBe(REASON.KILL)
    expect(readHaltRecord(worker.plane, 'worker-1')?.text).toMatch(/intent ring of worker 1 is full/)
    expect(worker.counters()).toMatchObject({ intents: 8, intents_refused: 2 })
    expect(await worker.stop()).toEqual({ ticks: 10 })
  })

  it('shows mail before the tick that follows it, and counts what it read and posted', async () => {
    const worker = new SameThread({ mode: 'mail' })
    worker.mail('a')
    worker.mail('b')
    worker.write(0)
    worker.write(1)
    await worker.until(() => worker.posts.length === 3)
    const bodies = worker.posts.slice(1).map((post) => (post as { body: unknown }).body)
    expect(bodies).toEqual([
      { tickSeq: 0, mail: ['a', 'b'] },
      { tickSeq: 1, mail: [] },
    ])
    expect(Atomics.load(worker.memory.words, WORKER.mailRead)).toBe(2)
    expect(Atomics.load(worker.memory.words, WORKER.mailPosted)).toBe(2)
    await worker.stop()
  })

  it('drops messages beyond the bound, and counts them', async () => {
    const worker = new SameThread({ mode: 'flood' })
    worker.write(0)
    await worker.until(() => worker.ticks.pending() === 0)
    expect(worker.counters()).toMatchObject({ messages: 4_096, messages_dropped: 15_904 })
    await worker.stop()
  })

  it('lock-step: a tick is consumed when its decision is made, and the next one is taken after it', async () => {
    const worker = new SameThread({ mode: 'decide-later' }, true)
    Atomics.store(worker.plane.words, PLANE.mainParked, 1)
    for (let n = 0; n < 3; n++) worker.write(n)
    const seen: number[] = []
    const pendings = new Set<number>()
    await worker.until(() => {
      seen.push(...worker.seqs())
      // What is consumed has its intent in the ring already.
      const consumed = 3 - worker.ticks.pending()
      pendings.add(consumed)
      seen.push(...worker.seqs())
      expect(seen.length).toBeGreaterThanOrEqual(consumed)
      return consumed === 3
    })
    expect(seen).toEqual([0, 1, 2])
    expect(await worker.stop()).toEqual({ ticks: 3 })
    expect(worker.counters().pings).toBe(1)
  })

  it('lock-step: pings for each tick that it finishes while main waits', async () => {
    const worker = new SameThread({ mode: 'deaf' }, true)
    for (let n = 0; n < 3; n++) {
      Atomics.store(worker.plane.words, PLANE.mainParked, 1)
      worker.write(n)
      await worker.until(() => worker.ticks.pending() === 0)
    }
    await worker.stop()
    expect(worker.counters()).toMatchObject({ ticks: 3, pings: 3 })
  })

  it('drained: finishes ticks and open decisions before it returns', async () => {
    const worker = new SameThread({ mode: 'decide-later' })
    for (let n = 0; n < 5; n++) worker.write(n)
    expect(await worker.stop(STOP.WHEN_DRAINED)).toEqual({ ticks: 5 })
    expect(worker.seqs()).toEqual([0, 1, 2, 3, 4])
  })

  it('a handler that throws ends it with that error; a module without one is named', async () => {
    const worker = new SameThread({ mode: 'throw', at: 1 })
    worker.write(0)
    worker.write(1)
    expect(await worker.ended).toMatchObject({ message: 'the handler threw' })
    expect(readHeartbeat(worker.plane, threadIndex(1), 0).state).toBe('ended')
    const empty = new SameThread({ mode: 'echo' }, false, new URL('./worker-harness.ts', HANDLER).href)
    expect(await empty.ended).toMatchObject({ code: 'HANDLER_INVALID' })
    worker.port.close()
    empty.port.close()
  })
})
