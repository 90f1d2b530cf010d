import { assert } from '../../core/assert.ts'
import { CHECK_NAMES, type Check } from '../check.ts'
import { authorisation } from './authorisation.ts'
import { buyingPower } from './buying-power.ts'
import { circuitBreaker } from './circuit-breaker.ts'
import { conversion } from './conversion.ts'
import { correlatedExposure } from './correlated-exposure.ts'
import { dailyLoss } from './daily-loss.ts'
import { dataStaleness } from './data-staleness.ts'
import { duplicateOrder } from './duplicate-order.ts'
import { symbolShare, totalShare } from './equity-share.ts'
import { concentration, grossExposure, netExposure } from './exposure.ts'
import { longOnly } from './long-only.ts'
import { marketHours } from './market-hours.ts'
import { messageRate } from './message-rate.ts'
import { openOrders } from './open-orders.ts'
import { orderParameters } from './order-parameters.ts'
import { orderQty } from './order-qty.ts'
import { orderValueMax, orderValueMin } from './order-value.ts'
import { positionSize, positionValue } from './position-size.ts'
import { priceCollar } from './price-collar.ts'
import { restrictedList } from './restricted-list.ts'
import { selfHealth } from './self-health.ts'
import { selfTrade } from './self-trade.ts'
import { signalFreshness } from './signal-freshness.ts'
import { throttle } from './throttle.ts'
import { tradingStatus } from './trading-status.ts'
import { unknownOutcome } from './unknown-outcome.ts'

/** The checks in the order in which they run and are recorded: form, permission, market, size, exposure, conduct. */
export const CHECKS: readonly Check[] = [
  selfHealth,
  throttle,
  orderParameters,
  authorisation,
  unknownOutcome,
  restrictedList,
  marketHours,
  tradingStatus,
  signalFreshness,
  dataStaleness,
  circuitBreaker,
  priceCollar,
  conversion,
  orderQty,
  orderValueMin,
  orderValueMax,
  longOnly,
  positionSize,
  positionValue,
  symbolShare,
  totalShare,
  buyingPower,
  concentration,
  grossExposure,
  netExposure,
  correlatedExposure,
  openOrders,
  duplicateOrder,
  selfTrade,
  dailyLoss,
  messageRate,
]

assert(
  CHECKS.length === CHECK_NAMES.length && CHECKS.every((check, index) => check.name === CHECK_NAMES[index]),
  'CHECKS and CHECK_NAMES differ',
)
