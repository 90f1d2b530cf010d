import { createTickSlots, TICK } from '../domain/tick.ts'
import { ALL_SCOPE } from '../shm/control-plane.ts'
import { clearBoot } from './boot.ts'
import type { ReplaySession } from './replay-session.ts'

/** One dry run of K3: so many ticks, and the tick before whose gate 1 the kill is set (0: none). */
export interface Scenario {
  readonly name: 'normal' | 'kill-mid' | 'kill-first'
  readonly ticks: number
  readonly killAt: number
  readonly orders: number
  readonly blocked: number
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'normal', ticks: 10, killAt: 0, orders: 10, blocked: 0 },
  { name: 'kill-mid', ticks: 15, killAt: 5, orders: 4, blocked: 11 },
  { name: 'kill-first', ticks: 5, killAt: 1, orders: 0, blocked: 5 },
]

export interface ScenarioResult {
  readonly name: string
  readonly ticks: number
  readonly orders: number
  readonly blocked: number
  /** share of the ticks from the kill on that were blocked; 0 where there was no kill */
  readonly block_rate: number
  readonly passed: boolean
}

const TICK_NS = 1_000_000_000
const PRICE = 6_000_000
const QTY = 1_000

/**
 * Runs a scenario through real threads and gates: a trade a second, a strategy that wants an order at each, and the
 * kill before gate 1 of its tick.
 */
export async function runScenario(scenario: Scenario, session: ReplaySession): Promise<ScenarioResult> {
  const { replay } = session
  const { halts, desk } = replay.assembly
  const armed = clearBoot(halts, halts.plane.all.load(), true, {
    code: 'OTHER',
    text: 'scenario',
    source: 'start',
  })
  const slots = createTickSlots(1)
  for (let tick = 1; tick <= scenario.ticks; tick++) {
    if (tick === scenario.killAt) {
      halts.halt(ALL_SCOPE, 'KILL', 'drill', { code: 'DRILL', text: scenario.name, source: 'scenario' })
    }
    const ns = tick * TICK_NS
    slots.i32[0] = TICK.TRADE
    slots.f64.set([ns, ns, PRICE + tick, QTY, 1, 0, tick], 1)
    replay.startFrame(ns)
    replay.queue.push(slots, 0)
    await replay.runTicks()
  }
  replay.finish()
  const blocked = session.blockedGate1() + desk.counters.blockedGate2
  const after = scenario.killAt === 0 ? 0 : scenario.ticks - scenario.killAt + 1
  const orders = desk.counters.submitted
  return {
    name: scenario.name,
    ticks: scenario.ticks,
    orders,
    blocked,
    block_rate: after === 0 ? 0 : blocked / after,
    passed: armed.done && orders === scenario.orders && blocked === scenario.blocked,
  }
}
