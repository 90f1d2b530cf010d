import type { DenialCode } from '../../domain/denials.ts'
import type { FlatBreaker } from '../breakers/circuit-breakers.ts'
import { type Check, deny, pass, skip } from '../check.ts'

const CODES: Readonly<Record<FlatBreaker, DenialCode>> = {
  market_data: 'BREAKER_DATA',
  volatility: 'BREAKER_VOLATILITY',
}

/** No circuit breaker of the strategy makes its decision in the symbol flat (R9). Value 1 is an open breaker. */
export const circuitBreaker: Check = {
  name: 'circuit_breaker',
  unit: 'count',
  doc: 'No circuit breaker of the strategy makes its decision in the symbol flat.',
  reducing: 'skip',
  run(draft, _portfolio, context, result) {
    const { breakers, market, nowNs } = context
    if (breakers === null) {
      skip(result)
      return
    }
    const open = breakers.flat(draft.strategy, draft.instrument, market.dataNs(draft.instrument), nowNs)
    if (open === null) pass(result, 0, 0)
    else deny(result, CODES[open], 1, 0)
  },
}
