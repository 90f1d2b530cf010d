import { type Check, deny, pass } from '../check.ts'

export const unknownOutcome: Check = {
  name: 'unknown_outcome',
  unit: 'count',
  doc: "No order of unknown outcome blocks the symbol for the strategy: only the venue's evidence ends it.",
  reducing: 'apply',
  run(draft, portfolio, _context, result) {
    if (portfolio.hasUnknown(draft.strategy, draft.instrument)) deny(result, 'OUTCOME_UNKNOWN', 1, 0)
    else pass(result, 0, 0)
  },
}
