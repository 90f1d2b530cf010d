/**
 * What risk, throttle and status may know of a market. Prices in price increments (a mid may end in .5), quantities in
 * quantity increments, times on the clock of the checks; NaN where there is none.
 */
export interface MarketView {
  /** last accepted trade price, or the mid where the feed has no trades */
  referencePrice(instrument: number): number
  /** receive time of the reference */
  referenceNs(instrument: number): number
  /** receive time of the last accepted data of any kind */
  dataNs(instrument: number): number
  bidPrice(instrument: number): number
  askPrice(instrument: number): number
  /** the venue has halted or paused the symbol, auctions it, or its price bands stop it */
  halted(instrument: number): boolean
  /** traded quantity of the throttle's volume window */
  volume(instrument: number): number
  /** recent over baseline volatility of returns; NaN until both are known */
  volatilityRatio(instrument: number): number
}
