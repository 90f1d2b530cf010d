import { type Exact, exactProduct } from '../core/exact.ts'
import type { OrderDraft } from './draft.ts'

/** Which counts of increments a venue takes: whole multiples of `step` from `min` (1 or more) to `max`, all inclusive. */
export interface IncrementRange {
  readonly min: number
  /** Infinity where there is none */
  readonly max: number
  readonly step: number
}

/** Multiples of a reference that a limit price may lie between: `up` and `down` × 10^-their scale. */
export interface PercentPrice {
  readonly up: ScaledRatio
  readonly down: ScaledRatio
}

/** `units` / `one`, both whole; `one` is a power of ten. */
export interface ScaledRatio {
  readonly units: number
  readonly one: number
}

/**
 * What a venue says that it takes of an instrument, in the instrument's increments: made once where the venue has told it,
 * judged by plain numbers at every order.
 */
export interface InstrumentRules {
  /** the venue takes new orders of the symbol */
  readonly trading: boolean
  /** of limit and stop prices */
  readonly price: IncrementRange
  readonly percent: PercentPrice | null
  readonly lot: IncrementRange
  /** of market orders: beside `lot`, or in its place */
  readonly marketLot: IncrementRange
  readonly marketLotAlone: boolean
  /** price × quantity of an order with a limit price, in increments of both; ±Infinity where there is none */
  readonly notionalMin: Exact
  readonly notionalMax: Exact
}

/** What an order breaks, as bits, in the order in which a denial names them. */
export const BROKEN = {
  TRADING: 1,
  PRICE: 2,
  STOP_PRICE: 4,
  PERCENT_PRICE: 8,
  LOT: 16,
  MARKET_LOT: 32,
  NOTIONAL_MIN: 64,
  NOTIONAL_MAX: 128,
} as const

/**
 * Every rule that the order breaks, as bits of `BROKEN`; 0 where the venue would take it. One quantity breaks one of the
 * two lots at most. The value of an order without a limit price is left to the venue, which holds it against an average
 * of its own.
 *
 * @param reference of `percent`, in price increments; NaN leaves that to the venue
 */
export function brokenRules(rules: InstrumentRules, draft: OrderDraft, reference: number): number {
  const { price, stopPrice, qty } = draft
  let broken = rules.trading ? 0 : BROKEN.TRADING
  if (draft.type === 'market' && rules.marketLotAlone) {
    if (!within(qty, rules.marketLot)) broken |= BROKEN.MARKET_LOT
  } else if (!within(qty, rules.lot)) broken |= BROKEN.LOT
  else if (draft.type === 'market' && !within(qty, rules.marketLot)) broken |= BROKEN.MARKET_LOT
  if (!Number.isNaN(stopPrice) && !within(stopPrice, rules.price)) broken |= BROKEN.STOP_PRICE
  if (Number.isNaN(price)) return broken
  if (!within(price, rules.price)) broken |= BROKEN.PRICE
  if (!nearReference(price, rules.percent, reference)) broken |= BROKEN.PERCENT_PRICE
  const notional = exactProduct(price, qty)
  if (notional < rules.notionalMin) broken |= BROKEN.NOTIONAL_MIN
  if (notional > rules.notionalMax) broken |= BROKEN.NOTIONAL_MAX
  return broken
}

function within(count: number, { min, max, step }: IncrementRange): boolean {
  return count >= min && count <= max && (step === 1 || count % step === 0)
}

function nearReference(price: number, percent: PercentPrice | null, reference: number): boolean {
  if (percent === null || Number.isNaN(reference)) return true
  const { up, down } = percent
  return (
    exactProduct(price, up.one) <= exactProduct(reference, up.units) &&
    exactProduct(price, down.one) >= exactProduct(reference, down.units)
  )
}
