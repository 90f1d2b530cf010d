import { moneyFromText, moneyToText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Order } from '../domain/order.ts'
import type { ReconciledData } from '../domain/reconciled-data.ts'
import type { VenuePort } from '../domain/venue.ts'
import { clientOrderIdPrefix } from '../order/client-order-id.ts'
import type { Assembly } from './assemble.ts'
import type { LiveInput } from './live.ts'
import { QUERIES_AT_ONCE } from './order-evidence.ts'
import type { Difference, ReconcileHost } from './reconcile.ts'
import { inParallel, sleep } from './steps.ts'
import { bookUnreadFills, type ReadUpTo } from './unread-fills.ts'

/** A record that tells how far we have read is due after so many trades: one answer of the venue. */
const TRADES_PER_RECORD = 1_000

const STOPPED = AbortSignal.abort()

/** Our books of one venue, as reconciliation reads and writes them. */
export class ReconcileBooks {
  readonly #venue: VenuePort
  readonly #input: LiveInput
  readonly #assembly: Assembly
  readonly #submittedMs = new Map<string, number>()
  readonly #readUpTo: Map<string, ReadUpTo>
  /** symbols whose mark has moved, and trades read, since the last record of it; a mark that is new or gone is due at once */
  readonly #moved = new Set<string>()
  #tradesRead = 0

  /** foreign orders that an operator has let be */
  readonly #accepted = new Set<string>()

  constructor(venue: VenuePort, input: LiveInput, assembly: Assembly) {
    this.#venue = venue
    this.#input = input
    this.#assembly = assembly
    this.#readUpTo = new Map(input.readUpTo)
  }

  /** What is traded at the venue. */
  instruments(): Instrument[] {
    return this.#input.table.all().filter(({ venue }) => venue === this.#venue.id)
  }

  /** The engine as a pass sees it. `stop` ends its sleeps. */
  host(stop: AbortSignal): ReconcileHost {
    const { orders, ledger } = this.#assembly.desk
    const instruments = this.instruments()
    const indices = new Set(instruments.map(({ index }) => index))
    const here = ({ request }: Order): boolean => indices.has(request.instrument)
    const prefix = clientOrderIdPrefix(this.#input.config.node.id)
    const nowMs = (): number => this.#input.clock.monoNs() / 1e6
    return {
      instruments,
      openOrders: () => [...orders.open()].filter(here),
      doubtfulOrders: () => [...orders.closed.doubtful()].filter(here),
      settle: ({ request }) => orders.closed.settle(request.clientOrderId),
      doubt: (order) => {
        if (orders.get(order.request.clientOrderId) === order) orders.closed.doubt(order)
      },
      order: (id) => orders.get(id),
      isOurs: (id) => id.startsWith(prefix),
      readUpTo: ({ symbol }) => this.#readUpTo.get(symbol) ?? null,
      setReadUpTo: ({ symbol }, upTo, trades) => this.#setReadUpTo(symbol, upTo, trades),
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

  #setReadUpTo(symbol: string, upTo: ReadUpTo | null, trades: number): void {
    const known = this.#readUpTo.has(symbol) && upTo !== null
    this.#tradesRead += known ? trades : TRADES_PER_RECORD
    if (upTo === null) this.#readUpTo.delete(symbol)
    else this.#readUpTo.set(symbol, { tradeId: upTo.tradeId, tMs: upTo.tMs })
    this.#moved.add(symbol)
  }

  /** How far we have read is worth a record of its own. */
  get recordDue(): boolean {
    return this.#tradesRead >= TRADES_PER_RECORD
  }

  /** What a record tells of how far we have read; the next one tells what has changed since. */
  takeReading(): Pick<Required<ReconciledData>, 'read_up_to' | 'doubtful'> {
    const marks = [...this.#moved].map((symbol) => {
      const upTo = this.#readUpTo.get(symbol)
      return [symbol, upTo === undefined ? null : { trade_id: upTo.tradeId, t_ms: upTo.tMs }] as const
    })
    this.#moved.clear()
    this.#tradesRead = 0
    const doubtful = this.host(STOPPED).doubtfulOrders()
    return {
      read_up_to: Object.fromEntries(marks),
      doubtful: doubtful.map(({ request }) => request.clientOrderId),
    }
  }

  /** Books executions that the stream has not told yet, and records how far it has read. @throws what the venue's queries throw */
  async bookFills(): Promise<void> {
    const host = this.host(STOPPED)
    const owing = Map.groupBy(
      [...host.doubtfulOrders(), ...host.openOrders()],
      ({ request }) => request.instrument,
    )
    if (owing.size === 0) return
    let applied = 0
    await inParallel(host.instruments, QUERIES_AT_ONCE, async (instrument) => {
      applied += await bookUnreadFills(this.#venue, host, instrument, owing.get(instrument.index) ?? [], [])
    })
    const data: ReconciledData = { venue: this.#venue.id, fills_applied: applied, ...this.takeReading() }
    this.#assembly.desk.recorder.note('RECONCILED', 'engine', data)
  }
}
