import { parentPort, workerData } from 'node:worker_threads'
import { ControlPlane } from '../../src/shm/control-plane.ts'
import type { PlaneMemory } from '../../src/shm/freshness.ts'
import { HaltRecordWriter } from '../../src/shm/halt-records.ts'

/** Writes records whose every part is made of their generation, so that a torn one shows. */
const { memory, count } = workerData as { readonly memory: PlaneMemory; readonly count: number }
const writer = new HaltRecordWriter(ControlPlane.attach(memory), 'engine')
for (let n = 1; n <= count; n++) {
  const letter = String.fromCharCode(97 + (n % 26))
  writer.write({
    ...{ reason: 'KILL', code: 'OTHER', text: letter.repeat(n % 700), actor: `${n}`, source: letter },
    ...{ scope: 'all', utcNs: `${n}`, generation: n },
  })
}
parentPort?.postMessage(count)
