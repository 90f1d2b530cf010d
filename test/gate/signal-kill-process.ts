import { spawn } from 'node:child_process'
import { loadNative } from '../../src/core/native.ts'
import { reasonNames } from '../../src/domain/reasons.ts'
import { GateRoute, gate1, gate2 } from '../../src/gate/gate.ts'
import { ControlPlane, SCOPE_KINDS } from '../../src/shm/control-plane.ts'
import { readSignalRecord, signalLatchTarget } from '../../src/shm/signal-latch.ts'

/** Opens everything, blocks in a loop of gate 2 that nothing but the signal ends, and says how it was ended. */
const plane = ControlPlane.create()
for (const kind of SCOPE_KINDS) plane.scope({ kind, index: 0 }).clear(0, 0)
const { words, index, reasons, record } = signalLatchTarget(plane)
loadNative({})?.armSignalLatch(words, index, reasons, record)

const route = new GateRoute(plane, 0, 0, 0, 0)
const permit = new Int32Array(5)
const before = gate1(route, permit)
spawn('sh', ['-c', `kill -USR2 ${process.pid}`])
while (gate2(route, permit));
const { count, lastNs } = readSignalRecord(plane)
const after = { open: gate2(route, permit), reasons: reasonNames(plane.all.load()), count: Number(count) }
process.stdout.write(JSON.stringify({ before, ...after, timed: lastNs > 0n }))
