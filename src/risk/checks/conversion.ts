import { type Check, deny, pass, skip } from '../check.ts'
import { OWN_CURRENCY } from '../conversion.ts'

/** A fresh rate converts the instrument's quote asset into the account's currency (R10). */
export const conversion: Check = {
  name: 'conversion',
  unit: 'ns',
  doc: "A rate converts the instrument's quote asset into the account's currency, and one from the market is fresh.",
  reducing: 'skip',
  run(draft, _portfolio, context, result) {
    const rates = context.conversion
    const place = rates === null ? OWN_CURRENCY : rates.placeOfInstrument(draft.instrument)
    if (rates === null || place === OWN_CURRENCY) {
      skip(result)
      return
    }
    const fault = rates.fault(place)
    if (fault === null) pass(result, rates.ageNs(place), rates.ageNsMax(place))
    else deny(result, fault, rates.ageNs(place), rates.ageNsMax(place))
  },
}
