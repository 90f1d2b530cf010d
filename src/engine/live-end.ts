import type { VenuePort } from '../domain/venue.ts'
import type { Live, LiveInput } from './live.ts'
import type { StoppingEngine } from './shutdown.ts'
import type { WorkerStop } from './worker-types.ts'

/** A live engine from the side of its end: every part by itself, so that one that hangs holds up no other. */
export class LiveEnd implements StoppingEngine {
  readonly #live: Live
  readonly #venues: readonly VenuePort[]
  readonly #twin: LiveInput['twin']
  readonly #onNote: LiveInput['onNote']

  constructor(live: Live, { venues, twin, onNote }: Pick<LiveInput, 'venues' | 'twin' | 'onNote'>) {
    this.#live = live
    this.#venues = [...venues.values()]
    this.#twin = twin
    this.#onNote = onNote
  }

  get assembly(): Live['assembly'] {
    return this.#live.assembly
  }

  stopIntake(): void {
    this.#live.stopIntake()
  }

  /** From now on what venues report goes straight to the books: no reconciliation holds it back or runs between. */
  stopReconciling(): void {
    const { reports } = this.assembly
    for (const loop of this.#live.reconcilers) loop.stop()
    for (const venue of this.#venues) {
      venue.onReport = (report) => reports.onReport(report)
      venue.onConnection = (up, reason) => {
        this.#onNote(up ? 'info' : 'warn', up ? 'order entry up' : 'order entry down', {
          venue: venue.id,
          reason,
        })
      }
    }
  }

  /** @throws what a venue's queries throw */
  async bookFills(): Promise<void> {
    await Promise.all(this.#live.reconcilers.map((loop) => loop.bookFills()))
  }

  /** Ends the market data; venues stay up for cancels. */
  async stopFeeds(): Promise<void> {
    await Promise.all([...this.#live.feeds.values()].map((feeds) => feeds.stop()))
  }

  async closeVenues(): Promise<void> {
    await Promise.all(this.#venues.map((venue) => venue.close()))
  }

  /** Ends the twin, runners and workers. */
  async closeWorkers(limitMs?: number): Promise<readonly WorkerStop[]> {
    await this.#twin?.close()
    for (const runner of this.assembly.inline) runner?.close()
    return this.#live.lanes.close(false, limitMs)
  }

  facts(): object {
    const { counters } = this.assembly.desk
    return { ticks: counters.ticks, ...counters.ordersDocument(), fills: this.#live.fills.document() }
  }

  /** Ends everything; for a run that has not begun, or whose shutdown is over. Never throws. */
  async close(): Promise<void> {
    this.stopIntake()
    this.stopReconciling()
    await Promise.allSettled([this.stopFeeds(), this.closeVenues(), this.closeWorkers()])
  }
}
