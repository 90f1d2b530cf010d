import type { TradingAction } from '../../src/domain/action.ts'
import { createInstrument, type Instrument } from '../../src/domain/instrument.ts'
import type { Intent } from '../../src/domain/intent.ts'
import { defineStrategy, type StrategyDefinition, type StrategyParams } from '../../src/domain/strategy.ts'
import {
  createTickSlots,
  TICK,
  type TICK_FLAG,
  TICK_SLOT_F64,
  TICK_SLOT_I32,
  type TickSlots,
} from '../../src/domain/tick.ts'
import { createStrategyRunner } from '../../src/engine/strategy-create.ts'
import type { StrategyError, StrategyRunnerOptions } from '../../src/engine/strategy-ports.ts'
import type { StrategyRunner } from '../../src/engine/strategy-runner.ts'

export const BTC: Instrument = createInstrument(
  { symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' },
  0,
)
export const ETH: Instrument = createInstrument(
  { symbol: 'ETHUSDT', priceIncrement: '0.01', qtyIncrement: '0.0001' },
  1,
)
export const SECOND = 1e9

/** One intent as a test sees it: the runner writes its own over. */
export type SeenIntent = Omit<Intent, 'features'> & { readonly features: readonly number[] }

export interface Rig {
  readonly runner: StrategyRunner
  readonly intents: SeenIntent[]
  readonly errors: StrategyError[]
  readonly kills: string[]
  /** what gate 1 answers */
  open: boolean
  /** the words that gate 1 gives */
  words: readonly number[]
  /** what the sink answers */
  room: boolean
  clockNs: number
  /** event time in seconds; gives the number of intents */
  trade(atS: number, price: number, options?: TickOptions): number
  quote(atS: number, bid: number, ask: number, options?: TickOptions): number
  bar(
    atS: number,
    ohlcv: readonly [number, number, number, number, number],
    periodS?: number,
    source?: 'b' | 'u' | 'd',
  ): number
}

export interface TickOptions {
  readonly flags?: (typeof TICK_FLAG)[keyof typeof TICK_FLAG]
  readonly instrument?: number
  readonly qty?: number
}

/** A strategy that does what `decide` says at each bar, with no feature of its own. */
export function deciding(
  decide: () => unknown,
  fields: Partial<StrategyDefinition> = {},
): StrategyDefinition {
  const model = (): { predict: () => TradingAction } => ({ predict: () => decide() as TradingAction })
  return defineStrategy<StrategyParams>({ name: 'test', features: () => [], model, ...fields })
}

export async function createRig(
  definition: StrategyDefinition,
  options: Partial<StrategyRunnerOptions> = {},
): Promise<Rig> {
  const slots: TickSlots = createTickSlots(2)
  let tickSeq = 0
  const rig = {
    intents: [] as SeenIntent[],
    errors: [] as StrategyError[],
    kills: [] as string[],
    open: true,
    words: [4096, 8192, 12288, 16384, 20480] as readonly number[],
    room: true,
    clockNs: 0,
  }
  const runner = await createStrategyRunner({
    strategyIndex: 3,
    strategyId: 'test',
    definition,
    params: { ...definition.params },
    instruments: [BTC],
    barPeriodNs: SECOND,
    placement: 'worker',
    gate1(_, permit) {
      permit.set(rig.words)
      return rig.open
    },
    intents: {
      write(intent) {
        if (!rig.room) return false
        rig.intents.push({ ...intent, permit: [...intent.permit], features: [...intent.features] })
        return true
      },
    },
    clock: { monoNs: () => rig.clockNs },
    onError: (error) => rig.errors.push(error),
    onKill: (text) => rig.kills.push(text),
    ...options,
  })
  const put = (
    slot: number,
    kind: number,
    atS: number,
    numbers: readonly number[],
    options: TickOptions = {},
  ): void => {
    slots.i32[slot * TICK_SLOT_I32] = kind | ((options.flags ?? 0) << 8)
    slots.i32[slot * TICK_SLOT_I32 + 1] = options.instrument ?? 0
    slots.f64.set([atS * SECOND, atS * SECOND + 5, ...numbers], slot * TICK_SLOT_F64 + 1)
  }
  const send = (slot: number): number => runner.onTick(slots, slot, tickSeq++)
  return Object.assign(rig, {
    runner,
    trade(atS: number, price: number, tick: TickOptions = {}): number {
      put(0, TICK.TRADE, atS, [price, tick.qty ?? 1, 1, 0, 7], tick)
      return send(0)
    },
    quote(atS: number, bid: number, ask: number, tick: TickOptions = {}): number {
      put(0, TICK.QUOTE, atS, [bid, tick.qty ?? 1, ask, 1, 0], tick)
      return send(0)
    },
    bar(atS: number, ohlcv: readonly number[], periodS = 1, source = 'b'): number {
      put(0, TICK.BAR, atS, ohlcv)
      put(1, TICK.BAR_MORE, atS, [3, ohlcv[3] as number, periodS, source.charCodeAt(0), 0])
      return send(0) + send(1)
    },
  })
}
