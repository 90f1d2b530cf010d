import { parentPort, workerData } from 'node:worker_threads'
import type { Intent } from '../../src/domain/intent.ts'
import { createTickSlots, TICK, TICK_SLOT_F64, TICK_SLOT_I32 } from '../../src/domain/tick.ts'
import { IntentRingConsumer, IntentRingProducer } from '../../src/shm/intent-ring.ts'
import { TickRingConsumer, TickRingProducer } from '../../src/shm/tick-ring.ts'
import { createWait, ring, type WaitKind } from '../../src/shm/wait.ts'
import { attachWorkerMemory, type WorkerMemoryShape } from '../../src/shm/worker-memory.ts'

/** Roles of the ring stress: one thread writes numbered ticks, the other turns each into an intent, the first checks. */
export interface RingThreadData {
  readonly role: 'ticks' | 'intents'
  readonly buffer: SharedArrayBuffer
  readonly shape: WorkerMemoryShape
  readonly count: number
  readonly wait: WaitKind
}

/** What each side saw; every fault is counted. */
export interface RingThreadResult {
  readonly written: number
  readonly read: number
  readonly faults: number
  readonly fullCount: number
}

const data = workerData as RingThreadData
const memory = attachWorkerMemory(data.buffer, data.shape)
/** A stand-in for work: lets the other thread run when nothing can be done here. */
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Every word of tick `n` is made of n, so that a torn slot shows. */
function wordOf(n: number, word: number): number {
  return n * 8 + word
}

function writeTicks(): RingThreadResult {
  const producer = new TickRingProducer(memory.ticks)
  const consumer = new IntentRingConsumer(memory.intents)
  const slots = createTickSlots(1)
  let written = 0
  let read = 0
  let faults = 0
  let fullCount = 0
  while (read < data.count) {
    let worked = false
    while (written < data.count) {
      slots.i32[0] = TICK.TRADE | ((written & 0xffff) << 8)
      slots.i32[1] = written | 0
      for (let f = 1; f < TICK_SLOT_F64; f++) slots.f64[f] = wordOf(written, f)
      if (!producer.tryWrite(slots, 0, written)) {
        fullCount++
        break
      }
      ring(memory.wait)
      written++
      worked = true
    }
    for (let intent = consumer.tryRead(); intent !== null; intent = consumer.tryRead()) {
      faults += checkIntent(intent, read)
      read++
      worked = true
    }
    if (!worked) Atomics.wait(pause, 0, 0, 0.05)
  }
  return { written, read, faults, fullCount }
}

function checkIntent(intent: Intent, n: number): number {
  const right =
    intent.tickSeq === n &&
    intent.instrument === (n & 1023) &&
    intent.action === 1 + (n & 1) &&
    intent.decidedNs === wordOf(n, 6) &&
    intent.qty === wordOf(n, 7) &&
    intent.permit[0] === (n | 0) &&
    intent.permit[4] === ~n &&
    intent.features.length === n % 4 &&
    intent.features.every((value, index) => value === wordOf(n, index))
  return right ? 0 : 1
}

function writeIntents(): RingThreadResult {
  const consumer = new TickRingConsumer(memory.ticks)
  const producer = new IntentRingProducer(memory.intents)
  // A park without end: a wake-up that is lost would be a test that never ends.
  const wait = createWait(data.wait, memory.wait, true, 200, Number.POSITIVE_INFINITY)
  const features = [0, 1, 2, 3].map((length) => new Float64Array(length))
  const permit: [number, number, number, number, number] = [0, 0, 0, 0, 0]
  let read = 0
  let faults = 0
  let fullCount = 0
  const onTick = (slots: { i32: Int32Array; f64: Float64Array }, slot: number, tickSeq: number): void => {
    const n = read++
    const i = slot * TICK_SLOT_I32
    let right =
      tickSeq === n && slots.i32[i] === (TICK.TRADE | ((n & 0xffff) << 8)) && slots.i32[i + 1] === (n | 0)
    for (let f = 1; f < TICK_SLOT_F64; f++) right &&= slots.f64[slot * TICK_SLOT_F64 + f] === wordOf(n, f)
    if (!right) faults++
    const row = features[n % 4] as Float64Array
    for (let index = 0; index < row.length; index++) row[index] = wordOf(n, index)
    permit[0] = n | 0
    permit[4] = ~n
    const intent: Intent = {
      ...{ strategy: n & 63, instrument: n & 1023, action: n & 1 ? 2 : 1, tickSeq: n, tickRecvNs: n },
      ...{ tickEventNs: n, decidedNs: wordOf(n, 6), referencePrice: n, limitPrice: n, qty: wordOf(n, 7) },
      ...{ permit, features: row },
    }
    while (!producer.tryWrite(intent)) {
      fullCount++
      Atomics.wait(pause, 0, 0, 0.05)
    }
  }
  while (read < data.count) {
    if (consumer.poll(256, onTick) === 0) wait.idle(() => consumer.pending() > 0)
  }
  return { written: read, read, faults, fullCount }
}

parentPort?.postMessage(data.role === 'ticks' ? writeTicks() : writeIntents())
