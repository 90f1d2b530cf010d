import { assert } from '../../core/assert.ts'

/** Most executions that a window may count. */
export const EXECUTIONS_MAX = 100_000

export interface ExecutionLimits {
  /** orders executed within the window that halt the strategy */
  readonly max: number
  readonly windowNs: number
}

/**
 * The repeated-execution latch of one strategy (R6): Commission Delegated Regulation (EU) 2017/589 (RTS 6), article 15(3),
 * asks that a strategy is disabled after a number of executions until a person enables it again. An order counts once,
 * with its first fill. Keeps the newest `max` times and nothing else.
 */
export class RepeatedExecutions {
  readonly #windowNs: number
  readonly #timesNs: Float64Array
  #count = 0
  #next = 0

  constructor({ max, windowNs }: ExecutionLimits) {
    assert(Number.isInteger(max) && max >= 1 && max <= EXECUTIONS_MAX, `a limit of ${max} executions`)
    assert(windowNs > 0, `an execution window of ${windowNs} ns`)
    this.#windowNs = windowNs
    this.#timesNs = new Float64Array(max)
  }

  /** An order was executed for the first time; true where it is the one that fills the window. */
  add(nowNs: number): boolean {
    const max = this.#timesNs.length
    this.#timesNs[this.#next] = nowNs
    this.#next = this.#next + 1 === max ? 0 : this.#next + 1
    if (this.#count < max) this.#count += 1
    return this.#count === max && nowNs - (this.#timesNs[this.#next] as number) <= this.#windowNs
  }

  clear(): void {
    this.#count = 0
    this.#next = 0
  }
}
