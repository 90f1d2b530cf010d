import { moneyFromText, moneyToText } from '../../core/money.ts'
import { type Instrument, notional } from '../../domain/instrument.ts'
import type { VenueBalance } from '../../domain/venue.ts'
import { qtyMoney } from './fees.ts'
import type { SimOrder, SimTrade } from './types.ts'

interface Holding {
  total: bigint
  locked: bigint
}

/**
 * Cash and coins of the simulated account, exact. Open orders lock what they would pay. Without a check the account
 * may go negative, which is how short positions of a replay without balances are carried.
 */
export class SimAccount {
  readonly #holdings = new Map<string, Holding>()
  readonly checked: boolean

  /** @param balances start amounts by asset, decimal text; null turns the check off and starts at zero */
  constructor(balances: Readonly<Record<string, string>> | null) {
    this.checked = balances !== null
    for (const [asset, text] of Object.entries(balances ?? {})) {
      this.#holdings.set(asset, { total: moneyFromText(text), locked: 0n })
    }
  }

  free(asset: string): bigint {
    const holding = this.#holdings.get(asset)
    return holding === undefined ? 0n : holding.total - holding.locked
  }

  /** False where a checked account cannot cover the order at its lock price. */
  covers(instrument: Instrument, order: SimOrder): boolean {
    if (!this.checked) return true
    return this.free(lockAsset(instrument, order)) >= lockAmount(instrument, order, order.input.qty)
  }

  /** False where a checked account can no longer pay a fill that came dearer than its lock. */
  canSettle(instrument: Instrument, order: SimOrder, price: number, qty: number): boolean {
    if (!this.checked || order.input.side === 'sell' || price <= order.lockPrice) return true
    const dearer = notional(instrument, price - order.lockPrice, qty)
    return this.free(instrument.quoteAsset) >= dearer
  }

  lock(instrument: Instrument, order: SimOrder, qty: number): void {
    this.#holding(lockAsset(instrument, order)).locked += lockAmount(instrument, order, qty)
  }

  unlock(instrument: Instrument, order: SimOrder, qty: number): void {
    this.#holding(lockAsset(instrument, order)).locked -= lockAmount(instrument, order, qty)
  }

  /** Books one execution and its fee. */
  settle(instrument: Instrument, trade: SimTrade): void {
    const sign = trade.side === 'buy' ? 1n : -1n
    this.#holding(instrument.baseAsset).total += sign * qtyMoney(instrument, trade.qty)
    this.#holding(instrument.quoteAsset).total -= sign * notional(instrument, trade.price, trade.qty)
    this.#holding(trade.feeAsset).total -= trade.fee
  }

  balances(): readonly VenueBalance[] {
    return [...this.#holdings].map(([asset, { total, locked }]) => ({
      asset,
      free: moneyToText(total - locked),
      locked: moneyToText(locked),
    }))
  }

  #holding(asset: string): Holding {
    let holding = this.#holdings.get(asset)
    if (holding === undefined) {
      holding = { total: 0n, locked: 0n }
      this.#holdings.set(asset, holding)
    }
    return holding
  }
}

function lockAsset(instrument: Instrument, order: SimOrder): string {
  return order.input.side === 'buy' ? instrument.quoteAsset : instrument.baseAsset
}

function lockAmount(instrument: Instrument, order: SimOrder, qty: number): bigint {
  return order.input.side === 'buy' ? notional(instrument, order.lockPrice, qty) : qtyMoney(instrument, qty)
}
