import { toIncrements } from '../core/decimal.ts'
import { TidegateError } from '../core/errors.ts'
import { SIDES, type Side, TradingAction, toTradingAction } from '../domain/action.ts'
import type { Instrument } from '../domain/instrument.ts'
import { ORDER_TYPES, type OrderType, TIMES_IN_FORCE, type TimeInForce } from '../domain/order.ts'

/*
 * The body of `POST /execute`:
 *
 * | member          | value                                                                              |
 * |-----------------|------------------------------------------------------------------------------------|
 * | `symbol`        | a symbol of the run                                                                |
 * | `side`          | `buy` or `sell`, with `qty`                                                        |
 * | `qty`           | exact decimal text (or a number) in the base asset                                 |
 * | `action`        | `BUY`, `SELL` or `HOLD`, instead of side, qty, type and time in force: the template of `strategy` makes the order |
 * | `type`          | `market` (default), `limit`, `stop`, `stop_limit`                                  |
 * | `price`         | limit price, exact; needed by `limit` and `stop_limit`                             |
 * | `stop_price`    | trigger, exact; needed by `stop` and `stop_limit`                                  |
 * | `time_in_force` | `GTC`, `IOC`, `FOK`, …; default IOC for market, else GTC                           |
 * | `strategy`      | whose position it is; none: nobody's                                               |
 */

/** An order as it was asked for, in increments; NaN where a price is not named. */
export type OutsideRequest =
  | {
      readonly kind: 'order'
      readonly side: Side
      readonly qty: number
      readonly type: OrderType
      readonly timeInForce: TimeInForce
      readonly price: number
      readonly stopPrice: number
    }
  | { readonly kind: 'action'; readonly action: TradingAction; readonly price: number }

export type Fields = Readonly<Record<string, unknown>>

const MEMBERS: ReadonlySet<string> = new Set([
  'symbol',
  'side',
  'qty',
  'action',
  'type',
  'price',
  'stop_price',
  'time_in_force',
  'strategy',
])
/** Members that only say who asks. */
const ENVELOPE: ReadonlySet<string> = new Set(['actor', 'source', 'text'])

function invalid(member: string, allowed: string): TidegateError {
  return new TidegateError('BODY_INVALID', `${member} must be ${allowed}`)
}

/**
 * Reads the body of an order from outside. Nothing is guessed: a member that is not known, or that does not go with the
 * others, is refused.
 *
 * @throws BODY_INVALID, DECIMAL_INVALID, OFF_INCREMENT
 */
export function parseOutside(fields: Fields, instrument: Instrument): OutsideRequest {
  const unknown = Object.keys(fields).find((name) => !MEMBERS.has(name) && !ENVELOPE.has(name))
  if (unknown !== undefined) throw invalid(`"${unknown}"`, `one of ${[...MEMBERS].join(', ')}`)
  const price = amount(fields, 'price', instrument.priceIncrement)
  if (fields['action'] !== undefined) return actionOf(fields, price)
  const side = wordOf(fields['side']).toLowerCase() as Side
  if (!SIDES.includes(side)) throw invalid('side', 'buy or sell, or an action be named')
  const type = oneOf(fields, 'type', ORDER_TYPES, 'market')
  const timeInForce = oneOf(fields, 'time_in_force', TIMES_IN_FORCE, type === 'market' ? 'IOC' : 'GTC')
  const qty = amount(fields, 'qty', instrument.qtyIncrement)
  if (!(qty > 0)) throw invalid('qty', 'a positive quantity in the base asset')
  const stopPrice = amount(fields, 'stop_price', instrument.priceIncrement)
  return { kind: 'order', side, qty, type, timeInForce, price, stopPrice }
}

function actionOf(fields: Fields, price: number): OutsideRequest {
  const superfluous = ['side', 'qty', 'type', 'stop_price', 'time_in_force'].find(
    (name) => fields[name] !== undefined,
  )
  if (superfluous !== undefined)
    throw invalid(superfluous, 'left out where an action is named: the template says it')
  if (fields['strategy'] === undefined)
    throw invalid('strategy', 'named with an action: its template makes the order')
  const { action } = fields
  try {
    return {
      kind: 'action',
      action: toTradingAction(typeof action === 'string' ? action.toUpperCase() : action),
      price,
    }
  } catch {
    throw invalid('action', 'BUY, SELL or HOLD')
  }
}

function oneOf<T extends string>(fields: Fields, name: string, allowed: readonly T[], fallback: T): T {
  const value = fields[name]
  if (value === undefined) return fallback
  const word = wordOf(value).toLowerCase()
  const found = allowed.find((candidate) => candidate.toLowerCase() === word)
  if (found === undefined) throw invalid(name, `one of ${allowed.join(', ')}`)
  return found
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** NaN where it is left out. */
function amount(fields: Fields, name: string, increment: Instrument['qtyIncrement']): number {
  const value = fields[name]
  if (value === undefined || value === null) return Number.NaN
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid(name, 'exact decimal text')
  return toIncrements(String(value), increment)
}
