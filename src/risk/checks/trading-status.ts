import { type Check, deny, pass } from '../check.ts'

export const tradingStatus: Check = {
  name: 'trading_status',
  unit: 'count',
  doc: 'The venue has not halted or paused trading in the symbol, and no price band stops it.',
  reducing: 'apply',
  run(draft, _portfolio, context, result) {
    if (context.market.halted(draft.instrument)) deny(result, 'TRADING_HALTED', 1, 0)
    else pass(result, 0, 0)
  },
}
