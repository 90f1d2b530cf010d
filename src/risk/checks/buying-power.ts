import { atMost, type Check, deny } from '../check.ts'

/** Positions tie up no more than the equity: fully paid ones what they are worth, others their margin (R10). */
export const buyingPower: Check = {
  name: 'buying_power',
  unit: 'notional',
  doc: 'What the worst-case positions tie up, each its worth times its margin rate, against the equity.',
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    const { equity, margin } = context
    if (margin === null) deny(result, 'VALUE_UNKNOWN', Number.NaN, Number.NaN)
    else if (equity === null) deny(result, 'EQUITY_UNKNOWN', margin, Number.NaN)
    else atMost(result, 'BUYING_POWER', margin, equity > 0 ? equity : 0)
  },
}
