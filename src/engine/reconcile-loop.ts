import { Timers } from '../core/timers.ts'
import { REASON } from '../domain/reasons.ts'
import type { ReconciledData } from '../domain/reconciled-data.ts'
import type { VenuePort } from '../domain/venue.ts'
import type { Scope } from '../shm/control-plane.ts'
import type { Assembly } from './assemble.ts'
import { scopeText } from './halts.ts'
import { HeldReports } from './held-reports.ts'
import type { LiveInput } from './live.ts'
import { type Difference, differenceText, type ReconcileResult, reconcile } from './reconcile.ts'
import { ReconcileBooks } from './reconcile-books.ts'
import { sleep } from './steps.ts'

/** "Not found" is proof after the venue's window for a request and its visibility lag (reliability: past a fence), ms. */
const NOT_FOUND_FENCE_MS = 7_000
const SECOND_READ_MS = 500
const RETRY_FIRST_MS = 200
/** Period of the look that nobody asked for, ms. */
const AUDIT_MS = 30_000
const RETRY_MAX_MS = 5_000

/**
 * One venue's reconciliation: at start, after each reconnect, and again until nothing is open. The venue's word is
 * RECONCILING from the loss of its connection to a pass without difference. Reports that come meanwhile wait, and are
 * applied afterwards with the same dedupe.
 */
export class ReconcileLoop {
  readonly #venue: VenuePort
  readonly #input: LiveInput
  readonly #assembly: Assembly
  readonly #stop = new AbortController()
  readonly #books: ReconcileBooks
  readonly #held: HeldReports
  #running: Promise<void> | null = null
  /** differences that halt something now */
  readonly #told = new Set<string>()
  #passes = 0
  #opened = false
  #again = false
  readonly #timers: Timers
  readonly #looked = Promise.withResolvers<void>()
  /** what the newest pass did not agree with */
  #open: readonly string[] = ['not connected']

