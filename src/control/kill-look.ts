import type { Clock } from '../core/clock.ts'
import { type HaltRecord, REASON } from '../domain/reasons.ts'
import { parseScope, type ScopeNames, scopeText } from '../engine/halts.ts'
import { ALL_SCOPE, type ControlPlane, type Scope } from '../shm/control-plane.ts'
import { generationOf } from '../shm/control-word.ts'
import { type HaltSource, readHaltRecords } from '../shm/halt-records.ts'
import { readSignalRecord } from '../shm/signal-latch.ts'
import type { KillPlane } from './kill-plane.ts'
import { allScopes } from './scope.ts'

/**
 * Looks at a kill that nobody has explained yet. The word comes first: who sets it writes the record, or journals it and
 * says so, after that, and a thread may be held up in between. A second at the usual pace.
 */
const UNEXPLAINED_LOOKS_MAX = 100
const SIGNAL = { code: 'SIGNAL', text: 'SIGUSR2', actor: 'signal', who: 'signal', source: 'signal' } as const

/** Finds the kills that other threads, or a signal, have set, and has them latched: the control thread's look. */
export class KillLook {
  readonly #plane: ControlPlane
  readonly #names: ScopeNames
  readonly #kills: KillPlane
  readonly #clock: Clock
  readonly #scopes: readonly Scope[]
  /** looks so far, by scope */
  readonly #unexplained = new Map<string, number>()
  #signals: bigint

  constructor(plane: ControlPlane, names: ScopeNames, kills: KillPlane, clock: Clock) {
    this.#plane = plane
    this.#names = names
    this.#kills = kills
    this.#clock = clock
    this.#scopes = allScopes(names)
    this.#signals = 0n
  }

  /**
   * The native signal latch counts what it sets; a kill that nobody explains in `UNEXPLAINED_LOOKS_MAX` is taken for a
   * signal too.
   *
   * @param last no look may follow: a kill that nobody has explained yet is not waited for (K8)
   */
  look(last = false): void {
    this.#lookForSignals()
    let records: HaltRecord[] | null = null
    for (const scope of this.#scopes) {
      const word = this.#plane.scope(scope).load()
      const name = scopeText(scope, this.#names)
      if ((word & REASON.KILL) === 0 || this.#kills.generation(name) !== null) {
        if (this.#unexplained.size > 0) this.#unexplained.delete(name)
        continue
      }
      records ??= readHaltRecords(this.#plane).filter((record) => record.reason === 'KILL')
      const record = newest(records, name)
      const looks = this.#unexplained.get(name) ?? 0
      if (record !== null) this.#adopt(scope, generationOf(word), record, false)
      else if (looks < UNEXPLAINED_LOOKS_MAX && !last) this.#unexplained.set(name, looks + 1)
      else this.#kills.adopt({ ...SIGNAL, scope }, this.#kills.stamp(word), false)
    }
  }

  /** The main thread has set a kill and journaled it: it is latched with what it says. */
  killed(record: HaltRecord): void {
    const scope = parseScope(record.scope, this.#names) ?? ALL_SCOPE
    const word = this.#plane.scope(scope).load()
    const known = this.#kills.generation(scopeText(scope, this.#names))
    if ((word & REASON.KILL) === 0 || known === record.generation) return
    this.#adopt(scope, record.generation, record, true)
  }

  /** A signal raises the word also where a kill is set: each leaves its acknowledgement, the newest of one look. */
  #lookForSignals(): void {
    // The latch raises the word, then stores the time, then the count: whoever sees the count sees both.
    const { count, lastNs } = readSignalRecord(this.#plane)
    if (count === this.#signals) return
    this.#signals = count
    const word = this.#plane.all.load()
    const ageNs = this.#kills.nowNs() - Number(lastNs)
    const utcNs = String(this.#clock.utcNs() - BigInt(Math.max(0, Math.round(ageNs))))
    const set = { generation: generationOf(word), set_ns: Number(lastNs), utc_ns: utcNs }
    // Without KILL, a re-arm has judged and ended it since: there is nothing left to latch.
    if ((word & REASON.KILL) !== 0) this.#kills.adopt({ ...SIGNAL, scope: ALL_SCOPE }, set, false)
  }

  #adopt(scope: Scope, generation: number, record: HaltRecord, told: boolean): void {
    const { code, text, actor: who } = record
    const ageNs = Number(this.#clock.utcNs() - BigInt(record.utcNs))
    const set = { generation, set_ns: this.#kills.nowNs() - ageNs, utc_ns: record.utcNs }
    const source = record.source as HaltSource
    this.#kills.adopt({ scope, code, text, actor: 'engine', who, source }, set, told)
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
