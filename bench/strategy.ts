/**
 * The worker's side alone: ns a tick from gate 1 to HOLD, over SMA 50 and 200, on ticks made of a random walk. Gate and
 * sink are stand-ins that do nothing: what a real gate costs is the gate's row.
 * Usage: node bench/strategy.ts [--json]
 */
import { SystemClock } from '../src/core/clock.ts'
import { TradingAction } from '../src/domain/action.ts'
import type { FeatureTrigger } from '../src/domain/feature.ts'
import { createInstrument } from '../src/domain/instrument.ts'
import { type Acts, defineStrategy, type StrategyDefinition } from '../src/domain/strategy.ts'
import { createTickSlots, TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../src/domain/tick.ts'
import { createStrategyRunner } from '../src/engine/strategy-create.ts'
import { sma } from '../src/feature/average.ts'

const TICKS = 65_536
const ROUNDS = 40
const ROUNDS_WARMUP = 10

/** Trades a tenth of a millisecond apart, each seventh a quote: about the recorded mix of a quiet market's trades. */
function walk(): TickSlots {
  const slots = createTickSlots(TICKS)
  let price = 6_180_000
  let seed = 7
  for (let i = 0; i < TICKS; i += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    price += (seed % 21) - 10
    const quote = i % 7 === 6
    slots.i32[i * TICK_SLOT_I32] = quote ? TICK.QUOTE : TICK.TRADE
    const numbers = quote ? [price - 1, 5_000, price + 1, 4_000, i] : [price, 1_000 + (seed % 500), 1, 0, i]
    slots.f64.set([i * 1e5, i * 1e5, ...numbers], i * TICK_SLOT_F64 + 1)
  }
  return slots
}

/** HOLD whatever the averages say: the model compares them, and its answer is thrown away. */
function holding(on: FeatureTrigger, acts: Acts): StrategyDefinition {
  let above = 0
  return defineStrategy({
    name: 'holding',
    acts,
    features: () => [sma(50, { on }), sma(200, { on })],
    model: () => (features) => {
      if ((features[0] as number) > (features[1] as number)) above += 1
      return TradingAction.HOLD
    },
  })
}

async function measure(
  name: string,
  definition: StrategyDefinition,
  clock: { monoNs(): number },
  slots: TickSlots,
): Promise<object> {
  const runner = await createStrategyRunner({
    strategyIndex: 0,
    strategyId: 'bench',
    definition,
    params: {},
    instruments: [
      createInstrument({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' }, 0),
    ],
    barPeriodNs: 1e9,
    placement: 'inline',
    gate1: () => true,
    intents: { write: () => true },
    clock,
    onError: () => {},
  })
  const timer = new SystemClock()
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS_WARMUP + ROUNDS; round += 1) {
    // Each round goes on where the last one ended, so that no tick is late.
    if (round > 0)
      for (let i = 0; i < TICKS; i += 1) (slots.f64[i * TICK_SLOT_F64 + 1] as number) += TICKS * 1e5
    const startedNs = timer.monoNs()
    for (let i = 0; i < TICKS; i += 1) runner.onTick(slots, i, i)
    if (round >= ROUNDS_WARMUP) rounds.push((timer.monoNs() - startedNs) / TICKS)
  }
  rounds.sort((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((rounds[Math.floor(share * (rounds.length - 1))] as number) * 10) / 10
  const { counters } = runner
  return {
    name,
    ns_per_tick: { p50: at(0.5), min: at(0), max: at(1) },
    decisions: counters.decisions,
    bars: counters.bars,
  }
}

const still = { monoNs: (): number => 0 }
const rows = [
  await measure('bars of 1 s, SMA 50/200 of closes, decides at closes', holding('bar', 'bar'), still, walk()),
  await measure('SMA 50/200 of trades, decides at each trade', holding('trade', 'trade'), still, walk()),
  await measure(
    'the same, with the system clock read for the deadline',
    holding('trade', 'trade'),
    new SystemClock(),
    walk(),
  ),
]
if (process.argv.includes('--json')) console.log(JSON.stringify({ ticks: TICKS, rounds: ROUNDS, rows }))
else for (const row of rows) console.log(row)
