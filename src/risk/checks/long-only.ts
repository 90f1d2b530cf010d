import { type Check, deny, pass, skip } from '../check.ts'
import { unreservedQty } from '../reducing.ts'

export const longOnly: Check = {
  name: 'long_only',
  unit: 'qty',
  doc: 'A sell never exceeds the held quantity that no open order has reserved: always where long-only is on, and where the instrument or the venue knows no short positions.',
  reducing: 'apply',
  run(draft, portfolio, context, result) {
    const shortable = context.instrument.shortable && context.capabilities.shorting
    if (draft.side === 'buy' || (shortable && !context.account.longOnly)) {
      skip(result)
      return
    }
    const held = unreservedQty(draft, portfolio)
    const limit = held > 0 ? held : 0
    if (draft.qty <= limit) pass(result, draft.qty, limit)
    else deny(result, context.account.longOnly ? 'LONG_ONLY' : 'NOT_SHORTABLE', draft.qty, limit)
  },
}
