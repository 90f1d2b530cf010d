import { assert } from '../core/assert.ts'
import { ControlWord } from './control-word.ts'
import {
  bufferOf,
  createFreshness,
  createPlaneMemory,
  type Freshness,
  type PlaneMemory,
} from './freshness.ts'
import {
  ACCOUNTS_MAX,
  LAYOUT_MAGIC,
  LINE_WORDS,
  PLANE,
  PLANE_BYTES,
  STRATEGIES_MAX,
  SYMBOLS_MAX,
  VENUES_MAX,
} from './layout.ts'

export const SCOPE_KINDS = ['all', 'venue', 'account', 'strategy', 'symbol'] as const
export type ScopeKind = (typeof SCOPE_KINDS)[number]

/** What a control word covers. `index` is 0 for `all`, else the place in the run's table of that kind. */
export interface Scope {
  readonly kind: ScopeKind
  readonly index: number
}

export const ALL_SCOPE: Scope = { kind: 'all', index: 0 }

const SCOPE_PLACES: Readonly<Record<ScopeKind, { readonly at: number; readonly max: number }>> = {
  all: { at: PLANE.all, max: 1 },
  venue: { at: PLANE.venue, max: VENUES_MAX },
  account: { at: PLANE.account, max: ACCOUNTS_MAX },
  strategy: { at: PLANE.strategy, max: STRATEGIES_MAX },
  symbol: { at: PLANE.symbol, max: SYMBOLS_MAX },
}

/**
 * Place of a scope's word in the plane.
 *
 * @throws ASSERTION for an index beyond the scope's maximum
 */
export function scopeWordAt(kind: ScopeKind, index: number): number {
  const { at, max } = SCOPE_PLACES[kind]
  assert(Number.isInteger(index) && index >= 0 && index < max, `${kind} ${index} is not below ${max}`)
  return at + index * LINE_WORDS
}

/** Level sources: as long as one asserts, a re-arm of KILL is refused (DESIGN 2). */
export const LEVEL_SOURCE = { file: 1, lock_file: 2, environment: 4 } as const
export type LevelSource = keyof typeof LEVEL_SOURCE

/**
 * All control words of a run, over shared memory that starts zeroed, so every scope starts halted. Threads attach to
 * the same buffer; the object itself belongs to its thread.
 */
export class ControlPlane {
  /** what to post to another thread, for `attach` there */
  readonly memory: PlaneMemory
  /** the bytes of `memory` */
  readonly buffer: SharedArrayBuffer
  /** every word of the plane, for the code in `shm/` and `gate/` */
  readonly words: Int32Array
  readonly all: ControlWord
  /** what the gates ask before they trust the words that they saw */
  readonly isFresh: Freshness
  readonly #scopes = new Map<number, ControlWord>()

  private constructor(memory: PlaneMemory) {
    this.memory = memory
    this.buffer = bufferOf(memory)
    assert(this.buffer.byteLength >= PLANE_BYTES, 'the shared memory is too small for a control plane')
    this.words = new Int32Array(this.buffer)
    this.all = new ControlWord(this.words, PLANE.all)
    this.isFresh = createFreshness(memory)
  }

  /** A fresh plane: every word zero, so everything is halted. */
  static create(memory: PlaneMemory = createPlaneMemory(PLANE_BYTES)): ControlPlane {
    const created = new ControlPlane(memory)
    created.words[PLANE.magic] = LAYOUT_MAGIC
    return created
  }

  /** @throws ASSERTION when the memory is not a plane of this layout */
  static attach(memory: PlaneMemory): ControlPlane {
    const attached = new ControlPlane(memory)
    assert(
      attached.words[PLANE.magic] === LAYOUT_MAGIC,
      'the shared memory is not a control plane of this layout',
    )
    return attached
  }

  /** @throws ASSERTION for an index beyond the scope's maximum */
  scope(scope: Scope): ControlWord {
    const at = scopeWordAt(scope.kind, scope.index)
    let word = this.#scopes.get(at)
    if (word === undefined) {
      word = new ControlWord(this.words, at)
      this.#scopes.set(at, word)
    }
    return word
  }

  venue(index: number): ControlWord {
    return this.scope({ kind: 'venue', index })
  }

  account(index: number): ControlWord {
    return this.scope({ kind: 'account', index })
  }

  strategy(index: number): ControlWord {
    return this.scope({ kind: 'strategy', index })
  }

  symbol(index: number): ControlWord {
    return this.scope({ kind: 'symbol', index })
  }

  /** A level source starts or stops to assert. To assert, raise the level first and set KILL after it. */
  setLevel(source: LevelSource, asserted: boolean): void {
    // Sequentially consistent: the level is in memory before the KILL that follows it changes the word, so an arm
    // that reads no level has read the word before that KILL, and its compareExchange fails.
    if (asserted) Atomics.or(this.words, PLANE.levels, LEVEL_SOURCE[source])
    else Atomics.and(this.words, PLANE.levels, ~LEVEL_SOURCE[source])
  }

  /** Names of the level sources that assert now. */
  levels(): LevelSource[] {
    // Sequentially consistent, read before the arming compareExchange (see `setLevel`).
    const bits = Atomics.load(this.words, PLANE.levels)
    return (Object.keys(LEVEL_SOURCE) as LevelSource[]).filter((name) => (bits & LEVEL_SOURCE[name]) !== 0)
  }
}
