import { assert } from '../core/assert.ts'
import { moneyToText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Fill } from '../domain/report.ts'
import { ledgerCanon } from './canon.ts'
import type { Lot } from './lots.ts'
import { type BookedRow, baseMoney, type DayTotals, feeMoney, type PositionBook } from './position-book.ts'
import { SymbolLedger } from './symbol-ledger.ts'

const DAY_MS = 86_400_000
/** Newest fills over all instruments that can still be busted or corrected. */
const HISTORY_MAX = 50_000

export interface LedgerOptions {
  /** trading day of a time, days since 1970 of the session's date; the UTC day where it is not given */
  readonly tradingDay?: (instrument: Instrument, tMs: number) => number
  readonly historyMax?: number
}

/** Result of a day of an instrument, in money of its quote asset. `feesByAsset` is over all days. */
export interface DayResult {
  /** YYYY-MM-DD */
  readonly day: string
  readonly realized: bigint
  readonly fees: bigint
  readonly fills: number
}

/** What a fill did to the strategy's position, for breakers and status. */
export interface FillEffect {
  /** quantity that the fill closed, unsigned */
  readonly closedQty: number
  /** gain of the closed part by the strategy's own FIFO lots, in money, fees apart */
  readonly realized: bigint
}

/** Money that moves without a fill; `amount` is signed money of `asset`. */
export interface CashFlow {
  readonly asset: string
  readonly amount: bigint
  /** the instrument that it belongs to (funding), or null */
  readonly instrument: Instrument | null
}

/**
 * Positions, FIFO P&L and money, exact. It takes in each fill once (the order store sees to that) and is derived from
 * the journal alone. Money is BigInt in 10^-MONEY_SCALE, quantities and prices are increments.
 */
export class Ledger {
  readonly #symbols: (SymbolLedger | undefined)[] = []
  readonly #openings: Map<string, bigint> = new Map()
  readonly #tradingDay: (instrument: Instrument, tMs: number) => number
  readonly #historyMax: number
  /** one entry a kept fill, oldest first: whose checkpoint moves next */
  readonly #kept: SymbolLedger[] = []
  #keptFirst = 0
  #version = 0

  constructor(options: LedgerOptions = {}) {
    this.#tradingDay = options.tradingDay ?? ((_instrument, tMs) => Math.floor(tMs / DAY_MS))
    this.#historyMax = options.historyMax ?? HISTORY_MAX
  }

  /** Rises with everything that is booked: what was computed from the ledger holds while this stays. */
  get version(): number {
    return this.#version
  }

  /** The same for one instrument; 0 before the first booking. */
  versionOf(instrument: Instrument): number {
    return this.#symbols[instrument.index]?.version ?? 0
  }

  /** Books a fill for a strategy (-1: nobody's). @throws DECIMAL_INVALID, MONEY_PRECISION for a fee that is no exact amount */
  applyFill(instrument: Instrument, strategy: number, fill: Fill): FillEffect {
    const row = this.#row(instrument, strategy, fill)
    const symbol = this.#touch(instrument)
    const before = symbol.strategy(strategy)?.realized.value ?? 0n
    const closedQty = symbol.apply(row)
    this.#keep(symbol)
    if (closedQty === 0) return NOTHING_CLOSED
    const after = (symbol.strategy(strategy) as PositionBook).realized.value
    return { closedQty, realized: (after - before) * instrument.moneyPerIncrements }
  }

