import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config/types.ts'
import { VirtualClock } from '../core/clock.ts'
import { TradingAction } from '../domain/action.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import type { Intent } from '../domain/intent.ts'
import { createTickSlots, TICK, TICK_FLAG } from '../domain/tick.ts'
import { type GateRoute, gate1 } from '../gate/gate.ts'
import { Journal } from '../journal/journal.ts'
import { ControlPlane } from '../shm/control-plane.ts'
import { clearBoot } from './boot.ts'
import { type LockStepLanes, Replay } from './replay.ts'
import type { LoadedStrategy, ScopeTable } from './strategies.ts'

/** Ticks of the warm-up; an order is tried at each `INTENT_EVERY`th. What the prototype needed to settle was 20,000. */
const WARM_TICKS = 20_000
const INTENT_EVERY = 10
const TICK_NS = 50_000_000
const PRICE_INCREMENTS = 1_000_000
const QTY_INCREMENTS = 1_000

const NO_LANES: LockStepLanes = {
  count: 0,
  dispatch: () => {},
  drain: () => 0,
  settled: () => true,
  waitSettled: () => Promise.resolve(),
  notify: () => {},
}

export interface WarmUpInput {
  readonly config: Config
  readonly table: InstrumentTable
  readonly scopes: ScopeTable
  readonly strategies: readonly LoadedStrategy[]
  readonly calendar: CalendarPort
  /** a scratch journal is written here and removed */
  readonly folder: string
}

/**
 * Runs the order path of a twin of the engine on synthetic ticks, so that the first real tick meets compiled code
 * (DESIGN 3). The twin has its own plane, books, scratch journal and simulated venue: nothing of it can reach a venue or
 * the engine's state.
 *
 * @returns orders that the twin sent
 */
export async function warmUp(input: WarmUpInput): Promise<number> {
  const { config, table, scopes, strategies } = input
  const traded = strategies.find(({ instruments }) => instruments.length > 0)
  if (traded === undefined) return 0
  const folder = mkdtempSync(path.join(input.folder, 'warm-up-'))
  const clock = new VirtualClock(0n)
  const journal = Journal.open(path.join(folder, 'journal'), { clock })
  try {
    const replay = await Replay.create(
      {
        config,
        table,
        plane: ControlPlane.create(),
        scopes,
        strategies: strategies.map((strategy) => ({
          ...strategy,
          config: { ...strategy.config, placement: 'worker' },
        })),
        journal,
        calendar: input.calendar,
        eventBaseUtcNs: 0n,
        lanes: NO_LANES,
        version: 'warm-up',
        onStrategyError: () => {},
      },
      clock,
    )
    const { halts } = replay.assembly
    clearBoot(halts, halts.plane.all.load(), true, { code: 'OTHER', text: 'warm-up', source: 'engine' })
    drive(replay, traded)
    await replay.close()
    return replay.assembly.desk.counters.submitted
  } finally {
    journal.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function drive(replay: Replay, strategy: LoadedStrategy): void {
  const { desk, trader } = replay.assembly
  const instrument = (strategy.instruments[0] as LoadedStrategy['instruments'][number]).index
  const route = desk.strategies[strategy.index]?.routes[instrument] as GateRoute
  const slots = createTickSlots(1)
  const permit = new Int32Array(5)
  const features = new Float64Array(strategy.rowNames.length)
  for (let tick = 1; tick <= WARM_TICKS; tick++) {
    const ns = tick * TICK_NS
    const price = PRICE_INCREMENTS + (tick % 97)
    slots.i32[0] = TICK.TRADE | ((tick % 2 === 0 ? 0 : TICK_FLAG.BACKWARDS) << 8)
    slots.i32[1] = instrument
    slots.f64.set([ns, ns, price, QTY_INCREMENTS, 1, 0, tick], 1)
    replay.startFrame(ns)
    replay.queue.push(slots, 0)
    void replay.runTicks()
    if (tick % INTENT_EVERY !== 0 || !gate1(route, permit)) continue
    trader.onIntent(syntheticIntent(strategy.index, instrument, tick, ns, price, permit, features))
  }
}

function syntheticIntent(
  strategy: number,
  instrument: number,
  tick: number,
  ns: number,
  price: number,
  permit: Int32Array,
  features: Float64Array,
): Intent {
  return {
    strategy,
    instrument,
    action: (tick / INTENT_EVERY) % 2 === 0 ? TradingAction.SELL : TradingAction.BUY,
    tickSeq: tick,
    tickRecvNs: ns,
    tickEventNs: ns,
    decidedNs: ns,
    referencePrice: price,
    limitPrice: Number.NaN,
    qty: Number.NaN,
    permit: [permit[0], permit[1], permit[2], permit[3], permit[4]] as Intent['permit'],
    features,
  }
}
