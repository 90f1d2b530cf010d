import { atMost, type Check } from '../check.ts'

/** Orders within the last second, this one included. Reducing orders count apart, and cancels are never refused. */
export const messageRate: Check = {
  name: 'message_rate',
  unit: 'count',
  doc: 'Orders within the last second, this one included.',
  reducing: 'apply',
  run(_draft, _portfolio, context, result) {
    const { history } = context
    const window = context.reducing ? history.reducing : history.entries
    atMost(result, 'MESSAGE_RATE', window.count(context.nowNs) + 1, window.max)
  },
}
