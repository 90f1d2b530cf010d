import { type Check, deny, pass, skip } from '../check.ts'
import { orderValue } from './order-value.ts'

/**
 * A size that the throttle reduced is still worth sending: at least one increment and the minimum order value. A
 * reducing order is never throttled.
 */
export const throttle: Check = {
  name: 'throttle',
  unit: 'qty',
  doc: 'A size that the throttle reduced is still worth sending: at least one increment and the minimum order value.',
  reducing: 'skip',
  run(draft, portfolio, context, result) {
    const { rule, from, to } = context.throttle
    if (rule === null) {
      skip(result)
      return
    }
    const value = orderValue(draft, portfolio, context)
    const enough = to > 0 && (value === null || value >= context.limits.orderValueMin)
    if (enough) pass(result, to, from)
    else deny(result, 'THROTTLED', to, from)
  },
}
