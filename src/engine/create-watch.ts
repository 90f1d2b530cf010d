import type { Instrument } from '../domain/instrument.ts'
import type { AssemblyInput } from './assemble.ts'
import { riskLimits } from './from-config.ts'
import type { Halts } from './halts.ts'
import type { Portfolio } from './portfolio.ts'
import type { Recorder } from './recorder.ts'
import { RiskEvents } from './risk-events.ts'
import { riskWatchSettings } from './risk-settings.ts'
import { RiskWatch } from './risk-watch.ts'

/** A handler of risk events that takes longer is counted; nothing waits for it. */
const HANDLER_LIMIT_MS = 1_000

/** Where handlers of risk and kill events subscribe (P7). */
export function createRiskEvents(input: AssemblyInput): RiskEvents {
  return new RiskEvents({
    limitMs: HANDLER_LIMIT_MS,
    schedule: (task) => {
      setImmediate(task)
    },
    onFault: (handler, fault, message) =>
      input.onRiskNote('handler of risk events', { handler, fault, message }),
  })
}

/** The live watch over risk. What it finds is on record before anybody is told of it. @throws as `RiskWatch` */
export function createWatch(
  input: AssemblyInput,
  portfolio: Portfolio,
  halts: Halts,
  events: RiskEvents,
  recorder: Recorder,
): RiskWatch {
  const { config, ledger, table } = input
  const instruments = table.all()
  const watch = new RiskWatch({
    settings: riskWatchSettings(config, input.ordersReal),
    limits: riskLimits(config),
    instruments,
    strategies: input.strategies.map(({ instruments, config: { bar_period_seconds } }) => ({
      instruments: instruments.map(({ index }) => index),
      barPeriodNs: bar_period_seconds * 1e9,
    })),
    portfolio,
    conversion: portfolio.conversion,
    pnl: {
      realized: (index) => ledger.realized(instruments[index] as Instrument),
      unrealized: (index, mark) => ledger.unrealized(instruments[index] as Instrument, mark),
    },
    halts,
    events,
    record: (event) => {
      recorder.risk(event)
      input.onRiskNote(event.event, event)
    },
    onBreakerFault: (strategy, order) =>
      input.onRiskNote('the losses of a fill cannot be told', { strategy, order }),
  })
  halts.follow((scope, set, cause) => watch.onHaltChange(scope, set, cause))
  return watch
}
