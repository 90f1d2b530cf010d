import { formatDecimal, type Increment, incrementsToText, parseDecimal } from '../../core/decimal.ts'
import { moneyFromText } from '../../core/money.ts'
import { type Instrument, notional } from '../../domain/instrument.ts'
import type { SimOrderInput } from '../sim/types.ts'
import { ApiError } from './api-error.ts'
import { padded } from './wire-text.ts'

/** Limits of a symbol that are not in its instrument; shown by exchangeInfo and enforced. */
export interface SymbolLimits {
  readonly maxPrice: string
  readonly maxQty: string
  readonly minNotional: string
  readonly maxNotional: string
  readonly maxNumOrders: number
  readonly maxNumAlgoOrders: number
  /** price may lie between these multiples of the last price, by side */
  readonly multiplierUp: string
  readonly multiplierDown: string
}

export const SYMBOL_LIMITS: SymbolLimits = {
  maxPrice: '1000000.00000000',
  maxQty: '9000.00000000',
  minNotional: '5.00000000',
  maxNotional: '9000000.00000000',
  maxNumOrders: 2_000,
  maxNumAlgoOrders: 200,
  multiplierUp: '5',
  multiplierDown: '0.2',
}

/** What exchangeInfo says of one symbol. */
export function exchangeInfoSymbol(instrument: Instrument, limits: SymbolLimits, status: string): object {
  const tick = padded(instrument.priceIncrement.text)
  const step = padded(instrument.qtyIncrement.text)
  return {
    symbol: instrument.symbol,
    status,
    baseAsset: instrument.baseAsset,
    baseAssetPrecision: 8,
    quoteAsset: instrument.quoteAsset,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT'],
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    opoAllowed: false,
    quoteOrderQtyMarketAllowed: false,
    allowTrailingStop: false,
    cancelReplaceAllowed: false,
    amendAllowed: false,
    pegInstructionsAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: limits.maxPrice, tickSize: tick },
      { filterType: 'LOT_SIZE', minQty: step, maxQty: limits.maxQty, stepSize: step },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: limits.maxQty, stepSize: '0.00000000' },
      {
        filterType: 'PERCENT_PRICE_BY_SIDE',
        bidMultiplierUp: limits.multiplierUp,
        bidMultiplierDown: limits.multiplierDown,
        askMultiplierUp: limits.multiplierUp,
        askMultiplierDown: limits.multiplierDown,
        avgPriceMins: 0,
      },
      {
        filterType: 'NOTIONAL',
        minNotional: limits.minNotional,
        applyMinToMarket: true,
        maxNotional: limits.maxNotional,
        applyMaxToMarket: false,
        avgPriceMins: 0,
      },
      { filterType: 'MAX_NUM_ORDERS', maxNumOrders: limits.maxNumOrders },
      { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: limits.maxNumAlgoOrders },
    ],
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'NONE',
    allowedSelfTradePreventionModes: ['NONE'],
  }
}

const DECIMAL_TEXT = /^[0-9]{1,20}(\.[0-9]{1,20})?$/

/**
 * Decimal text of a request to whole increments.
 *
 * @throws ApiError ILLEGAL_CHARS, BAD_PRECISION, FILTER_FAILURE
 */
export function requestIncrements(text: string, name: string, increment: Increment, filter: string): number {
  if (!DECIMAL_TEXT.test(text)) throw new ApiError('ILLEGAL_CHARS', name)
  const value = parseDecimal(text)
  const [, places = ''] = formatDecimal(value.units, value.scale).split('.')
  if (places.length > 8) throw new ApiError('BAD_PRECISION', name)
  const scale = Math.max(value.scale, increment.scale)
  const units = value.units * 10n ** BigInt(scale - value.scale)
  const step = BigInt(increment.unitsPerIncrement) * 10n ** BigInt(scale - increment.scale)
  const count = Number(units / step)
  if (units % step !== 0n || !Number.isSafeInteger(count) || count === 0)
    throw new ApiError('FILTER_FAILURE', filter)
  return count
}

/**
 * The filters that need the market.
 *
 * @param lastPrice in increments, NaN before the first trade: rules that need it then pass
 * @throws ApiError FILTER_FAILURE
 */
export function checkFilters(
  instrument: Instrument,
  limits: SymbolLimits,
  input: SimOrderInput,
  lastPrice: number,
  open: { readonly orders: number; readonly algoOrders: number },
): void {
  const fail = (filter: string): never => {
    throw new ApiError('FILTER_FAILURE', filter)
  }
  const { price, stopPrice, qty } = input
  const maxPrice = moneyFromText(limits.maxPrice)
  for (const each of [price, stopPrice]) {
    if (each !== null && moneyFromText(incrementsToText(each, instrument.priceIncrement)) > maxPrice)
      fail('PRICE_FILTER')
  }
  if (moneyFromText(incrementsToText(qty, instrument.qtyIncrement)) > moneyFromText(limits.maxQty)) {
    fail(input.type === 'market' ? 'MARKET_LOT_SIZE' : 'LOT_SIZE')
  }
  if (price !== null && !Number.isNaN(lastPrice)) {
    const high = Math.floor(lastPrice * Number(limits.multiplierUp))
    const low = Math.ceil(lastPrice * Number(limits.multiplierDown))
    if (price > high || price < low) fail('PERCENT_PRICE_BY_SIDE')
  }
  const reference = price ?? stopPrice ?? lastPrice
  if (!Number.isNaN(reference)) {
    const value = notional(instrument, reference, qty)
    if (value < moneyFromText(limits.minNotional)) fail('NOTIONAL')
    if (price !== null && value > moneyFromText(limits.maxNotional)) fail('NOTIONAL')
  }
  if (open.orders >= limits.maxNumOrders) fail('MAX_NUM_ORDERS')
  if (stopPrice !== null && open.algoOrders >= limits.maxNumAlgoOrders) fail('MAX_NUM_ALGO_ORDERS')
}
