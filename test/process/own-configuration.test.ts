import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import { loadConfig } from '../../src/config/load.ts'
import { moneyFromText } from '../../src/core/money.ts'
import type { PnlDocument } from '../../src/engine/results.ts'
import { editedConfig, SPOT_DAY_2, type Tree } from './files.ts'
import { recordsOf } from './operator.ts'
import { tempFolder, tidegate } from './program.ts'

const UNIT = moneyFromText('1')

interface FillData {
  readonly report: string
  readonly fill: {
    symbol: string
    side: 'buy' | 'sell'
    qty: number
    price: number
    fee: string
    fee_asset: string
  }
}

interface Booked {
  /** quote increments × quantity increments got less spent */
  cash: bigint
  position: bigint
  /** at the price of its fill where it was taken in what was bought */
  fees: bigint
}

/** What the fills of the journal come to, by other means than the ledger's. */
function booked(folder: string, symbol: string, price_increment: string): Booked {
  const sum: Booked = { cash: 0n, position: 0n, fees: 0n }
  for (const { kind, data } of recordsOf(folder)) {
    const { report, fill } = data as unknown as FillData
    if (kind !== 'REPORT' || report !== 'fill' || fill.symbol !== symbol) continue
    const sign = fill.side === 'buy' ? 1n : -1n
    sum.position += sign * BigInt(fill.qty)
    sum.cash -= sign * BigInt(fill.qty) * BigInt(fill.price)
    const fee = moneyFromText(fill.fee)
    sum.fees += symbol.startsWith(fill.fee_asset)
      ? (fee * BigInt(fill.price) * moneyFromText(price_increment)) / UNIT
      : fee
  }
  return sum
}

interface Change {
  readonly what: string
  readonly symbols: readonly string[]
  readonly edit: (tree: Tree) => void
  /** no quotes: positions are marked at the last trade */
  readonly atLastTrade: boolean
}

function instrument(tree: Tree, symbol: string, price: string, qty: string, calendar = '24/7'): void {
  const [first] = tree.instruments
  tree.instruments.push({ ...first, symbol, price_increment: price, qty_increment: qty, calendar } as never)
}

const CHANGES: readonly Change[] = [
  {
    what: 'other window, size and fee, on another day of the same symbol',
    symbols: ['BTCUSDT'],
    atLastTrade: false,
    edit: (tree) => {
      const [strategy] = tree.strategies
      Object.assign(strategy as object, { params: { window: 5 }, warmup_bars: 6, placement: 'inline' })
      Object.assign((strategy as { order: object }).order, { sizing: { notional: '200' } })
      tree.fees = { bps: '10', asset: 'received' }
      tree.replay.data = [path.resolve(SPOT_DAY_2)]
    },
  },
  {
    what: 'two other symbols of USD-M futures at once, on bars of quotes, long and short',
    symbols: ['SUSHIUSDT', 'CTKUSDT'],
    atLastTrade: false,
    edit: (tree) => {
      instrument(tree, 'SUSHIUSDT', '0.001', '1')
      instrument(tree, 'CTKUSDT', '0.001', '1')
      tree.instruments.shift()
      const [strategy] = tree.strategies
      Object.assign(strategy as object, {
        symbols: ['SUSHIUSDT', 'CTKUSDT'],
        bar_source: 'quotes',
        params: { window: 3 },
        warmup_bars: 4,
      })
      Object.assign((strategy as { order: object }).order, {
        sizing: { target: { long: '100', short: '100' } },
      })
      Object.assign(tree, { risk: { long_only: false } })
      tree.replay.data = [path.resolve('test/fixtures/raw-ws/BINANCE_FUTURES.wscap.ndjson.gz')]
    },
  },
  {
    what: 'another strategy that acts on each quote, filled at the top of the book',
    symbols: ['NKNUSDT'],
    atLastTrade: false,
    edit: (tree) => {
      instrument(tree, 'NKNUSDT', '0.0001', '1')
      tree.instruments.shift()
      const [strategy] = tree.strategies
      Object.assign(strategy as object, {
        file: path.resolve('examples/strategies/quote-imbalance.ts'),
        symbols: ['NKNUSDT'],
        warmup_bars: 0,
        params: { threshold: 0.5, spread_max: 100 },
      })
      Object.assign((strategy as { order: object }).order, { sizing: { target: { long: '1000' } } })
      tree.replay = {
        ...tree.replay,
        fill_model: 'top-of-book',
        data: [path.resolve('test/fixtures/raw-ws/BINANCE.wscap.ndjson.gz')],
      }
    },
  },
  {
    what: 'US shares in their session on the New York calendar',
    symbols: ['SPY'],
    atLastTrade: true,
    edit: (tree) => {
      instrument(tree, 'SPY', '0.01', '1', 'XNYS')
      tree.instruments.shift()
      Object.assign(tree.instruments[0] as object, { quote_asset: 'USD', base_asset: 'SPY' })
      tree.account = { currency: 'USD', cash: { USD: '1000000' } } as never
      const [strategy] = tree.strategies
      Object.assign(strategy as object, {
        symbols: ['SPY'],
        bar_period_seconds: 10,
        params: { window: 10 },
        warmup_bars: 11,
      })
      Object.assign((strategy as { order: object }).order, { sizing: { fixed: '50' } })
      tree.replay.data = [path.resolve('test/fixtures/alpaca-wire/SPY_20131007_trades_open.wscap.ndjson.gz')]
    },
  },
]

