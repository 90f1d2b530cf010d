import { REASON, type ReasonName, reasonNames } from '../domain/reasons.ts'

/** What a refusal at the boundary refuses (A9). */
export const BOUNDARY_OPERATION = 'broker order placement'

/** Why, the first that holds, in this order (A9). `guard`: any other halt, or a word that changed since the permit. */
export const BOUNDARY_CAUSES = ['shutdown', 'authorisation', 'kill', 'guard'] as const
export type BoundaryCause = (typeof BOUNDARY_CAUSES)[number]

/** A refusal of the boundary between the engine and a venue. */
export interface BoundaryRefusal {
  readonly operation: typeof BOUNDARY_OPERATION
  readonly cause: BoundaryCause
  readonly reasons: readonly ReasonName[]
}

/** The first cause that holds among halt reasons; `guard` where there is none of the others. */
export function boundaryCause(reasons: number): BoundaryCause {
  if ((reasons & REASON.SHUTDOWN) !== 0) return 'shutdown'
  if ((reasons & REASON.UNAUTHORISED) !== 0) return 'authorisation'
  if ((reasons & REASON.KILL) !== 0) return 'kill'
  return 'guard'
}

/** @param reasons of all words of the order, or-ed */
export function boundaryRefusal(reasons: number): BoundaryRefusal {
  return { operation: BOUNDARY_OPERATION, cause: boundaryCause(reasons), reasons: reasonNames(reasons) }
}
