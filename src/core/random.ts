/** Randomness is a port, like time: a seeded one in replay and simulation, the machine's in live shells. */
export interface Random {
  /** uniform in [0, 1) */
  next(): number
}

/** The machine's randomness, for live shells. */
export class SystemRandom implements Random {
  next(): number {
    return Math.random()
  }
}

/** Mulberry32: small, fast and the same on every machine; not for secrets. */
export class SeededRandom implements Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
