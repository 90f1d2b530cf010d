import type { Side } from '../domain/action.ts'
import { type Instrument, notional } from '../domain/instrument.ts'
import type { Order } from '../domain/order.ts'
import type { PortfolioView } from '../domain/portfolio.ts'

/** Money of the account, from the ledger. */
export interface PortfolioMoney {
  /** realised P&L less fees since the start, all instruments */
  realizedNet(): bigint
  /** P&L of the trading day that is booked already (realised less fees, plus the change of marks up to the day's start) */
  dayRealizedNet(): bigint
  /** signed FIFO cost of the open position: what `mark × position` is held against */
  openCost(instrument: number): bigint
  /** value of the position at the start of the trading day, at the mark of then; null: none was held */
  dayOpenValue(instrument: number): bigint | null
}

/** What the order store knows of open quantity (`order/order-store.ts`). */
export interface OpenOrders {
  open(): Iterable<Order>
  readonly openCount: number
  openQty(instrument: number, side: Side): number
  strategyOpenQty(strategy: number, instrument: number, side: Side): number
  workingOrders(strategy: number, instrument: number, side: Side): number
  hasUnknown(strategy: number, instrument: number): boolean
}

/**
 * Positions and reservations as risk sees them, kept by events and read in O(1). Every order that may still fill
 * (submitted, unknown, working, pending) holds its open quantity until it is proved terminal.
 */
export class Portfolio implements PortfolioView {
  readonly #instruments: readonly Instrument[]
  readonly #strategies: number
  readonly #orders: OpenOrders
  readonly #money: PortfolioMoney
  readonly #positions: Float64Array
  readonly #strategyPositions: Float64Array
  readonly #marks: Float64Array
  readonly #active: number[] = []
  #equityStart: bigint | null

  /** @param equityStart equity before the first fill, in money; null while the venue has not told it */
  constructor(
    instruments: readonly Instrument[],
    strategies: number,
    orders: OpenOrders,
    money: PortfolioMoney,
    equityStart: bigint | null,
  ) {
    this.#instruments = instruments
    this.#strategies = Math.max(1, strategies)
    this.#orders = orders
    this.#money = money
    this.#positions = new Float64Array(instruments.length)
    this.#strategyPositions = new Float64Array(instruments.length * this.#strategies)
    this.#marks = new Float64Array(instruments.length).fill(Number.NaN)
    this.#equityStart = equityStart
  }

  setEquityStart(money: bigint | null): void {
    this.#equityStart = money
  }

  mark(instrument: number, price: number): void {
    this.#marks[instrument] = price
  }

  /** An order of the instrument was created or changed. */
  ordersChanged(instrument: number): void {
    this.#refreshActive(instrument)
  }

  /** Books a signed quantity. `strategy` -1: nobody's (an outside order); it counts for the account only. */
  positionChanged(strategy: number, instrument: number, signedQty: number): void {
    this.#positions[instrument] = (this.#positions[instrument] as number) + signedQty
    if (strategy >= 0) {
      const at = instrument * this.#strategies + strategy
      this.#strategyPositions[at] = (this.#strategyPositions[at] as number) + signedQty
    }
    this.#refreshActive(instrument)
  }

  #refreshActive(instrument: number): void {
    const active =
      this.#positions[instrument] !== 0 ||
      this.#orders.openQty(instrument, 'buy') !== 0 ||
      this.#orders.openQty(instrument, 'sell') !== 0
    const place = this.#active.indexOf(instrument)
    if (active && place < 0) this.#active.push(instrument)
    else if (!active && place >= 0) this.#active.splice(place, 1)
  }

  strategyPosition(strategy: number, instrument: number): number {
    return this.#strategyPositions[instrument * this.#strategies + strategy] as number
  }

  position(instrument: number): number {
    return this.#positions[instrument] as number
  }

  openQty(instrument: number, side: Side): number {
    return this.#orders.openQty(instrument, side)
  }

  strategyOpenQty(strategy: number, instrument: number, side: Side): number {
    return this.#orders.strategyOpenQty(strategy, instrument, side)
  }

  workingOrders(strategy: number, instrument: number, side: Side): number {
    return this.#orders.workingOrders(strategy, instrument, side)
  }

  hasUnknown(strategy: number, instrument: number): boolean {
    return this.#orders.hasUnknown(strategy, instrument)
  }

  openOrders(): number {
    return this.#orders.openCount
  }

  activeCount(): number {
    return this.#active.length
  }

  activeInstrument(n: number): number {
    return this.#active[n] as number
  }

  bestOpenPrice(instrument: number, side: Side): number | null {
    if (this.#orders.openQty(instrument, side) === 0) return null
    let best: number | null = null
    for (const order of this.#orders.open()) {
      if (order.request.instrument !== instrument || order.request.side !== side) continue
      const price =
        order.request.price ?? (side === 'buy' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)
      if (best === null || (side === 'buy' ? price > best : price < best)) best = price
    }
    return best
  }

  markPrice(instrument: number): number | null {
    const mark = this.#marks[instrument] as number
    return Number.isNaN(mark) ? null : mark
  }

  equity(): bigint | null {
    if (this.#equityStart === null) return null
    const unrealized = this.#unrealized((instrument) => this.#money.openCost(instrument))
    return unrealized === null ? null : this.#equityStart + this.#money.realizedNet() + unrealized
  }

  dailyPnl(): bigint | null {
    const unrealized = this.#unrealized(
      (instrument) => this.#money.dayOpenValue(instrument) ?? this.#money.openCost(instrument),
    )
    return unrealized === null ? null : this.#money.dayRealizedNet() + unrealized
  }

  /** Sum over held instruments of position at mark less what it is held against; null when a mark is missing. */
  #unrealized(against: (instrument: number) => bigint): bigint | null {
    let sum = 0n
    for (const instrument of this.#active) {
      const position = this.#positions[instrument] as number
      if (position === 0) continue
      const mark = this.#marks[instrument] as number
      if (Number.isNaN(mark)) return null
      const halves = notional(this.#instruments[instrument] as Instrument, Math.round(mark * 2), position)
      sum += halves / 2n - against(instrument)
    }
    return sum
  }
}
