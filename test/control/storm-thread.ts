import { parentPort, workerData } from 'node:worker_threads'
import { KillPlane } from '../../src/control/kill-plane.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { SeededRandom } from '../../src/core/random.ts'
import { scopeText } from '../../src/engine/halts.ts'
import { setReason } from '../../src/gate/arm.ts'
import type { Actor } from '../../src/gate/reasons-policy.ts'
import { ControlPlane, type Scope } from '../../src/shm/control-plane.ts'
import { generationOf } from '../../src/shm/control-word.ts'
import type { HaltSource } from '../../src/shm/halt-records.ts'
import { SubmissionGuard } from '../../src/shm/submission-guard.ts'
import {
  END,
  effectiveAt,
  LAST,
  STORM_NAMES,
  STORM_SCOPES,
  type StormData,
  type StormResult,
  TALLY,
} from './storm-data.ts'

const data = workerData as StormData
const plane = ControlPlane.attach(data.memory)
const tally = new Int32Array(data.tally)
const guard = new SubmissionGuard(plane)
const random = new SeededRandom(data.seed)
const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)] as T

const CONTROL: readonly { actor: Actor; source: HaltSource }[] = [
  { actor: 'operator', source: 'http' },
  { actor: 'operator', source: 'cli' },
  { actor: 'file', source: 'file' },
  { actor: 'lock_file', source: 'lock_file' },
  { actor: 'environment', source: 'environment' },
  { actor: 'bus', source: 'bus' },
  { actor: 'guardian', source: 'guardian' },
  { actor: 'drill', source: 'drill' },
]
const OTHERS: readonly Actor[] = ['strategy', 'risk', 'signal', 'reconciliation', 'engine', 'watchdog']
/** Looks at the submissions after a kill that is acknowledged to nobody. */
const LOOKS_MAX = 100_000

const generations: Record<string, number[]> = {}
let effective = 0
let badAcks = 0

/** Lets the main thread trade before the next kill, for a bounded time. */
function letTrade(): void {
  const before = Atomics.load(tally, TALLY.orders)
  for (let look = 0; look < 40 && Atomics.load(tally, TALLY.orders) < before + 4; look++)
    Atomics.wait(tally, TALLY.idle, 0, 0.1)
}

function note(scope: Scope, generation: number, isEffective: boolean): void {
  const name = scopeText(scope, STORM_NAMES)
  generations[name] ??= []
  generations[name].push(generation)
  if (!isEffective) return
  effective++
  // Sequentially consistent: who reads this generation while the word still has it reads a halt that is effective.
  Atomics.store(tally, effectiveAt(data.role, STORM_SCOPES.indexOf(scope)), generation)
}

function openKillPlane(): KillPlane {
  return new KillPlane({
    plane,
    names: STORM_NAMES,
    stateDir: data.folder,
    latchSync: false,
    effectiveTimeoutMs: 10_000,
    clock: new SystemClock(data.baseHrNs),
    baseHrNs: data.baseHrNs,
    onEvent: () => {},
    onProblem: (code, message) => {
      throw new Error(`${code} ${message}`)
    },
  })
}

async function control(): Promise<void> {
  const kills = openKillPlane()
  const kill = async (scope: Scope): Promise<void> => {
    const { actor, source } = pick(CONTROL)
    const ack = await kills.kill({ scope, code: 'DRILL', text: 'storm', actor, who: 'storm', source })
    const { set_ns, effective_ns, latched_ns } = ack
    note(scope, ack.generation, effective_ns !== null)
    if (effective_ns === null || latched_ns === null || effective_ns < set_ns || latched_ns < effective_ns)
      badAcks++
  }
  const ended = new Promise<void>((resolve) => {
    parentPort?.on('message', ({ scope, generation }: { scope: string; generation: number }) => {
      if (scope === LAST) for (const each of STORM_SCOPES) void kill(each)
      else if (scope === END) resolve()
      else kills.rearmed(scope, generation)
    })
  })
  for (let n = 0; n < data.kills; n++) {
    if (n % 16 === 0) letTrade()
    await kill(pick(STORM_SCOPES))
  }
  Atomics.add(tally, TALLY.done, 1)
  await ended
  await kills.settled()
}

async function others(): Promise<void> {
  for (let n = 0; n < data.kills; n++) {
    const scope = pick(STORM_SCOPES)
    if (n % 16 === 0) letTrade()
    const generation = generationOf(setReason(plane, scope, 'KILL', pick(OTHERS)).word)
    let looks = 0
    while (guard.submitting() !== 0 && looks < LOOKS_MAX) looks++
    note(scope, generation, looks < LOOKS_MAX)
  }
  Atomics.add(tally, TALLY.done, 1)
}

Atomics.add(tally, TALLY.ready, 1)
while (Atomics.load(tally, TALLY.ready) < 2) Atomics.wait(tally, TALLY.ready, 1, 1)
await (data.role === 'control' ? control() : others())
const result: StormResult = { generations, effective, badAcks }
parentPort?.postMessage(result)
parentPort?.close()
