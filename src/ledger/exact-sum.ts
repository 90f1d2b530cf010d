/** Products and sums up to here are added as doubles; twice that is still exact. */
const FAST_MAX = 2 ** 52

/**
 * An exact running sum of products of integers (price × quantity in increments). It stays in one double while it can and
 * carries into a BigInt when it must, so the usual addition allocates nothing.
 */
export class ExactSum {
  #low = 0
  #high = 0n

  /** Adds `a` × `b`; both are integers below 2^53 in magnitude. */
  addProduct(a: number, b: number): void {
    const product = a * b
    if (product <= FAST_MAX && product >= -FAST_MAX) {
      this.#low += product
      if (this.#low > FAST_MAX || this.#low < -FAST_MAX) this.#carry()
    } else {
      this.#high += BigInt(a) * BigInt(b)
    }
  }

  get value(): bigint {
    return this.#high + BigInt(this.#low)
  }

  copy(): ExactSum {
    const sum = new ExactSum()
    sum.#low = this.#low
    sum.#high = this.#high
    return sum
  }

  #carry(): void {
    this.#high += BigInt(this.#low)
    this.#low = 0
  }
}
