/**
 * Time is a port: the core and the steps take a `Clock`, and only shells make one.
 * All times are integer nanoseconds as doubles below 2^53 (104 days from their base).
 */
export interface Clock {
  /** Monotonic nanoseconds from the base of the run, comparable between threads of the process. */
  monoNs(): number
  /** UTC nanoseconds since 1970. */
  utcNs(): bigint
}

/** UTC midnight before `utcNs`, as UTC nanoseconds: the base of event-time offsets (CONTRACTS, Numbers). */
export function utcMidnightNs(utcNs: bigint): bigint {
  const dayNs = 86_400_000_000_000n
  const rest = utcNs % dayNs
  return utcNs - (rest < 0n ? rest + dayNs : rest)
}

/** Looks by which a machine's clock is set. */
const LOOKS = 8

/**
 * The machine's clock. `baseHrNs` is shared by all threads of a run so that their monotonic times compare;
 * `performance.now()` is read instead of BigInt clocks because those allocate.
 */
export class SystemClock implements Clock {
  readonly baseHrNs: bigint
  readonly #offsetNs: number
  readonly #utcAtBaseNs: bigint

  constructor(baseHrNs: bigint = process.hrtime.bigint()) {
    this.baseHrNs = baseHrNs
    const mono = look(baseHrNs, () => performance.now())
    this.#offsetNs = mono.atNs - mono.readMs * 1e6
    const utc = look(baseHrNs, () => Date.now())
    this.#utcAtBaseNs = BigInt(utc.readMs) * 1_000_000n - BigInt(Math.round(utc.atNs))
  }

  monoNs(): number {
    return Math.round(performance.now() * 1e6 + this.#offsetNs)
  }

  utcNs(): bigint {
    return this.#utcAtBaseNs + BigInt(this.monoNs())
  }
}

/**
 * What another clock reads, and when, ns from the run's base. Read between two looks at the base's clock, several times: a
 * thread that is held up between two readings would be late for the whole run, and its times before their causes in other
 * threads.
 */
function look(baseHrNs: bigint, read: () => number): { readMs: number; atNs: number } {
  let [readMs, atNs, narrowestNs] = [0, 0, Number.POSITIVE_INFINITY]
  for (let looks = 0; looks < LOOKS; looks++) {
    const beforeNs = Number(process.hrtime.bigint() - baseHrNs)
    const nowMs = read()
    const afterNs = Number(process.hrtime.bigint() - baseHrNs)
    if (afterNs - beforeNs >= narrowestNs) continue
    narrowestNs = afterNs - beforeNs
    readMs = nowMs
    atNs = beforeNs + narrowestNs / 2
  }
  return { readMs, atNs }
}

/** A clock that only moves when told: replay, simulation, tests. */
export class VirtualClock implements Clock {
  readonly #startUtcNs: bigint
  #monoNs = 0

  constructor(startUtcNs: bigint) {
    this.#startUtcNs = startUtcNs
  }

  /** Moves forward to `utcNs`; an earlier time leaves the clock where it is. */
  advanceTo(utcNs: bigint): void {
    this.advanceToMono(Number(utcNs - this.#startUtcNs))
  }

  /** The same by nanoseconds since the clock's start; allocates nothing. */
  advanceToMono(monoNs: number): void {
    if (monoNs > this.#monoNs) this.#monoNs = monoNs
  }

  monoNs(): number {
    return this.#monoNs
  }

  utcNs(): bigint {
    return this.#startUtcNs + BigInt(this.#monoNs)
  }
}
