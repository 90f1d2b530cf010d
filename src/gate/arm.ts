import { REASON, REASON_MASK, type ReasonName } from '../domain/reasons.ts'
import type { ControlPlane, LevelSource, Scope } from '../shm/control-plane.ts'
import { CLEAR_FAILED, isOpen, reasonsOf } from '../shm/control-word.ts'
import { type Actor, policiesOf, REASON_POLICY } from './reasons-policy.ts'

/** Why a change of a control word was refused. */
export const ARM_REFUSALS = {
  GENERATION_MOVED: 'the word has changed since it was read: read it and judge again',
  NOT_OWNER: 'this actor may not set or clear this reason',
  WRONG_SCOPE: 'this reason does not exist in this scope',
  NEVER_CLEARED: 'nothing clears this reason; the run ends',
  REASON_NOT_SET: 'the word as read does not have this reason',
  LEVEL_SOURCE_ASSERTED: 'a halt file, lock file or environment variable still asserts the kill',
  MAY_NOT_ARM: 'this actor may clear the reason, but not as the last one',
  TEXT_MISSING: "an operator's re-arm of a kill needs a reason in words",
  NOT_BOOTED: 'the word of everything is opened only by clearing BOOT',
} as const
export type ArmRefusal = keyof typeof ARM_REFUSALS

export interface ArmOptions {
  /** BOOT may be cleared as the last reason: a first start or a clean stop with `arm: auto`, or an operator asked */
  readonly bootMayArm?: boolean
  /** a breaker may clear itself, by configuration */
  readonly breakerMayArm?: boolean
  /** the operator's reason in words */
  readonly text?: string
}

/** What became of a request. `word` is the word after it, and where it was refused the word as it is now. */
export type ReasonChange =
  | {
      readonly done: true
      readonly word: number
      /** trading in this scope is allowed by this word */
      readonly open: boolean
      /** the rule that allowed it, for the journal */
      readonly policy: string
    }
  | {
      readonly done: false
      readonly code: ArmRefusal
      readonly word: number
      /** the level sources that assert, for LEVEL_SOURCE_ASSERTED */
      readonly levels: readonly LevelSource[]
    }

/** Sets a reason where the actor owns it. The generation rises even where the reason is set already. */
export function setReason(plane: ControlPlane, scope: Scope, reason: ReasonName, actor: Actor): ReasonChange {
  const word = plane.scope(scope)
  const policy = REASON_POLICY[reason]
  if (!policy.scopes.includes(scope.kind)) return refused('WRONG_SCOPE', word.load())
  if (!policy.setBy.includes(actor)) return refused('NOT_OWNER', word.load())
  const after = word.set(REASON[reason])
  return { done: true, word: after, open: false, policy: `${reason} set by ${actor}` }
}

/** Clears one reason if the word is still `expectedWord`; see `arm`. */
export function clearReason(
  plane: ControlPlane,
  scope: Scope,
  reason: ReasonName,
  actor: Actor,
  expectedWord: number,
  options: ArmOptions = {},
): ReasonChange {
  return arm(plane, scope, REASON[reason], actor, expectedWord, options)
}

/**
 * The one function that arms: nothing else clears a reason. It clears `reasons` (a mask) in one exchange if the word
 * is still `expectedWord`, which the actor read before it judged; anything that was set in between wins. With no
 * reasons and a zeroed word it gives a scope its first generation (not the word of everything, which starts by BOOT).
 */
export function arm(
  plane: ControlPlane,
  scope: Scope,
  reasons: number,
  actor: Actor,
  expectedWord: number,
  options: ArmOptions = {},
): ReasonChange {
  const word = plane.scope(scope)
  const refusal = refusalOf(scope, reasons & REASON_MASK, actor, expectedWord, options)
  if (refusal !== null) return refused(refusal, word.load())
  if ((reasons & REASON.KILL) !== 0) {
    // Read after the caller read `expectedWord`: a level that asserts later changes the word with its KILL, and the
    // exchange below fails (`ControlPlane.setLevel`).
    const levels = plane.levels()
    if (levels.length > 0) return refused('LEVEL_SOURCE_ASSERTED', word.load(), levels)
  }
  const after = word.clear(reasons & REASON_MASK, expectedWord)
  if (after === CLEAR_FAILED) return refused('GENERATION_MOVED', word.load())
  const names = policiesOf(reasons).map(({ name }) => name)
  return {
    done: true,
    word: after,
    open: isOpen(after),
    policy: `${names.join('+') || 'first'} cleared by ${actor}`,
  }
}

function refusalOf(
  scope: Scope,
  reasons: number,
  actor: Actor,
  expectedWord: number,
  options: ArmOptions,
): ArmRefusal | null {
  if (reasons === 0) return refusalOfFirst(scope, actor, expectedWord)
  const policies = policiesOf(reasons)
  for (const { policy } of policies) {
    if (!policy.scopes.includes(scope.kind)) return 'WRONG_SCOPE'
    if (policy.clearedBy.length === 0) return 'NEVER_CLEARED'
    if (!policy.clearedBy.includes(actor)) return 'NOT_OWNER'
  }
  if ((reasons & ~reasonsOf(expectedWord)) !== 0) return 'REASON_NOT_SET'
  if (actor === 'operator') {
    const kill = (reasons & REASON.KILL) !== 0
    return kill && (options.text ?? '').trim() === '' ? 'TEXT_MISSING' : null
  }
  if (actor === 'breaker' && options.breakerMayArm !== true) return 'NOT_OWNER'
  const last = (reasonsOf(expectedWord) & ~reasons) === 0
  if (!last) return null
  // No policy here says `never`: those are cleared by the operator alone (`reasons-policy.ts` asserts it).
  const configured = { BOOT: options.bootMayArm, BREAKER: options.breakerMayArm } as Partial<
    Record<ReasonName, boolean>
  >
  const mayArm = policies.every(
    ({ name, policy }) => policy.armsItself === 'yes' || configured[name] === true,
  )
  return mayArm ? null : 'MAY_NOT_ARM'
}

/** A zeroed scope is opened once, by the arming procedure. */
function refusalOfFirst(scope: Scope, actor: Actor, expectedWord: number): ArmRefusal | null {
  if (actor !== 'arming') return 'NOT_OWNER'
  if (scope.kind === 'all') return 'NOT_BOOTED'
  return expectedWord === 0 ? null : 'REASON_NOT_SET'
}

function refused(code: ArmRefusal, word: number, levels: readonly LevelSource[] = []): ReasonChange {
  return { done: false, code, word, levels }
}
