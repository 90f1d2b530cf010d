import { type LatchedKill, writeLatch } from './latch.ts'

const GENERATIONS = 0x100000

/** A latched kill of this run. */
export interface LatchEntry {
  kill: LatchedKill
  /** generation of the word in this run; the recorded one may be of an earlier run */
  readonly live: number
}

/** True where generation `a` came after `b`, also across the wrap. */
export function isNewer(a: number, b: number): boolean {
  const ahead = (a - b + GENERATIONS) % GENERATIONS
  return ahead !== 0 && ahead < GENERATIONS / 2
}

/** The kills that no re-arm has ended, the newest of each scope, in the order of the kills; and their file. */
export class LatchedKills {
  readonly #stateDir: string
  readonly #sync: boolean
  readonly #onProblem: (code: string, message: string) => void
  readonly #entries = new Map<string, LatchEntry>()

  /** @param sync the file is synced to disk at every `write` */
  constructor(stateDir: string, sync: boolean, onProblem: (code: string, message: string) => void) {
    this.#stateDir = stateDir
    this.#sync = sync
    this.#onProblem = onProblem
  }

  list(): LatchedKill[] {
    return [...this.#entries.values()].map((entry) => entry.kill)
  }

  has(scope: string): boolean {
    return this.#entries.has(scope)
  }

  /** Generation of the scope's latched kill in this run; null where there is none. */
  generation(scope: string): number | null {
    return this.#entries.get(scope)?.live ?? null
  }

  /** Keeps a kill, unless a newer one of its scope is kept already. */
  add(scope: string, entry: LatchEntry): void {
    const before = this.#entries.get(scope)
    if (before !== undefined && !isNewer(entry.live, before.live)) return
    this.#entries.delete(scope)
    this.#entries.set(scope, entry)
  }

  /** The scope was re-armed at `generation`: its kill is over unless it is newer. */
  rearmed(scope: string, generation: number): void {
    const entry = this.#entries.get(scope)
    if (entry === undefined || isNewer(entry.live, generation)) return
    this.#entries.delete(scope)
    this.write()
  }

  /** Writes the file; false (and told) where that failed. */
  write(): boolean {
    return this.#write(this.#sync)
  }

  /** Writes the time of its own writing into an entry's file, which need not reach the disk. */
  stamp(scope: string, entry: LatchEntry): void {
    if (this.#entries.get(scope) === entry) this.#write(false)
  }

  #write(sync: boolean): boolean {
    try {
      writeLatch(this.#stateDir, this.list(), sync)
      return true
    } catch (error) {
      this.#onProblem('LATCH_NOT_WRITTEN', (error as Error).message)
      return false
    }
  }
}
