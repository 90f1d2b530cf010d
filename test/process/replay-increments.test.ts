import { describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import type { TapeDocument } from '../../src/engine/tape.ts'
import { beginningOf, editedConfig, SPOT_DAY_1 } from './files.ts'
import { tidegate } from './program.ts'

async function documentOf<T>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await tidegate([...args, '--json'])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

/** The replay of half a minute, with these increments and a symbol more that the recording does not have. */
function replayed(price: string, qty: string, spikeRatio = 5): Promise<ReplayDocument> {
  const config = editedConfig('examples/sma-cross.yaml', (tree) => {
    const [first] = tree.instruments
    Object.assign(first as object, { price_increment: price, qty_increment: qty })
    tree.instruments.push({ ...first, symbol: 'ETHUSDT' } as never)
    Object.assign(tree, { feed: { spike_ratio: spikeRatio } })
  })
  return documentOf(['replay', '--config', config, '--data', beginningOf(SPOT_DAY_1, 30)])
}

describe('what replay counts', () => {
  it('F8: with the increments of the recording, it is what tape counts', async () => {
    const tape = await documentOf<TapeDocument>(['tape', beginningOf(SPOT_DAY_1, 30)])
    expect(await replayed('0.01', '0.00001')).toMatchObject(tape)
    expect(tape.errors).toEqual({})
  })

  it('O7, F8: a price or quantity off the configured increment is a coded error, and in no tape', async () => {
    const whole = await replayed('0.01', '0.00001')
    const prices = await replayed('0.05', '0.00001')
    expect(Object.keys(prices.errors)).toEqual(['price_off_increment'])
    const quantities = await replayed('0.01', '0.001')
    expect(Object.keys(quantities.errors)).toEqual(['qty_off_increment'])
    for (const { symbols } of [prices, quantities]) {
      expect(Object.keys(symbols)).toEqual(['BTCUSDT'])
      expect(symbols['BTCUSDT']?.trades.count).toBeLessThan(whole.symbols['BTCUSDT']?.trades.count as number)
    }
  })

  it('P5: a trade that is implausible by the configured ratio is flagged in its counts too', async () => {
    const { errors, symbols } = await replayed('0.01', '0.00001', 1.000_001)
    expect(symbols['BTCUSDT']?.trades.flagged).toBeGreaterThan(0)
    expect(errors).toMatchObject({ spike_x10: expect.any(Number) })
  })
})
