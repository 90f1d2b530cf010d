import { incrementsToText } from '../core/decimal.ts'
import { moneyToText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { JournalPort } from '../domain/journal.ts'
import { REASON_MASK, type ReasonName, reasonNames } from '../domain/reasons.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import type { Assembly } from './assemble.ts'
import type { StrategySlot } from './desk.ts'
import type { SymbolStatus } from './strategy-status.ts'

const NS_PER_S = 1_000_000_000n

/** What a status is made of beside the assembly. */
export interface StatusSource {
  readonly assembly: Assembly
  readonly journal: JournalPort
  readonly plane: ControlPlane
  /** now on the venue's clock, ns from the event base: what ages of events are told by */
  readonly eventNowNs: () => number
  /** the newest status of each strategy's symbols: inline ones are asked, workers posted theirs */
  readonly symbolStatus: (strategy: number, instrument: number) => SymbolStatus | undefined
}

/** `ticks`, `strategies`, `orders`, `pnl` and `journal` of the status document (P14). Text is exact, times are UTC ns. */
export function engineStatus(source: StatusSource): {
  ticks: { taken: number; dropped: number }
  strategies: StrategySymbolStatus[]
  orders: object
  pnl: object[]
  journal: object
  /** the live monitor (R8), the breakers that are open (R9), how the engine keeps up, and who is told of it (P7) */
  risk: object
} {
  const { desk } = source.assembly
  const { counters, ledger, portfolio } = desk
  const unknown = [...desk.orders.open()].filter(({ state }) => state === 'UNKNOWN').length
  return {
    ticks: { taken: counters.ticks, dropped: counters.ticksDropped },
    strategies: desk.strategies.flatMap((slot) =>
      slot.instruments.map((instrument) => strategyStatus(source, slot, instrument)),
    ),
    orders: {
      open: desk.orders.openCount,
      unknown,
      submitted: counters.submitted,
      filled: counters.filled,
      denied: Object.fromEntries(counters.denied),
      blocked_gate1: counters.blockedGate1,
      blocked_gate2: counters.blockedGate2,
    },
    pnl: desk.instruments.map((instrument) => {
      const mark = portfolio.markPrice(instrument.index)
      return {
        symbol: instrument.symbol,
        position: incrementsToText(ledger.position(instrument), instrument.qtyIncrement),
        realized: moneyToText(ledger.realized(instrument)),
        unrealized: mark === null ? '0' : moneyToText(ledger.unrealized(instrument, mark)),
        fees: moneyToText(ledger.feesInQuote(instrument)),
      }
    }),
    journal: {
      events: source.journal.events,
      head: source.journal.head,
      failure: source.journal.failure?.code ?? null,
    },
    risk: riskStatus(source.assembly),
  }
}

function riskStatus({ desk, riskEvents }: Assembly): object {
  const { watch, market, time, strategies, instruments } = desk
  const breakers = watch.breakers.status((index) => market.dataNs(index), time.nowNs())
  const { state, measure, sizePpm } = watch.health
  return {
    ...watch.monitor.snapshot(),
    breakers: breakers.map(({ strategy, instrument, ...breaker }) => ({
      strategy: strategies[strategy]?.id,
      symbol: instruments[instrument]?.symbol,
      ...breaker,
      tripped: watch.breakers.tripped(strategy),
    })),
    breaker_faults: watch.breakers.faults,
    self_health: { state, measure, size_ppm: sizePpm },
    handlers: riskEvents.counts(),
  }
}

/** P14: what a strategy did last in a symbol. Times are UTC ns text, ages ms, numbers exact decimal text; null: never. */
export interface StrategySymbolStatus {
  readonly strategy: string
  readonly symbol: string
  readonly placement: 'worker' | 'inline'
  readonly state: 'warming' | 'trading' | 'halted'
  /** names of the reasons that halt it */
  readonly halted_by: readonly ReasonName[]
  readonly position: string
  readonly last_action: 'HOLD' | 'BUY' | 'SELL' | null
  readonly last_bar: {
    readonly start_utc_ns: string
    readonly open: string
    readonly high: string
    readonly low: string
    readonly close: string
    readonly volume: string
  } | null
  readonly last_decision: {
    readonly utc_ns: string
    readonly age_ms: number
    readonly features: Readonly<Record<string, number | null>>
  } | null
}

function strategyStatus(
  source: StatusSource,
  slot: StrategySlot,
  instrument: Instrument,
): StrategySymbolStatus {
  const { desk } = source.assembly
  const status = source.symbolStatus(slot.index, instrument.index)
  const word = haltBits(source.plane, slot, instrument)
  const halted = word !== 0
  const warming = status === undefined || status.closedBars < status.warmupBars || status.warming.length > 0
  return {
    strategy: slot.id,
    symbol: instrument.symbol,
    placement: slot.placement,
    state: halted ? 'halted' : warming ? 'warming' : 'trading',
    halted_by: reasonNames(word),
    position: incrementsToText(desk.ledger.strategyPosition(slot.index, instrument), instrument.qtyIncrement),
    last_action: status === undefined || status.lastDecisionEventNs === null ? null : status.lastAction,
    last_bar: barStatus(status, instrument, desk.time.eventBaseUtcS),
    last_decision: decisionStatus(status, desk.time.eventBaseUtcS, source.eventNowNs()),
  }
}

function haltBits(plane: ControlPlane, slot: StrategySlot, instrument: Instrument): number {
  const route = slot.routes[instrument.index]
  const words = [
    plane.all.load(),
    plane.strategy(slot.index).load(),
    plane.symbol(instrument.index).load(),
    plane.venue(route?.venue ?? 0).load(),
    plane.account(route?.account ?? 0).load(),
  ]
  return words.reduce((bits, word) => bits | (word & REASON_MASK), 0)
}

function utcText(baseUtcS: number, ns: number): string {
  return String(BigInt(baseUtcS) * NS_PER_S + BigInt(Math.round(ns)))
}

function barStatus(
  status: SymbolStatus | undefined,
  instrument: Instrument,
  baseUtcS: number,
): StrategySymbolStatus['last_bar'] {
  const bar = status?.lastBar
  if (bar === null || bar === undefined) return null
  const price = (value: number): string => incrementsToText(Math.trunc(value), instrument.priceIncrement)
  return {
    start_utc_ns: utcText(baseUtcS, bar.startNs),
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: incrementsToText(bar.volume, instrument.qtyIncrement),
  }
}

function decisionStatus(
  status: SymbolStatus | undefined,
  baseUtcS: number,
  nowNs: number,
): StrategySymbolStatus['last_decision'] {
  const ns = status?.lastDecisionEventNs
  if (status === undefined || ns === null || ns === undefined) return null
  return { utc_ns: utcText(baseUtcS, ns), age_ms: Math.round((nowNs - ns) / 1e6), features: status.features }
}
