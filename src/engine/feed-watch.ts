import { Timers } from '../core/timers.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import { REASON } from '../domain/reasons.ts'
import type { Halts } from './halts.ts'
import type { MarketState } from './market-view.ts'

/** A look at every symbol this often, ms. */
const CHECK_MS = 50

/**
 * Sets and clears STALE: a symbol without data for too long is halted until data is fresh again (DESIGN 2). Measured on
 * receive time; what the venue's clock says does not matter here.
 */
export class FeedWatch {
  readonly #halts: Halts
  readonly #market: MarketState
  readonly #table: InstrumentTable
  readonly #staleNs: number
  readonly #nowNs: () => number
  readonly #shut: Uint8Array
  #timers: Timers | null = null

  constructor(
    halts: Halts,
    market: MarketState,
    table: InstrumentTable,
    staleMs: number,
    nowNs: () => number,
  ) {
    this.#halts = halts
    this.#market = market
    this.#table = table
    this.#staleNs = staleMs * 1e6
    this.#nowNs = nowNs
    this.#shut = new Uint8Array(table.size)
  }

  start(): void {
    if (this.#timers !== null) return
    this.#timers = new Timers('feed watch')
    this.#timers.every(CHECK_MS, () => this.check())
  }

  stop(): void {
    this.#timers?.close()
    this.#timers = null
  }

  /** Halts a symbol at once, e.g. because ticks of it were dropped; fresh data opens it again. */
  shut(instrument: number, text: string): void {
    if (this.#shut[instrument] === 1) return
    this.#shut[instrument] = 1
    const cause = { code: 'DATA_STALE', text, source: 'feed watch' } as const
    this.#halts.halt({ kind: 'symbol', index: instrument }, 'STALE', 'feed-watch', cause)
  }

  /** One look at every symbol. */
  check(): void {
    const nowNs = this.#nowNs()
    for (const { index } of this.#table.all()) {
      const ageNs = nowNs - this.#market.dataNs(index)
      if (!(ageNs <= this.#staleNs)) this.shut(index, 'no fresh market data')
      else if (this.#shut[index] === 1) this.#open(index)
    }
  }

  #open(instrument: number): void {
    const scope = { kind: 'symbol', index: instrument } as const
    const word = this.#halts.plane.scope(scope).load()
    const cause = { code: 'DATA_STALE', text: 'data is fresh', source: 'feed watch' } as const
    const change = this.#halts.clear(scope, REASON.STALE, 'feed-watch', word, {}, cause)
    if (change.done) this.#shut[instrument] = 0
  }
}
