import { type Check, deny, pass } from '../check.ts'

/**
 * The strategy has fewer than its number of working orders on this side of the symbol, and its last order in the symbol
 * was not the same one within the duplicate window. An order of another content in between makes it a new decision.
 */
export const duplicateOrder: Check = {
  name: 'duplicate_order',
  unit: 'count',
  doc: 'The strategy has fewer than its number of working orders on this side of the symbol, and its last order in the symbol was not the same one within the duplicate window.',
  reducing: 'apply',
  run(draft, portfolio, context, result) {
    const working = portfolio.workingOrders(draft.strategy, draft.instrument, draft.side) + 1
    const limit = draft.workingOrdersPerSide
    if (working > limit) {
      deny(result, 'DUPLICATE_OPEN', working, limit)
      return
    }
    const ageNs = context.history.sameContentAgeNs(draft, context.nowNs)
    if (ageNs >= context.account.duplicateWindowNs) {
      pass(result, working, limit)
      return
    }
    deny(result, 'DUPLICATE_CONTENT', ageNs, context.account.duplicateWindowNs)
    result.unit = 'ns'
  },
}
