/**
 * What a venue says about an order (FIX execution report, reduced to what every venue has). Quantities and prices in
 * the instrument's increments; times UTC ns as text.
 */
export type ExecutionReport =
  | {
      readonly kind: 'accepted'
      readonly clientOrderId: string
      readonly venueOrderId: string
      readonly ts: string
    }
  | {
      readonly kind: 'rejected'
      readonly clientOrderId: string
      readonly reason: string
      readonly ts: string
    }
  | { readonly kind: 'triggered'; readonly clientOrderId: string; readonly ts: string }
  | { readonly kind: 'fill'; readonly clientOrderId: string; readonly fill: Fill; readonly ts: string }
  | { readonly kind: 'pending_cancel'; readonly clientOrderId: string; readonly ts: string }
  | {
      readonly kind: 'cancel_rejected'
      readonly clientOrderId: string
      readonly reason: string
      readonly ts: string
    }
  | {
      readonly kind: 'canceled'
      readonly clientOrderId: string
      readonly reason: string
      readonly ts: string
    }
  | { readonly kind: 'expired'; readonly clientOrderId: string; readonly reason: string; readonly ts: string }
  | { readonly kind: 'pending_replace'; readonly clientOrderId: string; readonly ts: string }
  | {
      readonly kind: 'replaced'
      readonly clientOrderId: string
      readonly qty: number
      readonly price: number | null
      readonly ts: string
    }
  | {
      readonly kind: 'replace_rejected'
      readonly clientOrderId: string
      readonly reason: string
      readonly ts: string
    }
  /** the outcome of a submission cannot be told: timeout, 5xx, reset */
  | { readonly kind: 'unknown'; readonly clientOrderId: string; readonly reason: string; readonly ts: string }
  /** the venue took a fill back */
  | {
      readonly kind: 'trade_bust'
      readonly clientOrderId: string
      readonly tradeId: string
      readonly ts: string
    }
  | {
      readonly kind: 'trade_correct'
      readonly clientOrderId: string
      readonly tradeId: string
      readonly qty: number
      readonly price: number
      readonly ts: string
    }

/** One execution. `feeText` is exact decimal text in `feeAsset` (a rebate is negative). */
export interface Fill {
  readonly tradeId: string
  readonly instrument: number
  readonly side: 'buy' | 'sell'
  readonly qty: number
  readonly price: number
  /** execution time by the venue, ms since 1970 */
  readonly tMs: number
  readonly feeText: string
  readonly feeAsset: string
  readonly liquidity: 'maker' | 'taker' | 'unknown'
  /** the venue's account where it has several; trade ids are unique by (account, symbol) */
  readonly account?: string
}
