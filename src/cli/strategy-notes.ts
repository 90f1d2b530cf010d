import type { StrategyError } from '../engine/strategy-ports.ts'

/**
 * What went wrong in strategies, told to the person at the terminal: each kind of error in full when it comes first, and how
 * often it came at the end.
 */
export class StrategyNotes {
  readonly #onNote: (line: string) => void
  readonly #counts = new Map<string, number>()
  #halted = 0

  constructor(onNote: (line: string) => void) {
    this.#onNote = onNote
  }

  /** Strategies that were halted because their worker or model did not go on. */
  get halted(): number {
    return this.#halted
  }

  error({ strategy, symbol, code, name, message }: StrategyError): void {
    const kind = [strategy, symbol, code, `(${name})`].filter((word) => word !== '').join(' ')
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    if (count === 1) this.#onNote(`${kind}: ${message}`)
  }

  haltedStrategy(strategy: string, text: string): void {
    this.#halted++
    this.#onNote(`strategy ${strategy} halted: ${text}`)
  }

  /** Tells the counts of what came more than once. */
  close(): void {
    for (const [kind, count] of this.#counts) if (count > 1) this.#onNote(`${kind}: ${count} times`)
  }
}
