import type { Random } from './random.ts'

/** Delays of a reconnect: doubled from `minMs` to `maxMs`, each drawn between half and the whole, so that peers spread. */
export class Backoff {
  readonly #minMs: number
  readonly #maxMs: number
  readonly #random: Random
  #tries = 0

  constructor(minMs: number, maxMs: number, random: Random) {
    this.#minMs = minMs
    this.#maxMs = maxMs
    this.#random = random
  }

  nextMs(): number {
    const ceiling = Math.min(this.#maxMs, this.#minMs * 2 ** Math.min(this.#tries++, 30))
    return ceiling / 2 + (this.#random.next() * ceiling) / 2
  }

  reset(): void {
    this.#tries = 0
  }
}
