import { parentPort, workerData } from 'node:worker_threads'
import { ControlPlane } from '../../src/shm/control-plane.ts'
import type { PlaneMemory } from '../../src/shm/freshness.ts'
import { HaltRecordWriter } from '../../src/shm/halt-records.ts'

/**
 * Writes records whose every part is made of their generation, so that a torn one shows: `count` of them, and on until
 * the reader, which the machine may have held up meanwhile, has seen as many different ones as it wants.
 */
const { memory, count, wanted } = workerData as {
  readonly memory: PlaneMemory
  readonly count: number
  /** records that the reader still wants to see */
  readonly wanted: Int32Array
}
const writer = new HaltRecordWriter(ControlPlane.attach(memory), 'engine')
let n = 0
while (n < count || Atomics.load(wanted, 0) > 0) {
  n++
  const letter = String.fromCharCode(97 + (n % 26))
  writer.write({
    ...{ reason: 'KILL', code: 'OTHER', text: letter.repeat(n % 700), actor: `${n}`, source: letter },
    ...{ scope: 'all', utcNs: `${n}`, generation: n },
  })
}
parentPort?.postMessage(n)
