import type { StrategyErrorCode } from '../domain/strategy.ts'
import type { SymbolState } from './strategy-symbol.ts'

export interface AsyncDecisionSink {
  conclude(state: SymbolState, prediction: unknown): void
  fail(state: SymbolState, code: StrategyErrorCode, message: string): void
}

/**
 * Predictions that are promises: one at a time for each symbol. The first of answer and deadline counts; an answer after
 * the deadline is dropped, and the symbol is free for the next decision.
 */
export class AsyncDecisions {
  readonly #deadlineMs: number
  readonly #sink: AsyncDecisionSink
  readonly #timers = new Map<SymbolState, NodeJS.Timeout | undefined>()
  #waiting: (() => void)[] = []
  #lastId = 0

  /** @param deadlineMs 0 for none: a promise that never settles then blocks its symbol for good */
  constructor(deadlineMs: number, sink: AsyncDecisionSink) {
    this.#deadlineMs = deadlineMs
    this.#sink = sink
  }

  get pending(): number {
    return this.#timers.size
  }

  start(state: SymbolState, prediction: Promise<unknown>): void {
    this.#lastId += 1
    const id = this.#lastId
    const { startedNs } = state
    state.pending = id
    const expire = (): void => {
      if (!this.#finish(state, id)) return
      this.#sink.fail(state, 'DECISION_DEADLINE', `no answer within ${this.#deadlineMs} ms`)
      this.#wake()
    }
    this.#timers.set(state, this.#deadlineMs > 0 ? setTimeout(expire, this.#deadlineMs) : undefined)
    prediction.then(
      (value) => {
        if (!this.#finish(state, id)) return
        // Bars that closed meanwhile have begun (and held) decisions of their own.
        state.startedNs = startedNs
        this.#sink.conclude(state, value)
        this.#wake()
      },
      (error: unknown) => {
        if (!this.#finish(state, id)) return
        this.#sink.fail(state, 'MODEL_THREW', error instanceof Error ? error.message : String(error))
        this.#wake()
      },
    )
  }

  settle(): Promise<void> {
    if (this.#timers.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  close(): void {
    for (const [state, timer] of this.#timers) {
      clearTimeout(timer)
      state.pending = 0
    }
    this.#timers.clear()
    this.#wake()
  }

  /** True for the first end of prediction `id`; later ones are stale. */
  #finish(state: SymbolState, id: number): boolean {
    if (state.pending !== id) return false
    clearTimeout(this.#timers.get(state))
    this.#timers.delete(state)
    state.pending = 0
    return true
  }

  #wake(): void {
    if (this.#timers.size > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