  constructor(venue: VenuePort, input: LiveInput, assembly: Assembly) {
    this.#venue = venue
    this.#input = input
    this.#assembly = assembly
    this.#books = new ReconcileBooks(venue, input, assembly)
    this.#timers = new Timers(`reconciliation of ${venue.id}`)
    this.#held = new HeldReports(
      (report) => assembly.reports.onReport(report),
      () => input.onNote('error', 'too many reports wait for reconciliation', { venue: venue.id }),
    )
    venue.onReport = (report) => this.#held.take(report)
    venue.onConnection = (up, reason) => this.#onConnection(up, reason)
  }

  /** Id of the venue. */
  get venue(): string {
    return this.#venue.id
  }

  /** Passes without a difference so far. */
  get passes(): number {
    return this.#passes
  }

  /** The first pass is over, whatever it found: the venue is connected, and what it reports is applied. */
  get looked(): Promise<void> {
    return this.#looked.promise
  }

  /** What keeps this venue from being reconciled, and the scope that a difference halts. */
  get obstacles(): string[] {
    return this.#passes > 0 ? [] : this.#open.map((text) => `venue ${this.#venue.id}: ${text}`)
  }

  /** Connects and reconciles; tries again until it has succeeded once or the signal aborts. */
  async start(signal: AbortSignal): Promise<void> {
    this.#halt('start')
    for (let pauseMs = RETRY_FIRST_MS; !signal.aborted && !this.#stop.signal.aborted; ) {
      try {
        await this.#venue.connect()
        break
      } catch (error) {
        this.#input.onNote('error', 'venue not connected', { venue: this.#venue.id, error: String(error) })
        await sleep(pauseMs, signal)
        pauseMs = Math.min(RETRY_MAX_MS, pauseMs * 2)
      }
    }
    this.#begin()
    this.#timers.every(AUDIT_MS, () => {
      if (this.#running === null) this.#work(() => this.#audit())
    })
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    if (!signal.aborted) await Promise.race([this.#running, aborted])
  }

  stop(): void {
    this.#stop.abort()
    this.#timers.close()
    this.#held.release()
  }

  /** Books executions that the stream has not told yet. @throws what the venue's queries throw */
  bookFills(): Promise<void> {
    return this.#books.bookFills()
  }

  #onConnection(up: boolean, reason: string): void {
    this.#input.onNote(up ? 'info' : 'warn', up ? 'order entry up' : 'order entry down', {
      venue: this.#venue.id,
      reason,
    })
    if (!up) {
      this.#halt(reason)
      return
    }
    this.#held.hold()
    if (this.#opened) this.#begin()
    this.#opened = true
  }

  #halt(text: string): void {
    const index = this.#input.scopes.venues.indexOf(this.#venue.id)
    const cause = { code: 'CONNECTIVITY', text, source: `venue ${this.#venue.id}` } as const
    this.#assembly.halts.halt(
      { kind: 'venue', index: Math.max(0, index) },
      'RECONCILING',
      'reconciliation',
      cause,
    )
  }

  #begin(): void {
    this.#work(() => this.#run())
  }

  /** One piece of work at a time; a reconciliation that is wanted meanwhile follows it. */
  #work(work: () => Promise<void>): void {
    if (this.#running !== null) {
      this.#again = true
      return
    }
    this.#running = work().finally(() => {
      this.#running = null
      if (!this.#again || this.#stop.signal.aborted) return
      this.#again = false
      this.#begin()
    })
  }

  /**
   * The periodic look (O5). It counts only where nothing moved while it was taken, and a difference only where a second
   * look finds it too: an order in flight or a report on its way is no difference.
   */
  async #audit(): Promise<void> {
    for (let look = 1; look <= 2; look++) {
      const differences = await this.#quietLook()
      if (differences === null) return
      const found = new Set(differences.map(differenceText))
      for (const text of this.#told) if (!found.has(text)) this.#told.delete(text)
      if (differences.length === 0) return
      if (look === 2) for (const difference of differences) this.#differ(difference)
    }
  }

  async #quietLook(): Promise<readonly Difference[] | null> {
    const { awaiting } = this.#assembly.desk
    if (this.#held.holding || awaiting.size > 0) return null
    this.#held.hold()
    const result = await this.#pass()
    const quiet = this.#held.came === 0 && awaiting.size === 0
    this.#held.release()
    return result === null || !quiet ? null : result.differences
  }

  /**
   * Until a pass has no difference. A pass that fails, leaves an outcome open or finds a difference comes again after a
   * pause; a difference counts where the next pass finds it too, and stands until it is gone or an operator has re-armed
   * what it halted.
   */
  async #run(): Promise<void> {
    const index = Math.max(0, this.#input.scopes.venues.indexOf(this.#venue.id))
    let before: readonly string[] = []
    for (
      let pauseMs = RETRY_FIRST_MS;
      !this.#stop.signal.aborted;
      pauseMs = Math.min(RETRY_MAX_MS, pauseMs * 2)
    ) {
      const word = this.#input.plane.venue(index).load()
      this.#held.hold()
      const result = await this.#pass()
      if (result !== null) {
        this.#held.release()
        this.#looked.resolve()
      }
      if (result?.ok === true && this.#clear(index, word)) {
        this.#passes++
        this.#told.clear()
        return
      }
      const differences = result?.differences ?? []
      for (const difference of differences) {
        if (before.includes(differenceText(difference))) this.#differ(difference)
      }
      before = differences.map(differenceText)
      await sleep(pauseMs, this.#stop.signal)
    }
  }

  async #pass(): Promise<ReconcileResult | null> {
    try {
      await this.#books.openBalances()
      const options = {
        notFoundFenceMs: NOT_FOUND_FENCE_MS,
        secondReadMs: SECOND_READ_MS,
        foreignOrders: 'halt',
      } as const
      const result = await reconcile(this.#venue, this.#books.host(this.#stop.signal), options)
      this.#open = this.#openOf(result)
      if (!result.ok || result.fillsApplied > 0 || this.#passes === 0 || this.#books.recordDue)
        this.#assembly.desk.recorder.note('RECONCILED', 'engine', {
          venue: this.#venue.id,
          ok: result.ok,
          fills_applied: result.fillsApplied,
          unresolved: result.unresolved,
          differences: result.differences,
          ...this.#books.takeReading(),
        } satisfies ReconciledData)
      return result
    } catch (error) {
      this.#open = [String(error)]
      this.#input.onNote('warn', 'reconciliation failed', { venue: this.#venue.id, error: String(error) })
      return null
    }
  }

  #openOf({ differences, unresolved }: ReconcileResult): string[] {
    const { names } = this.#assembly.halts
    return [
      ...differences.map((found) => `${differenceText(found)} (${scopeText(this.#scopeOf(found), names)})`),
      ...unresolved.map((id) => `the outcome of order ${id} is not known`),
    ]
  }

  #clear(index: number, word: number): boolean {
    const cause = {
      code: 'RECONCILIATION',
      text: 'no difference',
      source: `venue ${this.#venue.id}`,
    } as const
    const scope = { kind: 'venue', index } as const
    return this.#assembly.halts.clear(scope, REASON.RECONCILING, 'reconciliation', word, {}, cause).done
  }

  /**
   * A difference in orders or positions halts the symbol, in cash the account, once; an operator ends it. By re-arming
   * what was halted he accepts the difference: cash is then adjusted on record, and foreign orders are let be.
   */
  #differ(difference: Difference): void {
    const scope = this.#scopeOf(difference)
    const text = differenceText(difference)
    if (this.#told.has(text)) {
      const killed = (this.#input.plane.scope(scope).load() & REASON.KILL) !== 0
      if (!killed) this.#books.accept(difference)
      return
    }
    this.#told.add(text)
    this.#assembly.desk.recorder.note('MISMATCH', 'engine', { venue: this.#venue.id, ...difference })
    this.#input.onNote('error', 'reconciliation difference', { venue: this.#venue.id, text })
    const cause = { code: 'RECONCILIATION', text, source: `venue ${this.#venue.id}` } as const
    this.#assembly.halts.halt(scope, 'KILL', 'reconciliation', cause)
  }

  #scopeOf({ subject }: Difference): Scope {
    const instrument = this.#input.table.bySymbol(subject)
    if (instrument !== undefined) return { kind: 'symbol', index: instrument.index }
    const { venues, accountOfVenue } = this.#input.scopes
    return { kind: 'account', index: accountOfVenue[venues.indexOf(this.#venue.id)] ?? 0 }
  }
}
