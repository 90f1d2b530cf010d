import { TidegateError } from '../core/errors.ts'
import type { Exact } from '../core/exact.ts'
import { moneyToText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'

/**
 * One unit of money in which the notionals of all instruments are whole numbers, so that they add and compare exactly
 * and stay doubles: the greatest common divisor of what one price increment times one quantity increment is worth.
 * Values of different quote assets add at par until an account currency with conversion is configured (R10).
 */
export class NotionalScale {
  /** money (10^-MONEY_SCALE) of one unit */
  readonly unitMoney: bigint

  constructor(instruments: readonly Instrument[]) {
    let unit = 0n
    for (const instrument of instruments) {
      let other = instrument.moneyPerIncrements
      while (other !== 0n) [unit, other] = [other, unit % other]
    }
    this.unitMoney = unit < 0n ? -unit : unit === 0n ? 1n : unit
  }

  /**
   * Units of one price increment times one quantity increment.
   *
   * @throws NOTIONAL_SCALE when the instruments' increments lie 2^53 apart or more
   */
  factor(instrument: Instrument): number {
    const factor = Number(instrument.moneyPerIncrements / this.unitMoney)
    if (!Number.isSafeInteger(factor) || factor <= 0) {
      throw new TidegateError(
        'NOTIONAL_SCALE',
        `increments of ${instrument.symbol} do not fit with the others`,
      )
    }
    return factor
  }

  /** Money as whole units, rounded down. */
  units(money: bigint): bigint {
    const units = money / this.unitMoney
    return money < 0n && units * this.unitMoney !== money ? units - 1n : units
  }

  /** Units as exact decimal text of money. */
  text(units: Exact): string {
    return moneyToText(BigInt(units) * this.unitMoney)
  }
}
