import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../core/clock.ts'
import { type HaltRecord, type KillCode, REASON } from '../domain/reasons.ts'
import { parseScope, type ScopeNames, scopeText } from '../engine/halts.ts'
import { setReason } from '../gate/arm.ts'
import type { Actor } from '../gate/reasons-policy.ts'
import { ALL_SCOPE, type ControlPlane, type Scope } from '../shm/control-plane.ts'
import { generationOf } from '../shm/control-word.ts'
import { HaltRecordWriter, type HaltSource, readHaltRecords } from '../shm/halt-records.ts'
import { SubmissionGuard } from '../shm/submission-guard.ts'
import { type KillAck, type LatchedKill, readLatch } from './latch.ts'
import { type LatchEntry, LatchedKills } from './latched-kills.ts'
import type { ControlEvent } from './messages.ts'
import { allScopes } from './scope.ts'

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

/** A word that was set, and when. */
interface WordSet {
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
  readonly #scopes: readonly Scope[]
  readonly #latched: LatchedKills
  readonly #writers = new Map<HaltSource, HaltRecordWriter>()
  readonly #unexplained = new Set<string>()
  readonly #pending = new Set<Promise<KillAck>>()

  constructor(options: KillPlaneOptions) {
    this.#options = options
    this.#guard = new SubmissionGuard(options.plane)
    this.#scopes = allScopes(options.names)
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
    const set = this.#stamp(setReason(plane, order.scope, 'KILL', order.actor).word)
    this.#record(order, set)
    return this.#track(this.#complete(order, set))
  }

  /** Sets PAUSE: no new entries; exits stay managed. */
  pause(scope: Scope, text: string, who: string, source: HaltSource): WordSet {
    const set = this.#stamp(setReason(this.#options.plane, scope, 'PAUSE', 'operator').word)
    this.#tell('pause', scope, set, { text, who, source })
    return set
  }

  /** Sets SHUTDOWN, after which no submission starts; the main thread does the rest when it can. */
  shutdown(text: string, who: string, source: HaltSource): WordSet {
    const set = this.#stamp(setReason(this.#options.plane, ALL_SCOPE, 'SHUTDOWN', 'shutdown').word)
    this.#tell('shutdown', ALL_SCOPE, set, { text, who, source })
    return set
  }

