import type { Side } from './action.ts'

/** What risk and sizing may know of orders, positions and money. Quantities in increments, money in 10^-MONEY_SCALE. */
export interface PortfolioView {
  /** signed filled position of one strategy in one instrument, less what fees in the base asset took of it */
  strategyPosition(strategy: number, instrument: number): number
  /** what fees in the base asset took of the strategy's position, quantity increments */
  feesTaken(strategy: number, instrument: number): number
  /** the same as `strategyPosition` of the account: a sell never exceeds it where there are no short positions */
  position(instrument: number): number
  /** sum of open quantity of our live, in-flight and UNKNOWN orders of a side: they may all still fill */
  openQty(instrument: number, side: Side): number
  /** open quantity of one strategy's orders of a side */
  strategyOpenQty(strategy: number, instrument: number, side: Side): number
  /** number of a strategy's live, in-flight and UNKNOWN orders of a side */
  workingOrders(strategy: number, instrument: number, side: Side): number
  /** true while a strategy has an order of unknown outcome in the instrument */
  hasUnknown(strategy: number, instrument: number): boolean
  /** number of live orders over everything */
  openOrders(): number
  /** cash plus positions at mark; null while it cannot be known */
  equity(): bigint | null
  /** the same as money of the instrument's quote asset; null also while no rate converts it */
  equityIn(instrument: number): bigint | null
  /** realised plus unrealised P&L less fees of the instrument's trading day; null while it cannot be known */
  dailyPnl(): bigint | null
  /** number of instruments with a position or an open quantity */
  activeCount(): number
  /** the instrument index of the n-th of them (any order, 0 ≤ n < activeCount) */
  activeInstrument(n: number): number
  /**
   * highest price of our open buys, or lowest of our open sells, in price increments; a market or stop order counts as
   * +Infinity (buy) or -Infinity (sell); null when none is open
   */
  bestOpenPrice(instrument: number, side: Side): number | null
  /** last accepted trade price or mid, in price increments; null before the first */
  markPrice(instrument: number): number | null
}