describe('a configuration of the user’s own, by editing one YAML file', () => {
  it.each(CHANGES)('A1, P11: $what', async ({ symbols, edit, atLastTrade }) => {
    const config = editedConfig('examples/sma-cross.yaml', edit)
    const out = tempFolder()
    expect((await tidegate(['config', 'check', '--config', config])).code).toBe(0)
    const { code, stdout, stderr } = await tidegate(['replay', '--config', config, '--out', out, '--json'])
    expect([code, stderr]).toEqual([0, ''])
    const { orders, pnl, fills, symbols: tape } = JSON.parse(stdout) as ReplayDocument
    expect(fills.count).toBeGreaterThan(1)
    expect(orders.submitted).toBeGreaterThan(1)
    expect(Object.keys(pnl)).toEqual(symbols)
    const { instruments } = loadConfig(config, {})
    for (const { symbol, price_increment, qty_increment } of instruments) {
      const { realized, unrealized, fees, position } = pnl[symbol] as PnlDocument
      const sum = booked(out, symbol, price_increment)
      const unit = (moneyFromText(price_increment) * moneyFromText(qty_increment)) / UNIT
      expect(moneyFromText(position)).toBe(sum.position * moneyFromText(qty_increment))
      expect(moneyFromText(fees)).toBe(sum.fees)
      // What was made and what is held: the position at a mark in half increments that was there to be seen.
      const held = moneyFromText(realized) + moneyFromText(unrealized) - sum.cash * unit
      if (sum.position === 0n) {
        expect([held, unrealized]).toEqual([0n, '0'])
        continue
      }
      const mark = (2n * held) / (sum.position * unit)
      expect(mark * sum.position * unit).toBe(2n * held)
      const last = tape[symbol]?.trades?.last?.price
      if (atLastTrade) expect(mark * moneyFromText(price_increment)).toBe(2n * moneyFromText(last as string))
    }
  })
})

it('A1: a symbol that the recording does not have is told', async () => {
  const config = editedConfig('examples/sma-cross.yaml', (tree) => {
    instrument(tree, 'ETHUSDT', '0.01', '0.00001')
  })
  const { code, stderr } = await tidegate(['replay', '--config', config, '--json'])
  expect([code, stderr]).toEqual([0, 'replay: the recording has nothing of ETHUSDT\n'])
})
