import type { Config, StrategyConfig } from '../config/types.ts'
import type { Clock } from '../core/clock.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import type { JournalPort } from '../domain/journal.ts'
import type { StrategyNotification } from '../domain/strategy.ts'
import type { VenuePort } from '../domain/venue.ts'
import { gate1Reducing } from '../gate/gate.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ClientOrderIds } from '../order/client-order-id.ts'
import type { OrderStore } from '../order/order-store.ts'
import { RiskGate } from '../risk/gate.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { SubmissionGuard } from '../shm/submission-guard.ts'
import { createRiskEvents, createWatch } from './create-watch.ts'
import type { Desk, EngineTime, StrategySlot } from './desk.ts'
import { conversionOf, openEquity, reducibleReasons, riskLimits, throttleLimits } from './from-config.ts'
import { Halts } from './halts.ts'
import { MarketState } from './market-view.ts'
import { Portfolio } from './portfolio.ts'
import { Recorder } from './recorder.ts'
import { ReportHandler } from './report-handler.ts'
import type { RiskEvents } from './risk-events.ts'
import type { RiskWatch } from './risk-watch.ts'
import { RunCounters } from './run-counters.ts'
import { type LoadedStrategy, type ScopeTable, strategySlot } from './strategies.ts'
import { createStrategyRunner } from './strategy-create.ts'
import type { StrategyError, StrategyRunnerOptions } from './strategy-ports.ts'
import type { StrategyRunner } from './strategy-runner.ts'
import { Trader } from './trader.ts'

const VOLUME_WINDOW_NS = 60e9
/** Times `workers.hang_ms`: what a replay waits for a decision. */
const REPLAY_DEADLINE_FACTOR = 10

/** Everything that differs between live, replay and simulation, and the state that recovery may have rebuilt. */
export interface AssemblyInput {
  readonly config: Config
  readonly table: InstrumentTable
  readonly plane: ControlPlane
  readonly scopes: ScopeTable
  readonly strategies: readonly LoadedStrategy[]
  readonly journal: JournalPort
  readonly calendar: CalendarPort
  readonly time: EngineTime
  readonly stopwatch: Clock
  /** what strategy runners read as the time of their decisions */
  readonly runnerClock: Clock
  /** by instrument index */
  readonly venues: readonly VenuePort[]
  readonly orders: OrderStore
  readonly ledger: Ledger
  readonly ids: ClientOrderIds
  /** durability of the records after INTENT */
  readonly restDurability: 'buffered' | 'process'
  /** what takes time on this machine decides: deadlines of models, self-health; false in replay */
  readonly measured: boolean
  /** orders reach a venue, or a replay stands for a run where they do: only then losses in a row are counted (R9) */
  readonly ordersReal: boolean
  /** input sequence of the last tick */
  readonly tickSeq: () => number
  /** sends a notification to a strategy in a worker */
  readonly notifyWorker: (strategy: number, notification: StrategyNotification) => void
  readonly onStrategyError: (error: StrategyError) => void
  /** Logs what risk has found, and faults of its handlers. Must not throw. */
  readonly onRiskNote: (text: string, details: object) => void
}

/** The main thread's side of an engine, wired but not running. */
export interface Assembly {
  readonly desk: Desk
  readonly trader: Trader
  readonly reports: ReportHandler
  readonly halts: Halts
  /** where handlers of risk and kill events subscribe (P7) */
  readonly riskEvents: RiskEvents
  /** runners on this thread, by strategy index */
  readonly inline: readonly (StrategyRunner | undefined)[]
  /** the same by instrument index, in the order of the strategies */
  readonly inlineByInstrument: readonly (readonly StrategyRunner[])[]
}

