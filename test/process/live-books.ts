import { expect } from 'vitest'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { type LiveRig, plain } from './live-rig.ts'
import { recordsOf } from './operator.ts'

/** The engine's books and the venue's: every trade once, every balance to the last digit. */
export async function expectBooksEqual(rig: LiveRig, document: RunDocument): Promise<void> {
  const trades = await rig.trades()
  const fills = recordsOf(rig.folder).flatMap(({ kind, data }) => {
    const { report, outcome, fill } = data as {
      report?: string
      outcome?: string
      fill?: Record<string, unknown>
    }
    return kind === 'REPORT' && report === 'fill' && outcome === 'applied'
      ? [{ ...fill, fee: plain(String(fill?.['fee'])) } as Record<string, unknown>]
      : []
  })
  expect(fills.map(({ trade_id }) => trade_id).sort()).toEqual(trades.map(({ id }) => String(id)).sort())
  for (const trade of trades) {
    const fill = fills.find(({ trade_id }) => trade_id === String(trade.id))
    expect(fill).toMatchObject({
      side: trade.isBuyer ? 'buy' : 'sell',
      price: Math.round(Number(trade.price) * 100),
      qty: Math.round(Number(trade.qty) * 100_000),
      fee: plain(trade.commission),
      fee_asset: trade.commissionAsset,
    })
  }
  expect(nonZero(document.balances)).toEqual(await rig.balances())
  expect(await rig.openOrders()).toEqual([])
}

function nonZero(balances: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(balances).filter(([, amount]) => amount !== '0'))
}
