import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { incrementsToText } from '../../src/core/decimal.ts'
import { TradingAction } from '../../src/domain/action.ts'
import { createInstrument } from '../../src/domain/instrument.ts'
import { TICK_SLOT_F64 } from '../../src/domain/tick.ts'
import { createStrategyRunner } from '../../src/engine/strategy-create.ts'
import { loadStrategy, resolveParams } from '../../src/engine/strategy-loader.ts'
import { readTrades } from './recorded-trades.ts'

interface Run {
  files: string[]
  N: number
  qty: string
  mode: 'long_flat' | 'long_short'
  trades_in_tape: number
  closed_bars: number
  fills: number
  fills_sha256: string
  first_fills: [number, number, string, string, string][]
}

const { runs } = JSON.parse(readFileSync('test/fixtures/strategy-oracle/sma_cross.json', 'utf8')) as {
  runs: Run[]
}
const FILE = 'examples/strategies/sma-cross.ts'

/** Steps of the recorded venues, and what the oracle's quantity is in quantity steps. */
const STEPS = [
  { price: '0.01', qty: '0.00001', size: 1_000 },
  { price: '0.1', qty: '0.001', size: 3 },
] as const

describe('strategy oracle', () => {
  it.each([0, 1])(
    'P1: run %i of the SMA cross gives the fills of two independent implementations',
    async (i) => {
      const [run, steps] = [runs[i] as Run, STEPS[i] as (typeof STEPS)[number]]
      const tape = readTrades(run.files, steps.price, steps.qty)
      expect(tape.count).toBe(run.trades_in_tape)

      const instrument = createInstrument(
        { symbol: 'BTCUSDT', priceIncrement: steps.price, qtyIncrement: steps.qty },
        0,
      )
      const definition = await loadStrategy(FILE)
      let target: number | null = null
      const runner = await createStrategyRunner({
        strategyIndex: 0,
        strategyId: 'sma',
        definition,
        params: resolveParams(definition, { window: run.N }, FILE),
        instruments: [instrument],
        barPeriodNs: 1e9,
        warmupBars: run.N + 1,
        placement: 'inline',
        gate1: () => true,
        intents: {
          write(intent) {
            const short = run.mode === 'long_flat' ? 0 : -steps.size
            target = intent.action === TradingAction.BUY ? steps.size : short
            return true
          },
        },
        clock: { monoNs: () => 0 },
        onError: (error) => expect.unreachable(error.message),
      })

      // The fill model of the oracle: an order sent at a trade fills whole at the next trade, before the strategy sees it.
      const lines: string[] = []
      let position = 0
      for (let slot = 0; slot < tape.count; slot += 1) {
        if (target !== null) {
          const qty = target - position
          if (qty !== 0) {
            const at = slot * TICK_SLOT_F64
            const tMs = tape.baseUtcMs + (tape.slots.f64[at + 1] as number) / 1e6
            const price = incrementsToText(tape.slots.f64[at + 3] as number, instrument.priceIncrement)
            const size = incrementsToText(Math.abs(qty), instrument.qtyIncrement)
            lines.push(`${tMs},${tape.slots.f64[at + 7]},${qty > 0 ? 'buy' : 'sell'},${size},${price}`)
          }
          position = target
          target = null
        }
        runner.onTick(tape.slots, slot, slot)
      }

      expect(lines.slice(0, run.first_fills.length)).toEqual(run.first_fills.map((fill) => fill.join(',')))
      expect(lines).toHaveLength(run.fills)
      expect(
        createHash('sha256')
          .update(`${lines.join('\n')}\n`)
          .digest('hex'),
      ).toBe(run.fills_sha256)
      expect(runner.counters.bars).toBe(run.closed_bars)
      expect(runner.counters.errors.size).toBe(0)
    },
  )
})
