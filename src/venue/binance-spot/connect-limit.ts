import type { Clock } from '../../core/clock.ts'
import { EventWindow } from '../../core/event-window.ts'
import type { Timers } from '../../core/timers.ts'

/** The venue takes 300 attempts of one address in five minutes; the rest is for whoever shares the address. */
const ATTEMPTS_MAX = 240
const WINDOW_MS = 300_000

/** Bound on the attempts of all connections of this process to a host, however often each of them is lost. */
export class ConnectLimit {
  readonly #clock: Pick<Clock, 'monoNs'>
  readonly #window = new EventWindow(ATTEMPTS_MAX, WINDOW_MS)

  constructor(clock: Pick<Clock, 'monoNs'>) {
    this.#clock = clock
  }

  /** Resolves when one more attempt may be made, which is counted, or when `timers` are closed. */
  async turn(timers: Timers): Promise<void> {
    for (;;) {
      if (timers.closed) return
      const nowMs = this.#clock.monoNs() / 1e6
      const waitMs = this.#window.waitMs(nowMs)
      if (waitMs === 0) return this.#window.add(nowMs)
      await timers.sleep(waitMs)
    }
  }
}
