/**
 * Gate checks, ns a call (mitata): each gate alone, with its guard, and after a change of a word; beside them the five
 * Atomics.load that a gate without an epoch would take. `net_ns` is without the loop and the look-up of the route.
 * Bound: each gate p50 <= 10 ns, aim 5.
 * Usage: node bench/gate.ts [--json]
 */
import { cpus } from 'node:os'
import { bench, do_not_optimize, run } from 'mitata'
import type { Permit } from '../src/domain/intent.ts'
import { REASON } from '../src/domain/reasons.ts'
import { GateRoute, gate1, gate2, gate2Reducing } from '../src/gate/gate.ts'
import { ControlPlane, SCOPE_KINDS, scopeWordAt } from '../src/shm/control-plane.ts'
import { PLANE } from '../src/shm/layout.ts'
import { SubmissionGuard } from '../src/shm/submission-guard.ts'

const ROUTES = 16
const REDUCIBLE = REASON.PAUSE

function openPlane(plane: ControlPlane): ControlPlane {
  for (const kind of SCOPE_KINDS) {
    for (let index = 0; index < (kind === 'all' ? 1 : ROUTES); index++)
      plane.scope({ kind, index }).clear(0, 0)
  }
  return plane
}

/** Routes over several symbols and strategies, so that no gate is measured on one warm line alone. */
function routesOf(plane: ControlPlane): GateRoute[] {
  return Array.from({ length: ROUTES }, (_, i) => new GateRoute(plane, i & 3, i & 1, i & 7, i))
}

const plane = openPlane(ControlPlane.create())
const routes = routesOf(plane)
const guard = new SubmissionGuard(plane)
const { words } = plane
const out = new Int32Array(5)
// Every word has seen one change, so one permit holds for all routes.
gate1(routes[0] as GateRoute, out)
const permit: Permit = [...out] as unknown as Permit
const scopeWords = [
  PLANE.all,
  ...(['venue', 'account', 'strategy', 'symbol'] as const).map((kind) => scopeWordAt(kind, 3)),
]
let n = 0

bench('gate 1', () => do_not_optimize(gate1(routes[n++ & 15] as GateRoute, out)))
bench('gate 2', () => {
  do_not_optimize(gate2(routes[n++ & 15] as GateRoute, permit))
})
bench('gate 2, reducing', () => {
  do_not_optimize(gate2Reducing(routes[n++ & 15] as GateRoute, permit, REDUCIBLE))
})
bench('gate 2 inside its guard', () => {
  guard.enter()
  do_not_optimize(gate2(routes[n++ & 15] as GateRoute, permit))
  guard.exit(false)
})
bench('gate 1 after another symbol changed', () => {
  words[PLANE.epoch] = n
  do_not_optimize(gate1(routes[n++ & 15] as GateRoute, out))
})
bench('five Atomics.load', () => {
  let sum = 0
  for (let i = 0; i < 5; i++) sum |= Atomics.load(words, scopeWords[i] as number)
  do_not_optimize(sum)
})
bench('nothing', () => do_not_optimize(routes[n++ & 15]))

const result = await run({ format: 'quiet' })
const stats = result.benchmarks.map(({ alias, runs }) => ({
  alias,
  ...(runs[0] as { stats: { p50: number; p99: number; avg: number } }).stats,
}))
const emptyNs = stats.find(({ alias }) => alias === 'nothing')?.p50 ?? 0
const round = (value: number): number => Math.round(value * 100) / 100
const rows = stats.map(({ alias, p50, p99, avg }) => ({
  name: alias,
  p50_ns: round(p50),
  net_ns: round(p50 - emptyNs),
  p99_ns: round(p99),
  avg_ns: round(avg),
}))
const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}`
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ bench: 'gate', machine, node: process.version, rows })}\n`)
} else {
  console.log(`${machine}, Node ${process.version}`)
  console.table(rows)
}
