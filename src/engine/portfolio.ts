import type { Side } from '../domain/action.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { PortfolioView } from '../domain/portfolio.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { OrderStore } from '../order/order-store.ts'
import { type Conversion, OWN_CURRENCY } from '../risk/conversion.ts'
import { Valuation } from './valuation.ts'

/**
 * Positions, reservations and money as risk sees them: the order store's open quantities (submitted, unknown, working
 * and pending orders all count until proved terminal), the ledger's positions, and the marks of the market.
 */
export class Portfolio implements PortfolioView {
  /** of quote assets into the account's currency; null: every value counts at par */
  readonly conversion: Conversion | null
  readonly #instruments: readonly Instrument[]
  readonly #orders: OrderStore
  readonly #ledger: Ledger
  readonly #marks: Float64Array
  readonly #valuation: Valuation
  readonly #active: number[] = []
  #equityStart: bigint | null
  /** cash in other assets that are part of the equity, by place of the conversion */
  readonly #cash: bigint[]

  /**
   * @param equityStart equity before the first fill, in money; null while the venue has not told it
   */
  constructor(
    instruments: readonly Instrument[],
    orders: OrderStore,
    ledger: Ledger,
    equityStart: bigint | null,
    conversion: Conversion | null = null,
  ) {
    this.#instruments = instruments
    this.#orders = orders
    this.#ledger = ledger
    this.#marks = new Float64Array(instruments.length).fill(Number.NaN)
    this.conversion = conversion
    const groups = conversion === null ? 1 : conversion.count + 1
    this.#valuation = new Valuation(instruments, ledger, this.#marks, groups, (index) =>
      conversion === null ? 0 : conversion.placeOfInstrument(index) + 1,
    )
    this.#cash = Array.from({ length: groups - 1 }, () => 0n)
    this.#equityStart = equityStart
  }

  setEquityStart(money: bigint | null): void {
    this.#equityStart = money
  }

  /**
   * Cash before the first fill: the account's currency is where the equity starts, an asset that a rate converts is part
   * of it, others are not.
   */
  setCash(asset: string, money: bigint): void {
    if (asset === this.conversion?.currency) this.#equityStart = money
    const place = this.conversion?.placeOf(asset) ?? OWN_CURRENCY
    if (place !== OWN_CURRENCY) this.#cash[place] = money
  }

  /** `price` in price increments; halves are allowed. */
  mark(instrument: number, price: number): void {
    this.#marks[instrument] = price
  }

  /** To be called after every change of an order or position of the instrument. */
  refresh(instrument: number): void {
    const active =
      this.position(instrument) !== 0 ||
      this.#orders.openQty(instrument, 'buy') !== 0 ||
      this.#orders.openQty(instrument, 'sell') !== 0
    const place = this.#active.indexOf(instrument)
    if (active && place < 0) this.#active.push(instrument)
    else if (!active && place >= 0) this.#active.splice(place, 1)
    this.#valuation.book()
  }

  strategyPosition(strategy: number, instrument: number): number {
    return this.#ledger.held(this.#instruments[instrument] as Instrument, strategy)
  }

  feesTaken(strategy: number, instrument: number): number {
    const booked = this.#ledger.strategyPosition(strategy, this.#instruments[instrument] as Instrument)
    return booked - this.strategyPosition(strategy, instrument)
  }

  position(instrument: number): number {
    return this.#ledger.held(this.#instruments[instrument] as Instrument)
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
    return this.#orders.bestOpenPrice(instrument, side)
  }

  markPrice(instrument: number): number | null {
    const mark = this.#marks[instrument] as number
    return Number.isNaN(mark) ? null : mark
  }

  equity(): bigint | null {
    if (this.#equityStart === null || !this.#valuation.update()) return null
    const { gains } = this.#valuation
    let sum: bigint | null = this.#equityStart + (gains[0] as bigint)
    for (let place = 0; place < this.#cash.length; place++) {
      sum = this.#add(sum, place, (gains[place + 1] as bigint) + (this.#cash[place] as bigint))
    }
    return sum
  }

  equityIn(instrument: number): bigint | null {
    const equity = this.equity()
    const conversion = this.conversion
    const place = conversion?.placeOfInstrument(instrument) ?? OWN_CURRENCY
    if (equity === null || conversion === null || place === OWN_CURRENCY) return equity
    return conversion.fromAccount(place, equity)
  }

  dailyPnl(): bigint | null {
    if (!this.#valuation.update()) return null
    const { gains, dayStarts } = this.#valuation
    let sum: bigint | null = (gains[0] as bigint) - (dayStarts[0] as bigint)
    for (let place = 0; place < this.#cash.length; place++) {
      sum = this.#add(sum, place, (gains[place + 1] as bigint) - (dayStarts[place + 1] as bigint))
    }
    return sum
  }

  /** A sum with an amount of another asset; null where that cannot be converted. */
  #add(sum: bigint | null, place: number, amount: bigint): bigint | null {
    if (sum === null || amount === 0n) return sum
    const worth = (this.conversion as Conversion).toAccount(place, amount)
    return worth === null ? null : sum + worth
  }
}
