import type { Instrument } from '../domain/instrument.ts'
import type { Fill } from '../domain/report.ts'
import { type BookedRow, PositionBook } from './position-book.ts'

/** Books of one state: the account's and each strategy's. */
interface Books {
  total: PositionBook
  strategies: Map<number, PositionBook>
}

/**
 * One instrument's books, with the newest fills kept apart from a checkpoint before them: a bust or correction rebuilds from
 * there, so the result is that of a history in which the trade was never otherwise.
 */
export class SymbolLedger {
  readonly instrument: Instrument
  /** rises with everything that is booked */
  version = 0
  #books: Books
  #checkpoint: Books
  readonly #history: BookedRow[] = []
  #historyFirst = 0
  /** day number and total P&L at the start of the present trading day */
  day: { readonly day: number; readonly totalAtStart: bigint } | null = null
  /** funding and other money by asset, signed */
  readonly cashFlows: Map<string, bigint> = new Map()

  constructor(instrument: Instrument) {
    this.instrument = instrument
    this.#books = { total: new PositionBook(instrument), strategies: new Map() }
    this.#checkpoint = { total: new PositionBook(instrument), strategies: new Map() }
  }

  get total(): PositionBook {
    return this.#books.total
  }

  strategy(strategy: number): PositionBook | undefined {
    return this.#books.strategies.get(strategy)
  }

  /** `PositionBook.held` of the account, or of a strategy. */
  held(strategy?: number): number {
    return (strategy === undefined ? this.total : this.strategy(strategy))?.held ?? 0
  }

  strategies(): ReadonlyMap<number, PositionBook> {
    return this.#books.strategies
  }

  /** @returns the quantity closed for the strategy, unsigned */
  apply(row: BookedRow): number {
    this.#history.push(row)
    return applyTo(this.#books, row)
  }

  /** Moves the oldest kept fill into the checkpoint: it can no longer be busted. */
  settleOldest(): void {
    const oldest = this.#history[this.#historyFirst]
    if (oldest === undefined) return
    applyTo(this.#checkpoint, oldest)
    this.#historyFirst += 1
    if (this.#historyFirst * 2 < this.#history.length) return
    this.#history.splice(0, this.#historyFirst)
    this.#historyFirst = 0
  }

  /**
   * Puts what `correct` makes of a kept fill in its place, or takes it out for null. False when the fill is not among the
   * kept ones.
   */
  restate(booked: Fill, correct: (row: BookedRow) => BookedRow | null): boolean {
    const at = this.#history.findLastIndex(({ fill }) => isSameTrade(fill, booked))
    if (at < this.#historyFirst) return false
    const corrected = correct(this.#history[at] as BookedRow)
    if (corrected === null) this.#history.splice(at, 1)
    else this.#history[at] = corrected
    const books = copyBooks(this.#checkpoint)
    for (const row of this.#history.slice(this.#historyFirst)) applyTo(books, row)
    this.#books = books
    return true
  }
}

function applyTo(books: Books, row: BookedRow): number {
  books.total.apply(row)
  let book = books.strategies.get(row.strategy)
  if (book === undefined) {
    book = new PositionBook(books.total.instrument)
    books.strategies.set(row.strategy, book)
  }
  return book.apply(row)
}

function copyBooks(books: Books): Books {
  const strategies = new Map<number, PositionBook>()
  for (const [strategy, book] of books.strategies) strategies.set(strategy, book.copy())
  return { total: books.total.copy(), strategies }
}

function isSameTrade(a: Fill, b: Fill): boolean {
  return a.tradeId === b.tradeId && a.side === b.side && (a.account ?? '') === (b.account ?? '')
}
