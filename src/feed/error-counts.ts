import { DECODE_CODE, type DecodeCode } from '../domain/decode-codes.ts'

const CODES_MAX = 128

/** Counts by code, free of allocation while counting. */
export class ErrorCounts {
  readonly #counts = new Float64Array(CODES_MAX)

  add(code: number, count = 1): void {
    this.#counts[code] = (this.#counts[code] as number) + count
  }

  get total(): number {
    let total = 0
    for (const count of this.#counts) total += count
    return total
  }

  /** Codes that were counted, in the order of their numbers. */
  toMap(): Map<DecodeCode, number> {
    const entries = Object.entries(DECODE_CODE) as [DecodeCode, { n: number }][]
    entries.sort(([, a], [, b]) => a.n - b.n)
    const map = new Map<DecodeCode, number>()
    for (const [code, { n }] of entries) {
      const count = this.#counts[n] as number
      if (count > 0) map.set(code, count)
    }
    return map
  }
}
