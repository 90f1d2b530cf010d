/** A closed or running bar. Prices and volume in increments; quote bars count mids in half price increments. */
export interface Bar {
  /** start of the period, ns from the run's event base */
  startNs: number
  /** period, ns */
  periodNs: number
  open: number
  high: number
  low: number
  close: number
  /** sum of trade quantities, in quantity increments */
  volume: number
  /** number of trades or quotes in it */
  count: number
  /** sum of price × quantity in increments; exact below 2^53, see `notionalHigh` */
  notionalLow: number
  /** carry of `notionalLow` in units of 2^53 */
  notionalHigh: number
}
