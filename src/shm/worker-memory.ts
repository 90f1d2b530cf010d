import { assert } from '../core/assert.ts'
import { type IntentRingPlace, intentRingBytes } from './intent-ring.ts'
import { WORKER, WORKER_HEADER_BYTES } from './layout.ts'
import { type TickRingPlace, tickRingBytes } from './tick-ring.ts'
import type { WaitWords } from './wait.ts'

/** Sizes of a worker's rings. Slots are powers of two. */
export interface WorkerMemoryShape {
  readonly tickSlots: number
  readonly intentSlots: number
  readonly featuresMax: number
}

/** One strategy worker's shared block: its words, its tick ring, its intent ring. */
export interface WorkerMemory {
  readonly buffer: SharedArrayBuffer
  readonly words: Int32Array
  readonly ticks: TickRingPlace
  readonly intents: IntentRingPlace
  /** what the worker waits on */
  readonly wait: WaitWords
}

function bytesOf(shape: WorkerMemoryShape): number {
  return (
    WORKER_HEADER_BYTES +
    tickRingBytes(shape.tickSlots) +
    intentRingBytes(shape.intentSlots, shape.featuresMax)
  )
}

/** Fresh zeroed memory for one life of a worker. */
export function createWorkerMemory(shape: WorkerMemoryShape): SharedArrayBuffer {
  return new SharedArrayBuffer(bytesOf(shape))
}

/** @throws ASSERTION when the buffer does not have the shape's size */
export function attachWorkerMemory(buffer: SharedArrayBuffer, shape: WorkerMemoryShape): WorkerMemory {
  assert(buffer.byteLength === bytesOf(shape), 'the shared memory does not have the shape of these rings')
  const words = new Int32Array(buffer, 0, WORKER_HEADER_BYTES / 4)
  return {
    buffer,
    words,
    ticks: {
      words,
      cursorsAt: WORKER.tickRing,
      capacity: shape.tickSlots,
      slotsAtBytes: WORKER_HEADER_BYTES,
    },
    intents: {
      words,
      cursorsAt: WORKER.intentRing,
      capacity: shape.intentSlots,
      slotsAtBytes: WORKER_HEADER_BYTES + tickRingBytes(shape.tickSlots),
      featuresMax: shape.featuresMax,
    },
    wait: { words, doorbellAt: WORKER.doorbell, parkedAt: WORKER.parked },
  }
}
