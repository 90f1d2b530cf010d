/**
 * All pre-trade checks together: ns an order from draft to verdict, everything on, over 1, 10 and 500 held symbols. The
 * portfolio is a table of numbers, so that what is measured is risk and not the ledger; its equity changes with every
 * order, as it does where marks move. Usage: node bench/risk.ts [--json]
 */
import { SystemClock } from '../src/core/clock.ts'
import { moneyFromText } from '../src/core/money.ts'
import type { Side } from '../src/domain/action.ts'
import { createOrderDraft } from '../src/domain/draft.ts'
import { type Instrument, InstrumentTable } from '../src/domain/instrument.ts'
import type { MarketView } from '../src/domain/market.ts'
import type { PortfolioView } from '../src/domain/portfolio.ts'
import type { VenueCapabilities } from '../src/domain/venue.ts'
import { CircuitBreakers } from '../src/risk/breakers/circuit-breakers.ts'
import { ExchangeCalendars } from '../src/risk/calendar/exchange-calendars.ts'
import { RiskGate, type RiskGateOptions } from '../src/risk/gate.ts'
import { DEFAULT_LIMITS } from '../src/risk/limits.ts'
import { CorrelatedExposure } from '../src/risk/monitor/correlated-exposure.ts'
import { SelfHealth } from '../src/risk/self-health.ts'

const BATCH = 50
const BATCHES = 4_000
const BATCHES_WARMUP = 2_000
const MARK = 6_180_000
/** in a session of New York */
const UTC_MS = Date.parse('2024-08-08T15:00:00Z')

const CAPABLE: VenueCapabilities = {
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

class TablePortfolio implements PortfolioView {
  readonly #positions: Float64Array
  readonly #active: number
  readonly #equities: readonly bigint[]
  #turn = 0

  constructor(instruments: number) {
    this.#positions = new Float64Array(instruments).fill(1_000)
    this.#active = instruments
    this.#equities = Array.from({ length: 64 }, (_, i) => moneyFromText(`${10_000_000 + i}.25`))
  }
  strategyPosition(_strategy: number, instrument: number): number {
    return this.#positions[instrument] as number
  }
  feesTaken(): number {
    return 0
  }
  position(instrument: number): number {
    return this.#positions[instrument] as number
  }
  openQty(_instrument: number, side: Side): number {
    return side === 'buy' ? 100 : 0
  }
  strategyOpenQty(instrument: number, _strategy: number, side: Side): number {
    return this.openQty(instrument, side)
  }
  workingOrders(): number {
    return 0
  }
  hasUnknown(): boolean {
    return false
  }
  openOrders(): number {
    return 3
  }
  activeCount(): number {
    return this.#active
  }
  activeInstrument(n: number): number {
    return n
  }
  bestOpenPrice(): number | null {
    return null
  }
  equity(): bigint {
    this.#turn = (this.#turn + 1) & 63
    return this.#equities[this.#turn] as bigint
  }
  equityIn(): bigint {
    return this.equity()
  }
  dailyPnl(): bigint {
    return this.#equities[this.#turn] as bigint
  }
  markPrice(): number {
    return MARK
  }
}

/** A quiet market with both prices. */
function market(now: { ns: number }): MarketView {
  return {
    referencePrice: () => MARK,
    referenceNs: () => now.ns,
    dataNs: () => now.ns,
    bidPrice: () => MARK - 1,
    askPrice: () => MARK + 1,
    halted: () => false,
    volume: () => 1_000_000,
    volatilityRatio: () => 1,
  }
}

/** What the live watch adds to the gate: one strategy in every symbol, a fifth of which move with the order's. */
function watch(
  instruments: readonly Instrument[],
): Pick<RiskGateOptions, 'breakers' | 'correlated' | 'health'> {
  const off = { loop_lag: null, worker_age: null, journal_lag: null }
  return {
    breakers: new CircuitBreakers({
      strategies: [{ instruments: instruments.map(({ index }) => index), barPeriodNs: 60e9 }],
      instruments: instruments.length,
      volatility: null,
      lossesMax: 5,
      executions: { max: 1_000, windowNs: 60e9 },
      ordersReal: true,
      dataAgeNsMax: 10e9,
      onTrigger: () => {},
      onFault: () => {},
    }),
    correlated: new CorrelatedExposure(
      instruments,
      { samples: 0, correlation: (a: number, b: number) => ((a + b) % 5 === 0 ? 0.9 : 0.1) },
      0.7,
    ),
    health: new SelfHealth(off, () => {}),
  }
}

function measure(instruments: number): object {
  const table = new InstrumentTable()
  for (let i = 0; i < instruments; i++) {
    table.add({ symbol: `S${i}USDT`, priceIncrement: '0.01', qtyIncrement: '0.00001', calendar: 'XNYS' })
  }
  const now = { ns: 0 }
  const gate = new RiskGate({
    limits: {
      ...DEFAULT_LIMITS,
      orderQtyMax: '10',
      positionQtyMax: '100',
      positionValueMax: '1000000',
      concentrationMax: instruments === 1 ? '1' : '0.999999',
      grossValueMax: '9000000',
      netValueMax: '9000000',
      correlatedShareMax: '1000',
      ordersPerSecondMax: 100_000,
      longOnly: false,
    },
    instruments: table.all(),
    portfolio: new TablePortfolio(instruments),
    market: market(now),
    calendar: new ExchangeCalendars(),
    capabilities: table.all().map(() => CAPABLE),
    ...watch(table.all()),
  })
  const clock = new SystemClock()
  const draft = createOrderDraft()
  const samples = new Float64Array(BATCHES)
  let denied = 0
  for (let batch = -BATCHES_WARMUP; batch < BATCHES; batch++) {
    const startNs = clock.monoNs()
    for (let i = 0; i < BATCH; i++) {
      now.ns += 1_000
      draft.side = (i & 1) === 0 ? 'buy' : 'sell'
      draft.type = (i & 2) === 0 ? 'market' : 'limit'
      draft.price = draft.type === 'market' ? Number.NaN : MARK + (i % 100)
      // A sell of more than is held is no reducing order, so both sides run every check.
      draft.qty = draft.side === 'buy' ? 1_000 + (i % 7) : 1_900 + (i % 7)
      draft.signalNs = now.ns - 500
      if (!gate.assess(draft, now.ns, UTC_MS, 0).passed) denied++
    }
    if (batch >= 0) samples[batch] = (clock.monoNs() - startNs) / BATCH
  }
  samples.sort()
  const at = (share: number): number => Math.round(samples[Math.floor(share * (BATCHES - 1))] as number)
  return { instruments, denied, p50_ns: at(0.5), p99_ns: at(0.99), p999_ns: at(0.999), max_ns: at(1) }
}

const rows = [1, 10, 500].map(measure)
if (process.argv.includes('--json'))
  process.stdout.write(`${JSON.stringify({ bench: 'risk', batch: BATCH, rows })}\n`)
else console.table(rows)
