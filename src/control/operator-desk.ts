import { REASON, reasonNames } from '../domain/reasons.ts'
import { type Halts, parseScope } from '../engine/halts.ts'
import type { ReasonChange } from '../gate/arm.ts'
import type { Scope } from '../shm/control-plane.ts'
import { generationOf, isOpen, reasonsOf } from '../shm/control-word.ts'
import { refusal } from './http.ts'
import type { MainReply, MainRequest } from './messages.ts'

/** What a re-arm may clear: everything that only an operator ends, but not his own PAUSE, which `resume` ends. */
const REARM_REASONS: number = REASON.KILL | REASON.BREAKER | REASON.JOURNAL | REASON.STALLED

export interface OperatorDeskOptions {
  /** what changes words and journals it */
  readonly halts: Halts
  /** why a scope may not be armed now (journal, and for everything venues, clock, configuration); null: it may */
  readonly cannotArm: (scope: Scope) => string | null
}

type RearmRequest = Extract<MainRequest, { action: 'rearm' }>
type ResumeRequest = Extract<MainRequest, { action: 'resume' }>

/** The operator's requests that need the main thread's judgement. Runs there, and changes words by `gate/arm.ts` only. */
export class OperatorDesk {
  readonly #options: OperatorDeskOptions

  constructor(options: OperatorDeskOptions) {
    this.#options = options
  }

  /**
   * Ends the halts of a scope that the caller saw at `generation`; 409 when anything happened to it since. The word of
   * everything is armed in two steps where it booted: the operator's reasons first, then BOOT by the arming procedure,
   * so a kill between them makes the second fail.
   */
  rearm(request: RearmRequest): MainReply {
    const scope = parseScope(request.scope, this.#options.halts.names)
    if (scope === null) return refusal(400, 'SCOPE_UNKNOWN', `scope "${request.scope}" is not of this run`)
    const word = this.#options.halts.plane.scope(scope).load()
    if (generationOf(word) !== request.generation) return this.#moved(word, request.generation)
    const reasons = reasonsOf(word) & REARM_REASONS
    const boots = (word & REASON.BOOT) !== 0
    if (reasons === 0 && !boots) {
      return refusal(409, 'NOTHING_TO_REARM', 'no reason that a re-arm ends is set', this.#state(word))
    }
    const obstacle = this.#options.cannotArm(scope)
    if (obstacle !== null) return refusal(409, 'CANNOT_ARM', obstacle, this.#state(word))
    let after = word
    for (const step of boots ? [reasons, REASON.BOOT] : [reasons]) {
      if (step === 0) continue
      const change = this.#clear(scope, step, step === REASON.BOOT ? 'arming' : 'operator', after, request)
      if (!change.done) return this.#refused('re-arm', change)
      after = change.word
    }
    return { status: 200, body: { scope: request.scope, ...this.#state(after) } }
  }

  /** Ends a PAUSE. */
  resume(request: ResumeRequest): MainReply {
    const scope = parseScope(request.scope, this.#options.halts.names)
    if (scope === null) return refusal(400, 'SCOPE_UNKNOWN', `scope "${request.scope}" is not of this run`)
    const word = this.#options.halts.plane.scope(scope).load()
    if ((word & REASON.PAUSE) === 0) {
      return refusal(409, 'NOT_PAUSED', 'the scope is not paused', this.#state(word))
    }
    const change = this.#clear(scope, REASON.PAUSE, 'operator', word, request)
    if (!change.done) return this.#refused('resume', change)
    return { status: 200, body: { scope: request.scope, ...this.#state(change.word) } }
  }

  #state(word: number): { generation: number; open: boolean; reasons: string[] } {
    return { generation: generationOf(word), open: isOpen(word), reasons: reasonNames(reasonsOf(word)) }
  }

  #moved(word: number, seen: number): MainReply {
    const now = generationOf(word)
    return refusal(
      409,
      'GENERATION_MOVED',
      `generation ${seen} was seen, it is ${now} now`,
      this.#state(word),
    )
  }

  #refused(what: 're-arm' | 'resume', change: Extract<ReasonChange, { done: false }>): MainReply {
    const levels = change.levels.length === 0 ? '' : `: ${change.levels.join(', ')}`
    return refusal(409, change.code, `${what} refused${levels}`, this.#state(change.word))
  }

  #clear(
    scope: Scope,
    reasons: number,
    actor: 'operator' | 'arming',
    word: number,
    request: RearmRequest | ResumeRequest,
  ): ReasonChange {
    const options = { text: request.text, bootMayArm: true }
    const cause = { code: 'OPERATOR', text: request.text, source: 'operator' } as const
    return this.#options.halts.clear(scope, reasons, actor, word, options, cause, `operator:${request.actor}`)
  }
}
