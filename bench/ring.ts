/**
 * Ring hops between the main thread and a strategy worker, through the engine's own host: tick out, intent back. The
 * worker spins or parks; main spins, or sleeps in its event loop until it is pinged. Then how many ticks a second pass
 * one way, and how long lock-step takes for each tick.
 * Usage: node bench/ring.ts [--json]
 */
import { cpus } from 'node:os'
import { SystemClock } from '../src/core/clock.ts'
import { Histogram } from '../src/core/histogram.ts'
import { createTickSlots } from '../src/domain/tick.ts'
import type { StrategyWorker } from '../src/engine/strategy-worker.ts'
import { WorkerHost } from '../src/engine/worker-host.ts'
import { WORKER_LIMITS_DEFAULT } from '../src/engine/worker-types.ts'
import { ControlPlane } from '../src/shm/control-plane.ts'
import { ThreadCounters } from '../src/shm/counters.ts'
import type { WaitKind } from '../src/shm/wait.ts'

const HANDLER = new URL('./ring-echo.ts', import.meta.url).href
const slots = createTickSlots(1)
const clock = new SystemClock()

interface Rig {
  readonly host: WorkerHost
  readonly worker: StrategyWorker
  /** called when a ping says that there is work */
  onWork: () => void
}

async function rig(wait: WaitKind, lockStep: boolean, silent: boolean): Promise<Rig> {
  const plane = ControlPlane.create()
  const made: { onWork: () => void } = { onWork: () => {} }
  const host = new WorkerHost(
    {
      ...{
        plane,
        wait,
        lockStep,
        baseHrNs: clock.baseHrNs,
        spinChecks: 20_000,
        limits: WORKER_LIMITS_DEFAULT,
      },
      shape: { tickSlots: 65_536, intentSlots: 1_024, featuresMax: 8 },
      counters: new ThreadCounters(plane, 'main'),
    },
    { onWork: () => made.onWork(), onMessage() {}, onWorkerEnded() {}, onWorkerStalled() {} },
  )
  const spec = { worker: 0, handlerModule: HANDLER, handlerData: silent ? 'silent' : 'echo' }
  return Object.assign(made, { host, worker: await host.start(spec) })
}

/** Waits without sleeping, so that a parked worker has parked before the next tick. */
function pauseNs(ns: number): void {
  for (const end = clock.monoNs() + ns; clock.monoNs() < end; );
}

async function roundTrips(
  wait: WaitKind,
  sleeping: boolean,
  count: number,
  gapNs: number,
): Promise<Histogram> {
  const at = await rig(wait, false, false)
  const histogram = new Histogram()
  let arrived: () => void = () => {}
  if (sleeping) {
    at.onWork = () => at.worker.intents.poll(16, () => arrived())
    at.host.park()
  }
  for (let n = -count / 10; n < count; n++) {
    pauseNs(gapNs)
    const startNs = clock.monoNs()
    const answer = sleeping ? new Promise<void>((resolve) => (arrived = resolve)) : null
    at.worker.dispatch(slots, 0, 1, n)
    if (answer !== null) await answer
    else while (at.worker.intents.tryRead() === null);
    if (n >= 0) histogram.record(clock.monoNs() - startNs)
  }
  await at.host.close()
  return histogram
}

async function oneWay(count: number): Promise<number> {
  const { host, worker } = await rig('spin', false, true)
  let startNs = 0
  for (let n = -count / 10; n < count; n++) {
    if (n === 0) startNs = clock.monoNs()
    while (!worker.dispatch(slots, 0, 1, n));
  }
  while (worker.pending() > 0);
  const perSec = count / ((clock.monoNs() - startNs) / 1e9)
  await host.close()
  return Math.round(perSec)
}

async function lockStep(wait: WaitKind, count: number): Promise<number> {
  const { host, worker } = await rig(wait, true, true)
  let startNs = 0
  for (let n = -count / 10; n < count; n++) {
    if (n === 0) startNs = clock.monoNs()
    if (!host.runTick(worker, slots, 0, n)) await host.waitConsumed(worker)
  }
  const nsEach = (clock.monoNs() - startNs) / count
  await host.close()
  return Math.round(nsEach)
}

const rows: Record<string, unknown>[] = []
const trips: [string, WaitKind, boolean, number, number][] = [
  ['round trip: worker spins, main spins', 'spin', false, 50_000, 2_000],
  ['round trip: worker parked, main spins', 'park', false, 10_000, 100_000],
  ['round trip: worker parked, main asleep', 'park', true, 10_000, 100_000],
]
for (const [name, wait, sleeping, count, gapNs] of trips) {
  const { p50, p99, p999, max } = (await roundTrips(wait, sleeping, count, gapNs)).percentiles()
  rows.push({ name, count, p50_ns: p50, p99_ns: p99, p999_ns: p999, max_ns: max })
}
rows.push({ name: 'ticks one way, worker spins', count: 3_000_000, per_s: await oneWay(3_000_000) })
for (const wait of ['spin-then-park', 'park'] as const) {
  rows.push({ name: `lock-step, worker ${wait}`, count: 100_000, mean_ns: await lockStep(wait, 100_000) })
}
const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}`
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ bench: 'ring', machine, node: process.version, rows })}\n`)
} else {
  console.log(`${machine}, Node ${process.version}; spinning on both sides takes two cores`)
  console.table(rows)
}
