import { describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import type { SizingConfig } from '../../src/config/types.ts'
import { moneyFromText } from '../../src/core/money.ts'
import { editedConfig, SPOT_DAY_1 } from './files.ts'
import { recordsOf } from './operator.ts'
import { tempFolder, tidegate } from './program.ts'

interface Executed {
  readonly report: string
  readonly fill: { side: 'buy' | 'sell'; qty: number; fee: string; fee_asset: string }
}

/** What the account has of the bought coin after each fill, in 10^-36. */
function holdings(folder: string): bigint[] {
  let held = 0n
  return recordsOf(folder).flatMap(({ kind, data }) => {
    const { report, fill } = data as unknown as Executed
    if (kind !== 'REPORT' || report !== 'fill') return []
    held += BigInt(fill.side === 'buy' ? fill.qty : -fill.qty) * moneyFromText('0.00001')
    if (fill.fee_asset === 'BTC') held -= moneyFromText(fill.fee)
    return [held]
  })
}

describe('fees in the asset that is received', () => {
  it.each<[string, SizingConfig]>([
    ['a fixed size', { fixed: '0.01' }],
    ['a target', { target: { long: '0.01', short: '0' } }],
  ])(
    'R2, R12: with %s, every position is left again, and nothing is sold that the fee has taken',
    async (_name, sizing) => {
      const config = editedConfig('examples/sma-cross.yaml', (tree) => {
        Object.assign(tree, { fees: { bps: '7.5', asset: 'received' } })
        Object.assign(tree.strategies[0]?.order as object, { sizing })
      })
      const folder = tempFolder()
      const args = ['replay', '--config', config, '--data', SPOT_DAY_1, '--out', folder, '--json']
      const { code, stdout, stderr } = await tidegate(args)
      expect(code, stderr).toBe(0)
      const { orders } = JSON.parse(stdout) as ReplayDocument
      const after = holdings(folder)
      expect([orders.denied, orders.filled]).toEqual([{}, after.length])
      expect(after.length).toBeGreaterThan(10)
      const increment = moneyFromText('0.00001')
      after.forEach((held, fill) => {
        expect(held).toBeGreaterThanOrEqual(0n)
        // Sold down to less than the smallest quantity there is.
        if (fill % 2 === 1) expect(held).toBeLessThan(increment)
      })
    },
  )
})