  /**
   * Latches kills that other threads, or a signal, have set. A kill without a record gets one more look, since its
   * setter writes the record after the word; a signal never writes one, and its record is completed here.
   */
  look(): void {
    const { plane, names } = this.#options
    let records: HaltRecord[] | null = null
    for (const scope of this.#scopes) {
      const word = plane.scope(scope).load()
      const name = scopeText(scope, names)
      if ((word & REASON.KILL) === 0 || this.#latched.has(name)) continue
      records ??= readHaltRecords(plane).filter((record) => record.reason === 'KILL')
      const record = newest(records, name)
      if (record !== null) {
        this.#unexplained.delete(name)
        this.#adopt(scope, generationOf(word), record, true)
      } else if (this.#unexplained.delete(name)) this.#adoptSignal(scope, word)
      else this.#unexplained.add(name)
    }
  }

  /** The main thread has set a kill and journaled it: it is latched with what it says. */
  killed(record: HaltRecord): void {
    const scope = parseScope(record.scope, this.#options.names) ?? ALL_SCOPE
    const word = this.#options.plane.scope(scope).load()
    const known = this.#latched.generation(scopeText(scope, this.#options.names))
    if ((word & REASON.KILL) === 0 || known === record.generation) return
    this.#adopt(scope, record.generation, record, false)
  }

  /** The main thread re-armed a scope: its latched kill is over unless it is newer than `generation`. */
  rearmed(scope: string, generation: number): void {
    this.#latched.rearmed(scope, generation)
  }

  /** Resolves when every kill that was begun is latched. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  #adopt(scope: Scope, generation: number, record: HaltRecord, tells: boolean): void {
    const { code, text, actor: who } = record
    const ageNs = Number(this.#options.clock.utcNs() - BigInt(record.utcNs))
    const set = { generation, set_ns: this.#nowNs() - ageNs, utc_ns: record.utcNs }
    const order = { scope, code, text, actor: 'engine' as const, who, source: record.source as HaltSource }
    void this.#track(this.#complete(order, set, tells))
  }

  #adoptSignal(scope: Scope, word: number): void {
    const order = {
      scope,
      code: 'SIGNAL',
      text: 'signal',
      actor: 'signal',
      who: 'signal',
      source: 'signal',
    } as const
    const set = this.#stamp(word)
    this.#record(order, set)
    void this.#track(this.#complete(order, set))
  }

  async #track(work: Promise<KillAck>): Promise<KillAck> {
    this.#pending.add(work)
    try {
      return await work
    } finally {
      this.#pending.delete(work)
    }
  }

  async #complete(order: KillOrder, set: WordSet, tells = true): Promise<KillAck> {
    const { code, text, source, who: actor } = order
    const scope = scopeText(order.scope, this.#options.names)
    const unfinished = { effective_ns: null, latched_ns: null }
    const entry: LatchEntry = {
      kill: { ...set, ...unfinished, code, text, actor, source, scope },
      live: set.generation,
    }
    this.#latched.add(scope, entry)
    entry.kill = { ...entry.kill, effective_ns: await this.#effective() }
    const latchedNs = this.#latched.write() ? this.#nowNs() : null
    entry.kill = { ...entry.kill, latched_ns: latchedNs }
    if (latchedNs !== null) this.#latched.stamp(scope, entry)
    if (tells) this.#tell('kill', order.scope, set, order, entry.kill)
    const { generation, set_ns, effective_ns } = entry.kill
    return { generation, set_ns, effective_ns, latched_ns: latchedNs }
  }

  /** Time at which no submission was under way, or null where one still is after the limit. */
  async #effective(): Promise<number | null> {
    const untilNs = this.#nowNs() + this.#options.effectiveTimeoutMs * 1e6
    for (let spin = 0; ; spin++) {
      if (this.#guard.submitting() === 0) return this.#nowNs()
      if (spin < SPINS_MAX) continue
      if (this.#nowNs() > untilNs) return null
      await nextTurn()
    }
  }

  #record(order: KillOrder, set: WordSet): void {
    const { code, text, source, who: actor } = order
    let writer = this.#writers.get(source)
    if (writer === undefined) {
      writer = new HaltRecordWriter(this.#options.plane, source)
      this.#writers.set(source, writer)
    }
    const scope = scopeText(order.scope, this.#options.names)
    const { generation, utc_ns: utcNs } = set
    writer.write({ reason: 'KILL', code, text, actor, source, scope, utcNs, generation })
  }

  #tell(
    kind: ControlEvent['kind'],
    scope: Scope,
    set: WordSet,
    by: { readonly text: string; readonly who: string; readonly source: string; readonly code?: KillCode },
    kill: LatchedKill | null = null,
  ): void {
    this.#options.onEvent({
      kind,
      reason: kind === 'kill' ? 'KILL' : kind === 'pause' ? 'PAUSE' : 'SHUTDOWN',
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

  #stamp(word: number): WordSet {
    const utcNs = this.#options.clock.utcNs().toString()
    return { generation: generationOf(word), set_ns: this.#nowNs(), utc_ns: utcNs }
  }

  /** Monotonic ns of the machine. */
  #nowNs(): number {
    return Number(this.#options.baseHrNs) + this.#options.clock.monoNs()
  }
}

function newest(records: readonly HaltRecord[], scope: string): HaltRecord | null {
  let found: HaltRecord | null = null
  for (const record of records) {
    if (record.scope !== scope) continue
    if (found === null || BigInt(record.utcNs) > BigInt(found.utcNs)) found = record
  }
  return found
}

/** Stands for a latch that cannot be read: a kill of everything. The file itself stays until a re-arm. */
function damagedKill(text: string, utcNs: bigint): LatchedKill {
  const times = { generation: 0, set_ns: 0, effective_ns: null, latched_ns: null, utc_ns: utcNs.toString() }
  return { ...times, code: 'OTHER', text, actor: 'start', source: 'start', scope: 'all' }
}
