/**
 * Every reason for which we refuse an order ourselves (state DENIED), with the sentence that the documentation
 * table and operators read. The set is closed: a check can say nothing else.
 */
export const DENIALS = {
  ORDER_QTY_INVALID: 'The quantity is not a whole, positive number of increments below 2^53.',
  ORDER_PRICE_INVALID:
    'The limit price is missing, superfluous, off its increment, or not allowed to be zero or negative.',
  ORDER_STOP_INVALID:
    'The stop price is missing, superfluous, off its increment, or not allowed to be zero or negative.',
  ORDER_TYPE_UNSUPPORTED: 'The venue does not take this order type.',
  TIME_IN_FORCE_UNSUPPORTED: 'The venue does not take this time in force.',
  FRACTIONAL_UNSUPPORTED: 'The venue takes whole units only.',
  VENUE_SYMBOL_HALTED: 'The venue takes no orders of the symbol now: its status is not TRADING.',
  VENUE_PRICE_RANGE: 'The limit or stop price lies outside of the range that the venue takes in the symbol.',
  VENUE_QTY_MIN: 'The quantity is below the least that the venue takes in the symbol.',
  VENUE_QTY_MAX:
    'The quantity is above the most that the venue takes in the symbol, or of a market order in it.',
  VENUE_STEP: 'The quantity or a price is no multiple of the step that the venue has for the symbol.',
  VENUE_NOTIONAL_MIN: 'Limit price times quantity is below the least that the venue takes in the symbol.',
  VENUE_NOTIONAL_MAX: 'Limit price times quantity is above the most that the venue takes in the symbol.',
  KILL_SWITCH: 'A kill is engaged for all, or for the venue, account, strategy or symbol.',
  UNAUTHORISED: 'Live execution is not authorised (AGENT_MODE is not LIVE).',
  SHUTTING_DOWN: 'The engine is shutting down.',
  HALTED:
    'Another halt reason is set (boot, pause, reconciliation, stale data, breaker, journal, clock, lease, stall).',
  OUTCOME_UNKNOWN: 'An earlier order of the strategy in this symbol has an unknown outcome.',
  RESTRICTED: 'The symbol is on the restricted list.',
  MARKET_CLOSED:
    'The instrument’s calendar has no session now, or only extended hours, which are not enabled.',
  CALENDAR_UNKNOWN: 'The calendar is not known, or the date lies outside its data.',
  TRADING_HALTED:
    'The venue has halted or paused trading in the symbol, auctions it, or its price bands stop it.',
  SIGNAL_STALE:
    'The tick that the decision was born from is older than the signal age limit, or has no valid time.',
  DATA_STALE: 'The last market data of the symbol is older than the data age limit, or there is none.',
  BREAKER_DATA: 'The market data of the symbol is missing: the decision is flat until it is back.',
  BREAKER_VOLATILITY:
    'The volatility of the symbol is abnormal, or cannot be told yet: the decision is flat while it lasts.',
  REFERENCE_MISSING: 'There is no reference price to hold the order against.',
  REFERENCE_STALE: 'The reference price is older than its age limit.',
  REFERENCE_CROSSED: 'The quote behind the reference price is crossed.',
  PRICE_COLLAR: 'The price is further from the reference than the collar allows.',
  ORDER_QTY_MAX: 'The quantity is above the limit for one order.',
  ORDER_VALUE_MIN: 'The order value is below the minimum.',
  ORDER_VALUE_MAX: 'The order value is above the maximum.',
  LONG_ONLY: 'The sell exceeds the held quantity that no other order has reserved.',
  NOT_SHORTABLE: 'The sell would go short, which the instrument or venue does not allow.',
  POSITION_MAX: 'The worst-case position in the symbol would exceed the absolute limit.',
  SYMBOL_SHARE: 'The worst-case exposure in the symbol would exceed its share of equity.',
  TOTAL_SHARE: 'The worst-case exposure over all symbols would exceed its share of equity.',
  CONCENTRATION: 'The symbol would be too large a share of the gross exposure.',
  GROSS_EXPOSURE: 'The worst-case gross exposure would exceed its limit.',
  NET_EXPOSURE: 'The worst-case net exposure would exceed its limit.',
  CORRELATED_EXPOSURE:
    'The worst-case exposure of all symbols that would lose together would exceed its share of equity.',
  EQUITY_UNKNOWN: 'The equity, or the profit of the day, is not known.',
  VALUE_UNKNOWN:
    'The order, or an instrument that is held or ordered, has no valid price or quantity to value it by.',
  BUYING_POWER: 'The worst-case positions would tie up more than the equity.',
  RATE_MISSING:
    'No rate converts the quote asset into the account’s currency: none is configured, or its market has no price.',
  RATE_STALE: 'The market rate of the quote asset is older than its age limit.',
  OPEN_ORDERS_MAX: 'Too many orders are open.',
  DUPLICATE_OPEN: 'The strategy already has its number of working orders on this side of the symbol.',
  DUPLICATE_CONTENT: 'The strategy sent the same order within the duplicate window.',
  SELF_TRADE: 'The order could trade with an open order of our own.',
  DAILY_LOSS: 'The loss of the trading day has reached its limit.',
  MESSAGE_RATE: 'Too many orders in the rate window.',
  SELF_HEALTH: 'The engine lags too far behind: its event loop, a worker or the journal.',
  THROTTLED: 'The throttle reduced the size below the minimum.',
  SIZE_ZERO: 'The sizing rule gives less than one quantity increment.',
  SIZE_INVALID:
    'The size is beyond 2^53 increments, or the model named a quantity that is not a whole positive number.',
  SIZE_REFERENCE_MISSING: 'Sizing or pricing needs a reference price and there is none.',
  SIZE_EQUITY_UNKNOWN: 'Sizing by equity needs a positive equity.',
  WIRE_CHECK: 'Quantity sent so far plus this order exceeds what was approved.',
  NOT_CONNECTED: 'Order entry of the venue is not connected; orders do not take another road.',
  BUSY: 'Every order connection has a request in flight; orders are not queued.',
  BACK_PRESSURE: 'The connection has unsent bytes; orders are not queued behind them.',
  RATE_LIMITED:
    'The venue has answered that there are too many requests or orders, and asked to wait; cancels go on.',
  TOO_LARGE: 'The encoded order exceeds the write buffer.',
} as const
export type DenialCode = keyof typeof DENIALS

export const DENIAL_CODES: readonly DenialCode[] = Object.keys(DENIALS) as DenialCode[]
