import type { Clock } from '../core/clock.ts'

const NS_PER_S = 1_000_000_000

/**
 * The two times of a record as text. Reading UTC as a BigInt and printing two large numbers for every record costs
 * more than hashing it, so UTC is read once (`anchor`) and carried on by the monotonic clock, and the seconds' text is kept
 * while it lasts.
 */
export class TimeText {
  readonly #clock: Clock
  /** UTC at monotonic zero, and the same as whole seconds and the ns beyond them */
  #zero = 0n
  #zeroUtcS = 0
  #zeroUtcNs = 0
  #utcS = Number.NaN
  #utcSText = ''
  #monoS = Number.NaN
  #monoSText = ''
  /** UTC ns of the last `read` */
  ts = '0'
  /** monotonic ns of the last `read` */
  mono = '0'

  constructor(clock: Clock) {
    this.#clock = clock
    this.anchor()
  }

  /**
   * Reads UTC anew; called now and then, because the system's UTC is steered and the monotonic clock is not. What the two
   * readings around it cannot tell from the old anchor leaves that one, so that times do not jitter backwards.
   */
  anchor(): void {
    const before = this.#clock.monoNs()
    const utcNs = this.#clock.utcNs()
    const after = this.#clock.monoNs()
    const zeroUtcNs = utcNs - BigInt(before)
    if (this.#zero <= zeroUtcNs && this.#zero >= utcNs - BigInt(after)) return
    this.#zero = zeroUtcNs
    const rest = ((zeroUtcNs % BigInt(NS_PER_S)) + BigInt(NS_PER_S)) % BigInt(NS_PER_S)
    this.#zeroUtcNs = Number(rest)
    this.#zeroUtcS = Number((zeroUtcNs - rest) / BigInt(NS_PER_S))
  }

  /** Reads the clock into `ts` and `mono`. */
  read(): void {
    const monoNs = this.#clock.monoNs()
    const monoS = Math.floor(monoNs / NS_PER_S)
    const monoRest = monoNs - monoS * NS_PER_S
    const carry = this.#zeroUtcNs + monoRest >= NS_PER_S ? 1 : 0
    const utcS = this.#zeroUtcS + monoS + carry
    if (utcS !== this.#utcS) {
      this.#utcS = utcS
      this.#utcSText = secondsText(utcS)
    }
    if (monoS !== this.#monoS) {
      this.#monoS = monoS
      this.#monoSText = secondsText(monoS)
    }
    this.ts = joined(this.#utcSText, this.#zeroUtcNs + monoRest - carry * NS_PER_S)
    this.mono = joined(this.#monoSText, monoRest)
  }
}

function secondsText(seconds: number): string {
  return seconds === 0 ? '' : `${seconds}`
}

/** Seconds and the ns beyond them as one whole number; times before the epoch are not carried by the engine. */
function joined(secondsText: string, ns: number): string {
  return secondsText === '' ? `${ns}` : secondsText + `${NS_PER_S + ns}`.slice(1)
}
