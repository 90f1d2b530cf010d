import { type Clock, utcMidnightNs } from '../core/clock.ts'
import type { EngineTime } from './desk.ts'

const NS_PER_S = 1_000_000_000n

/** The engine's time on the machine's clock: ns from the UTC midnight before the start, running monotonically. */
export class LiveTime implements EngineTime {
  readonly recvBaseUtcS: number
  readonly #recvBaseUtcNs: bigint
  #eventBaseUtcNs: bigint
  readonly #clock: Clock
  readonly #offsetNs: number

  constructor(clock: Clock) {
    this.#clock = clock
    const utcNs = clock.utcNs()
    this.#recvBaseUtcNs = utcMidnightNs(utcNs)
    this.#eventBaseUtcNs = this.#recvBaseUtcNs
    this.recvBaseUtcS = Number(this.#recvBaseUtcNs / NS_PER_S)
    this.#offsetNs = Number(utcNs - this.#recvBaseUtcNs) - clock.monoNs()
  }

  get eventBaseUtcS(): number {
    return Number(this.#eventBaseUtcNs / NS_PER_S)
  }

  /** UTC ns of the midnight that event times count from. */
  get eventBaseUtcNs(): bigint {
    return this.#eventBaseUtcNs
  }

  /** The first event tells from which midnight event times count: a venue may play an old day. True where it is another. */
  firstEvent(utcMs: number): boolean {
    const before = this.#eventBaseUtcNs
    this.#eventBaseUtcNs = utcMidnightNs(BigInt(utcMs) * 1_000_000n)
    return this.#eventBaseUtcNs !== before
  }

  nowNs(): number {
    return this.#clock.monoNs() + this.#offsetNs
  }

  utcNsText(): string {
    return String(this.#recvBaseUtcNs + BigInt(this.nowNs()))
  }
}
