import { type Decimal, parseDecimal } from '../../core/decimal.ts'
import { TidegateError } from '../../core/errors.ts'
import { MONEY_SCALE, moneyTimes } from '../../core/money.ts'
import type { Side } from '../../domain/action.ts'
import { type Instrument, notional } from '../../domain/instrument.ts'
import type { FeeSchedule } from './types.ts'

/** Decimal places of a commission in the received asset (Binance spot: base and quote commission precision). */
export const COMMISSION_SCALE = 8
const COMMISSION_STEP: bigint = 10n ** BigInt(MONEY_SCALE - COMMISSION_SCALE)

/** An amount of the base asset as money, exact. */
export function qtyMoney(instrument: Instrument, qty: number): bigint {
  const { unitsPerIncrement, scale } = instrument.qtyIncrement
  return BigInt(qty) * BigInt(unitsPerIncrement) * 10n ** BigInt(MONEY_SCALE - scale)
}

/** Fees of one schedule: money (10^-MONEY_SCALE) in the asset that is charged. */
export class FeeModel {
  readonly #rate: Decimal
  readonly #asset: FeeSchedule['asset']

  /** @throws DECIMAL_INVALID, FEES_INVALID for a negative or absurd rate */
  constructor(schedule: FeeSchedule) {
    const bps = parseDecimal(schedule.bps)
    if (bps.units < 0n || bps.units > 10_000n * 10n ** BigInt(bps.scale)) {
      throw new TidegateError('FEES_INVALID', `fees.bps ${schedule.bps} must lie between 0 and 10000`)
    }
    this.#rate = { units: bps.units, scale: bps.scale + 4 }
    this.#asset = schedule.asset
  }

  assetOf(instrument: Instrument, side: Side): string {
    return this.#asset === 'received' && side === 'buy' ? instrument.baseAsset : instrument.quoteAsset
  }

  feeOf(instrument: Instrument, side: Side, price: number, qty: number): bigint {
    if (this.#asset === 'quote') return moneyTimes(notional(instrument, price, qty), this.#rate)
    const received = side === 'buy' ? qtyMoney(instrument, qty) : notional(instrument, price, qty)
    const fee = moneyTimes(received, this.#rate)
    return fee - (fee % COMMISSION_STEP)
  }
}
