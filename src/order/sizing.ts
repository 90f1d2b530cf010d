import { parseDecimal, roundToIncrements, toIncrements } from '../core/decimal.ts'
import { TidegateError } from '../core/errors.ts'
import { type Exact, floorDivide, narrow, PPM } from '../core/exact.ts'
import { moneyFromText } from '../core/money.ts'
import { type Side, TradingAction } from '../domain/action.ts'
import type { DenialCode } from '../domain/denials.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { PortfolioView } from '../domain/portfolio.ts'

/**
 * How much an action buys or sells; exactly one form, exact decimal text. `fixed` and targets are in the base asset,
 * `notional` in the quote asset, `equity_share` a fraction of equity.
 */
export type Sizing =
  | { readonly fixed: string }
  | { readonly notional: string }
  | { readonly equity_share: string }
  | { readonly target: { readonly long: string; readonly short: string } }

/** A sizing rule of one instrument in increments and money, ready to use. */
export type CompiledSizing =
  | { readonly kind: 'fixed'; readonly qty: number }
  | { readonly kind: 'notional'; readonly twiceUnits: Exact }
  | { readonly kind: 'equity_share'; readonly sharePpm: bigint; readonly unitMoney: bigint }
  | { readonly kind: 'target'; readonly long: number; readonly short: number }

/** Why there is nothing to send, beside the coded denials. */
export type SizingOutcome = 'SIZED' | 'HOLD' | 'NOTHING_TO_DO' | Extract<DenialCode, `SIZE_${string}`>

/** The result of `computeSize`; reused by the caller. `qty` and `side` are valid for `SIZED` only. */
export interface Size {
  side: Side
  qty: number
}

function positive(text: string, name: string): string {
  if (parseDecimal(text).units <= 0n) {
    throw new TidegateError('SIZING_INVALID', `sizing ${name} is ${text}; allowed is more than zero`)
  }
  return text
}

/** @throws SIZING_INVALID, DECIMAL_INVALID, OFF_INCREMENT (targets must be whole increments) */
export function compileSizing(sizing: Sizing, instrument: Instrument): CompiledSizing {
  if ('fixed' in sizing) {
    const qty = roundToIncrements(positive(sizing.fixed, 'fixed'), instrument.qtyIncrement, 'floor')
    return { kind: 'fixed', qty: Number(qty) }
  }
  if ('notional' in sizing) {
    const money = moneyFromText(positive(sizing.notional, 'notional'))
    return { kind: 'notional', twiceUnits: narrow((2n * money) / instrument.moneyPerIncrements) }
  }
  if ('equity_share' in sizing) {
    const { units, scale } = parseDecimal(positive(sizing.equity_share, 'equity_share'))
    if (scale > 6) {
      throw new TidegateError(
        'SIZING_INVALID',
        `sizing equity_share is ${sizing.equity_share}; allowed are six decimal places`,
      )
    }
    const unitMoney = instrument.moneyPerIncrements
    return { kind: 'equity_share', sharePpm: units * 10n ** BigInt(6 - scale), unitMoney }
  }
  const long = toIncrements(sizing.target.long, instrument.qtyIncrement)
  const short = toIncrements(sizing.target.short, instrument.qtyIncrement)
  if (long < short) {
    throw new TidegateError(
      'SIZING_INVALID',
      `target long ${sizing.target.long} is below short ${sizing.target.short}`,
    )
  }
  return { kind: 'target', long, short }
}

/** Quantity that the money of `twiceUnits` / 2 buys, rounded down; the price may be a half increment. */
function qtyFor(twiceUnits: Exact, price: number): number {
  return Number(floorDivide(twiceUnits, Math.abs(2 * price)))
}

function targetSize(
  sizing: { readonly long: number; readonly short: number },
  action: TradingAction,
  strategy: number,
  instrument: number,
  portfolio: PortfolioView,
  out: Size,
): SizingOutcome {
  const goal = action === TradingAction.BUY ? sizing.long : sizing.short
  const working =
    portfolio.strategyOpenQty(strategy, instrument, 'buy') -
    portfolio.strategyOpenQty(strategy, instrument, 'sell')
  const difference = goal - (portfolio.strategyPosition(strategy, instrument) + working)
  if (difference === 0) return 'NOTHING_TO_DO'
  out.side = difference > 0 ? 'buy' : 'sell'
  out.qty = Math.abs(difference)
  return 'SIZED'
}

function equityTwiceUnits(share: { sharePpm: bigint; unitMoney: bigint }, equity: bigint): Exact {
  return narrow((2n * equity * share.sharePpm) / (BigInt(PPM) * share.unitMoney))
}

/**
 * Side and quantity of an action, rounded down to quantity increments. A target is the position that the strategy wants:
 * BUY goes to `long`, SELL to `short`, counting what its working orders will still fill.
 *
 * @param referencePrice in price increments; may end in .5; NaN where unknown
 */
export function computeSize(
  sizing: CompiledSizing,
  action: TradingAction,
  strategy: number,
  instrument: number,
  referencePrice: number,
  portfolio: PortfolioView,
  out: Size,
): SizingOutcome {
  if (action === TradingAction.HOLD) return 'HOLD'
  if (sizing.kind === 'target') return targetSize(sizing, action, strategy, instrument, portfolio, out)
  out.side = action === TradingAction.BUY ? 'buy' : 'sell'
  if (sizing.kind === 'fixed') {
    out.qty = sizing.qty
  } else {
    if (!Number.isInteger(2 * referencePrice) || referencePrice === 0) return 'SIZE_REFERENCE_MISSING'
    if (sizing.kind === 'notional') {
      out.qty = qtyFor(sizing.twiceUnits, referencePrice)
    } else {
      const equity = portfolio.equityIn(instrument)
      if (equity === null || equity <= 0n) return 'SIZE_EQUITY_UNKNOWN'
      out.qty = qtyFor(equityTwiceUnits(sizing, equity), referencePrice)
    }
  }
  if (out.qty === 0) return 'SIZE_ZERO'
  return Number.isSafeInteger(out.qty) ? 'SIZED' : 'SIZE_INVALID'
}
