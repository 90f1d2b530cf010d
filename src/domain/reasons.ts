/**
 * Halt reasons: the 12 low bits of every control word (DESIGN 2). Trading is allowed when none is set and the
 * generation above them is not zero.
 */
export const REASON = {
  BOOT: 0x001,
  KILL: 0x002,
  PAUSE: 0x004,
  SHUTDOWN: 0x008,
  UNAUTHORISED: 0x010,
  RECONCILING: 0x020,
  STALE: 0x040,
  BREAKER: 0x080,
  JOURNAL: 0x100,
  CLOCK: 0x200,
  LEASE: 0x400,
  STALLED: 0x800,
} as const
export type ReasonName = keyof typeof REASON
export const REASON_BITS = 12
export const REASON_MASK = 0xfff

/** Names of the reasons set in a word, in bit order. */
export function reasonNames(word: number): ReasonName[] {
  return (Object.keys(REASON) as ReasonName[]).filter((name) => (word & REASON[name]) !== 0)
}

/** Who or what asked for a kill (K1). */
export const KILL_CODES = [
  'OPERATOR',
  'RISK_LIMIT',
  'DAILY_LOSS',
  'CONNECTIVITY',
  'DATA_STALE',
  'RECONCILIATION',
  'JOURNAL',
  'STALLED',
  'STRATEGY',
  'FILE',
  'LOCK_FILE',
  'ENVIRONMENT',
  'SIGNAL',
  'BUS',
  'DRILL',
  'OTHER',
] as const
export type KillCode = (typeof KILL_CODES)[number]

/** Metadata of a halt. `scope` is "all", "venue:ID", "account:ID", "strategy:ID" or "symbol:SYMBOL". */
export interface HaltRecord {
  readonly reason: ReasonName
  readonly code: KillCode
  readonly text: string
  readonly actor: string
  readonly source: string
  readonly scope: string
  readonly utcNs: string
  readonly generation: number
}