  /**
   * Takes a booked fill back (`corrected` null) or puts a corrected one in its place; everything after it is computed
   * anew. False when the fill is older than the kept history: the difference is then the operator's to book.
   */
  restate(instrument: Instrument, booked: Fill, corrected: Fill | null): boolean {
    return this.#touch(instrument).restate(booked, ({ strategy }) =>
      corrected === null ? null : this.#row(instrument, strategy, corrected),
    )
  }

  /** Opening balance, deposit, withdrawal, funding, or a fee without a fill. */
  applyCash(flow: CashFlow): void {
    const target = flow.instrument === null ? this.#openings : this.#touch(flow.instrument).cashFlows
    target.set(flow.asset, (target.get(flow.asset) ?? 0n) + flow.amount)
  }

  /** Money by asset that belongs to no instrument: opening balances, deposits, withdrawals, adjustments. */
  get openings(): ReadonlyMap<string, bigint> {
    return this.#openings
  }

  /** Begins a trading day for an instrument: daily P&L counts from its total at `mark`. */
  startDay(instrument: Instrument, day: number, mark: number): void {
    this.#touch(instrument).day = { day, totalAtStart: this.totalPnl(instrument, mark) }
  }

  /** The trading day that `startDay` began last; null before the first. */
  tradingDay(instrument: Instrument): number | null {
    return this.#symbol(instrument).day?.day ?? null
  }

  /** Signed filled position of the account, quantity increments. */
  position(instrument: Instrument): number {
    return this.#symbols[instrument.index]?.total.position ?? 0
  }

  strategyPosition(strategy: number, instrument: Instrument): number {
    return this.#symbols[instrument.index]?.strategy(strategy)?.position ?? 0
  }

  /** The position less its fees in the base asset: what can be sold of it. Of the account, or of a strategy. */
  held(instrument: Instrument, strategy?: number): number {
    return this.#symbols[instrument.index]?.held(strategy) ?? 0
  }

  /** Open FIFO lots of the account, oldest first. */
  lots(instrument: Instrument): Lot[] {
    return this.#symbol(instrument).total.lots.list()
  }

  fills(instrument: Instrument): number {
    return this.#symbol(instrument).total.fills
  }

  /** Realised gain, fees apart. */
  realized(instrument: Instrument): bigint {
    return this.#symbol(instrument).total.realizedMoney()
  }

  strategyRealized(strategy: number, instrument: Instrument): bigint {
    return this.#symbol(instrument).strategy(strategy)?.realizedMoney() ?? 0n
  }

  /** Gain of the open lots at `mark` (price increments, halves allowed). */
  unrealized(instrument: Instrument, mark: number): bigint {
    return this.#symbol(instrument).total.unrealizedMoney(mark)
  }

  /** Signed FIFO cost of the open lots: what position at mark is held against. */
  openCost(instrument: Instrument): bigint {
    const { realized, cash } = this.#symbol(instrument).total
    return (realized.value - cash.value) * instrument.moneyPerIncrements
  }

  strategyUnrealized(strategy: number, instrument: Instrument, mark: number): bigint {
    return this.#symbol(instrument).strategy(strategy)?.unrealizedMoney(mark) ?? 0n
  }

  /** Fees paid by asset; a rebate is negative. */
  fees(instrument: Instrument): ReadonlyMap<string, bigint> {
    return this.#symbol(instrument).total.fees
  }

  /** Fees in quote and base asset as quote money, base fees at their fill's price. */
  feesInQuote(instrument: Instrument): bigint {
    return this.#symbol(instrument).total.feesInQuote
  }

  /** Funding and other flows of the quote asset. */
  funding(instrument: Instrument): bigint {
    return this.#symbol(instrument).cashFlows.get(instrument.quoteAsset) ?? 0n
  }

  /** Realised and unrealised gain and funding less fees. */
  totalPnl(instrument: Instrument, mark: number): bigint {
    const total = this.#symbols[instrument.index]?.total
    if (total === undefined) return 0n
    return total.realizedMoney() + total.unrealizedMoney(mark) - total.feesInQuote + this.funding(instrument)
  }

  /** Total P&L since the trading day began. */
  dailyPnl(instrument: Instrument, mark: number): bigint {
    return this.totalPnl(instrument, mark) - this.dayStart(instrument)
  }

  /** Total P&L at the start of the present trading day; 0 before the first. */
  dayStart(instrument: Instrument): bigint {
    return this.#symbols[instrument.index]?.day?.totalAtStart ?? 0n
  }

  /** Worth of the account's position at `mark`, signed. */
  exposure(instrument: Instrument, mark: number): bigint {
    return (BigInt(2 * mark) * BigInt(this.position(instrument)) * instrument.moneyPerIncrements) / 2n
  }

  byUtcDay(instrument: Instrument): DayResult[] {
    return dayResults(instrument, this.#symbol(instrument).total.utcDays)
  }

  byTradingDay(instrument: Instrument): DayResult[] {
    return dayResults(instrument, this.#symbol(instrument).total.tradingDays)
  }

  /**
   * Balances by asset, as the venue's account shows them: an instrument that settles in full moves base and quote, one on
   * margin moves only its gains; fees and flows leave their own asset.
   */
  balances(): Map<string, bigint> {
    const balances = new Map(this.#openings)
    const add = (asset: string, amount: bigint): void => {
      balances.set(asset, (balances.get(asset) ?? 0n) + amount)
    }
    for (const symbol of this.#symbols) {
      if (symbol === undefined) continue
      const { instrument, total } = symbol
      if (instrument.settlement === 'margin') {
        add(instrument.quoteAsset, total.realizedMoney())
      } else {
        add(instrument.baseAsset, baseMoney(instrument, total.position))
        add(instrument.quoteAsset, total.cash.value * instrument.moneyPerIncrements)
      }
      for (const [asset, fee] of total.fees) add(asset, -fee)
      for (const [asset, amount] of symbol.cashFlows) add(asset, amount)
    }
    return balances
  }

  /** Balances as exact text, assets in order of their names. */
  balancesText(): Record<string, string> {
    const sorted = [...this.balances()].sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(sorted.map(([asset, amount]) => [asset, moneyToText(amount)]))
  }

  /** Instruments with a fill, a flow or a day, in index order. */
  instruments(): Instrument[] {
    return this.#symbols.filter((symbol) => symbol !== undefined).map(({ instrument }) => instrument)
  }

  /** Text that is equal exactly when two ledgers are; strategies by index. */
  stateCanon(): string {
    return ledgerCanon(this.#symbols, this.#openings)
  }

  #row(instrument: Instrument, strategy: number, fill: Fill): BookedRow {
    return {
      fill,
      strategy,
      utcDay: Math.floor(fill.tMs / DAY_MS),
      tradingDay: this.#tradingDay(instrument, fill.tMs),
      fee: feeMoney(fill.feeText),
    }
  }

  /** The instrument's ledger, about to change. */
  #touch(instrument: Instrument): SymbolLedger {
    const symbol = this.#symbol(instrument)
    symbol.version += 1
    this.#version += 1
    return symbol
  }

  #keep(symbol: SymbolLedger): void {
    this.#kept.push(symbol)
    if (this.#kept.length - this.#keptFirst <= this.#historyMax) return
    ;(this.#kept[this.#keptFirst] as SymbolLedger).settleOldest()
    this.#keptFirst += 1
    if (this.#keptFirst * 2 < this.#kept.length) return
    this.#kept.splice(0, this.#keptFirst)
    this.#keptFirst = 0
  }

  #symbol(instrument: Instrument): SymbolLedger {
    let symbol = this.#symbols[instrument.index]
    if (symbol === undefined) {
      symbol = new SymbolLedger(instrument)
      this.#symbols[instrument.index] = symbol
    }
    assert(symbol.instrument.symbol === instrument.symbol, `two instruments with index ${instrument.index}`)
    return symbol
  }
}

const NOTHING_CLOSED: FillEffect = { closedQty: 0, realized: 0n }

function dayResults(instrument: Instrument, days: ReadonlyMap<number, DayTotals>): DayResult[] {
  return [...days]
    .sort(([a], [b]) => a - b)
    .map(([day, totals]) => ({
      day: new Date(day * DAY_MS).toISOString().slice(0, 10),
      realized: totals.realized.value * instrument.moneyPerIncrements,
      fees: totals.feesInQuote,
      fills: totals.fills,
    }))
}
