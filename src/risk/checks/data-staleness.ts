import { atMost, type Check } from '../check.ts'

export const dataStaleness: Check = {
  name: 'data_staleness',
  unit: 'ns',
  doc: "The symbol's last market data of any kind is fresh; none at all (NaN) is stale.",
  reducing: 'apply',
  run(draft, _portfolio, context, result) {
    const ageNs = context.nowNs - context.market.dataNs(draft.instrument)
    atMost(result, 'DATA_STALE', ageNs, context.account.dataAgeNsMax)
  },
}
