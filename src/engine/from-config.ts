import type { Config, InstrumentConfig, SizingConfig, StrategyConfig } from '../config/types.ts'
import { moneyFromText } from '../core/money.ts'
import { type Instrument, type InstrumentInput, InstrumentTable } from '../domain/instrument.ts'
import type { MarketView } from '../domain/market.ts'
import { REASON } from '../domain/reasons.ts'
import type { FeedLimits } from '../feed/feed-limits.ts'
import type { Sizing } from '../order/sizing.ts'
import type { OrderTemplate } from '../order/template.ts'
import { Conversion, type ConversionRule } from '../risk/conversion.ts'
import { DEFAULT_LIMITS, type RiskLimits, type SymbolLimits } from '../risk/limits.ts'
import type { ThrottleLimits } from '../risk/throttle.ts'
import type { Portfolio } from './portfolio.ts'

/*
 * From the configuration's words to the words of the steps. Every limit of a step is named here once.
 */

function instrumentInput(config: InstrumentConfig): InstrumentInput {
  return {
    symbol: config.symbol,
    venue: config.venue,
    priceIncrement: config.price_increment,
    qtyIncrement: config.qty_increment,
    multiplier: config.multiplier,
    calendar: config.calendar,
    allowsNegativePrice: config.allows_negative_price,
    shortable: config.shortable,
    settlement: config.settlement,
    marginRate: config.margin_rate,
    splits: config.splits,
    ...(config.base_asset === null ? {} : { baseAsset: config.base_asset }),
    ...(config.quote_asset === null ? {} : { quoteAsset: config.quote_asset }),
  }
}

/** @throws INSTRUMENT_DUPLICATE, INCREMENT_INVALID, DECIMAL_INVALID */
export function instrumentTable(config: Config): InstrumentTable {
  const table = new InstrumentTable()
  for (const instrument of config.instruments) table.add(instrumentInput(instrument))
  return table
}

/** Bounds of the sanity stage. */
export function feedLimits({ feed, clock }: Config): FeedLimits {
  return { spikeRatio: feed.spike_ratio, futureMs: clock.future_ms, lateMs: feed.late_ms }
}

/**
 * PAUSE and BREAKER are always among them: a pause stops new entries and keeps managing exits (S11), and a limit that has
 * tripped locks no position in (R12).
 */
export function reducibleReasons(config: Config): number {
  const always = REASON.PAUSE | REASON.BREAKER
  return config.kill.reducible.reduce<number>((mask, name) => mask | REASON[name], always)
}

export function riskLimits(config: Config): RiskLimits {
  const { risk } = config
  const symbols: Record<string, SymbolLimits> = {}
  for (const instrument of config.instruments) symbols[instrument.symbol] = symbolLimits(instrument)
  return {
    ...DEFAULT_LIMITS,
    orderValueMin: risk.order_value_min,
    orderValueMax: risk.order_value_max,
    orderQtyMax: risk.order_qty_max,
    positionQtyMax: risk.position_qty_max,
    positionValueMax: risk.position_value_max,
    symbolShareMax: risk.symbol_share_max,
    totalShareMax: risk.total_share_max,
    concentrationMax: risk.concentration_max,
    grossValueMax: risk.gross_value_max,
    netValueMax: risk.net_value_max,
    correlatedShareMax: risk.correlated_share_max,
    correlationMin: risk.correlation_min,
    dailyLossShareMax: risk.daily_loss_share_max,
    signalAgeMaxSeconds: risk.signal_age_max_seconds,
    dataAgeMaxSeconds: risk.data_age_max_seconds,
    longOnly: risk.long_only,
    duplicateWindowMs: risk.duplicate_window_ms,
    collarBps: risk.collar_bps,
    reducingCollarBps: risk.reducing_collar_bps,
    ordersPerSecondMax: risk.orders_per_second_max,
    openOrdersMax: risk.open_orders_max,
    restricted: risk.restricted,
    reducibleReasons: reducibleReasons(config),
    symbols,
  }
}

function symbolLimits({ limits, extended_hours }: InstrumentConfig): SymbolLimits {
  const own = {
    orderValueMin: limits.order_value_min,
    orderValueMax: limits.order_value_max,
    orderQtyMax: limits.order_qty_max,
    positionQtyMax: limits.position_qty_max,
    positionValueMax: limits.position_value_max,
    symbolShareMax: limits.symbol_share_max,
    collarBps: limits.collar_bps,
    reducingCollarBps: limits.reducing_collar_bps,
    extendedHours: extended_hours,
  }
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
}

export function throttleLimits({ risk: { throttle } }: Config): ThrottleLimits {
  return {
    qtyMax: throttle.qty_max,
    valueMax: throttle.value_max,
    participationMax: throttle.participation_max,
    spreadBpsMax: throttle.spread_bps_max,
    volatilityRatioMax: throttle.volatility_ratio_max,
  }
}

/** The configuration names a short target by its size; positions are signed. */
function sizingOf(sizing: SizingConfig): Sizing {
  if (!('target' in sizing)) return sizing
  return { target: { long: sizing.target.long, short: `-${sizing.target.short}` } }
}

export function orderTemplate(strategy: StrategyConfig): OrderTemplate {
  const { order } = strategy
  return {
    sizing: sizingOf(order.sizing),
    type: order.type,
    timeInForce: order.time_in_force,
    limitOffset: order.limit_offset_increments,
    stopOffset: order.stop_offset_increments,
    workingOrdersPerSide: order.working_orders_per_side,
  }
}

/** Rates into the account's currency. @throws CONVERSION_INVALID, DECIMAL_INVALID */
export function conversionOf(
  config: Config,
  instruments: readonly Instrument[],
  market: MarketView,
  nowNs: () => number,
): Conversion {
  const { currency, conversion } = config.account
  const rules = Object.entries(conversion).map(([asset, rule]): [string, ConversionRule] => [
    asset,
    'rate' in rule ? rule : { symbol: rule.symbol, ageMaxSeconds: rule.age_max_seconds },
  ])
  return new Conversion({ currency, rules: Object.fromEntries(rules), instruments, market, nowNs })
}

/** Equity before the first fill: as configured, else the configured cash. */
export function openEquity(config: Config, portfolio: Portfolio): void {
  const { currency, equity, cash } = config.account
  if (equity !== null) portfolio.setCash(currency, moneyFromText(equity))
  else for (const [asset, amount] of Object.entries(cash)) portfolio.setCash(asset, moneyFromText(amount))
}

/** @throws INSTRUMENT_UNKNOWN for a symbol that is not among the instruments */
export function strategyInstruments(strategy: StrategyConfig, table: InstrumentTable): Instrument[] {
  return strategy.symbols.map((symbol) => table.bySymbol(symbol) as Instrument)
}
