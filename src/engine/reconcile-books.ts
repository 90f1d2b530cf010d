import { moneyFromText, moneyToText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { VenuePort } from '../domain/venue.ts'
import { clientOrderIdPrefix } from '../order/client-order-id.ts'
import type { Assembly } from './assemble.ts'
import type { LiveInput } from './live.ts'
import type { Difference, ReconcileHost } from './reconcile.ts'
import { sleep } from './steps.ts'

/** Our books of one venue, as reconciliation reads and writes them. */
export class ReconcileBooks {
  readonly #venue: VenuePort
  readonly #input: LiveInput
  readonly #assembly: Assembly
  readonly #submittedMs = new Map<string, number>()
  /** symbol → newest trade id that a pass has read; later fills may have come on the stream in any order */
  readonly #readUpTo = new Map<string, string>()

  /** foreign orders that an operator has let be */
  readonly #accepted = new Set<string>()

  constructor(venue: VenuePort, input: LiveInput, assembly: Assembly) {
    this.#venue = venue
    this.#input = input
    this.#assembly = assembly
  }

  /** What is traded at the venue. */
  instruments(): Instrument[] {
    return this.#input.table.all().filter(({ venue }) => venue === this.#venue.id)
  }

  /** The engine as a pass sees it. `stop` ends its sleeps. */
  host(stop: AbortSignal): ReconcileHost {
    const { orders, ledger } = this.#assembly.desk
    const instruments = this.instruments()
    const prefix = clientOrderIdPrefix(this.#input.config.node.id)
    const nowMs = (): number => this.#input.clock.monoNs() / 1e6
    return {
      instruments,
      openOrders: () =>
        [...orders.open()].filter((order) =>
          instruments.some(({ index }) => index === order.request.instrument),
        ),
      order: (id) => orders.get(id),
      isOurs: (id) => id.startsWith(prefix),
      lastTradeId: ({ symbol }) => this.#readUpTo.get(symbol) ?? null,
      readUpTo: ({ symbol }, tradeId) => this.#readUpTo.set(symbol, tradeId),
      apply: (report) => {
        const { outcome } = this.#assembly.reports.onReport(report)
        return outcome === 'ignored' ? 'duplicate' : outcome
      },
      expectedBalances: () => {
        if (this.#input.simulated !== null) return new Map()
        const balances = ledger.balances()
        return new Map(this.#assets().map((asset) => [asset, moneyToText(balances.get(asset) ?? 0n)]))
      },
      isAccepted: (difference) => this.#accepted.has(`${difference.kind} ${difference.venues}`),
      ageMs: (order) => {
        const id = order.request.clientOrderId
        const seen = this.#submittedMs.get(id) ?? nowMs()
        this.#submittedMs.set(id, seen)
        return nowMs() - seen
      },
      sleep: (ms) => sleep(ms, stop),
      utcNsText: () => this.#input.time.utcNsText(),
    }
  }

  /** What our books can tell the balance of: assets of a fee or a transfer beside them are not ours to know. */
  #assets(): string[] {
    return [...new Set(this.instruments().flatMap(({ baseAsset, quoteAsset }) => [baseAsset, quoteAsset]))]
  }

  /** An operator has taken a difference as it is: cash is adjusted, on record; a foreign order is let be. */
  accept(difference: Difference): void {
    const { kind, subject, ours, venues } = difference
    const { ledger, recorder } = this.#assembly.desk
    if (kind !== 'cash') {
      this.#accepted.add(`${kind} ${venues}`)
      return
    }
    const flow = { asset: subject, amount: moneyFromText(venues) - moneyFromText(ours), instrument: null }
    ledger.applyCash(flow)
    recorder.cash('adjust', flow, -1, Number(this.#input.clock.utcNs() / 1_000_000n), this.#venue.id)
    this.#readEquity()
  }

  /** Before the first fill of a journal the venue's balances are the opening ones, and what equity starts from. */
  async openBalances(): Promise<void> {
    if (this.#input.simulated !== null) return
    if (this.#assembly.desk.ledger.openings.size === 0) await this.#bookOpenings()
    this.#readEquity()
  }

  async #bookOpenings(): Promise<void> {
    const { ledger, recorder } = this.#assembly.desk
    const assets = new Set(this.#assets())
    for (const { asset, free, locked } of await this.#venue.queryBalances()) {
      // Two venues may share the account: the one that answers first has told of it.
      if (!assets.has(asset) || ledger.openings.has(asset)) continue
      const flow = { asset, amount: moneyFromText(free) + moneyFromText(locked), instrument: null }
      ledger.applyCash(flow)
      recorder.cash('opening', flow, -1, Number(this.#input.clock.utcNs() / 1_000_000n), this.#venue.id)
    }
  }

  /** An equity that is not configured is the venue's word: unknown where it told no balance of the currency (R10). */
  #readEquity(): void {
    const { ledger, portfolio } = this.#assembly.desk
    if (this.#input.config.account.equity !== null) return
    portfolio.setEquityStart(null)
    for (const [asset, amount] of ledger.openings) portfolio.setCash(asset, amount)
  }

  /** Books executions that the stream has not told yet. @throws what the venue's queries throw */
  async bookFills(): Promise<void> {
    const { orders } = this.#assembly.desk
    for (const instrument of this.instruments()) {
      for (const { clientOrderId, fill } of await this.#venue.queryFills(
        instrument.symbol,
        this.#readUpTo.get(instrument.symbol) ?? null,
      )) {
        if (clientOrderId === null || orders.get(clientOrderId) === undefined) continue
        this.#assembly.reports.onReport({
          kind: 'fill',
          clientOrderId,
          fill,
          ts: this.#input.time.utcNsText(),
        })
      }
    }
  }
}
