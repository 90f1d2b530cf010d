import { atMost, type Check } from '../check.ts'

/** The tick that the decision was born from is fresh, by receive time. A signal without a valid time is stale. */
export const signalFreshness: Check = {
  name: 'signal_freshness',
  unit: 'ns',
  doc: 'The tick that the decision was born from is fresh, by receive time.',
  reducing: 'apply',
  run(draft, _portfolio, context, result) {
    atMost(result, 'SIGNAL_STALE', context.nowNs - draft.signalNs, context.account.signalAgeNsMax)
  },
}
