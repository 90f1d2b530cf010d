import { divideRounded } from '../core/decimal.ts'
import { MONEY_SCALE, moneyFromText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Fill } from '../domain/report.ts'
import { ExactSum } from './exact-sum.ts'
import { Lots } from './lots.ts'

/** Realised P&L, fees and number of fills of one day. */
export class DayTotals {
  realized: ExactSum = new ExactSum()
  /** fees in the quote asset's money; fees in the base asset count at their fill's price */
  feesInQuote = 0n
  fills = 0

  copy(): DayTotals {
    const day = new DayTotals()
    day.realized = this.realized.copy()
    day.feesInQuote = this.feesInQuote
    day.fills = this.fills
    return day
  }
}

/** A fill with what the ledger needs to know about it. Days are counted from 1970. */
export interface BookedRow {
  readonly fill: Fill
  readonly strategy: number
  readonly utcDay: number
  readonly tradingDay: number
  readonly fee: bigint
}

/**
 * One position with its lots and money: of the account in an instrument, or of one strategy in it. Money is kept
 * as exact sums of price × quantity increments and turned into money when it is read.
 */
export class PositionBook {
  readonly instrument: Instrument
  lots: Lots = new Lots()
  /** signed, in quantity increments */
  position = 0
  /** the position less what fees in the base asset have taken of it, in whole increments: so much can be sold */
  held = 0
  fills = 0
  /** closed gain, price × quantity increments */
  realized: ExactSum = new ExactSum()
  /** what buying and selling cost and brought, price × quantity increments; fees apart */
  cash: ExactSum = new ExactSum()
  readonly fees: Map<string, bigint> = new Map()
  feesInQuote = 0n
  /** fees in the base asset since the position was last flat: coins that it counts and the account does not have */
  #baseFees = 0n
  readonly utcDays: Map<number, DayTotals> = new Map()
  readonly tradingDays: Map<number, DayTotals> = new Map()

  constructor(instrument: Instrument) {
    this.instrument = instrument
  }

  /** @returns the quantity that the fill closed, unsigned */
  apply(row: BookedRow): number {
    const { fill } = row
    const signedQty = fill.side === 'buy' ? fill.qty : -fill.qty
    const utcDay = totalsOf(this.utcDays, row.utcDay)
    const tradingDay = totalsOf(this.tradingDays, row.tradingDay)
    const closed = this.lots.apply(signedQty, fill.price, this.realized, utcDay.realized, tradingDay.realized)
    this.position += signedQty
    this.cash.addProduct(-signedQty, fill.price)
    this.fills += 1
    utcDay.fills += 1
    tradingDay.fills += 1
    if (row.fee !== 0n) this.#addFee(fill, row.fee, utcDay, tradingDay)
    if (this.position <= 0) this.#baseFees = 0n
    this.held = this.#baseFees > 0n ? this.#lessFees() : this.position
    return closed
  }

  #lessFees(): number {
    const increment = baseMoney(this.instrument, 1)
    return Math.max(0, this.position - Number((this.#baseFees + increment - 1n) / increment))
  }

  /** Realised gain in money, fees apart. */
  realizedMoney(): bigint {
    return this.realized.value * this.instrument.moneyPerIncrements
  }

  /** Gain of the open lots at `mark` (price increments; half increments allowed as .5 for a mid), in money. */
  unrealizedMoney(mark: number): bigint {
    const twice = BigInt(2 * mark) * BigInt(this.position) + 2n * (this.cash.value - this.realized.value)
    return (twice * this.instrument.moneyPerIncrements) / 2n
  }

  copy(): PositionBook {
    const book = new PositionBook(this.instrument)
    book.lots = this.lots.copy()
    book.position = this.position
    book.fills = this.fills
    book.realized = this.realized.copy()
    book.cash = this.cash.copy()
    for (const [asset, fee] of this.fees) book.fees.set(asset, fee)
    book.feesInQuote = this.feesInQuote
    book.#baseFees = this.#baseFees
    book.held = this.held
    for (const [day, totals] of this.utcDays) book.utcDays.set(day, totals.copy())
    for (const [day, totals] of this.tradingDays) book.tradingDays.set(day, totals.copy())
    return book
  }

  #addFee(fill: Fill, fee: bigint, utcDay: DayTotals, tradingDay: DayTotals): void {
    this.fees.set(fill.feeAsset, (this.fees.get(fill.feeAsset) ?? 0n) + fee)
    if (fill.feeAsset === this.instrument.baseAsset) this.#baseFees += fee
    const inQuote = feeInQuote(this.instrument, fill, fee)
    this.feesInQuote += inQuote
    utcDay.feesInQuote += inQuote
    tradingDay.feesInQuote += inQuote
  }
}

function totalsOf(days: Map<number, DayTotals>, day: number): DayTotals {
  let totals = days.get(day)
  if (totals === undefined) {
    totals = new DayTotals()
    days.set(day, totals)
  }
  return totals
}

/** Zero for an asset that is neither quote nor base: it has no price here, and stays apart in `fees`. */
function feeInQuote(instrument: Instrument, fill: Fill, fee: bigint): bigint {
  if (fill.feeAsset === instrument.quoteAsset) return fee
  if (fill.feeAsset !== instrument.baseAsset) return 0n
  const { unitsPerIncrement, scale } = instrument.priceIncrement
  return divideRounded(
    fee * BigInt(fill.price) * BigInt(unitsPerIncrement),
    10n ** BigInt(scale),
    'half-even',
  )
}

const POINT = 46
const ZERO = 48
const FAST_DIGITS_MAX = 15
const POWERS: readonly bigint[] = Array.from({ length: MONEY_SCALE + 1 }, (_, i) => 10n ** BigInt(i))

/**
 * Fee text as exact money. Plain unsigned text of few digits, the usual kind, is read without the general parser.
 *
 * @throws DECIMAL_INVALID, MONEY_PRECISION
 */
export function feeMoney(text: string): bigint {
  if (text === '0') return 0n
  if (text.length > FAST_DIGITS_MAX) return moneyFromText(text)
  let units = 0
  let point = -1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= ZERO && code <= ZERO + 9) units = units * 10 + code - ZERO
    else if (code === POINT && point < 0) point = i
    else return moneyFromText(text)
  }
  if (text.length === (point < 0 ? 0 : 1)) return moneyFromText(text)
  const places = point < 0 ? 0 : text.length - point - 1
  return BigInt(units) * (POWERS[MONEY_SCALE - places] as bigint)
}

/** A count of the instrument's quantity increments as money of its base asset. */
export function baseMoney(instrument: Instrument, qty: number): bigint {
  const { unitsPerIncrement, scale } = instrument.qtyIncrement
  return BigInt(qty) * BigInt(unitsPerIncrement) * 10n ** BigInt(MONEY_SCALE - scale)
}
