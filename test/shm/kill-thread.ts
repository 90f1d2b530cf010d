import { parentPort, workerData } from 'node:worker_threads'
import { REASON } from '../../src/domain/reasons.ts'
import { arm, setReason } from '../../src/gate/arm.ts'
import { GateRoute, gate1, gate2 } from '../../src/gate/gate.ts'
import { ControlPlane } from '../../src/shm/control-plane.ts'
import { generationOf, isOpen, reasonsOf } from '../../src/shm/control-word.ts'
import { SubmissionGuard } from '../../src/shm/submission-guard.ts'
import { type KillThreadData, type KillThreadResult, TALLY } from './kill-tally.ts'

const data = workerData as KillThreadData
const plane = ControlPlane.attach(data.memory)
const word = plane.scope(data.scope)
const guard = new SubmissionGuard(plane)
const tally = new Int32Array(data.tally, 0, TALLY.marksAt / 4)
const marks = new Uint8Array(data.tally, TALLY.marksAt)

function mark(after: number): void {
  Atomics.add(marks, generationOf(after), 1)
}

/** Waits a moment for another thread to get on, so that the machine's scheduling never makes the race one-sided. */
function letRun(at: number): void {
  Atomics.wait(tally, at, Atomics.load(tally, at), 20)
}

function startTogether(): void {
  Atomics.add(tally, TALLY.ready, 1)
  Atomics.notify(tally, TALLY.ready)
  for (
    let ready = Atomics.load(tally, TALLY.ready);
    ready < data.threads;
    ready = Atomics.load(tally, TALLY.ready)
  ) {
    Atomics.wait(tally, TALLY.ready, ready, 100)
  }
}

/** Kills again and again; after each, waits until it is effective and watches that no order starts before a re-arm. */
function kill(): KillThreadResult {
  let faults = 0
  for (let n = 0; n < data.kills; n++) {
    if (n % 1_024 === 0) letRun(TALLY.rearms)
    if (n % 1_024 === 512 && data.threads > 3) letRun(TALLY.orders)
    const change = setReason(plane, data.scope, 'KILL', 'operator')
    mark(change.word)
    let looks = 0
    while (guard.submitting() !== 0 && looks < 1_000_000) looks++
    if (guard.submitting() !== 0) continue // another submission, after a re-arm: this kill has no quiet moment to judge
    const ordersBefore = Atomics.load(tally, TALLY.orders)
    const wordBefore = word.load()
    for (let pause = 0; pause < 20; pause++) Atomics.load(tally, TALLY.idle)
    const ordersAfter = Atomics.load(tally, TALLY.orders)
    // Only where no re-arm came in between does the halt still hold.
    if (reasonsOf(wordBefore) === 0 || wordBefore !== change.word || word.load() !== wordBefore) continue
    Atomics.add(tally, TALLY.effective, 1)
    if (ordersAfter !== ordersBefore) faults++
  }
  Atomics.add(tally, TALLY.killersDone, 1)
  return { changes: data.kills, refused: 0, faults }
}

/** Reads, judges for a while, and arms with the word that it read. */
function rearm(): KillThreadResult {
  let slowAt = -1
  let changes = 0
  let refused = 0
  let faults = 0
  while (Atomics.load(tally, TALLY.killersDone) < 2) {
    const seen = word.load()
    for (let look = 0; look < data.judgement; look++) Atomics.load(tally, TALLY.idle)
    if ((reasonsOf(seen) & REASON.KILL) === 0) continue
    const slow = changes % 32 === 0 && changes !== slowAt
    if (slow) slowAt = changes
    // The first, and now and then another, judges until the next kill is there: that re-arm must fail. On a machine with
    // one processor to spare nothing else may ever come between the look and the re-arm.
    for (let look = 0; slow && look < 100 && word.load() === seen; look++) {
      Atomics.wait(tally, TALLY.idle, 0, 1)
    }
    const change = arm(plane, data.scope, REASON.KILL, 'operator', seen, { text: 'stress' })
    if (change.done) {
      changes++
      mark(change.word)
      Atomics.add(tally, TALLY.rearms, 1)
      Atomics.notify(tally, TALLY.rearms)
      if (generationOf(change.word) !== (generationOf(seen) % 0xfffff) + 1 || !isOpen(change.word)) faults++
    } else {
      refused++
      if (change.code !== 'GENERATION_MOVED') faults++
    }
  }
  return { changes, refused, faults }
}

/** Submits as fast as it can, through both gates and the guard. */
function submit(): KillThreadResult {
  const route = new GateRoute(plane, 0, 0, 0, 0)
  const permit = new Int32Array(5)
  let changes = 0
  let refused = 0
  while (Atomics.load(tally, TALLY.killersDone) < 2) {
    if (!gate1(route, permit)) {
      refused++
      continue
    }
    guard.enter()
    const open = gate2(route, permit)
    if (open) Atomics.add(tally, TALLY.orders, 1)
    guard.exit(open)
    if (open) {
      Atomics.notify(tally, TALLY.orders)
      changes++
      guard.settle()
    }
  }
  return { changes, refused, faults: 0 }
}

startTogether()
const roles = { killer: kill, rearmer: rearm, submitter: submit }
parentPort?.postMessage(roles[data.role]())
