import type { Clock } from '../../core/clock.ts'
import { RateWindow } from '../../core/rate-window.ts'
import type { Timers } from '../../core/timers.ts'

/** The venue takes 300 attempts of one address in five minutes; the rest is for whoever shares the address. */
const ATTEMPTS_MAX = 240
const WINDOW_NS = 300e9

/** Bound on the attempts of all connections of this process to a host, however often each of them is lost. */
export class ConnectLimit {
  readonly #clock: Pick<Clock, 'monoNs'>
  readonly #window = new RateWindow(ATTEMPTS_MAX, WINDOW_NS)

  constructor(clock: Pick<Clock, 'monoNs'>) {
    this.#clock = clock
  }

  /** Resolves when one more attempt may be made, which is counted, or when `timers` are closed. */
  async turn(timers: Timers): Promise<void> {
    for (;;) {
      if (timers.closed) return
      const nowNs = this.#clock.monoNs()
      const waitNs = this.#window.waitNs(nowNs)
      if (waitNs === 0) return this.#window.note(nowNs)
      await timers.sleep(waitNs / 1e6)
    }
  }
}
