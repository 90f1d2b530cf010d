import { divideRounded } from '../core/decimal.ts'
import { TidegateError } from '../core/errors.ts'
import type { Exact } from '../core/exact.ts'
import { moneyToText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import { type Conversion, OWN_CURRENCY, type Rate } from './conversion.ts'

/** Decimal places by which the unit of money is finer where rates convert: a factor is whole, so its rounding is a millionth. */
const RATE_PLACES = 6

/**
 * One unit of the account's money in which the notionals of all instruments are whole numbers, so that they add and
 * compare exactly and stay doubles: the greatest common divisor of what one price increment times one quantity increment
 * is worth. Where rates convert (R10) the unit is finer, and a converted instrument's factor is rounded up to it: a limit
 * on exposure errs to the safe side, by at most a unit an increment pair.
 */
export class NotionalScale {
  /** money (10^-MONEY_SCALE) of one unit */
  readonly unitMoney: bigint
  readonly #instruments: readonly Instrument[]
  readonly #conversion: Conversion | null
  readonly #factors: Float64Array
  /** the rate that a converted instrument's factor was made of */
  readonly #rates: (Rate | null)[] = []

  /** @param conversion null: every value counts at par */
  constructor(instruments: readonly Instrument[], conversion: Conversion | null = null) {
    let unit = 0n
    for (const instrument of instruments) {
      let other = instrument.moneyPerIncrements
      while (other !== 0n) [unit, other] = [other, unit % other]
    }
    unit = unit < 0n ? -unit : unit === 0n ? 1n : unit
    this.#conversion = conversion
    for (let places = 0; places < RATE_PLACES && this.#converts && unit % 10n === 0n; places++) unit /= 10n
    this.unitMoney = unit
    this.#instruments = instruments
    this.#factors = new Float64Array(instruments.length)
    for (const { index, moneyPerIncrements } of instruments) {
      this.#factors[index] = Number(moneyPerIncrements / unit)
    }
  }

  /** The instrument is not quoted in the account's currency. */
  converts(instrument: number): boolean {
    return this.#conversion !== null && this.#conversion.placeOfInstrument(instrument) !== OWN_CURRENCY
  }

  /**
   * Units of one price increment times one quantity increment; NaN while no rate converts them.
   *
   * @throws NOTIONAL_SCALE when the instruments' increments lie 2^53 apart or more
   */
  factor({ index, symbol }: Instrument): number {
    if (this.converts(index)) return this.#converted(index)
    const factor = this.#factors[index] as number
    if (Number.isSafeInteger(factor) && factor > 0) return factor
    throw new TidegateError('NOTIONAL_SCALE', `increments of ${symbol} do not fit with the others`)
  }

  /** Money as whole units, rounded down. */
  units(money: bigint): bigint {
    return divideRounded(money, this.unitMoney, 'floor')
  }

  /** Units as exact decimal text of money. */
  text(units: Exact): string {
    return moneyToText(BigInt(units) * this.unitMoney)
  }

  get #converts(): boolean {
    return this.#conversion !== null && this.#conversion.count > 0
  }

  #converted(instrument: number): number {
    const conversion = this.#conversion as Conversion
    const rate = conversion.rate(conversion.placeOfInstrument(instrument))
    if (rate === null) return Number.NaN
    if (rate !== this.#rates[instrument]) {
      const { moneyPerIncrements } = this.#instruments[instrument] as Instrument
      const units = divideRounded(moneyPerIncrements * rate.num, rate.den * this.unitMoney, 'ceil')
      const factor = Number(units)
      this.#factors[instrument] = Number.isSafeInteger(factor) ? factor : Number.NaN
      this.#rates[instrument] = rate
    }
    return this.#factors[instrument] as number
  }
}
