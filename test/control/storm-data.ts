import { allScopes } from '../../src/control/scope.ts'
import type { Scope } from '../../src/shm/control-plane.ts'
import type { PlaneMemory } from '../../src/shm/freshness.ts'

export const STORM_NAMES = {
  venue: ['sim'],
  account: ['main'],
  strategy: ['up', 'down'],
  symbol: ['BTCUSDT', 'ETHUSDT'],
} as const

export const STORM_SCOPES: readonly Scope[] = allScopes(STORM_NAMES)

/** `control` kills by the control thread's code, `others` as any thread may. */
export const STORM_ROLES = ['control', 'others'] as const
export type StormRole = (typeof STORM_ROLES)[number]

/** Int32 words of the tally, a cache line apart; `effective` has one of each role and scope, `idle` is to sleep on. */
export const TALLY = { orders: 0, ready: 16, done: 32, effective: 48, idle: 496, words: 512 } as const

/** Sent in place of a re-arm's scope: kill every scope once more; there are no more messages. */
export const LAST = 'last'
export const END = 'end'

/** Where a role tells the generation of its last kill of a scope that has become effective. */
export function effectiveAt(role: StormRole, scope: number): number {
  return TALLY.effective + (STORM_ROLES.indexOf(role) * STORM_SCOPES.length + scope) * 16
}

/** What a thread of the storm is started with. */
export interface StormData {
  readonly role: StormRole
  readonly memory: PlaneMemory
  readonly tally: SharedArrayBuffer
  readonly folder: string
  readonly baseHrNs: bigint
  readonly kills: number
  readonly seed: number
}

export interface StormResult {
  /** generations that its kills made, by scope */
  readonly generations: Readonly<Record<string, readonly number[]>>
  /** kills that became effective, and were told so in the tally */
  readonly effective: number
  /** acknowledgements whose times are missing or out of order */
  readonly badAcks: number
}
