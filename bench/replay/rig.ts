import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/types.ts'
import { VirtualClock } from '../../src/core/clock.ts'
import { TradingAction } from '../../src/domain/action.ts'
import type { InstrumentTable } from '../../src/domain/instrument.ts'
import { defineStrategy, type StrategyDefinition } from '../../src/domain/strategy.ts'
import { clearBoot } from '../../src/engine/boot.ts'
import { instrumentTable } from '../../src/engine/from-config.ts'
import { NO_LANES, Replay } from '../../src/engine/replay.ts'
import { type LoadedStrategy, scopeTable } from '../../src/engine/strategies.ts'
import { sma } from '../../src/feature/average.ts'
import { createFeatureSet } from '../../src/feature/feature-set.ts'
import { Journal } from '../../src/journal/journal.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'
import { ControlPlane } from '../../src/shm/control-plane.ts'

/** SMA over trades, decided at each trade: long while the fast one is above, flat while not, an order at each change. */
export function crossOfTrades(fast: number, slow: number): StrategyDefinition {
  return defineStrategy({
    name: 'sma-of-trades',
    acts: 'trade',
    features: () => [sma(fast, { on: 'trade' }), sma(slow, { on: 'trade' })],
    model: () => {
      let want = 0
      return (features) => {
        const now = (features[0] as number) > (features[1] as number) ? 1 : 0
        if (now === want) return TradingAction.HOLD
        want = now
        return now === 1 ? TradingAction.BUY : TradingAction.SELL
      }
    },
  })
}

/** The rule of the peer. */
export const PEER_RULE: StrategyDefinition = crossOfTrades(50, 200)

/** A replay wired as the command wires it, inline, with one strategy over all symbols. */
export interface ReplayRig {
  readonly replay: Replay
  readonly config: Config
  readonly table: InstrumentTable
  readonly journal: Journal
  close(): Promise<void>
}

function configText(symbols: readonly string[]): string {
  return JSON.stringify({
    node: { id: 'b1' },
    instruments: symbols.map((symbol) => ({
      symbol,
      venue: 'sim',
      price_increment: '0.01',
      qty_increment: '0.00001',
    })),
    venues: { sim: { kind: 'sim' } },
    account: { currency: 'USDT', cash: { USDT: '1000000' } },
    strategies: [
      {
        id: 'cross',
        file: 'inline',
        symbols,
        placement: 'inline',
        bar_period_seconds: 1,
        order: { sizing: { target: { long: '0.01' } } },
      },
    ],
    fees: { bps: '7.5', asset: 'quote' },
    risk: { symbol_share_max: '1', total_share_max: '1', daily_loss_share_max: '1' },
    // A recording that is played again and again goes back in time at each start.
    feed: { late_ms: 86_400_000 },
  })
}

export async function openRig(
  eventBaseUtcNs: bigint,
  symbols: readonly string[] = ['BTCUSDT'],
  definition: StrategyDefinition = PEER_RULE,
): Promise<ReplayRig> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-replay-'))
  const file = path.join(folder, 'bench.yaml')
  writeFileSync(file, configText(symbols))
  const config = loadConfig(file)
  const table = instrumentTable(config)
  const clock = new VirtualClock(eventBaseUtcNs)
  const journal = Journal.open(path.join(folder, 'journal'), { clock })
  const loaded: LoadedStrategy = {
    index: 0,
    config: config.strategies[0] as Config['strategies'][number],
    file: 'inline',
    definition,
    params: {},
    instruments: table.all(),
    rowNames: [...createFeatureSet(definition.features({})).names, 'score'],
  }
  const replay = await Replay.create(
    {
      ...{ config, table, journal, eventBaseUtcNs },
      plane: ControlPlane.create(),
      scopes: scopeTable(config),
      strategies: [loaded],
      calendar: new ExchangeCalendars(),
      lanes: NO_LANES,
      version: 'bench',
      onStrategyError: (error) => {
        throw new Error(JSON.stringify(error))
      },
    },
    clock,
  )
  const { halts } = replay.assembly
  clearBoot(halts, halts.plane.all.load(), true, { code: 'OTHER', text: 'bench', source: 'bench' })
  return {
    ...{ replay, config, table, journal },
    close: async () => {
      await replay.close()
      journal.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
