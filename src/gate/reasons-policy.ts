import { assert } from '../core/assert.ts'
import { REASON, type ReasonName } from '../domain/reasons.ts'
import { SCOPE_KINDS, type ScopeKind } from '../shm/control-plane.ts'

/** Who asks for a change of a control word. */
export const ACTORS = [
  'start',
  'arming',
  'operator',
  'shutdown',
  'file',
  'lock_file',
  'environment',
  'signal',
  'bus',
  'strategy',
  'risk',
  'breaker',
  'engine',
  'reconciliation',
  'feed-watch',
  'clock-watch',
  'journal',
  'lease',
  'watchdog',
  'guardian',
  'drill',
] as const
export type Actor = (typeof ACTORS)[number]

/** Every source of a kill (K6). `start` is the latch of the run before; `engine` a full intent ring, a lost worker. */
export const KILL_SOURCES: readonly Actor[] = [
  'start',
  'operator',
  'file',
  'lock_file',
  'environment',
  'signal',
  'bus',
  'strategy',
  'risk',
  'engine',
  'reconciliation',
  'watchdog',
  'guardian',
  'drill',
]

export interface ReasonPolicy {
  readonly scopes: readonly ScopeKind[]
  readonly setBy: readonly Actor[]
  /** empty: nothing clears it, the run ends */
  readonly clearedBy: readonly Actor[]
  /**
   * whether one of `clearedBy` that is not the operator may clear the last reason and so arm: `configured` where the
   * caller's options say so
   */
  readonly armsItself: 'never' | 'yes' | 'configured'
}

/** The table of DESIGN 2, row by row. */
export const REASON_POLICY: Readonly<Record<ReasonName, ReasonPolicy>> = {
  BOOT: { scopes: ['all'], setBy: ['start'], clearedBy: ['arming'], armsItself: 'configured' },
  KILL: { scopes: SCOPE_KINDS, setBy: KILL_SOURCES, clearedBy: ['operator'], armsItself: 'never' },
  PAUSE: { scopes: SCOPE_KINDS, setBy: ['operator'], clearedBy: ['operator'], armsItself: 'never' },
  SHUTDOWN: { scopes: ['all'], setBy: ['shutdown'], clearedBy: [], armsItself: 'never' },
  UNAUTHORISED: { scopes: ['venue'], setBy: ['start'], clearedBy: [], armsItself: 'never' },
  RECONCILING: {
    scopes: ['venue'],
    setBy: ['start', 'reconciliation'],
    clearedBy: ['reconciliation'],
    armsItself: 'yes',
  },
  STALE: {
    scopes: ['symbol'],
    setBy: ['start', 'feed-watch'],
    clearedBy: ['feed-watch'],
    armsItself: 'yes',
  },
  BREAKER: {
    scopes: ['strategy', 'symbol'],
    setBy: ['breaker', 'risk'],
    clearedBy: ['operator', 'breaker'],
    armsItself: 'configured',
  },
  JOURNAL: { scopes: ['all'], setBy: ['journal'], clearedBy: ['operator'], armsItself: 'never' },
  CLOCK: { scopes: ['all'], setBy: ['clock-watch'], clearedBy: ['clock-watch'], armsItself: 'yes' },
  LEASE: { scopes: ['all', 'symbol'], setBy: ['lease'], clearedBy: ['lease'], armsItself: 'yes' },
  STALLED: { scopes: ['all'], setBy: ['watchdog'], clearedBy: ['operator'], armsItself: 'never' },
}

for (const [name, policy] of Object.entries(REASON_POLICY)) {
  assert(
    policy.armsItself !== 'never' || policy.clearedBy.every((actor) => actor === 'operator'),
    `${name} never arms by itself, so only the operator clears it`,
  )
}

/** Reasons that are set in a mask, with their policies. */
export function policiesOf(reasons: number): { name: ReasonName; policy: ReasonPolicy }[] {
  return (Object.keys(REASON) as ReasonName[])
    .filter((name) => (reasons & REASON[name]) !== 0)
    .map((name) => ({ name, policy: REASON_POLICY[name] }))
}