/** Wires the order side and the inline strategies. @throws configuration errors of the steps */
export async function assemble(input: AssemblyInput): Promise<Assembly> {
  const { config, table, plane, scopes, time } = input
  const instruments = table.all()
  const counters = new RunCounters()
  const market = new MarketState({ instruments: instruments.length, volumeWindowNs: VOLUME_WINDOW_NS })
  const conversion = conversionOf(config, instruments, market, () => time.nowNs())
  const portfolio = new Portfolio(instruments, input.orders, input.ledger, null, conversion)
  openEquity(config, portfolio)
  const recorder = createRecorder(input)
  const names = {
    venue: scopes.venues,
    account: scopes.accounts,
    strategy: config.strategies.map(({ id }) => id),
    symbol: instruments.map(({ symbol }) => symbol),
  }
  const halts = new Halts(plane, names, recorder, input.tickSeq, () => time.utcNsText())
  const riskEvents = createRiskEvents(input)
  const watch = createWatch(input, portfolio, halts, riskEvents, recorder)
  const inline: (StrategyRunner | undefined)[] = []
  const slots = input.strategies.map((loaded) =>
    strategySlot(loaded, plane, scopes, (notification) => {
      const runner = inline[loaded.index]
      if (runner === undefined) input.notifyWorker(loaded.index, notification)
      else runner.notify(notification)
    }),
  )
  const desk: Desk = {
    instruments,
    strategies: slots,
    venues: input.venues,
    orders: input.orders,
    ledger: input.ledger,
    portfolio,
    market,
    watch,
    risk: createGate(input, portfolio, market, watch),
    ids: input.ids,
    guard: new SubmissionGuard(plane),
    awaiting: new Set(),
    recorder,
    reducibleReasons: reducibleReasons(config),
    counters,
    time,
    stopwatch: input.stopwatch,
  }
  const trader = new Trader(desk)
  await createInlineRunners(input, slots, trader, halts, inline)
  return {
    desk,
    trader,
    reports: new ReportHandler(desk),
    halts,
    riskEvents,
    inline,
    inlineByInstrument: instruments.map((instrument) => {
      const trades = input.strategies.map(({ instruments: own }) => own.includes(instrument))
      return inline.filter((runner, index) => runner !== undefined && trades[index]) as StrategyRunner[]
    }),
  }
}

function createGate(
  input: AssemblyInput,
  portfolio: Portfolio,
  market: MarketState,
  watch: RiskWatch,
): RiskGate {
  return new RiskGate({
    ...watch.gate(input.measured),
    conversion: portfolio.conversion,
    limits: riskLimits(input.config),
    instruments: input.table.all(),
    portfolio,
    market,
    calendar: input.calendar,
    throttle: throttleLimits(input.config),
    capabilities: input.venues.map(({ capabilities }) => capabilities),
    rules: (instrument) => input.venues[instrument]?.rules?.(instrument) ?? null,
  })
}

function createRecorder(input: AssemblyInput): Recorder {
  return new Recorder({
    journal: input.journal,
    instruments: input.table.all(),
    strategies: input.config.strategies.map(({ id }) => id),
    featureNames: input.strategies.map(({ rowNames }) => rowNames),
    bases: input.time,
    intent: input.config.journal.intent,
    rest: input.restDurability,
  })
}

/**
 * How long a decision may take. Replay, whose decisions must not depend on the machine, waits so long that what is not
 * there then will not come.
 */
export function decisionDeadlineMs(config: Config, strategy: StrategyConfig, measured: boolean): number {
  return measured ? strategy.deadline_ms : REPLAY_DEADLINE_FACTOR * config.workers.hang_ms
}

/** What the configuration sets over the strategy's own definition. */
export function decisionOptions(config: StrategyConfig): Pick<StrategyRunnerOptions, 'acts' | 'barSource'> {
  return {
    ...(config.decide_on === null ? {} : { acts: config.decide_on }),
    ...(config.bar_source === null ? {} : { barSource: config.bar_source }),
  }
}

async function createInlineRunners(
  input: AssemblyInput,
  slots: readonly StrategySlot[],
  trader: Trader,
  halts: Halts,
  inline: (StrategyRunner | undefined)[],
): Promise<void> {
  const reducible = reducibleReasons(input.config)
  for (const loaded of input.strategies) {
    const { config, index } = loaded
    if (config.placement !== 'inline') continue
    const slot = slots[index] as StrategySlot
    inline[index] = await createStrategyRunner({
      strategyIndex: index,
      strategyId: config.id,
      definition: loaded.definition,
      params: loaded.params,
      instruments: loaded.instruments,
      barPeriodNs: config.bar_period_seconds * 1e9,
      warmupBars: config.warmup_bars,
      ...decisionOptions(config),
      modelDeadlineMs: decisionDeadlineMs(input.config, config, input.measured),
      placement: 'inline',
      gate1: (instrument, permit) => gate1Reducing(slot.routes[instrument] as never, permit, reducible),
      intents: {
        write: (intent) => {
          trader.onIntent(intent)
          return true
        },
      },
      clock: input.runnerClock,
      onError: input.onStrategyError,
      onKill: (text) => {
        const cause = { code: 'STRATEGY', text, source: `strategy ${config.id}` } as const
        halts.halt({ kind: 'strategy', index }, 'KILL', 'strategy', cause)
      },
    })
  }
}
