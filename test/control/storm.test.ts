import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLatch } from '../../src/control/latch.ts'
import { scopeText } from '../../src/engine/halts.ts'
import { generationOf } from '../../src/shm/control-word.ts'
import {
  END,
  LAST,
  STORM_NAMES,
  STORM_ROLES,
  STORM_SCOPES,
  type StormData,
  type StormResult,
  type StormRole,
  TALLY,
} from './storm-data.ts'
import { StormRig } from './storm-rig.ts'

/** Ten times as many for a night: `TIDEGATE_TEST_LONG=1 npx vitest run test/control/storm.test.ts`. */
const TIMES = process.env['TIDEGATE_TEST_LONG'] === '1' ? 10 : 1
const KILLS: Readonly<Record<StormRole, number>> = { control: 8_000 * TIMES, others: 2_000 * TIMES }
const TIMEOUT_MS = 300_000 * TIMES
const TICKS_A_TURN = 20
/** A file system in memory: a write of the latch for every kill measures no disk here. */
const MEMORY = '/dev/shm'

interface Running {
  readonly worker: Worker
  readonly result: Promise<StormResult>
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'tidegate-storm-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function start(storm: StormRig, role: StormRole): Running {
  const workerData: StormData = {
    role,
    memory: storm.plane.memory,
    tally: storm.tally.buffer as SharedArrayBuffer,
    folder,
    baseHrNs: process.hrtime.bigint(),
    kills: KILLS[role],
    seed: STORM_ROLES.indexOf(role) + 1,
  }
  const worker = new Worker(new URL('./storm-thread.ts', import.meta.url), { workerData, execArgv: [] })
  const result = new Promise<StormResult>((resolve, reject) => {
    worker.once('message', resolve).on('error', reject)
  })
  return { worker, result }
}

/** Trades and re-arms until both threads have made their kills. Then all is killed once more, and old re-arms come late. */
async function weather(storm: StormRig): Promise<Record<StormRole, StormResult>> {
  const threads = { control: start(storm, 'control'), others: start(storm, 'others') }
  let failed = false
  for (const { result } of Object.values(threads)) result.catch(() => (failed = true))
  for (let n = 0; !failed && Atomics.load(storm.tally, TALLY.done) < 2; n += TICKS_A_TURN) {
    for (let tick = n; tick < n + TICKS_A_TURN; tick++) storm.tick(tick)
    storm.rearm((rearmed) => threads.control.worker.postMessage(rearmed))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { worker } = threads.control
  worker.postMessage({ scope: LAST, generation: 0 })
  for (const [scope, generations] of storm.rearms)
    worker.postMessage({ scope, generation: generations.at(-1) })
  worker.postMessage({ scope: END, generation: 0 })
  return { control: await threads.control.result, others: await threads.others.result }
}

/** Every generation of every word was made by exactly one kill or re-arm: none overwrote another one. */
function expectNoneErased(
  storm: StormRig,
  first: readonly number[],
  { control, others }: Record<StormRole, StormResult>,
): void {
  let changes = 0
  for (const [at, scope] of STORM_SCOPES.entries()) {
    const name = scopeText(scope, STORM_NAMES)
    const kills = [control, others].flatMap(({ generations }) => generations[name] ?? [])
    const made = [...kills, ...(storm.rearms.get(name) ?? [])].sort((a, b) => a - b)
    changes += made.length
    const from = first[at] as number
    const last = generationOf(storm.plane.scope(scope).load())
    expect(made).toEqual(Array.from({ length: last - from }, (_, n) => from + n + 1))
  }
  const rearms = [...storm.rearms.values()].reduce((sum, { length }) => sum + length, 0)
  expect(changes).toBe(KILLS.control + KILLS.others + STORM_SCOPES.length + rearms)
  expect(rearms).toBeGreaterThan(100)
  expect(storm.moved).toBeGreaterThan(0)
}

/** The latch holds the last kill of every scope, whatever re-arm of an older one came after it. */
function expectLatched(storm: StormRig): void {
  const { kills, damaged } = readLatch(folder)
  expect(damaged).toBe(null)
  expect(kills.map(({ scope, generation }) => [scope, generation])).toEqual(
    STORM_SCOPES.map((scope) => [
      scopeText(scope, STORM_NAMES),
      generationOf(storm.plane.scope(scope).load()),
    ]),
  )
}

describe('a storm of kills', () => {
  it(`P8 K5 K7 K8 S2: thread-safe trading state: ${KILLS.control + KILLS.others} random kills and their re-arms under load: no order after one, none erased, all latched`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const storm = await new StormRig().open()
    const first = STORM_SCOPES.map((scope) => generationOf(storm.plane.scope(scope).load()))
    const results = await weather(storm)
    expect(storm.violations).toBe(0)
    expect([results.control.badAcks, results.others.badAcks]).toEqual([0, 0])
    expect(results.control.effective).toBe(KILLS.control + STORM_SCOPES.length)
    expect(results.others.effective).toBeGreaterThan(KILLS.others / 2)
    expectNoneErased(storm, first, results)
    expectLatched(storm)
    const { counters, guard } = storm.assembly.desk
    // It was a storm: orders left between the kills, and kills caught orders between the gates.
    expect(counters.submitted).toBeGreaterThan(100)
    expect(counters.blockedGate2).toBeGreaterThan(10)
    expect(guard.submitting()).toBe(0)
  })
})
