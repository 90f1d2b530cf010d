import { atMost, type Check, deny } from '../check.ts'

export const positionSize: Check = {
  name: 'position_size',
  unit: 'qty',
  doc: 'Worst-case position in the symbol against its absolute limit in quantity.',
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    atMost(result, 'POSITION_MAX', context.worst.sideQty, context.limits.positionQtyMax)
  },
}

export const positionValue: Check = {
  name: 'position_value',
  unit: 'notional',
  doc: 'Worst-case position in the symbol against its absolute limit in value.',
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    const limit = context.limits.positionValueMax
    if (context.worst.priced) atMost(result, 'POSITION_MAX', context.worst.sideValue, limit)
    else deny(result, 'VALUE_UNKNOWN', Number.NaN, limit)
  },
}
