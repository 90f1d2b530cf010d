import type { Clock } from '../core/clock.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { StrategyNotification } from '../domain/strategy.ts'
import type { VenuePort } from '../domain/venue.ts'
import type { GateRoute } from '../gate/gate.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ClientOrderIds } from '../order/client-order-id.ts'
import type { OrderStore } from '../order/order-store.ts'
import type { CompiledTemplate } from '../order/template.ts'
import type { RiskGate } from '../risk/gate.ts'
import type { SubmissionGuard } from '../shm/submission-guard.ts'
import type { MarketState } from './market-view.ts'
import type { Portfolio } from './portfolio.ts'
import type { Recorder } from './recorder.ts'
import type { RiskWatch } from './risk-watch.ts'
import type { RunCounters } from './run-counters.ts'

/** What the main thread knows of a strategy. Arrays are by instrument index, holes where it does not trade. */
export interface StrategySlot {
  readonly index: number
  readonly id: string
  readonly placement: 'worker' | 'inline'
  readonly instruments: readonly Instrument[]
  readonly templates: readonly (CompiledTemplate | undefined)[]
  readonly routes: readonly (GateRoute | undefined)[]
  /** tells the strategy's hooks; never runs them here */
  notify: (notification: StrategyNotification) => void
}

/** Where the engine is in time. In replay it is the tick's own time, live it is the machine's. */
export interface EngineTime {
  /** ns from the receive base, the clock of receive times, market view and checks */
  nowNs(): number
  /** UTC seconds since 1970 of the midnight that event times count from: the one before the first event */
  readonly eventBaseUtcS: number
  /** the same for receive times and `nowNs`; another one where a venue plays an old recording live */
  readonly recvBaseUtcS: number
  /** now, UTC ns text */
  utcNsText(): string
}

/** The order side of the main thread: everything that an intent or a report meets. */
export interface Desk {
  readonly instruments: readonly Instrument[]
  readonly strategies: readonly StrategySlot[]
  /** by instrument index */
  readonly venues: readonly VenuePort[]
  readonly orders: OrderStore
  readonly ledger: Ledger
  readonly portfolio: Portfolio
  readonly market: MarketState
  readonly risk: RiskGate
  readonly watch: RiskWatch
  readonly ids: ClientOrderIds
  readonly guard: SubmissionGuard
  /** client order ids that were written and have no outcome yet: the guard's `inFlight`, by name */
  readonly awaiting: Set<string>
  readonly recorder: Recorder
  /** mask of halt reasons under which orders proved to be reducing may still pass */
  readonly reducibleReasons: number
  readonly counters: RunCounters
  readonly time: EngineTime
  /** measures durations; never decides anything */
  readonly stopwatch: Clock
}
