import type { Permit } from '../domain/intent.ts'
import { REASON_MASK } from '../domain/reasons.ts'
import { type ControlPlane, scopeWordAt } from '../shm/control-plane.ts'
import type { Freshness } from '../shm/freshness.ts'
import { PLANE } from '../shm/layout.ts'

/** A permit that gate 2 always refuses: the path is warmed under it (DESIGN 3). */
export const REFUSED_PERMIT: Permit = [0, 0, 0, 0, 0]

/** An order that no strategy sent. */
export const NO_STRATEGY = -1

/** Beside the reasons, which lie below it; no mask of reducible reasons has it. */
const UNARMED = 1 << 30

/**
 * The five control words that an order of one strategy in one symbol must find open. Made once at set-up, used by one
 * thread. It remembers the words with the epoch that they were read under: every change of a scope's word raises the
 * epoch, so `all` and the epoch, read together in one call, tell whether any of the five has changed, and where one
 * has, all are read again. Reading the five each time would cost 40 ns (ADR 0002).
 */
export class GateRoute {
  readonly venue: number
  readonly account: number
  readonly strategy: number
  readonly symbol: number
  readonly isFresh: Freshness
  epoch = 0
  all = 0
  venueWord = 0
  accountWord = 0
  strategyWord = 0
  symbolWord = 0
  /** reasons of the five words together */
  reasons = 0
  /** the same, and `UNARMED` where a word has no generation: zeroed memory permits nothing */
  shut: number = UNARMED
  readonly #words: Int32Array
  readonly #venueAt: number
  readonly #accountAt: number
  readonly #strategyAt: number
  readonly #symbolAt: number

  /**
   * @param strategy `NO_STRATEGY`: the word of everything stands in for the one that it has not
   * @throws ASSERTION for an index beyond its scope's maximum
   */
  constructor(plane: ControlPlane, venue: number, account: number, strategy: number, symbol: number) {
    this.venue = venue
    this.account = account
    this.strategy = strategy
    this.symbol = symbol
    this.#words = plane.words
    this.isFresh = plane.isFresh
    this.#venueAt = scopeWordAt('venue', venue)
    this.#accountAt = scopeWordAt('account', account)
    this.#strategyAt = strategy === NO_STRATEGY ? PLANE.all : scopeWordAt('strategy', strategy)
    this.#symbolAt = scopeWordAt('symbol', symbol)
    this.refresh()
  }

  /** Reads the five words again. */
  refresh(): void {
    const words = this.#words
    // Sequentially consistent, and the epoch first: a change raises the epoch after its exchange, so if a word read
    // here is older than some change, the epoch read here is older than that change's, and the next gate reads again.
    this.epoch = Atomics.load(words, PLANE.epoch)
    this.all = Atomics.load(words, PLANE.all)
    this.venueWord = Atomics.load(words, this.#venueAt)
    this.accountWord = Atomics.load(words, this.#accountAt)
    this.strategyWord = Atomics.load(words, this.#strategyAt)
    this.symbolWord = Atomics.load(words, this.#symbolAt)
    const { all, venueWord, accountWord, strategyWord, symbolWord } = this
    this.reasons = (all | venueWord | accountWord | strategyWord | symbolWord) & REASON_MASK
    const armed = all !== 0 && venueWord !== 0 && accountWord !== 0 && strategyWord !== 0 && symbolWord !== 0
    this.shut = armed ? this.reasons : this.reasons | UNARMED
  }

  get open(): boolean {
    return this.shut === 0
  }
}

function writePermit(route: GateRoute, permit: Int32Array): void {
  permit[0] = route.all
  permit[1] = route.venueWord
  permit[2] = route.accountWord
  permit[3] = route.strategyWord
  permit[4] = route.symbolWord
}

function holds(route: GateRoute, permit: Permit | Int32Array): boolean {
  return (
    permit[0] === route.all &&
    permit[1] === route.venueWord &&
    permit[2] === route.accountWord &&
    permit[3] === route.strategyWord &&
    permit[4] === route.symbolWord
  )
}

/** Reason bits of the five words as they are now: the route of a worker's orders is asked by nobody else on this thread. */
export function reasonsNow(route: GateRoute): number {
  // Sequentially consistent, as in gate 1.
  if (route.isFresh(route.all, route.epoch) === 0) route.refresh()
  return route.reasons
}

/**
 * Gate 1, before any feature work: true when all five words are open. `permit` (five words, the caller's own) gets
 * the words, and travels with the intent.
 */
export function gate1(route: GateRoute, permit: Int32Array): boolean {
  // Sequentially consistent reads: a halt that was acknowledged before them is seen.
  if (route.isFresh(route.all, route.epoch) === 0) route.refresh()
  writePermit(route, permit)
  return route.shut === 0
}

/**
 * Gate 2, in the same synchronous run as the write and inside the guard: true when all five words are open and are
 * the very words of the permit, so that not even a kill and a re-arm happened in between (K5).
 */
export function gate2(route: GateRoute, permit: Permit | Int32Array): boolean {
  // Sequentially consistent reads after the guard's `submitting` + 1: the proof is in `shm/submission-guard.ts`.
  if (route.isFresh(route.all, route.epoch) === 0) route.refresh()
  return route.shut === 0 && holds(route, permit)
}

/** Gate 1 for decisions that can only reduce a position: no reason outside `reducible` (a mask of REASON bits). */
export function gate1Reducing(route: GateRoute, permit: Int32Array, reducible: number): boolean {
  // Sequentially consistent, as in gate 1.
  if (route.isFresh(route.all, route.epoch) === 0) route.refresh()
  writePermit(route, permit)
  return (route.shut & ~reducible) === 0
}

/**
 * Gate 2 for an order that risk has proved to be reducing: the permit still holds, and no word has a reason outside
 * `reducible`. The permit of an exit that is born under a halt carries that halt's words.
 */
export function gate2Reducing(route: GateRoute, permit: Permit | Int32Array, reducible: number): boolean {
  // Sequentially consistent, as in gate 2.
  if (route.isFresh(route.all, route.epoch) === 0) route.refresh()
  return (route.shut & ~reducible) === 0 && holds(route, permit)
}
