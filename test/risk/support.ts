import { moneyFromText } from '../../src/core/money.ts'
import type { Side } from '../../src/domain/action.ts'
import { createOrderDraft, type OrderDraft, requestOf as requestOfDraft } from '../../src/domain/draft.ts'
import { type InstrumentInput, InstrumentTable } from '../../src/domain/instrument.ts'
import type { MarketView } from '../../src/domain/market.ts'
import type { OrderRequest } from '../../src/domain/order.ts'
import type { PortfolioView } from '../../src/domain/portfolio.ts'
import type { VenueCapabilities } from '../../src/domain/venue.ts'
import type { Assessment } from '../../src/risk/assessment.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'
import type { CheckName, CheckResult } from '../../src/risk/check.ts'
import { RiskGate, type RiskGateOptions } from '../../src/risk/gate.ts'
import { DEFAULT_LIMITS, type RiskLimits } from '../../src/risk/limits.ts'

export const NOW_NS = 1_000_000_000_000
export const UTC_MS = 1_723_161_278_092

/** A portfolio whose every number a test sets. One strategy owns everything unless `strategy*` say otherwise. */
export class FakePortfolio implements PortfolioView {
  positions: number[] = [0, 0, 0]
  strategyPositions: number[] | null = null
  open: { buy: number[]; sell: number[] } = { buy: [0, 0, 0], sell: [0, 0, 0] }
  strategyOpen: { buy: number[]; sell: number[] } | null = null
  marks: (number | null)[] = [6_000_000, 300_000, 100]
  taken = 0
  working = 0
  unknown = false
  openOrderCount = 0
  equityMoney: bigint | null = moneyFromText('1000000')
  dailyPnlMoney: bigint | null = 0n
  bestOpen: { buy: number | null; sell: number | null } = { buy: null, sell: null }

  strategyPosition(_strategy: number, instrument: number): number {
    return (this.strategyPositions ?? this.positions)[instrument] as number
  }
  feesTaken(): number {
    return this.taken
  }
  position(instrument: number): number {
    return this.positions[instrument] as number
  }
  openQty(instrument: number, side: Side): number {
    return this.open[side][instrument] as number
  }
  strategyOpenQty(_strategy: number, instrument: number, side: Side): number {
    return (this.strategyOpen ?? this.open)[side][instrument] as number
  }
  workingOrders(): number {
    return this.working
  }
  hasUnknown(): boolean {
    return this.unknown
  }
  openOrders(): number {
    return this.openOrderCount
  }
  #active(): number[] {
    return this.positions
      .map((_, index) => index)
      .filter((i) => this.position(i) !== 0 || this.openQty(i, 'buy') !== 0 || this.openQty(i, 'sell') !== 0)
  }
  activeCount(): number {
    return this.#active().length
  }
  activeInstrument(n: number): number {
    return this.#active()[n] as number
  }
  bestOpenPrice(_instrument: number, side: Side): number | null {
    return this.bestOpen[side]
  }
  equity(): bigint | null {
    return this.equityMoney
  }
  equityIn(): bigint | null {
    return this.equityMoney
  }
  dailyPnl(): bigint | null {
    return this.dailyPnlMoney
  }
  markPrice(instrument: number): number | null {
    return this.marks[instrument] as number | null
  }
}

export class FakeMarket implements MarketView {
  reference = 6_000_000
  referenceAtNs: number = NOW_NS
  dataAtNs: number = NOW_NS
  bid: number = Number.NaN
  ask: number = Number.NaN
  isHalted = false
  volumeQty: number = Number.NaN
  ratio: number = Number.NaN

  referencePrice(): number {
    return this.reference
  }
  referenceNs(): number {
    return this.referenceAtNs
  }
  dataNs(): number {
    return this.dataAtNs
  }
  bidPrice(): number {
    return this.bid
  }
  askPrice(): number {
    return this.ask
  }
  halted(): boolean {
    return this.isHalted
  }
  volume(): number {
    return this.volumeQty
  }
  volatilityRatio(): number {
    return this.ratio
  }
}

export const CAPABLE: VenueCapabilities = {
  clientOrderId: true,
  queryByClientOrderId: true,
  replace: true,
  batchCancel: true,
  deadManTimer: false,
  cancelOnlyKey: false,
  shorting: true,
  fractional: true,
  orderTypes: ['market', 'limit', 'stop', 'stop_limit'],
  timesInForce: ['GTC', 'DAY', 'IOC', 'FOK'],
}

const INSTRUMENTS: InstrumentInput[] = [
  { symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' },
  { symbol: 'ETHUSDT', priceIncrement: '0.01', qtyIncrement: '0.0001' },
  { symbol: 'XYZUSDT', priceIncrement: '0.05', qtyIncrement: '1' },
]

export interface Bench {
  readonly portfolio: FakePortfolio
  readonly market: FakeMarket
  readonly gate: RiskGate
  readonly table: InstrumentTable
  assess(draft?: Partial<OrderDraft>, haltReasons?: number): Assessment
}

/** A gate over fakes; the default draft (0.01 BTC at 60,000 = $600, market, buy) passes every check. */
export function bench(
  limits: Partial<RiskLimits> = {},
  options: Partial<RiskGateOptions> & { inputs?: InstrumentInput[]; nowNs?: number; utcMs?: number } = {},
): Bench {
  const table = new InstrumentTable()
  for (const input of options.inputs ?? INSTRUMENTS) table.add(input)
  const portfolio = new FakePortfolio()
  const market = new FakeMarket()
  const gate = new RiskGate({
    limits: { ...DEFAULT_LIMITS, ...limits },
    instruments: table.all(),
    portfolio,
    market,
    calendar: new ExchangeCalendars(),
    capabilities: table.all().map(() => CAPABLE),
    ...options,
  })
  return {
    portfolio,
    market,
    gate,
    table,
    assess: (draft = {}, haltReasons = 0) =>
      gate.assess(draftOf(draft), options.nowNs ?? NOW_NS, options.utcMs ?? UTC_MS, haltReasons),
  }
}

export function draftOf(fields: Partial<OrderDraft> = {}): OrderDraft {
  return { ...createOrderDraft(), qty: 1_000, signalNs: NOW_NS, referencePrice: 6_000_000, ...fields }
}

export function requestOf(draft: OrderDraft, fields: Partial<OrderRequest> = {}): OrderRequest {
  return { ...requestOfDraft(draft, 'tg-t-0-1', false), ...fields }
}

export function resultOf(assessment: Assessment, name: CheckName): CheckResult {
  return assessment.results.find((result) => result.check === name) as CheckResult
}
