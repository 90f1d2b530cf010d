import { floorPpm } from '../../core/exact.ts'
import { type Check, deny, pass, skip } from '../check.ts'

/** The loss of the trading day (realised, unrealised and fees) is below its share of equity. At the limit it denies. */
export const dailyLoss: Check = {
  name: 'daily_loss',
  unit: 'notional',
  doc: 'The loss of the trading day (realised, unrealised and fees) is below its share of equity.',
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    const { equity, dailyLoss: loss } = context
    const ppmMax = context.account.dailyLossPpmMax
    if (ppmMax === Number.POSITIVE_INFINITY) {
      skip(result)
      return
    }
    if (equity === null || loss === null) {
      deny(result, 'EQUITY_UNKNOWN', Number.NaN, Number.NaN)
      return
    }
    const limit = equity > 0 ? floorPpm(equity, ppmMax) : 0
    if (loss <= 0 || loss < limit) pass(result, loss, limit)
    else deny(result, 'DAILY_LOSS', loss, limit)
  },
}
