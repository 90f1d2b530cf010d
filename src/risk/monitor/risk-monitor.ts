import { formatDecimal, type Increment, incrementsToText } from '../../core/decimal.ts'
import { type Exact, floorPpm, narrow } from '../../core/exact.ts'
import { moneyToText } from '../../core/money.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { PortfolioView } from '../../domain/portfolio.ts'
import type { Conversion } from '../conversion.ts'
import type { AccountLimits } from '../limits.ts'
import type { CorrelatedExposure } from './correlated-exposure.ts'
import { Holdings, magnitude } from './holdings.ts'
import type { RollingCorrelation } from './rolling-correlation.ts'

/** Gains of an instrument as the ledger keeps them, money. */
export interface PnlView {
  realized(instrument: number): bigint
  /** gain of the open lots at a mark in price increments */
  unrealized(instrument: number, mark: number): bigint
}

export const WATCHED_LIMITS = [
  'daily_loss',
  'total_share',
  'gross_exposure',
  'net_exposure',
  'correlated_exposure',
] as const
export type WatchedLimit = (typeof WATCHED_LIMITS)[number]

/**
 * What is held exceeds a limit of the account, or (`value` or `max` null) that cannot be told. Each is told once, and again
 * only after the limit has held; an excess that becomes known is told after the doubt. Money as exact text.
 */
export interface RiskBreach {
  readonly event: 'risk_limit_breached'
  readonly limit: WatchedLimit
  readonly value: string | null
  readonly max: string | null
}

export interface PositionRisk {
  readonly symbol: string
  readonly position: string
  readonly mark: string | null
  /** signed worth at the mark */
  readonly exposure: string | null
  readonly realized: string
  readonly unrealized: string | null
  /** exposure of all that would lose with this position, itself included */
  readonly correlated: string | null
}

/** Exact text; null where a held symbol has no mark or rate, equity is unknown, or a correlation is not known yet. */
export interface RiskSnapshot {
  readonly equity: string | null
  readonly daily_pnl: string | null
  readonly gross: string | null
  readonly net: string | null
  readonly positions: readonly PositionRisk[]
  /** every two held symbols */
  readonly correlations: readonly {
    readonly a: string
    readonly b: string
    readonly correlation: number | null
  }[]
  readonly breached: readonly WatchedLimit[]
}

export interface RiskMonitorOptions {
  readonly instruments: readonly Instrument[]
  readonly portfolio: PortfolioView
  readonly pnl: PnlView
  readonly limits: AccountLimits
  readonly correlation: RollingCorrelation
  readonly correlated: CorrelatedExposure
  /** of quote assets into the account's currency; absent: at par */
  readonly conversion?: Conversion | null
  /** time between two samples of the correlation, ns */
  readonly sampleNs: number
  /** Must not throw; what it leads to (halt, alert) is the engine's. */
  readonly onBreach: (breach: RiskBreach) => void
}

/**
 * The live risk monitor (R8): what is held, what it is worth, what would fall together, and whether prices that moved have
 * taken it over a limit that it kept when its orders were checked. It judges no order.
 */
export class RiskMonitor {
  readonly #options: RiskMonitorOptions
  readonly #holdings: Holdings
  /** limits that do not hold; true where what is held is known to exceed them, false where that cannot be told */
  readonly #breached = new Map<WatchedLimit, boolean>()
  readonly #price: (instrument: number) => number
  #period = Number.NEGATIVE_INFINITY

  /** @throws NOTIONAL_SCALE */
  constructor(options: RiskMonitorOptions) {
    const { instruments, portfolio, correlated } = options
    this.#options = options
    this.#holdings = new Holdings(instruments, portfolio, correlated, options.conversion ?? null)
    this.#price = (instrument) => portfolio.markPrice(instrument) ?? Number.NaN
  }

