const OPEN = 0
const TAKEN = 1
const EXPIRED = 2

/**
 * One word between who asks for an act and who does it on another thread: it is done at most once, and never after who
 * asked has given it up. Of `take` and `expire` exactly one succeeds.
 */
export class Claim {
  readonly #word: Int32Array

  private constructor(buffer: SharedArrayBuffer) {
    this.#word = new Int32Array(buffer)
  }

  static create(): Claim {
    return new Claim(new SharedArrayBuffer(4))
  }

  static attach(buffer: SharedArrayBuffer): Claim {
    return new Claim(buffer)
  }

  get buffer(): SharedArrayBuffer {
    return this.#word.buffer as SharedArrayBuffer
  }

  /** By who does it, right before: true where it may be done. */
  take(): boolean {
    // Sequentially consistent: of two exchanges from 0 one comes first, and the other one sees it.
    return Atomics.compareExchange(this.#word, 0, OPEN, TAKEN) === OPEN
  }

  /** By who asked, when it waits no longer: true where it was not begun, and then it never will be. */
  expire(): boolean {
    // As in `take`.
    return Atomics.compareExchange(this.#word, 0, OPEN, EXPIRED) === OPEN
  }
}
