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
/** Turns of the wall clock's millisecond that are looked at, how near one must be met, and how long it is waited for. */
const TURNS = 4
const TURN_NS_GOOD = 20_000
const TURN_WAIT_NS = 3_000_000

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
    this.#offsetNs = offsetNs(baseHrNs)
    this.#utcAtBaseNs = utcAtBaseNs(baseHrNs)
  }

  monoNs(): number {
    return Math.round(performance.now() * 1e6 + this.#offsetNs)
  }

  utcNs(): bigint {
    return this.#utcAtBaseNs + BigInt(this.monoNs())
  }
}

/**
 * From `performance.now()` to the run's base. Read between two looks at the other clock, several times: a thread that is
 * held up between two readings would be late for the whole run, and its times before their causes in other threads.
 */
function offsetNs(baseHrNs: bigint): number {
  let [offset, narrowestNs] = [0, Number.POSITIVE_INFINITY]
  for (let looks = 0; looks < LOOKS; looks++) {
    const beforeNs = sinceNs(baseHrNs)
    const nowMs = performance.now()
    const afterNs = sinceNs(baseHrNs)
    if (afterNs - beforeNs >= narrowestNs) continue
    narrowestNs = afterNs - beforeNs
    offset = beforeNs + narrowestNs / 2 - nowMs * 1e6
  }
  return offset
}

/**
 * UTC at the run's base. The wall clock reads whole milliseconds, so it is met where it turns to the next one: threads
 * that take it anywhere in between differ by up to one, and one's time of a cause lies behind another's of its effect.
 */
function utcAtBaseNs(baseHrNs: bigint): bigint {
  let [utcNs, narrowestNs] = [0n, Number.POSITIVE_INFINITY]
  for (let turns = 0; turns < TURNS && narrowestNs > TURN_NS_GOOD; turns++) {
    const { fromNs, toNs, utcMs } = nextTurn(baseHrNs)
    if (toNs - fromNs >= narrowestNs) continue
    narrowestNs = toNs - fromNs
    utcNs = BigInt(utcMs) * 1_000_000n - BigInt(Math.round(fromNs + narrowestNs / 2))
  }
  return utcNs
}

/** Between which times, ns from the base, the wall clock has turned to `utcMs`, or for so long has not. */
function nextTurn(baseHrNs: bigint): { fromNs: number; toNs: number; utcMs: number } {
  const startNs = sinceNs(baseHrNs)
  let fromNs = startNs
  const firstMs = Date.now()
  for (;;) {
    const nextFromNs = sinceNs(baseHrNs)
    const utcMs = Date.now()
    const toNs = sinceNs(baseHrNs)
    if (utcMs !== firstMs) return { fromNs, toNs, utcMs }
    if (toNs - startNs > TURN_WAIT_NS) return { fromNs: startNs, toNs, utcMs }
    fromNs = nextFromNs
  }
}

function sinceNs(baseHrNs: bigint): number {
  return Number(process.hrtime.bigint() - baseHrNs)
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
