import type { Clock } from '../../core/clock.ts'
import { type RestClient, venueError } from './rest-client.ts'

/** Looks per synchronisation; the one with the shortest round trip counts. */
const LOOKS = 3

/** The venue's time on our monotonic clock, so that a step of the wall clock cannot spoil a signature's timestamp. */
export class VenueTime {
  readonly #clock: Clock
  #venueLessMonoNs = Number.NaN
  #offsetMs = Number.NaN

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The venue's time, ms since 1970; our own UTC before the first look. */
  nowMs(): number {
    if (Number.isNaN(this.#venueLessMonoNs)) return Number(this.#clock.utcNs() / 1_000_000n)
    return Math.floor((this.#clock.monoNs() + this.#venueLessMonoNs) / 1e6)
  }

  /** The venue's clock less our UTC, ms; NaN before the first look. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  /** @throws VENUE_UNREACHABLE, VENUE_ERROR, RATE_LIMITED */
  async sync(rest: RestClient): Promise<void> {
    let best = Infinity
    for (let look = 0; look < LOOKS; look++) {
      const sentNs = this.#clock.monoNs()
      const answer = await rest.get('/api/v3/time')
      const gotNs = this.#clock.monoNs()
      const serverMs = (answer.body as { serverTime?: unknown } | null)?.serverTime
      if (answer.status !== 200 || typeof serverMs !== 'number') throw venueError('time', answer)
      if (gotNs - sentNs >= best) continue
      best = gotNs - sentNs
      // The answer was made half a round trip ago; half a millisecond makes up for its cut to milliseconds.
      this.#venueLessMonoNs = (serverMs + 0.5) * 1e6 - (sentNs + gotNs) / 2
      this.#offsetMs = serverMs + 0.5 - Number(this.#clock.utcNs() / 1_000n) / 1e3 + best / 2e6
    }
  }
}
