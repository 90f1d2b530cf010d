import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../core/clock.ts'
import { type KillCode, REASON, type ReasonName } from '../domain/reasons.ts'
import { parseScope, type ScopeNames, scopeText } from '../engine/halts.ts'
import { setReason } from '../gate/arm.ts'
import type { Actor } from '../gate/reasons-policy.ts'
import { ALL_SCOPE, type ControlPlane, type Scope } from '../shm/control-plane.ts'
import { generationOf } from '../shm/control-word.ts'
import { HaltRecordWriter, type HaltSource } from '../shm/halt-records.ts'
import { SubmissionGuard } from '../shm/submission-guard.ts'
import { type KillAck, type LatchedKill, readLatch } from './latch.ts'
import { type LatchEntry, LatchedKills } from './latched-kills.ts'
import type { ControlEvent } from './messages.ts'

/** Looks at the submissions in one go before a kill lets its event loop turn between them. */
const SPINS_MAX = 1_000

/** Who kills what, and why. `actor` is the role in the table of reasons, `who` the person or program. */
export interface KillOrder {
  readonly scope: Scope
  readonly code: KillCode
  readonly text: string
  readonly actor: Actor
  readonly who: string
  readonly source: HaltSource
}

export interface KillPlaneOptions {
  readonly plane: ControlPlane
  readonly names: ScopeNames
  readonly stateDir: string
  readonly latchSync: boolean
  readonly effectiveTimeoutMs: number
  readonly clock: Clock
  readonly baseHrNs: bigint
  readonly onEvent: (event: ControlEvent) => void
  readonly onProblem: (code: string, message: string) => void
}

/** Who set a reason, in words. */
interface Cause {
  readonly text: string
  readonly who: string
  readonly source: HaltSource
  readonly code?: KillCode
}

const REASON_OF: Readonly<Record<ControlEvent['kind'], ReasonName>> = {
  kill: 'KILL',
  latched: 'KILL',
  pause: 'PAUSE',
  shutdown: 'SHUTDOWN',
  stalled: 'STALLED',
}

/** A word that was set, and when: ns of the machine's monotonic clock, UTC ns text. */
export interface WordSet {
  readonly generation: number
  readonly set_ns: number
  readonly utc_ns: string
}

/**
 * Kills as the control thread does them: the word first, then the wait until it is effective, then the latch, then the
 * acknowledgement. It never needs the main thread.
 */
export class KillPlane {
  readonly #options: KillPlaneOptions
  readonly #guard: SubmissionGuard
  readonly #latched: LatchedKills
  readonly #writers = new Map<HaltSource, HaltRecordWriter>()
  readonly #pending = new Set<Promise<KillAck>>()

  constructor(options: KillPlaneOptions) {
    this.#options = options
    this.#guard = new SubmissionGuard(options.plane)
    this.#latched = new LatchedKills(options.stateDir, options.latchSync, options.onProblem)
    this.#restore()
  }

  /** Every latched kill, oldest first. */
  latched(): LatchedKill[] {
    return this.#latched.list()
  }

