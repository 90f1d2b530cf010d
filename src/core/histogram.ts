/** Percentiles of one step, in the unit that was recorded. */
export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

const SUB_BITS = 6
const SUB = 1 << SUB_BITS
const EXPONENT_MAX = 40
const BUCKETS = (EXPONENT_MAX - SUB_BITS + 2) * SUB

/**
 * A log-linear histogram of non-negative integers (HdrHistogram's scheme, hdrhistogram.org): 64 sub-buckets for each
 * power of two, so a value is kept within 1.6 %. Values from 2^41 on count as 2^41 - 1. No allocation on `record`.
 */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS)
  #count = 0
  #max = 0

  record(value: number): void {
    const v = value < 0 ? 0 : Math.min(Math.floor(value), 2 ** (EXPONENT_MAX + 1) - 1)
    const index = bucketOf(v)
    this.#counts[index] = (this.#counts[index] as number) + 1
    this.#count++
    if (v > this.#max) this.#max = v
  }

  get count(): number {
    return this.#count
  }

  get max(): number {
    return this.#max
  }

  /** The highest value of the bucket that holds the quantile (0..1); 0 when empty. */
  quantile(q: number): number {
    if (this.#count === 0) return 0
    const rank = Math.max(1, Math.ceil(q * this.#count))
    let seen = 0
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i] as number
      if (seen >= rank) return Math.min(bucketTop(i), this.#max)
    }
    return this.#max
  }

  percentiles(): Percentiles {
    return { p50: this.quantile(0.5), p99: this.quantile(0.99), p999: this.quantile(0.999), max: this.#max }
  }

  reset(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#max = 0
  }
}

function bucketOf(v: number): number {
  if (v < SUB) return v
  if (v < 2 ** 31) {
    const shift = 31 - SUB_BITS - Math.clz32(v)
    return shift * SUB + (v >>> shift)
  }
  const exponent = Math.floor(Math.log2(v))
  const sub = Math.floor(v / 2 ** (exponent - SUB_BITS)) - SUB
  return (exponent - SUB_BITS + 1) * SUB + sub
}

function bucketTop(index: number): number {
  if (index < SUB) return index
  const exponent = Math.floor(index / SUB) + SUB_BITS - 1
  const sub = (index % SUB) + SUB
  return (sub + 1) * 2 ** (exponent - SUB_BITS) - 1
}
