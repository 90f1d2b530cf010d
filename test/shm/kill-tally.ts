import type { Scope } from '../../src/shm/control-plane.ts'
import type { PlaneMemory } from '../../src/shm/freshness.ts'

/** Roles of the kill stress. All threads share a plane and a tally. */
export interface KillThreadData {
  readonly role: 'killer' | 'rearmer' | 'submitter'
  readonly memory: PlaneMemory
  /** TALLY words, then one byte of marks for each generation */
  readonly tally: SharedArrayBuffer
  readonly scope: Scope
  /** killers: kills to make in all */
  readonly kills: number
  /** rearmers: looks at the word between reading it and arming */
  readonly judgement: number
  /** threads in the race: each waits for all before it starts */
  readonly threads: number
}

/** Words of the tally, a cache line apart; the marks follow. */
export const TALLY = {
  orders: 0,
  killersDone: 16,
  effective: 32,
  idle: 48,
  rearms: 64,
  ready: 80,
  marksAt: 4_096,
} as const

/** Changes that this thread made, and faults that it saw. */
export interface KillThreadResult {
  readonly changes: number
  readonly refused: number
  readonly faults: number
}
