import type { KillAckData } from '../domain/journal-records.ts'
import { type HaltRecord, type KillCode, type ReasonName, reasonNames } from '../domain/reasons.ts'
import { type ArmOptions, arm, type ReasonChange, setReason } from '../gate/arm.ts'
import type { Actor } from '../gate/reasons-policy.ts'
import { ALL_SCOPE, type ControlPlane, type Scope, type ScopeKind } from '../shm/control-plane.ts'
import { generationOf } from '../shm/control-word.ts'
import type { Recorder } from './recorder.ts'

/** Names of the run's scopes by kind and index: "venue:sim" is the first venue's. */
export interface ScopeNames {
  readonly venue: readonly string[]
  readonly account: readonly string[]
  readonly strategy: readonly string[]
  readonly symbol: readonly string[]
}

/** Why a halt was set, as it is journaled and told. */
export interface HaltCause {
  readonly code: KillCode
  readonly text: string
  /** where it came from: "http", "cli", "engine", a file's path, … */
  readonly source: string
}

/** A reason was set, with its cause; both null where reasons were cleared. */
export type HaltFollower = (scope: Scope, set: ReasonName | null, cause: HaltCause | null) => void

export function scopeText(scope: Scope, names: ScopeNames): string {
  return scope.kind === 'all' ? 'all' : `${scope.kind}:${names[scope.kind][scope.index] ?? scope.index}`
}

/** Null for a text that names no scope of the run. */
export function parseScope(text: string, names: ScopeNames): Scope | null {
  if (text === 'all') return ALL_SCOPE
  const at = text.indexOf(':')
  const kind = text.slice(0, at) as Exclude<ScopeKind, 'all'>
  if (at < 0 || !Object.hasOwn(names, kind)) return null
  const index = names[kind].indexOf(text.slice(at + 1))
  return index < 0 ? null : { kind, index }
}

/**
 * The main thread's hand on the control words. It sets and clears only through `gate/arm.ts`, journals every change
 * with the policy that allowed it, and tells the listeners after the word has changed: none of them can delay it.
 */
export class Halts {
  readonly plane: ControlPlane
  readonly names: ScopeNames
  readonly #recorder: Recorder
  readonly #tickSeq: () => number
  readonly #utcNsText: () => string
  /** the newest cause of each scope and reason, for status */
  readonly #causes = new Map<string, HaltRecord>()
  readonly #followers: HaltFollower[] = []

  constructor(
    plane: ControlPlane,
    names: ScopeNames,
    recorder: Recorder,
    tickSeq: () => number,
    utcNsText: () => string,
  ) {
    this.plane = plane
    this.names = names
    this.#recorder = recorder
    this.#tickSeq = tickSeq
    this.#utcNsText = utcNsText
  }

  /** `follower` is called after each change, in the same turn, in the order of these calls. It must not throw. */
  follow(follower: HaltFollower): void {
    this.#followers.push(follower)
  }

  /** Sets a reason and journals it. The word has changed before anything else happens. */
  halt(scope: Scope, reason: ReasonName, actor: Actor, cause: HaltCause): ReasonChange {
    const change = setReason(this.plane, scope, reason, actor)
    if (change.done) this.noteSet(scope, reason, actor, change.word, cause, change.policy)
    return change
  }

  /** Journals and tells a change that another thread has made already. */
  noteSet(
    scope: Scope,
    reason: ReasonName,
    actor: string,
    word: number,
    cause: HaltCause,
    policy: string,
    ack: KillAckData | null = null,
  ): void {
    const text = scopeText(scope, this.names)
    this.#causes.set(`${text} ${reason}`, {
      reason,
      code: cause.code,
      text: cause.text,
      actor,
      source: cause.source,
      scope: text,
      utcNs: this.#utcNsText(),
      generation: generationOf(word),
    })
    try {
      this.#record(text, [reason], [], actor, generationOf(word), cause, policy, ack)
    } finally {
      // Who follows a halt hears of it also where it could not be recorded (K10).
      this.#tell(scope, reason, cause)
    }
  }

  /** Journals that a kill which is on record already is effective and latched. No word has changed. */
  noteLatched(
    scope: Scope,
    actor: string,
    generation: number,
    cause: HaltCause,
    ack: KillAckData | null,
  ): void {
    this.#record(scopeText(scope, this.names), [], [], actor, generation, cause, 'latched', ack)
  }

  /**
   * Clears reasons if the word is still the one that was judged; see `gate/arm.ts`.
   *
   * @param recordedActor who the journal names, where that is more than the role
   */
  clear(
    scope: Scope,
    reasons: number,
    actor: Actor,
    expectedWord: number,
    options: ArmOptions,
    cause: HaltCause,
    recordedActor: string = actor,
  ): ReasonChange {
    const change = arm(this.plane, scope, reasons, actor, expectedWord, options)
    if (!change.done) return change
    const text = scopeText(scope, this.names)
    const cleared = reasonNames(reasons)
    for (const name of cleared) this.#causes.delete(`${text} ${name}`)
    this.#record(text, [], cleared, recordedActor, generationOf(change.word), cause, change.policy)
    this.#tell(scope, null, null)
    return change
  }

  /** Causes that stand now, oldest first. */
  causes(): HaltRecord[] {
    return [...this.#causes.values()]
  }

  #tell(scope: Scope, set: ReasonName | null, cause: HaltCause | null): void {
    for (const follower of this.#followers) follower(scope, set, cause)
  }

  #record(
    scope: string,
    set: readonly string[],
    cleared: readonly string[],
    actor: string,
    generation: number,
    cause: HaltCause,
    policy: string,
    ack: KillAckData | null = null,
  ): void {
    this.#recorder.control(actor, {
      scope,
      set,
      cleared,
      generation,
      code: cleared.length > 0 ? null : cause.code,
      text: cause.text,
      source: cause.source,
      policy,
      tick_seq: this.#tickSeq(),
      ...(ack === null ? {} : { ack }),
    })
  }
}
