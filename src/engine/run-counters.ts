import { Histogram, type Percentiles } from '../core/histogram.ts'
import type { DenialCode } from '../domain/denials.ts'

/** Steps of the path whose time is measured, in the order of the path. */
export const LATENCY_STEPS = ['decode', 'strategy', 'risk', 'journal', 'write', 'tick_to_order'] as const
export type LatencyStep = (typeof LATENCY_STEPS)[number]

/** What a run counts on the main thread. */
export class RunCounters {
  ticks = 0
  ticksDropped = 0
  intents = 0
  blockedGate1 = 0
  blockedGate2 = 0
  submitted = 0
  filled = 0
  canceled = 0
  rejected = 0
  expired = 0
  unknown = 0
  quarantined = 0
  readonly denied: Map<DenialCode, number> = new Map()
  readonly #latency: Readonly<Record<LatencyStep, Histogram>> = {
    decode: new Histogram(),
    strategy: new Histogram(),
    risk: new Histogram(),
    journal: new Histogram(),
    write: new Histogram(),
    tick_to_order: new Histogram(),
  }

  deny(code: DenialCode): void {
    this.denied.set(code, (this.denied.get(code) ?? 0) + 1)
  }

  latency(step: LatencyStep, ns: number): void {
    this.#latency[step].record(ns)
  }

  /** `orders` of the replay document (CONTRACTS). */
  ordersDocument(): OrdersDocument {
    return {
      intents: this.intents,
      blocked_gate1: this.blockedGate1,
      blocked_gate2: this.blockedGate2,
      denied: Object.fromEntries([...this.denied].sort(([a], [b]) => (a < b ? -1 : 1))),
      submitted: this.submitted,
      filled: this.filled,
      canceled: this.canceled,
      unknown: this.unknown,
    }
  }

  /** `latency_ns` of the replay document; steps without a measurement are left out. */
  latencyDocument(): Partial<Record<LatencyStep, Percentiles>> {
    const document: Partial<Record<LatencyStep, Percentiles>> = {}
    for (const step of LATENCY_STEPS) {
      if (this.#latency[step].count > 0) document[step] = this.#latency[step].percentiles()
    }
    return document
  }
}

export interface OrdersDocument {
  readonly intents: number
  readonly blocked_gate1: number
  readonly blocked_gate2: number
  readonly denied: Readonly<Record<string, number>>
  readonly submitted: number
  readonly filled: number
  readonly canceled: number
  readonly unknown: number
}
