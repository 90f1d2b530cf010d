import { TRADING_STATUS } from '../domain/tick.ts'

/** Price band indicators of the limit-up limit-down plan that say more than where the bands are. */
const SUSPENDED = 'D'.charCodeAt(0)
const OUTSIDE_HOURS = 'F'.charCodeAt(0)

/**
 * Why a venue takes no orders in a symbol (R11): a halt, pause or auction until a status says that it trades; a limit
 * state while its quote, or without quotes its last trade, stands at or beyond a price band; suspended bands until new
 * ones. Prices in increments.
 */
export class VenueHalts {
  readonly #halted: Uint8Array
  readonly #suspended: Uint8Array
  readonly #up: Float64Array
  readonly #down: Float64Array

  constructor(instruments: number) {
    this.#halted = new Uint8Array(instruments)
    this.#suspended = new Uint8Array(instruments)
    this.#up = new Float64Array(instruments).fill(Number.NaN)
    this.#down = new Float64Array(instruments).fill(Number.NaN)
  }

  /** Only a status that says so ends a halt; bands that were suspended count again from their next update. */
  onStatus(instrument: number, status: number): void {
    const trades = status === TRADING_STATUS.TRADING
    this.#halted[instrument] = trades ? 0 : 1
    if (trades) this.#suspended[instrument] = 0
  }

  /** @param indicator character code of the band indicator; 0 for none */
  onBands(instrument: number, up: number, down: number, indicator: number): void {
    const inForce = indicator !== SUSPENDED && indicator !== OUTSIDE_HOURS
    this.#suspended[instrument] = indicator === SUSPENDED ? 1 : 0
    this.#up[instrument] = inForce ? up : Number.NaN
    this.#down[instrument] = inForce ? down : Number.NaN
  }

  /** NaN stands for a price that there is not. */
  halted(instrument: number, bid: number, ask: number, lastPrice: number): boolean {
    if (this.#halted[instrument] === 1 || this.#suspended[instrument] === 1) return true
    const up = this.#up[instrument] as number
    const down = this.#down[instrument] as number
    return (Number.isNaN(bid) ? lastPrice : bid) >= up || (Number.isNaN(ask) ? lastPrice : ask) <= down
  }
}