  /**
   * Samples the marks where the time has come: the first call in each multiple of `sampleNs` does, so that a replay takes
   * the same samples as the run. Called with every tick. True where a sample was taken.
   */
  onTime(nowNs: number): boolean {
    const period = Math.floor(nowNs / this.#options.sampleNs)
    if (!(period > this.#period)) return false
    this.#period = period
    this.#options.correlation.push(this.#price)
    return true
  }

  /** Holds the positions against the limits and tells what is newly exceeded. Called after fills and by a timer. */
  evaluate(): void {
    const { limits, portfolio } = this.#options
    const { scale } = this.#holdings
    const equityMoney = portfolio.equity()
    const equity = equityMoney === null ? null : narrow(scale.units(equityMoney))
    const share = (ppm: number): Exact | null =>
      equity === null ? null : equity > 0 ? floorPpm(equity, ppm) : 0
    const off = Number.POSITIVE_INFINITY
    const total = this.#holdings.total()
    const gross = total === null ? null : total.gross
    if (limits.dailyLossPpmMax !== off) {
      const pnl = portfolio.dailyPnl()
      const loss = pnl === null ? null : narrow(-scale.units(pnl))
      this.#judge('daily_loss', loss, share(limits.dailyLossPpmMax))
    }
    if (limits.totalSharePpmMax !== off) this.#judge('total_share', gross, share(limits.totalSharePpmMax))
    if (limits.grossMax !== off) this.#judge('gross_exposure', gross, limits.grossMax)
    if (limits.netMax !== off) {
      this.#judge('net_exposure', total === null ? null : magnitude(total.net), limits.netMax)
    }
    if (limits.correlatedSharePpmMax !== off) {
      const largest = this.#holdings.largestTogether()
      this.#judge('correlated_exposure', largest, share(limits.correlatedSharePpmMax))
    }
  }

  snapshot(): RiskSnapshot {
    const { portfolio, correlation } = this.#options
    const held = this.#holdings.held()
    const total = this.#holdings.total()
    return {
      equity: moneyText(portfolio.equity()),
      daily_pnl: moneyText(portfolio.dailyPnl()),
      gross: this.#text(total === null ? null : total.gross),
      net: this.#text(total === null ? null : total.net),
      positions: held.map((instrument) => this.#positionRisk(instrument)),
      correlations: held.flatMap((a, place) =>
        held.slice(place + 1).map((b) => {
          const known = correlation.correlation(a.index, b.index)
          return { a: a.symbol, b: b.symbol, correlation: Number.isNaN(known) ? null : known }
        }),
      ),
      breached: WATCHED_LIMITS.filter((limit) => this.#breached.has(limit)),
    }
  }

  /** What is not above zero exceeds nothing, whatever the limit. */
  #judge(limit: WatchedLimit, value: Exact | null, max: Exact | null): void {
    if (value !== null && (value <= 0 || (max !== null && value <= max))) {
      this.#breached.delete(limit)
      return
    }
    const known = value !== null && max !== null
    const told = this.#breached.get(limit)
    if (told === true || told === known) return
    this.#breached.set(limit, known)
    this.#options.onBreach({
      event: 'risk_limit_breached',
      limit,
      value: this.#text(value),
      max: this.#text(max),
    })
  }

  #positionRisk(instrument: Instrument): PositionRisk {
    const { portfolio, pnl } = this.#options
    const { index, symbol, qtyIncrement, priceIncrement } = instrument
    const mark = portfolio.markPrice(index)
    return {
      symbol,
      position: incrementsToText(portfolio.position(index), qtyIncrement),
      mark: mark === null ? null : markText(mark, priceIncrement),
      exposure: this.#text(this.#holdings.value(instrument)),
      realized: moneyToText(pnl.realized(index)),
      unrealized: mark === null ? null : moneyToText(pnl.unrealized(index, mark)),
      correlated: this.#text(this.#holdings.together(instrument)),
    }
  }

  #text(units: Exact | null): string | null {
    return units === null ? null : this.#holdings.scale.text(units)
  }
}

function moneyText(money: bigint | null): string | null {
  return money === null ? null : moneyToText(money)
}

/** A mark may lie in the middle between two increments. */
function markText(mark: number, increment: Increment): string {
  return formatDecimal(BigInt(mark * 2) * BigInt(increment.unitsPerIncrement) * 5n, increment.scale + 1)
}