  /** The kills of the run before hold in this one, whether or not the main thread has set them yet. */
  #restore(): void {
    const { plane, names, stateDir, onProblem, clock } = this.#options
    const { kills, damaged } = readLatch(stateDir)
    if (damaged !== null) onProblem('LATCH_DAMAGED', damaged)
    const unreadable = damaged === null ? [] : [damagedKill(damaged, clock.utcNs())]
    for (const kill of [...kills, ...unreadable]) {
      const scope = parseScope(kill.scope, names) ?? ALL_SCOPE
      const word = plane.scope(scope)
      if ((word.load() & REASON.KILL) === 0) setReason(plane, scope, 'KILL', 'start')
      this.#latched.add(scopeText(scope, names), { kill, live: generationOf(word.load()) })
    }
  }

  /** Sets the word at once; resolves when the kill is effective and latched. Never rejects. */
  kill(order: KillOrder): Promise<KillAck> {
    const { plane } = this.#options
    const set = this.stamp(setReason(plane, order.scope, 'KILL', order.actor).word)
    this.#record('KILL', order.scope, order, set)
    return this.#track(this.#complete(order, set, 'kill'))
  }

  /** Sets PAUSE: no new entries; exits stay managed. */
  pause(scope: Scope, text: string, who: string, source: HaltSource): WordSet {
    const set = this.stamp(setReason(this.#options.plane, scope, 'PAUSE', 'operator').word)
    this.#tell('pause', scope, set, { text, who, source })
    return set
  }

  /** Sets SHUTDOWN, after which no submission starts; the main thread does the rest when it can. */
  shutdown(text: string, who: string, source: HaltSource): WordSet {
    const set = this.stamp(setReason(this.#options.plane, ALL_SCOPE, 'SHUTDOWN', 'shutdown').word)
    this.#tell('shutdown', ALL_SCOPE, set, { text, who, source })
    return set
  }

  /** Sets STALLED: the main thread makes no progress. Not latched: a restart is halted anyway. */
  stalled(text: string): void {
    const set = this.stamp(setReason(this.#options.plane, ALL_SCOPE, 'STALLED', 'watchdog').word)
    const by = { text, who: 'watchdog', source: 'watchdog', code: 'STALLED' } as const
    this.#record('STALLED', ALL_SCOPE, by, set)
    this.#tell('stalled', ALL_SCOPE, set, by)
  }

  /**
   * Completes a kill whose word another thread or a signal has set already: waits until it is effective, latches it.
   *
   * @param told the main thread has journaled it: only its acknowledgement is new
   */
  adopt(order: KillOrder, set: WordSet, told: boolean): void {
    if (order.source === 'signal' && !told) this.#record('KILL', order.scope, order, set)
    void this.#track(this.#complete(order, set, told ? 'latched' : 'kill'))
  }

  /** Generation of the scope's latched kill in this run; null where there is none. */
  generation(scope: string): number | null {
    return this.#latched.generation(scope)
  }

  /** The main thread re-armed a scope: its latched kill is over unless it is newer than `generation`. */
  rearmed(scope: string, generation: number): void {
    this.#latched.rearmed(scope, generation)
  }

  /** Resolves when every kill that was begun is latched. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  async #track(work: Promise<KillAck>): Promise<KillAck> {
    this.#pending.add(work)
    try {
      return await work
    } finally {
      this.#pending.delete(work)
    }
  }

  async #complete(order: KillOrder, set: WordSet, kind: 'kill' | 'latched'): Promise<KillAck> {
    const { code, text, source, who: actor } = order
    const scope = scopeText(order.scope, this.#options.names)
    const unfinished = { effective_ns: null, latched_ns: null }
    const entry: LatchEntry = {
      kill: { ...set, ...unfinished, code, text, actor, source, scope },
      live: set.generation,
    }
    this.#latched.add(scope, entry)
    entry.kill = { ...entry.kill, effective_ns: await this.#effective() }
    const latchedNs = this.#latched.write() ? this.nowNs() : null
    entry.kill = { ...entry.kill, latched_ns: latchedNs }
    if (latchedNs !== null) this.#latched.stamp(scope, entry)
    this.#tell(kind, order.scope, set, order, entry.kill)
    const { generation, set_ns, effective_ns } = entry.kill
    return { generation, set_ns, effective_ns, latched_ns: latchedNs }
  }

  /** Time at which no submission was under way, or null where one still is after the limit. */
  async #effective(): Promise<number | null> {
    const untilNs = this.nowNs() + this.#options.effectiveTimeoutMs * 1e6
    for (let spin = 0; ; spin++) {
      if (this.#guard.submitting() === 0) return this.nowNs()
      if (spin < SPINS_MAX) continue
      if (this.nowNs() > untilNs) return null
      await nextTurn()
    }
  }

  #record(reason: ReasonName, scope: Scope, by: Required<Cause>, set: WordSet): void {
    const { code, text, source, who: actor } = by
    let writer = this.#writers.get(source)
    if (writer === undefined) {
      writer = new HaltRecordWriter(this.#options.plane, source)
      this.#writers.set(source, writer)
    }
    const name = scopeText(scope, this.#options.names)
    const { generation, utc_ns: utcNs } = set
    writer.write({ reason, code, text, actor, source, scope: name, utcNs, generation })
  }

  #tell(
    kind: ControlEvent['kind'],
    scope: Scope,
    set: WordSet,
    by: Cause,
    kill: LatchedKill | null = null,
  ): void {
    this.#options.onEvent({
      kind,
      reason: REASON_OF[kind],
      scope: scopeText(scope, this.#options.names),
      generation: set.generation,
      code: by.code ?? null,
      text: by.text,
      actor: by.who,
      source: by.source,
      utc_ns: set.utc_ns,
      kill,
    })
  }

  /** What is known of a word that was set right now. */
  stamp(word: number): WordSet {
    const utcNs = this.#options.clock.utcNs().toString()
    return { generation: generationOf(word), set_ns: this.nowNs(), utc_ns: utcNs }
  }

  /** Monotonic ns of the machine. */
  nowNs(): number {
    return Number(this.#options.baseHrNs) + this.#options.clock.monoNs()
  }
}

/** Stands for a latch that cannot be read: a kill of everything. The file itself stays until a re-arm. */
function damagedKill(text: string, utcNs: bigint): LatchedKill {
  const times = { generation: 0, set_ns: 0, effective_ns: null, latched_ns: null, utc_ns: utcNs.toString() }
  return { ...times, code: 'OTHER', text, actor: 'start', source: 'start', scope: 'all' }
}
