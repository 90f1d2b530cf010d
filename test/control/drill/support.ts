import { type DrillTarget, nowNs } from '../../../src/control/drill/target.ts'
import type { DrillOptions } from '../../../src/control/drill/try-case.ts'
import type { LatchedKill } from '../../../src/control/latch.ts'
import { SystemClock } from '../../../src/core/clock.ts'

/** Options of a drill that says nothing. */
export const quietly: DrillOptions = { clock: new SystemClock(), onLine: () => {} }

/** A kill of everything that was latched 2 µs after it was set, or when it is told. */
export function killAt(ns: number, latchedNs: number | null = ns + 2_000): LatchedKill {
  return {
    ...{ generation: 7, set_ns: ns, effective_ns: ns + 1_000, latched_ns: latchedNs, utc_ns: '1' },
    ...{ code: 'DRILL', text: 'drill', actor: 'drill', source: 'drill', scope: 'all' },
  }
}

/** Fails with these words, whatever it is asked. */
export const no = (text: string) => (): Promise<never> => Promise.reject(new Error(text))

/** A target that does everything right, but for what a test changes. */
export function fakeTarget(more: object = {}): { readonly target: DrillTarget; readonly acts: string[] } {
  let blocked = 0
  const acts: string[] = []
  const target = {
    status: async () => ({ orders: { submitted: 5, blocked_gate1: blocked++, blocked_gate2: 0 }, node: 'n' }),
    latchedAfter: (_scope: string, afterNs: number) => killAt(afterNs + 5_000),
    generation: async () => 3,
    rearm: async (scope: string, generation: number) => {
      acts.push(`rearm ${scope} ${generation}`)
    },
    halted: async () => [] as string[],
    ...more,
  }
  return { target: target as unknown as DrillTarget, acts }
}

/** What a fake engine of the drill does: it sends an order whenever it is asked, and is held for a minute. */
export function ownActs(): object {
  let orders = 0
  return {
    orderTimes: async () => Array.from({ length: orders++ }, () => 1),
    command: () => {},
    free: () => {},
    mark: async () => nowNs() + 60e9,
  }
}
